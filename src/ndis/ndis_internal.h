/* SPDX-License-Identifier: MIT */
/* ndis_internal.h - what the files of this room share: drivers and adapters.
 *
 * A driver registers itself (NdisMRegisterMiniportDriver); its NdisMiniportDriverHandle is a struct
 * ndis_driver *. An adapter is one device of it; MiniportAdapterHandle is a struct ndis_adapter *.
 * Both begin with a magic word, so that a wrong handle from a driver is recognised. Lifetime: an
 * adapter lives from AddDevice to RemoveDevice.
 *
 * Locks. Changes of state (initialize, pause, restart, halt, reset, power) are serialised by
 * `lifecycle`, an event used as a lock by threads at PASSIVE_LEVEL. OID requests are serialised by
 * `oid.turn`. `lock` guards small fields for a few instructions and is never held across a call
 * into the driver. Order: lifecycle -> oid.turn -> lock. */
#pragma once
#include "nt/wdk_ndis.h"
#include "nt/irql.h"
#include "nt/export.h"
#include "nt/report.h"
#include "nt/callstack.h"
#include "nt/thread.h"
#include "nt/dpc.h"
#include "nt/alarm.h"
#include "nt/interrupt.h"
#include "nt/pool.h"
#include "nt/registry.h"
#include "pci/pci.h"
#include "ndis/ndis.h"
#include <stdbool.h>
#include <stdint.h>

#define NDIS_DRIVER_MAGIC  0x5644494eu /* "NIDV" */
#define NDIS_ADAPTER_MAGIC 0x4441494eu /* "NIAD" */

/* Tag of what this room allocates in driver-visible memory for itself. */
#define NDIS_TAG 0x7369644eu /* "Ndis" */

/* BUGCODE_NDIS_DRIVER, and its first parameter (debugger: "Bug Check 0x7C"). */
#define NDIS_BUGCHECK                        0x7C
#define NDIS_BUGCHECK_HALT_INTERRUPT         0x08 /* */
#define NDIS_BUGCHECK_HALT_TIMER             0x09 /* */
#define NDIS_BUGCHECK_UNLOAD_UNEXPECTED      0x0A
#define NDIS_BUGCHECK_INIT_FAILED_INTERRUPT  0x0B /* */
#define NDIS_BUGCHECK_INIT_FAILED_TIMER      0x0C
#define NDIS_BUGCHECK_HALT_INIT_INTERRUPT    0x0D /* */
#define NDIS_BUGCHECK_HALT_INIT_TIMER        0x0E
#define NDIS_BUGCHECK_RESET_COMPLETE         0x0F /* */
#define NDIS_BUGCHECK_PM_INIT_INTERRUPT      0x10 /* */
#define NDIS_BUGCHECK_PM_INIT_TIMER          0x11
#define NDIS_BUGCHECK_PAUSE_RESTART_COMPLETE 0x1F /* */
#define NDIS_BUGCHECK_HEADER                 0x21 /* */
#define NDIS_BUGCHECK_PNP_EVENT              0x22
#define NDIS_BUGCHECK_WATCHDOG               0x25 /* */
#define NDIS_BUGCHECK_OID_COMPLETION         0x26 /* */
#define NDIS_BUGCHECK_LEAKED_NBL             0x27 /* */

#define NDIS_WATCHDOG_PAUSE 0x21
#define NDIS_WATCHDOG_HALT  0x22
#define NDIS_WATCHDOG_OID   0x23

struct ndis_adapter;
struct ndis_data_path;
struct ndis_frame;

/* What NDIS does otherwise for a driver of an earlier generation (ndis5/). A driver that registers with
 * NdisMRegisterMiniport carries one of these; NULL is NDIS 6. Everything else (resources, states, timers, memory,
 * configuration, statistics) is the same code for both. Called with the adapter's lifecycle held, at PASSIVE_LEVEL,
 * unless said otherwise. */
struct ndis_legacy {
    bool (*create)(struct ndis_adapter *adapter);  /* its MiniportAdapterHandle, before it is used */
    void (*destroy)(struct ndis_adapter *adapter); /* also after a create that failed */
    void (*unload)(struct ndis_driver *driver);    /* the driver's unload handler, and NDIS's own part */

