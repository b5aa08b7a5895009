/* SPDX-License-Identifier: MIT */
/* seh_entry.S - calls into driver handlers, and entries of the exports that need their caller's
 * vector registers. */
    .intel_syntax noprefix
    .text

/* uint64_t pe_call_driver(const struct pe_call *, void *function, a, b, c, d): System V in, ms_abi
 * out. The return address and the place of the record are what a walk recognises. */
    .globl pe_call_driver
    .hidden pe_call_driver
    .type pe_call_driver, @function
pe_call_driver:
    push    rbp
    mov     rbp, rsp
    push    rdi
    sub     rsp, 0x28
    mov     rax, rsi
    mov     r10, rdx
    mov     rdx, rcx
    mov     rcx, r10
    call    rax                 /* c and d are in r8 and r9 already */
    .globl pe_call_return
    .hidden pe_call_return
pe_call_return:
    leave
    ret
    .size pe_call_driver, . - pe_call_driver

/* NAME_entry(rcx, rdx, r8, r9, stack...) calls NAME_from(the same four, fifth, sixth, vectors). */
    .macro ENTRY name
    .globl \name\()_entry
    .hidden \name\()_entry
    .type \name\()_entry, @function
\name\()_entry:
    sub     rsp, 0xf8
    stmxcsr [rsp + 0x40]
    movaps  [rsp + 0x50], xmm6
    movaps  [rsp + 0x60], xmm7
    movaps  [rsp + 0x70], xmm8
    movaps  [rsp + 0x80], xmm9
    movaps  [rsp + 0x90], xmm10
    movaps  [rsp + 0xa0], xmm11
    movaps  [rsp + 0xb0], xmm12
    movaps  [rsp + 0xc0], xmm13
    movaps  [rsp + 0xd0], xmm14
    movaps  [rsp + 0xe0], xmm15
    mov     rax, [rsp + 0xf8 + 0x28]
    mov     [rsp + 0x20], rax
    mov     rax, [rsp + 0xf8 + 0x30]
    mov     [rsp + 0x28], rax
    lea     rax, [rsp + 0x40]
    mov     [rsp + 0x30], rax
    call    \name\()_from
    add     rsp, 0xf8
    ret
    .size \name\()_entry, . - \name\()_entry
    .endm

    ENTRY ExRaiseStatus
    ENTRY ExRaiseAccessViolation
    ENTRY ExRaiseDatatypeMisalignment
    ENTRY RtlRaiseException
    ENTRY RtlCaptureContext
    ENTRY RtlUnwind
    ENTRY RtlUnwindEx
    ENTRY _local_unwind

    .section .note.GNU-stack, "", @progbits
