/* SPDX-License-Identifier: MIT */
/* entry.S - the borders between driver code and host code.
 *
 * thunk_enter           driver calls an export (ms_abi to ms_abi)
 * driver_call8          host calls a driver (System V to ms_abi)
 * interrupt_trampoline  an interrupt between two driver instructions; a fault handler sends us here
 * exception_trampoline  a fault in driver code becomes an exception
 * fiber_switch          from one stack to another */
#include "nt/processor_asm.h"

    .intel_syntax noprefix
    .text

/* r11 = struct thunk *. All that is not volatile in ms_abi is kept, and recorded on the shadow stack together with
 * the return address, which leaves the machine stack: the callee sees its stack arguments where it
 * expects them, and returns to us instead. */
    .globl thunk_enter
    .type thunk_enter, @function
thunk_enter:
    mov     r10, gs:[PCR_CPU + CPU_SHADOW_TOP]
    pop     rax
    mov     [r10], rax
    mov     [r10 + 8], rsp
    mov     [r10 + 16], rbx
    mov     [r10 + 24], rbp
    mov     [r10 + 32], rsi
    mov     [r10 + 40], rdi
    mov     [r10 + 48], r12
    mov     [r10 + 56], r13
    mov     [r10 + 64], r14
    mov     [r10 + 72], r15
    mov     [r10 + 80], r11
    add     r10, SHADOW_BYTES
    mov     gs:[PCR_CPU + CPU_SHADOW_TOP], r10
    call    [r11 + THUNK_ENTRY]
    mov     r10, gs:[PCR_CPU + CPU_SHADOW_TOP]
    sub     r10, SHADOW_BYTES
    /* The entry stays until after the window, so that a report made there still shows who called. */
    movzx   ecx, byte ptr gs:[PCR_CPU + CPU_IRQL]
    mov     edx, gs:[PCR_CPU + CPU_PENDING]
    and     edx, PENDING_BITS
    or      edx, gs:[PCR_CPU + CPU_HERE]
    shr     edx, cl
    shr     edx, 1
    jnz     1f
    mov     gs:[PCR_CPU + CPU_SHADOW_TOP], r10
    push    [r10]
    ret
1:  /* rsp here is what the driver had before its call, a multiple of 16. */
    sub     rsp, 64
    mov     [rsp + 48], rax
    movups  [rsp + 32], xmm0
    call    window_after_export
    movups  xmm0, [rsp + 32]
    mov     rax, [rsp + 48]
    add     rsp, 64
    mov     r10, gs:[PCR_CPU + CPU_SHADOW_TOP]
    sub     r10, SHADOW_BYTES
    mov     gs:[PCR_CPU + CPU_SHADOW_TOP], r10
    push    [r10]
    ret
    .size thunk_enter, . - thunk_enter

/* uint64_t driver_call8(fn, a0 .. a7) */
    .globl driver_call8
    .type driver_call8, @function
driver_call8:
    push    rbp
    mov     rbp, rsp
    sub     rsp, 112
    mov     r10, rcx
    movzx   ecx, byte ptr gs:[PCR_CPU + CPU_IRQL]
    mov     eax, gs:[PCR_CPU + CPU_PENDING]
    and     eax, PENDING_BITS
    or      eax, gs:[PCR_CPU + CPU_HERE]
    shr     eax, cl
    shr     eax, 1
    jnz     2f
1:  mov     rax, [rbp + 16]
    mov     [rsp + 40], rax
    mov     rax, [rbp + 24]
    mov     [rsp + 48], rax
    mov     rax, [rbp + 32]
    mov     [rsp + 56], rax
    mov     [rsp + 32], r9
    mov     [rsp + 64], rdi     /* callstack.h: the function itself, behind its arguments */
    mov     rax, rdi
    mov     rcx, rsi
    mov     r9, r8
    mov     r8, r10
    call    rax
    leave
    ret
2:  mov     [rsp + 64], rdi
    mov     [rsp + 72], rsi
    mov     [rsp + 80], rdx
    mov     [rsp + 88], r10
    mov     [rsp + 96], r8
    mov     [rsp + 104], r9
    call    window_before_driver
    mov     rdi, [rsp + 64]
    mov     rsi, [rsp + 72]
    mov     rdx, [rsp + 80]
    mov     r10, [rsp + 88]
    mov     r8, [rsp + 96]
    mov     r9, [rsp + 104]
    jmp     1b
    .size driver_call8, . - driver_call8

/* Entered with the interrupted instruction's address on top of the driver's stack (ms_abi has no red zone). Everything
 * is kept: this is an interrupt, the driver does not know. struct trap_frame is what is pushed. */
    .globl interrupt_trampoline
    .type interrupt_trampoline, @function