    NDIS_STATUS (*initialize)(struct ndis_adapter *adapter);
    void (*bind)(struct ndis_adapter *adapter); /* what NDIS and protocols ask before frames flow */
    void (*halt)(struct ndis_adapter *adapter);
    void (*shutdown)(struct ndis_adapter *adapter); /* any IRQL at a bug check */
    void (*notify)(struct ndis_adapter *adapter, NDIS_DEVICE_PNP_EVENT event, void *info, ULONG length);

    bool (*has_reset)(const struct ndis_driver *driver);
    bool (*has_hang_check)(const struct ndis_driver *driver);
    unsigned (*hang_seconds)(const struct ndis_adapter *adapter); /* 0 = the default */
    /* Why the adapter is to be reset, or NULL; `period`: ns between two checks. */
    const char *(*check_for_hang)(struct ndis_adapter *adapter, uint64_t period);
    NDIS_STATUS (*reset)(struct ndis_adapter *adapter, BOOLEAN *addressing); /* may be pended */
    void (*reset_done)(struct ndis_adapter *adapter);

    /* With the OID turn held. May be pended: adapter->oid. */
    NDIS_STATUS (*request)(struct ndis_adapter *adapter, NDIS_OID_REQUEST *request);

    int (*send_prepare)(struct ndis_data_path *path); /* 0 or -ENOMEM */
    unsigned (*send)(struct ndis_adapter *adapter, const struct ndis_frame *frames, unsigned n,
                     void (*done)(void *ctx, NDIS_STATUS status), void *ctx);
    void (*cancel_sends)(struct ndis_adapter *adapter);
    bool (*sends_queued)(const struct ndis_adapter *adapter); /* that the driver has yet to get */
    void (*drop_sends)(struct ndis_adapter *adapter);         /* those: they fail */
    void (*return_held)(struct ndis_data_path *path);
    void (*check_time)(struct ndis_data_path *path);

    /* Around a call into a serialised miniport: DISPATCH_LEVEL and NDIS's lock. Returns the IRQL for leave. */
    KIRQL (*enter)(struct ndis_adapter *adapter);
    void (*leave)(struct ndis_adapter *adapter, KIRQL old);

    void *(*interrupt)(const struct ndis_adapter *adapter); /* the registered one, or NULL */
    void (*interrupt_abandon)(struct ndis_adapter *adapter);
    int (*interrupt_switch)(struct ndis_adapter *adapter, bool enable); /* as ndis_interrupt_switch */
};

struct ndis_driver {
    uint32_t magic;
    const struct ndis_legacy *legacy; /* NULL: NDIS 6 */
    struct ndis5_driver *five;        /* ndis5/: what it registered */
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS chars; /* a copy; size by its revision, the rest zero */
    NDIS_MINIPORT_PNP_CHARACTERISTICS pnp;      /* zero unless NdisSetOptionalHandlers gave them */
    bool has_pnp;
    bool in_set_options;            /* MiniportSetOptions is running */
    uint8_t ndis_major, ndis_minor; /* 6.20 -> 6, 20 */
    NDIS_HANDLE context;            /* MiniportDriverContext */
    const void *initialize, *halt;  /* its handlers, of any version: what reports name */
    PDRIVER_OBJECT object;
    bool registered;
    bool shut_down;                /* an adapter saw MiniportShutdownEx */
    char *name;                    /* service name, UTF-8 */
    struct ndis_adapter *adapters; /* linked by ndis_adapter.next */
    struct ndis_driver *next;      /* all drivers, driver.c */
};

struct ndis_interrupt; /* interrupt.c */
struct ndis_sg_dma;    /* dma.c */
struct ndis_data_path; /* send_receive.c */

/* What interrupt resources the adapter was started with. Made by resources.c
 * before MiniportStartDevice, freed after the adapter was halted. Vectors belong to the grant;
 * nothing is programmed into the function until ndis_grant_program(). */
struct ndis_grant_message {
    struct vector *vector;
    unsigned cpu;
    KIRQL irql;
    KAFFINITY affinity; /* one processor's bit */
};
struct ndis_grant {
    enum pci_interrupt_kind kind;       /* NONE, LINE, MSI, MSIX */
    unsigned count;                     /* messages; 1 for a line, 0 for NONE */
    unsigned requested;                 /* how many messages the filtered list asked for */
    struct ndis_grant_message *message; /* [count]; a line's vector is shared and belongs to pci/ */
    struct ndis_msix_table *msix; /* what the driver wants of its table entries, or NULL: msix.c */
};
/* Lets the function's interrupts reach the vectors: called when NdisMRegisterInterruptEx connects.
 * 0 or -errno. */
