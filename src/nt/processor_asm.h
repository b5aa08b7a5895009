/* SPDX-License-Identifier: MIT */
/* processor_asm.h - offsets that entry.S knows; checked against C in processor.c. */
#pragma once
#define PCR_CPU        0x1000 /* struct cpu within the PCR */
#define CPU_HERE       8  /* struct cpu: pending_here */
#define CPU_IRQL       12
#define CPU_SHADOW_TOP 16
#define CPU_PENDING    64
#define PENDING_BITS   0x1FFFF
#define SHADOW_BYTES   96
#define THUNK_ENTRY    0
