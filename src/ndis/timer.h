/* SPDX-License-Identifier: MIT */
/* timer.h - NDIS timers: timer objects, and the older ones in a driver's own memory. */
#pragma once

struct ndis_adapter;

/* A timer of the adapter that is set now, or NULL: what bug check 0x7C/0x09 and its relatives ask
 * . The pointer is what the driver knows it by. */
void *ndis_timer_active(struct ndis_adapter *adapter);