int ndis_grant_program(struct ndis_adapter *adapter);
/* The reverse, when NdisMDeregisterInterruptEx disconnects. Message interrupts stay enabled, masked,
 * until the device is stopped. */
void ndis_grant_unprogram(struct ndis_adapter *adapter);

/* An operation that the driver may complete later from anywhere: pause, restart, reset. */
struct ndis_pending {
    KEVENT done; /* manual reset */
    int state;   /* enum below; atomic */
    NDIS_STATUS status;
};
enum { NDIS_PENDING_IDLE, NDIS_PENDING_CALLED, NDIS_PENDING_COMPLETED };

/* The one OID request that is with the driver (oid.c). */
struct ndis_oid_slot {
    KEVENT turn; /* auto reset: whose turn it is */
    KEVENT done;
    NDIS_OID_REQUEST *request; /* NULL: none */
    NDIS_STATUS status;
    int state;            /* NDIS_PENDING_*, atomic */
    uint64_t started;     /* host_now() */
    unsigned hang_checks; /* MiniportCheckForHangEx calls it has outlived */
    bool late_reported;
};

/* What the protocol above asked for; restored after a reset that lost it. */
struct ndis_filter_state {
    ULONG packet_filter;
    ULONG lookahead;
    uint8_t multicast[NDIS_GROUPS][6];
    unsigned multicasts;
    bool packet_filter_set, multicast_set;
};

/* What the keeper guards: a lifecycle call and an OID request may be in the driver at the same
 * time. */
enum ndis_watch { NDIS_WATCH_LIFECYCLE, NDIS_WATCH_OID, NDIS_WATCHES };

struct ndis_adapter {
    uint32_t magic;
    struct ndis5_adapter *five; /* ndis5/, for a 5.x driver */
    void *block;                /* its MiniportAdapterHandle, an NDIS_MINIPORT_BLOCK; NULL: the adapter itself */
    struct ndis_driver *driver;
    struct ndis_adapter *next;
    struct pci_function *device; /* NULL: a virtual adapter without hardware */
    NDIS_HANDLE add_device_context;
    NDIS_HANDLE context;           /* MiniportAdapterContext */
    enum ndis_adapter_state state; /* written under lifecycle, read anywhere */
    bool added;                    /* MiniportAddDevice succeeded (or there is none) */
    bool resetting;
    bool removed_surprise;             /* the hardware is gone */
    bool failed;                       /* NdisMRemoveMiniport, or it could not be started */
    bool low_power;                    /* OID_PNP_SET_POWER with D1..D3 was accepted */
    struct registry_key *driver_key;   /* what NdisOpenConfigurationEx opens */
    struct registry_key *hardware_key; /* Interrupt Management lives here */
    struct ndis_grant_options wish;
    NET_IFINDEX if_index;
    NET_LUID luid;
    uint32_t attributes_set; /* bits NDIS_SET_* below */
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES registration;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES general; /* pointers inside point to copies */
    NDIS_RECEIVE_SCALE_CAPABILITIES rss;
    bool registration_set, general_set, rss_set, offload_set;
    NDIS_OFFLOAD *offload_current, *offload_hardware; /* Header.Size bytes each, or NULL */
    PNDIS_RESOURCE_LIST resources;               /* started resources (CM_PARTIAL_RESOURCE_LIST) */
    PCM_RESOURCE_LIST raw_list, translated_list; /* what the start IRP carried; pool */
    struct ndis_interrupt *interrupt;            /* registered one, or NULL */
    struct ndis_grant *grant; /* what interrupt resources were granted, resources.c */
    struct ndis_sg_dma *sg_dma;
    struct host_lock lock;

    /* counters for the report (atomic) */
    uint64_t frames_sent, frames_received; /* completed sends; indicated receives */
    uint64_t bytes_sent, bytes_received;
    uint64_t sends_failed;
    uint64_t nbls_outstanding_to_driver; /* sends not yet completed */
    uint64_t nbls_outstanding_to_stack;  /* receives not yet returned */
    uint64_t status_indications, resets, oids, hang_checks;

