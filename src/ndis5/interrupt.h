/* SPDX-License-Identifier: MIT */
/* interrupt.h - how 5.x interrupts are treated where Microsoft's pages differ. */
#pragma once

/* MiniportHandleInterrupt while MiniportInitialize executes. The NT DDK says that it is never
 * queued then; MSDN of 2000 shows an Initialize that waits for it. Held: it runs as
 * soon as Initialize has succeeded. */
enum ndis5_initialize_dpc { NDIS5_DPC_HELD, NDIS5_DPC_QUEUED };
/* NDIS5_DPC_HELD. Change before starting an adapter. */
extern enum ndis5_initialize_dpc ndis5_initialize_dpc;
