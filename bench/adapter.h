/* SPDX-License-Identifier: MIT */
/* adapter.h - a miniport of host functions, on a card that has nothing but an MSI-X table.
 *
 * PASSIVE_LEVEL, on an NT thread. One adapter per process. */
#pragma once
#include "nt/interrupt.h"
#include "nt/wdk_ndis.h"

/* What the miniport does; NULL: counts, and the service routine queues the default DPC. */
struct adapter_handlers {
    BOOLEAN(NTAPI *isr)(NDIS_HANDLE context, ULONG message, PBOOLEAN queue_default, PULONG targets);
    VOID(NTAPI *dpc)
    (NDIS_HANDLE context, ULONG message, PVOID dpc_context, PVOID throttle, PVOID reserved);
};

/* NdisMRegisterInterruptEx with a grant of `count` messages, all on processor 0. */
void adapter_register(unsigned count, const struct adapter_handlers *handlers);
void adapter_deregister(void);
struct vector *adapter_vector(unsigned message);
/* How often the counting handlers ran, over all messages. */
extern uint64_t adapter_isrs, adapter_dpcs;