    /* lifecycle */
    KEVENT lifecycle;                 /* auto reset, used as a lock */
    struct thread *initialize_thread; /* whose MiniportInitializeEx / HaltEx / AddDevice runs */
    struct thread *halt_thread;
    struct thread *add_thread;
    bool halting_from_start; /* the halt undoes a start that failed later */
    bool resuming;           /* MiniportInitializeEx runs because power came back */
    struct ndis_pending pause, restart, reset;
    unsigned restarts;
    bool reset_addressing; /* AddressingReset of the reset being completed */

    /* housekeeping thread (miniport_reset.c): check for hang, requested resets, removals, returns
     */
    struct thread *keeper;
    KEVENT keeper_wake;
    bool keeper_stop, reset_requested, remove_requested;
    uint64_t hang_next; /* host_now() of the next check, 0 = none */
    struct ndis_watchdog {
        uint64_t due;       /* host_now(), 0 = off; atomic */
        unsigned operation; /* NDIS_WATCHDOG_*, 0 = another */
        unsigned milliseconds;
        uint64_t detail; /* parameter 4 of the bug check */
        const char *what;      /* what the driver does, for its text */
        struct thread *thread; /* that does it, and where it began to */
        unsigned processor;
        KDPC dpc;              /* bites on that thread's processor, where its stack can be read */
        bool posted;           /* atomic */
    } watchdog[NDIS_WATCHES];

    struct ndis_oid_slot oid;
    struct ndis_addressing addressing; /* what the protocols want */
    struct ndis_filter_state filter;   /* what was set */
    struct ndis_sending sending;       /* how the protocols send; nothing is zero */
    NDIS_LINK_STATE link;
    KEVENT link_event;                           /* set at every change of link state */
    struct ndis_data_path *data_path;            /* send_receive.c */
    struct ndis_interrupt_stats *miniport_state; /* interrupt_stats.c */
};

enum {
    NDIS_SET_REGISTRATION = 1 << 0,
    NDIS_SET_GENERAL = 1 << 1,
    NDIS_SET_ADD_DEVICE = 1 << 2,
    NDIS_SET_OFFLOAD = 1 << 3,
    NDIS_SET_HARDWARE_ASSIST = 1 << 4,
    NDIS_SET_NATIVE_80211 = 1 << 5,
    NDIS_SET_OTHER = 1 << 6,
};

/* What the names of its driver's handlers end with: MiniportHaltEx, before NDIS 6 MiniportHalt. */
static inline const char *ndis_ex(const struct ndis_adapter *adapter)
{
    return adapter->driver->legacy ? "" : "Ex";
}

/* NULL, after reporting rule `function`, if the handle is none. */
struct ndis_adapter *ndis_adapter_from_handle(NDIS_HANDLE handle, const char *function);
struct ndis_driver *ndis_driver_from_handle(NDIS_HANDLE handle, const char *function);
/* The same without a report. ndis_adapter_find: NULL if it is none. */
struct ndis_adapter *ndis_adapter_find(const void *handle);
bool ndis_is_adapter(const void *adapter);
bool ndis_is_driver(const void *handle);

/* Checks Type, Revision and Size of a driver's structure: accepted when Type is right and the Size
 * is at least that of the highest known revision not above the structure's. On mismatch reports
 * what was expected and returns false. `revisions` ascend. */
struct ndis_revision {
    uint8_t revision;
    uint16_t size;
};
bool ndis_header_check(const NDIS_OBJECT_HEADER *header, const char *structure, uint8_t type,
                       const struct ndis_revision *revisions, size_t count);
/* As ndis_header_check, for functions that return nothing: a bad header is bug check 0x7C/0x21
 * (R-027). */
void ndis_header_require(NDIS_HANDLE handle, const NDIS_OBJECT_HEADER *header,
                         const char *structure, uint8_t type, const struct ndis_revision *revisions,
                         size_t count);
void ndis_header_set(NDIS_OBJECT_HEADER *header, uint8_t type, uint8_t revision, size_t size);

