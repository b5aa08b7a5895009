/* SPDX-License-Identifier: MIT */
/* emulate.h - joins the fault handler (nt/trap.h) to the instruction emulator and the unwinder.
 *
 * Call pe_attach() once before drivers run. */
#pragma once

void pe_attach(void);
