/* SPDX-License-Identifier: MIT */
/* ndis.h - running a miniport driver: what the command line does with the NDIS room.
 *
 *     struct ndis_driver *drv = ndis_driver_load(entry, "e1000e", err, sizeof(err));
 *     struct ndis_adapter *nic = ndis_adapter_add(drv, function, &config, err, sizeof(err));
 *     ndis_set_receive(nic, on_frame, ctx);
 *     if (ndis_adapter_start(nic, err, sizeof(err)) == 0) { ... ndis_send ...
 * ndis_adapter_halt(nic); } ndis_adapter_remove(nic); ndis_driver_unload(drv);
 *
 * Threads: every function runs on an NT thread at PASSIVE_LEVEL unless its comment says otherwise;
 * they may wait. One adapter's operations may be called from several threads and take turns. A
 * driver that breaks a rule is reported through nt/report.h; the functions here fail only with what
 * the driver or the machine answered, and write one sentence to err. */
#pragma once
#include "nt/wdk_ndis.h"
#include "nt/interrupt.h"
#include "pci/pci.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ndis_driver;
struct ndis_adapter;
struct registry_key; /* nt/registry.h */

/* Miniport Adapter States and Operations (network/miniport-adapter-states-and-operations). */
enum ndis_adapter_state {
    NDIS_HALTED,
    NDIS_INITIALIZING,
    NDIS_PAUSED,
    NDIS_RESTARTING,
    NDIS_RUNNING,
    NDIS_PAUSING,
    NDIS_HALTING,
    NDIS_SHUT_DOWN,
};
const char *ndis_state_name(enum ndis_adapter_state state);

/* How long NDIS waits for a driver, in milliseconds of the machine's time. Change before starting.
 */
struct ndis_timeouts {
    unsigned operation; /* pause, restart, halt, reset: then bug check 0x7C/0x25 */
    unsigned oid_slow;  /* an OID that takes longer is reported (NdisTimedOidComplete: 12 s) */
    unsigned oid;       /* then bug check 0x7C/0x25/0x23 */
    unsigned drain;     /* before MiniportPause: how long the protocol waits for its sends */
    unsigned send_slow; /* a send that takes longer is reported (NdisTimedDataSend: 30 s) */
    unsigned hang_check; /* between two checks for hang, unless the driver asks for a multiple */
};
extern struct ndis_timeouts ndis_timeouts;

/* Porting mode: a driver that registered as NDIS 5.x may use the interrupt functions of NDIS 6, which Windows would not
 * allow (ndis5/porting.h). Set before loading. */
extern bool ndis_porting;

/* Where NdisOpenFile finds a driver's files: a folder of the host. NULL: nowhere. */
void ndis_set_file_directory(const char *path);

/* --- drivers --- */

/* Calls DriverEntry with a DRIVER_OBJECT and a registry path of its own. `image` may be 0. NULL and
 * a sentence if it failed or did not register a miniport. `name` is the service's name ("e1000e").
 */
struct ndis_driver *ndis_driver_load(void *entry, const char *name, const void *image,
                                     size_t image_size, char *err, size_t err_len);
/* Calls the driver's unload routine; every adapter must have been removed. The handle is gone
 * afterwards. */
void ndis_driver_unload(struct ndis_driver *driver);
const char *ndis_driver_name(const struct ndis_driver *driver);
void ndis_driver_version(const struct ndis_driver *driver, unsigned *major, unsigned *minor);

/* --- adapters --- */

/* What the machine gives of the interrupts that the function and the driver ask for. */
enum ndis_interrupt_wish {
    NDIS_WISH_AUTO, /* as the registry says: MSISupported = 1 gives MSI-X, else MSI, else the line
                     */
    NDIS_WISH_LINE, /* messages are asked for as the registry says, but the line is granted
                     */
    NDIS_WISH_MSI,  /* as if MSISupported = 1 and the function had no MSI-X */
    NDIS_WISH_MSIX, /* as if MSISupported = 1 */
};
struct ndis_grant_options {
    enum ndis_interrupt_wish kind;
    unsigned messages; /* grant at most so many; 0 = all that are asked for */
};