/* True while this thread is inside the adapter's Initialize (or Halt). */
bool ndis_in_initialize(const struct ndis_adapter *adapter);
bool ndis_in_halt(const struct ndis_adapter *adapter);
/* Rule R-003: registration attributes come before anything that claims hardware. Reports and
 * returns false. */
bool ndis_require_registration(struct ndis_adapter *adapter, const char *function);

/* True if the driver is at least NDIS major.minor (6.1 is 6, 1; 6.20 is 6, 20). */
static inline bool ndis_driver_at_least(const struct ndis_driver *driver, unsigned major,
                                        unsigned minor)
{
    return driver->ndis_major > major ||
           (driver->ndis_major == major && driver->ndis_minor >= minor);
}
static inline enum ndis_adapter_state ndis_state(const struct ndis_adapter *adapter)
{
    return __atomic_load_n(&adapter->state, __ATOMIC_ACQUIRE);
}
static inline void ndis_state_set(struct ndis_adapter *adapter, enum ndis_adapter_state state)
{
    __atomic_store_n(&adapter->state, state, __ATOMIC_RELEASE);
}
static inline void ndis_count(uint64_t *counter, int64_t n)
{
    __atomic_add_fetch(counter, (uint64_t)n, __ATOMIC_RELAXED);
}

/* driver.c */
/* A driver that registers itself now, linked and with its version; NULL if memory ran out. */
struct ndis_driver *ndis_driver_new(PDRIVER_OBJECT object, unsigned major, unsigned minor);
/* Set by ndis5/ when a wrapper exists: the driver object is going away; `failed`: DriverEntry failed. */
extern void (*ndis_object_gone)(PDRIVER_OBJECT object, bool failed);
/* Which handle the driver knows this adapter by. */
static inline NDIS_HANDLE ndis_adapter_handle(const struct ndis_adapter *adapter)
{
    return adapter->block ? adapter->block : (NDIS_HANDLE)adapter;
}
/* What protocols call the adapter, "\\DEVICE\\{...}": malloc'd, NULL if memory ran out. */
char *ndis_adapter_device_name(const struct ndis_adapter *adapter);
void ndis_adapter_link(struct ndis_adapter *adapter);
void ndis_adapter_unlink(struct ndis_adapter *adapter);
struct ndis_driver *ndis_driver_first(void);

/* adapter.c: pause if Running, halt if Paused, release the resources. With lifecycle held. */
void ndis_stop_locked(struct ndis_adapter *adapter, NDIS_HALT_ACTION action);

/* adapter.c: from Halted to Running; a failure halts what was initialized. With lifecycle held. 0
 * or -errno. */
int ndis_start_locked(struct ndis_adapter *adapter, char *err, size_t err_len);

/* status_name.c: ", NDIS_STATUS_ADAPTER_NOT_FOUND" behind a number, "" for an uncommon one. */
const char *ndis_status_suffix(NDIS_STATUS status);

/* lifecycle.c */
void ndis_lifecycle_enter(struct ndis_adapter *adapter);
void ndis_lifecycle_leave(struct ndis_adapter *adapter);
/* With lifecycle held; each checks nothing about state and returns an NDIS_STATUS. */
NDIS_STATUS ndis_do_initialize(struct ndis_adapter *adapter);
NDIS_STATUS ndis_do_restart(struct ndis_adapter *adapter);
void ndis_do_pause(struct ndis_adapter *adapter);
void ndis_do_halt(struct ndis_adapter *adapter, NDIS_HALT_ACTION action);
bool ndis_has_reset(const struct ndis_adapter *adapter);
/* Waits for a pended operation; bugchecks 0x7C/0x25 when the time is up. `what` for the message. */
void ndis_pending_begin(struct ndis_pending *pending);
NDIS_STATUS ndis_pending_wait(struct ndis_adapter *adapter, struct ndis_pending *pending,
                              NDIS_STATUS returned, unsigned watchdog, const char *what);
/* From the driver's XxxComplete: false if nothing was pending. */
bool ndis_pending_complete(struct ndis_pending *pending, NDIS_STATUS status);
/* Guards a call into the driver, on the thread that makes it: without ndis_watchdog_stop in time
 * the run ends with 0x7C/0x25 and that thread's stack. `what` is called "MiniportInitialize" or the
 * like, a literal. */
