/* SPDX-License-Identifier: MIT */
/* fake_miniport.h - a miniport of host functions, for the tests of an adapter's life.
 *
 * It writes what NDIS calls into a log ("add", "filter", "start", "init", "pnp5" ...; a call at
 * DISPATCH_LEVEL ends in
 * "!"), behaves well by default, and misbehaves where a flag says so. Sent frames come back as
 * received ones when `loop` is set. One driver and one adapter per test process. */
#pragma once
#include "ndis/ndis_internal.h"
#include "nt/nt_test.h"
#include "pci/pci.h"

struct fake {
    /* --- what to be --- */
    unsigned minor;                        /* NDIS 6.x; default 20 */
    unsigned header_revision, header_size; /* of the driver characteristics; 0 = right */
    bool pnp;                              /* add, remove, filter and start handlers */
    bool reset, hang;                      /* has MiniportResetEx, MiniportCheckForHangEx */
    NDIS_STATUS entry_status, add_status, filter_status, start_status, init_status, restart_status;
    NDIS_STATUS reset_status;
    bool pend_pause, pend_restart, pend_reset, pend_oid; /* completed by a DPC */
    bool never_pause, never_oid;
    bool hang_now; /* CheckForHang returns TRUE once */
    bool addressing_reset;
    bool no_registration, no_general, general_first;
    bool keep_timer_on_halt, keep_driver_registered;
    bool not_power_managed, no_pause_on_suspend;
    bool hold_sends; /* do not complete them until fake_complete_sends() */
    bool loop;       /* indicate what is sent */
    ULONG receive_flags;
    bool drop_messages;    /* the filter removes every message descriptor */
    unsigned add_messages; /* the filter asks for so many more MSI-X messages */
    unsigned targeted;     /* 1 + processor that the filter wants for every message; 0 = leave */
    bool break_list;       /* the filter leaves a list whose Count is wrong */
    bool change_memory;    /* the filter changes a memory resource */
    NDIS_STATUS (*oid)(struct fake *fake, NDIS_OID_REQUEST *request); /* NULL: succeed */
    void (*in_init)(struct fake *fake);
    void (*in_halt)(struct fake *fake);
    void (*in_shutdown)(struct fake *fake);

    /* --- what was seen --- */
    char log[4096];
    struct host_lock lock;
    NDIS_HANDLE driver_handle, add_handle, init_handle, filter_handle;
    void *add_context_seen; /* what remove, filter, start and init received */
    NDIS_HALT_ACTION halt_action;
    NDIS_SHUTDOWN_ACTION shutdown_action;
    ULONG filter_messages, filter_lines, filter_lists; /* in the list that the filter saw */
    USHORT filter_flags;                               /* of its first message */
    CM_PARTIAL_RESOURCE_DESCRIPTOR granted[64];        /* interrupt descriptors at start or init */
    unsigned granted_count, memory_count, port_count, raw_message_count;
    NDIS_OID last_oid;
    unsigned oid_count, returned, sends, send_nbs, reset_count, hang_count;
    ULONG packet_filter;
    NDIS_OID_REQUEST *pended;
    NET_BUFFER_LIST *held_first, *held_last;
    NDIS_HANDLE nbl_pool;
    KDPC pause_dpc, restart_dpc, reset_dpc, oid_dpc;
};
extern struct fake fake;

/* Loads the fake driver and adds its adapter; fails the test if that fails. */
struct ndis_driver *fake_load(void);
struct ndis_adapter *fake_add(struct pci_function *function,
                              const struct ndis_adapter_config *config);
/* fake_load, fake_add with neither function nor registry, ndis_adapter_start. */
struct ndis_adapter *fake_running(void);
void fake_start(struct ndis_adapter *adapter);
/* Removes the adapter and unloads. */
void fake_finish(struct ndis_adapter *adapter);
/* Completes what hold_sends kept. */
void fake_complete_sends(void);
/* Indicates one frame of `len` bytes, all of value `fill`. */
void fake_indicate(size_t len, uint8_t fill, ULONG flags);
void fake_indicate_link(bool up);

/* The log up to now, which is then emptied. */
const char *fake_log(void);
/* The log without OID requests. */
const char *fake_log_events(void);
NTSTATUS NTAPI fake_driver_entry(PDRIVER_OBJECT object, PUNICODE_STRING path);
