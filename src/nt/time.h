/* SPDX-License-Identifier: MIT */
/* time.h - what time it is, and how long a driver may busy-wait. */
#pragma once

/* The most microseconds that one KeStallExecutionProcessor may wait, at any IRQL; 0 = no such rule.
 * ndis.h turns NdisStallExecution into that call, so NDIS sets 50 when a miniport registers
 * (R-314). */
extern unsigned nt_stall_limit_us;
