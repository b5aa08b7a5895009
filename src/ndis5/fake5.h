/* SPDX-License-Identifier: MIT */
/* fake5.h - a 5.x miniport of host functions, and its card, for the tests of this room.
 *
 * It notes what NDIS calls ("init", "isr", "dpc", "enable" ...; "!" at DISPATCH_LEVEL, "^" above),
 * behaves well by default, and misbehaves where a flag says so. One driver, one adapter, one card
 * per test process. */
#pragma once
#include "ndis5/ndis5.h"
#include "nt/nt_test.h"
#include "pci/pci_test.h"

struct fake5 {
    /* --- what to be --- */
    unsigned major, minor; /* default 5.1 */
    bool deserialized;
    bool no_interrupt; /* do not register one */
    bool no_isr, no_send_packets, no_return, no_transfer, no_disable, no_handle_interrupt;
    BOOLEAN request_isr, shared;
    NDIS_INTERRUPT_MODE mode;
    UINT wrong_vector; /* added to the vector */
    NDIS_STATUS init_status, reset_status, entry_status, power_status;
    bool keep_interrupt;   /* halt does not deregister */
    void (*before_attributes)(void); /* the first thing in MiniportInitialize */
    void (*before_register)(void);
    void (*in_init)(void); /* after the registration */
    void (*in_halt)(void); /* before the deregistration */
    bool foreign;          /* the ISR says: not mine */
    bool no_queue;         /* it is mine, but no DPC */
    bool leave_out;        /* it sets no out-parameter */
    bool no_dismiss;       /* it leaves the line as it is */
    void (*in_isr)(bool second);
    void (*in_dpc)(void);
    void (*in_send)(NDIS_PACKET **packets, UINT n); /* instead of completing all at once */
    NDIS_STATUS (*in_send_one)(NDIS_PACKET *packet);
    void (*in_reset)(void);
    void (*in_query)(NDIS_OID oid);
    void (*in_return)(void); /* in MiniportReturnPacket, before the packet is freed */
    W_ALLOCATE_COMPLETE_HANDLER allocate_complete;
    UINT lookahead, max_packets, mtu;
    bool pend_query, pend_reset, hang_now;
    bool pend_transfer;    /* and never complete it */
    UINT transfer_less;    /* bytes that MiniportTransferData leaves away */
    bool manages_power;    /* answers the OIDs of Plug and Play, and notes those of power */
    bool list_over_address; /* the multicast list is written over the own address */
    bool keeps_addressing; /* a reset does not lose what was set */
    bool keep_query, keep_reset; /* pended (the query of OID_GEN_VENDOR_ID), not completed */
    ULONG attributes; /* more NDIS_ATTRIBUTE_* */

    /* --- what was seen --- */
    char log[4096];
    struct host_lock lock;
    NDIS_HANDLE wrapper, handle, config;
    NDIS_MINIPORT_INTERRUPT interrupt; /* */
    NDIS_MINIPORT_INTERRUPT second;    /* of a second adapter, after the first */
    unsigned initialized;
    NDIS_STATUS registered; /* what NdisMRegisterInterrupt returned */
    unsigned isrs, dpcs, disables, enables, sends, packets, returned, transfers, inside,
        most_inside;
    KIRQL isr_irql, dpc_irql, disable_irql, enable_irql, query_irql, reset_irql;
    ULONG packet_filter;
    unsigned groups; /* of the last multicast list */
    NDIS_OID oids[128]; /* asked for and set, in order */
    unsigned oid_count;
};
extern struct fake5 fake5;
extern struct card fake5_card, fake5_card2;
/* A second adapter of the driver, with a card of its own, started. */
struct ndis_adapter *fake5_add_second(struct ndis_driver *driver);

/* Loads the driver and adds its adapter with the card; fails the test if that fails. */
struct ndis_adapter *fake5_add(void);
/* fake5_add and ndis_adapter_start, which must succeed. */
struct ndis_adapter *fake5_running(void);
void fake5_finish(struct ndis_adapter *adapter);
/* The card raises its line, and the processors have time to take it. */
void fake5_raise(void);
const char *fake5_log(void);
void fake5_note(const char *what);
/* A packet of `len` bytes of value `fill` from the driver's own pool, ready to be indicated. */
NDIS_PACKET *fake5_packet(size_t len, uint8_t fill, NDIS_STATUS status);
void fake5_packet_free(NDIS_PACKET *packet);
NTSTATUS NTAPI fake5_entry(PDRIVER_OBJECT object, PUNICODE_STRING path);