/* What the protocols above want to receive. Zero-initialised: as Windows' TCP/IP does, which is
 * directed, multicast and broadcast frames, and the groups that every host of IPv4 and IPv6 is in.
 */
#define NDIS_GROUPS 32
struct ndis_addressing {
    bool filter_set, groups_set;
    ULONG filter;    /* NDIS_PACKET_TYPE_* */
    unsigned groups; /* with groups_set and 0 no multicast list is ever set */
    uint8_t group[NDIS_GROUPS][6];
};

/* How the protocols above send. Zero means the most. */
#define NDIS_BUFFERS 3
#define NDIS_SENDS   512
struct ndis_sending {
    unsigned buffers; /* a frame lies in one to so many buffers (MDLs) */
    unsigned sends;   /* frames that the driver may have at once, sent and not completed */
};

struct ndis_adapter_config {
    struct registry_key
        *driver_key; /* the software key: *SpeedDuplex, NetworkAddress ...; may be NULL */
    struct registry_key *hardware_key; /* holds "Interrupt Management"; may be NULL */
    struct ndis_grant_options interrupt;
    struct ndis_addressing addressing;
    struct ndis_sending sending;
};

/* AddDevice. function may be NULL (a virtual adapter); it is on the bus. The keys stay the caller's
 * and outlive the adapter. NULL and a sentence if the driver refused. */
struct ndis_adapter *ndis_adapter_add(struct ndis_driver *driver, struct pci_function *function,
                                      const struct ndis_adapter_config *config, char *err,
                                      size_t err_len);
/* Filter, grant, start, initialize, bind, restart: from Halted to Running. 0, or -errno and a
 * sentence. */
int ndis_adapter_start(struct ndis_adapter *adapter, char *err, size_t err_len);

/* Running -> Paused, Paused -> Running; -EINVAL in any other state, -EIO if the driver refused to
 * restart. */
int ndis_adapter_pause(struct ndis_adapter *adapter);
int ndis_adapter_restart(struct ndis_adapter *adapter);
/* MiniportResetEx, as if check for hang had asked. -ENOTSUP without a handler, -EIO if it failed.
 */
int ndis_adapter_reset(struct ndis_adapter *adapter);
/* Pauses if need be and halts; nothing to do if halted. */
void ndis_adapter_halt(struct ndis_adapter *adapter);
/* A new filter-and-start round with other resources: halts, grants anew, starts. */
int ndis_adapter_rebalance(struct ndis_adapter *adapter, const struct ndis_grant_options *options,
                           char *err, size_t err_len);
/* RemoveDevice, then the adapter is gone. Halts first. */
void ndis_adapter_remove(struct ndis_adapter *adapter);
/* The card is pulled: notification, pause, halt (NdisHaltDeviceSurpriseRemoved). Still to be
 * removed. */
void ndis_adapter_surprise_remove(struct ndis_adapter *adapter);
/* MiniportShutdownEx(NdisShutdownPowerOff). No other call to the driver follows. */
void ndis_adapter_shutdown(struct ndis_adapter *adapter);
/* Sleep (D3) and wake up (D0), with all that NDIS does around it. 0 or -EIO / -EINVAL. */
int ndis_adapter_sleep(struct ndis_adapter *adapter);
int ndis_adapter_wake(struct ndis_adapter *adapter);

/* For a bug check: MiniportShutdownEx(NdisShutdownBugCheck) of the adapters that registered for it.
 * Any IRQL; nothing else of this header may follow. */
void ndis_bugcheck_shutdown(void);

/* --- frames --- */

