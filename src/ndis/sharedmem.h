/* SPDX-License-Identifier: MIT */
/* sharedmem.h - memory that an adapter's driver and device share. */
#pragma once
#include "ndis/ndis_internal.h"

/* Waits until every asynchronous allocation of the adapter has been handed over. PASSIVE_LEVEL; to
 * be called before the adapter's context may go away, that is, before MiniportHaltEx is called. */
void ndis_shared_memory_drain(struct ndis_adapter *adapter);