interrupt_trampoline:
    pushfq
    push    rax
    push    rcx
    push    rdx
    push    rbx
    push    rbp
    push    rsi
    push    rdi
    push    r8
    push    r9
    push    r10
    push    r11
    push    r12
    push    r13
    push    r14
    push    r15
    mov     rbp, rsp
    cld
    mov     eax, xsave_bytes[rip]
    sub     rsp, rax
    and     rsp, -64
    /* the XSAVE header must be zero */
    xor     eax, eax
    mov     [rsp + 512], rax
    mov     [rsp + 520], rax
    mov     [rsp + 528], rax
    mov     [rsp + 536], rax
    mov     [rsp + 544], rax
    mov     [rsp + 552], rax
    mov     [rsp + 560], rax
    mov     [rsp + 568], rax
    mov     eax, xsave_mask[rip]
    xor     edx, edx
    xsave64 [rsp]
    mov     rdi, rbp
    mov     rbx, rsp
    call    interrupt_from_driver
    mov     rsp, rbx
    mov     eax, xsave_mask[rip]
    xor     edx, edx
    xrstor64 [rsp]
    mov     rsp, rbp
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rdi
    pop     rsi
    pop     rbp
    pop     rbx
    pop     rdx
    pop     rcx
    pop     rax
    popfq
    ret
    .size interrupt_trampoline, . - interrupt_trampoline

/* rdi = EXCEPTION_RECORD *, rsi = CONTEXT *, both on this stack. Never returns here. */
    .globl exception_trampoline
    .type exception_trampoline, @function
exception_trampoline:
    cld
    and     rsp, -16
    call    exception_from_driver
    ud2
    .size exception_trampoline, . - exception_trampoline

/* What compilers call before a large stack frame: rax = its size; every register is kept. Touches each page, so that a
 * frame cannot step over the guard below the stack. Bound without a thunk, which would use rax. */
    .globl nt_chkstk
    .type nt_chkstk, @function
nt_chkstk:
    push    rcx
    push    rax
    lea     rcx, [rsp + 24]
1:  cmp     rax, 0x1000
    jb      2f
    sub     rcx, 0x1000
    test    [rcx], rcx
    sub     rax, 0x1000
    jmp     1b
2:  sub     rcx, rax
    test    [rcx], rcx
    pop     rax
    pop     rcx
    ret
    .size nt_chkstk, . - nt_chkstk

/* void fiber_switch(void **save_rsp, void *load_rsp) */
    .globl fiber_switch
    .type fiber_switch, @function
fiber_switch:
    push    rbp
    push    rbx
    push    r12
    push    r13
    push    r14
    push    r15
    sub     rsp, 8
    stmxcsr [rsp]
    fnstcw  [rsp + 4]
    mov     [rdi], rsp
    mov     rsp, rsi
    ldmxcsr [rsp]
    fldcw   [rsp + 4]
    add     rsp, 8
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbx
    pop     rbp
    ret
    .size fiber_switch, . - fiber_switch

/* A new fiber's first instruction: rbx = function, r12 = argument. */
    .globl fiber_start
    .type fiber_start, @function
fiber_start:
    mov     rdi, r12
    xor     ebp, ebp
    call    rbx
    ud2
    .size fiber_start, . - fiber_start

/* void context_resume(const CONTEXT *): loads every register of a CONTEXT (offsets: Windows x64 CONTEXT). */
    .globl context_resume
    .type context_resume, @function
context_resume:
    ldmxcsr [rdi + 0x34]
    movaps  xmm6, [rdi + 0x200]
    movaps  xmm7, [rdi + 0x210]
    movaps  xmm8, [rdi + 0x220]
    movaps  xmm9, [rdi + 0x230]
    movaps  xmm10, [rdi + 0x240]
    movaps  xmm11, [rdi + 0x250]
    movaps  xmm12, [rdi + 0x260]
    movaps  xmm13, [rdi + 0x270]
    movaps  xmm14, [rdi + 0x280]
    movaps  xmm15, [rdi + 0x290]
    movaps  xmm0, [rdi + 0x1a0]
    movaps  xmm1, [rdi + 0x1b0]
    movaps  xmm2, [rdi + 0x1c0]
    movaps  xmm3, [rdi + 0x1d0]
    movaps  xmm4, [rdi + 0x1e0]
    movaps  xmm5, [rdi + 0x1f0]
    mov     rbx, [rdi + 0x90]
    mov     rbp, [rdi + 0xa0]
    mov     rsi, [rdi + 0xa8]
    mov     r8, [rdi + 0xb8]
    mov     r9, [rdi + 0xc0]
    mov     r10, [rdi + 0xc8]
    mov     r11, [rdi + 0xd0]
    mov     r12, [rdi + 0xd8]
    mov     r13, [rdi + 0xe0]
    mov     r14, [rdi + 0xe8]
    mov     r15, [rdi + 0xf0]
    mov     rdx, [rdi + 0x88]
    mov     rsp, [rdi + 0x98]
    mov     rax, [rdi + 0xf8]    /* Rip */
    push    rax
    mov     ecx, [rdi + 0x44]    /* EFlags */
    push    rcx
    mov     rax, [rdi + 0x78]
    mov     rcx, [rdi + 0x80]
    mov     rdi, [rdi + 0xb0]
    popfq
    ret
    .size context_resume, . - context_resume

    .section .note.GNU-stack, "", @progbits