struct ndis_frame {
    const void *data; /* a whole Ethernet frame, no FCS */
    size_t len;
};
/* Sends copies of n frames in one call to MiniportSendNetBufferLists, at PASSIVE_LEVEL and
 * DISPATCH_LEVEL in turn. Returns how many were taken: fewer when too many are pending or a frame
 * is too long, 0 unless Running. `done` (may be NULL) is called once for each, in any order, at <=
 * DISPATCH_LEVEL; it must not wait, and may send again only from a thread. PASSIVE_LEVEL. */
unsigned ndis_send(struct ndis_adapter *adapter, const struct ndis_frame *frames, unsigned n,
                   void (*done)(void *ctx, NDIS_STATUS status), void *ctx);
/* Sends that could be started now. Any IRQL. */
unsigned ndis_send_room(struct ndis_adapter *adapter);
/* MiniportCancelSend for everything that the last ndis_send calls marked: cancels all. */
void ndis_cancel_sends(struct ndis_adapter *adapter);

struct ndis_rx_info {
    unsigned cpu;
    ULONG receive_flags; /* NDIS_RECEIVE_FLAGS_* */
    ULONG hash;          /* RSS hash value, 0 if none */
    ULONG checksum;      /* NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO, 0 if none */
    uint16_t vlan;       /* 0 if none */
};
/* Called for every received frame, on the processor that indicated it, at <= DISPATCH_LEVEL: must
 * not wait. The bytes are valid during the call. Set before starting. */
void ndis_set_receive(struct ndis_adapter *adapter,
                      void (*received)(void *ctx, const void *frame, size_t len,
                                       const struct ndis_rx_info *info),
                      void *ctx);

/* --- requests and events --- */

/* An OID request from a protocol: type NdisRequestQueryInformation, SetInformation, QueryStatistics
 * or Method. `buffer` holds the input and receives the output. NDIS answers what it knows from the
 * attributes. *bytes: written, read or needed, as the status says. The adapter is Paused,
 * Restarting, Running or Pausing, else NDIS_STATUS_ADAPTER_NOT_READY. */
NDIS_STATUS ndis_oid(struct ndis_adapter *adapter, NDIS_REQUEST_TYPE type, NDIS_OID oid,
                     void *buffer, ULONG length, ULONG *bytes);
/* Whether a frame is for this adapter by the packet filter and the multicast list that were set, as
 * NDIS itself would judge (a driver may let more through). Any thread. */
bool ndis_frame_wanted(const struct ndis_adapter *adapter, const void *frame, size_t len);
/* The multicast list that was set; returns how many. */
unsigned ndis_groups(const struct ndis_adapter *adapter, uint8_t groups[][6]);
/* True once the link is up (or down); false after timeout_ns. */
bool ndis_wait_link(struct ndis_adapter *adapter, bool up, uint64_t timeout_ns);
bool ndis_link_up(const struct ndis_adapter *adapter);
uint64_t ndis_link_speed(const struct ndis_adapter *adapter); /* bits per second */

/* --- what the report wants to know; any thread --- */

struct ndis_adapter_report {
    enum ndis_adapter_state state;
    bool link_up;
    uint64_t link_speed;
    uint8_t mac[6];
    ULONG mtu;
    ULONG packet_filter;  /* that was set; without what the driver does not support */
    unsigned groups_room; /* MaxMulticastListSize */
    uint64_t frames_sent, frames_received, bytes_sent, bytes_received, sends_failed;
    uint64_t with_driver, with_stack; /* NET_BUFFER_LISTs on the way */
    uint64_t resets, oids, status_indications, hang_checks;
    enum pci_interrupt_kind granted; /* PCI_INTERRUPT_NONE before start */
    unsigned granted_messages, requested_messages;
};
void ndis_adapter_report(const struct ndis_adapter *adapter, struct ndis_adapter_report *report);
/* Processor and IRQL of a granted message (0 for a line). False if there is none. */
bool ndis_adapter_message(const struct ndis_adapter *adapter, unsigned message, unsigned *cpu,
                          KIRQL *irql);
/* The device behind it, or NULL. */
struct pci_function *ndis_adapter_function(const struct ndis_adapter *adapter);
