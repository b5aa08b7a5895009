/* SPDX-License-Identifier: MIT */
/* guard.S - the two functions behind a driver's control-flow-guard pointers.
 *
 * Check: the target is in rcx, all registers but rax, r10, r11 stay as they are. Dispatch: the
 * target is in rax, jump to it. Source: Microsoft, "Control Flow Guard". Every target is accepted;
 * the point is that drivers built with /guard:cf run. */
    .text
    .globl pe_guard_check
    .hidden pe_guard_check
    .type pe_guard_check, @function
pe_guard_check:
    ret
    .size pe_guard_check, . - pe_guard_check

    .globl pe_guard_dispatch
    .hidden pe_guard_dispatch
    .type pe_guard_dispatch, @function
pe_guard_dispatch:
    jmp *%rax
    .size pe_guard_dispatch, . - pe_guard_dispatch

    .section .note.GNU-stack, "", @progbits