void ndis_watchdog_start(struct ndis_adapter *adapter, enum ndis_watch watch, unsigned operation,
                         uint64_t detail, const char *what);
void ndis_watchdog_stop(struct ndis_adapter *adapter, enum ndis_watch watch);
/* The keeper found that the time is up. Comes back: it takes a moment. */
void ndis_watchdog_expired(struct ndis_adapter *adapter, enum ndis_watch watch);
/* The same for the current thread, that has waited too long. */
__attribute__((noreturn)) void ndis_watchdog_bite(struct ndis_adapter *adapter, unsigned operation,
                                                  uint64_t detail, unsigned milliseconds,
                                                  const char *what);

/* attributes.c: forget what the last initialisation set (not the add-device context). */
void ndis_attributes_clear(struct ndis_adapter *adapter);

/* resources.c. Filter, grant and lists; PASSIVE_LEVEL. 0 or -errno with a sentence in err. */
int ndis_resources_start(struct ndis_adapter *adapter, char *err, size_t err_len);
void ndis_resources_release(struct ndis_adapter *adapter);

/* miniport_reset.c */
bool ndis_keeper_start(struct ndis_adapter *adapter);
void ndis_keeper_stop(struct ndis_adapter *adapter);
void ndis_keeper_poke(struct ndis_adapter *adapter);
NDIS_STATUS ndis_do_reset(struct ndis_adapter *adapter, const char *why);
void ndis_hang_checks_arm(struct ndis_adapter *adapter, bool on);

/* oid.c */
/* The driver completes the request that is with it: false if there is none, or it is complete already. */
bool ndis_oid_complete(struct ndis_adapter *adapter, NDIS_STATUS status);
/* NDIS completes it in the driver's place, if it is still the one with this RequestId. */
bool ndis_oid_abort(struct ndis_adapter *adapter, PVOID request_id, NDIS_STATUS status);
void ndis_oid_init(struct ndis_adapter *adapter);
/* Straight to the driver, on NDIS's own behalf. PASSIVE_LEVEL. */
NDIS_STATUS ndis_oid_driver(struct ndis_adapter *adapter, NDIS_REQUEST_TYPE type, NDIS_OID oid,
                            void *buffer, ULONG length, ULONG output_length, ULONG *bytes);

/* oid_attributes.c: true if NDIS answers this query itself; *status is the answer's. */
bool ndis_oid_from_attributes(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer,
                              ULONG length, ULONG *bytes, NDIS_STATUS *status);

/* bind.c: what the protocol above asks for when the adapter first runs, and again after a reset. */
void ndis_bind(struct ndis_adapter *adapter);         /* while Paused */
void ndis_bind_multicast(struct ndis_adapter *adapter);
void ndis_bind_running(struct ndis_adapter *adapter); /* once Running */
void ndis_restore_addressing(struct ndis_adapter *adapter);

/* pnp.c */
void ndis_notify_power_profile(struct ndis_adapter *adapter);
/* D0 for the function, then for the driver. With lifecycle held, asleep but not halted. */
void ndis_power_up(struct ndis_adapter *adapter);

/* send_receive.c */
int ndis_data_path_create(struct ndis_adapter *adapter);
void ndis_data_path_destroy(struct ndis_adapter *adapter);
/* Before MiniportPause: no new sends; waits for those that are inside the driver's send function,
 * and for a while for what is pending; gives back what is held. */
void ndis_data_path_quiesce(struct ndis_adapter *adapter);
void ndis_data_path_resume(struct ndis_adapter *adapter);
/* After the pause completed: reports what is still out. */
void ndis_data_path_check_paused(struct ndis_adapter *adapter);
/* After halt: bug check 0x7C/0x27 if NET_BUFFER_LISTs are still with the driver. */
void ndis_data_path_check_halted(struct ndis_adapter *adapter);
/* Oldest pending send, host_now() scale; UINT64_MAX if none (NdisTimedDataSend). */
void ndis_data_path_check_time(struct ndis_adapter *adapter);
/* Returns held NET_BUFFER_LISTs from a thread at PASSIVE_LEVEL. */
void ndis_data_path_return_held(struct ndis_adapter *adapter);
/* Until no other processor is in the middle of that. PASSIVE_LEVEL. */
void ndis_data_path_await_returns(struct ndis_adapter *adapter);
