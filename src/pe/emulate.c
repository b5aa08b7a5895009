/* SPDX-License-Identifier: MIT */
/* emulate.c - what a faulting instruction of a driver reaches: registers of devices, ports, cr8, shared data. */
#include "pe/emulate.h"
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/iospace.h"
#include "nt/physmem.h"
#include "nt/trap.h"
#include "pe/insn.h"
#include "pe/seh.h"
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

static bool bus_owns(void *ctx, uint64_t va, unsigned width)
{
    return iospace_contains((const void *)(uintptr_t)va) ||
           (va >= SHARED_DATA_VA && va < SHARED_DATA_VA + 4096);
}

static bool bus_mem_read(void *ctx, uint64_t va, unsigned width, uint64_t *value)
{
    return shared_data_read(va, width, value) ||
           iospace_read((const void *)(uintptr_t)va, width, value);
}

static bool bus_mem_write(void *ctx, uint64_t va, unsigned width, uint64_t value)
{
    return iospace_write((const void *)(uintptr_t)va, width, value);
}

/* The other operand of the instruction. Pool, stacks and images lie in physical memory; anything else is tried out,
 * because a fault inside the handler could not be told from dirql's own. */
static void *bus_ram(void *ctx, uint64_t va, unsigned width, bool write)
{
    void *p = (void *)(uintptr_t)va;
    uint8_t bytes[8];
    struct iovec local = {bytes, width}, remote = {p, width};
    if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)width)
        return NULL;
    if (write && process_vm_writev(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)width)
        return NULL;
    return p;
}

static bool bus_port_read(void *ctx, uint16_t port, unsigned width, uint32_t *value)
{
    *value = (uint32_t)ioport_read(port, width);
    return true;
}

static bool bus_port_write(void *ctx, uint16_t port, unsigned width, uint32_t value)
{
    ioport_write(port, width, value);
    return true;
}

static bool bus_cr_read(void *ctx, unsigned cr, uint64_t *value)
{
    return trap_cr_read(cr, value);
}

static bool bus_cr_write(void *ctx, unsigned cr, uint64_t value)
{
    return trap_cr_write(cr, value);
}

/* Model-specific registers that drivers look at: time stamp counter, APIC base, and feature ones that read as zero. */
static bool bus_msr_read(void *ctx, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case 0x10: /* IA32_TIME_STAMP_COUNTER */
        *value = host_deterministic() ? host_now() : __builtin_ia32_rdtsc();
        return true;
    case 0x1B: /* IA32_APIC_BASE: enabled, at its usual place */
        *value = 0xFEE00900;
        return true;
    case 0x8B:  /* IA32_BIOS_SIGN_ID */
    case 0x1A0: /* IA32_MISC_ENABLE */
        *value = 0;
        return true;
    case 0xC0000080: /* IA32_EFER: long mode, no-execute, syscall */
        *value = 0xD01;
        return true;
    }
    return false;
}

static bool bus_set_if(void *ctx, bool enabled)
{
    trap_set_interrupt_flag(enabled);
    return true;
}

/* hlt: resume; the window that follows the fault waits for nothing, which hlt allows (an interrupt may be pending). */
static bool bus_halt(void *ctx)
{
    return true;
}

static const struct insn_bus bus = {
    .owns = bus_owns,
    .mem_read = bus_mem_read,
    .mem_write = bus_mem_write,
    .ram = bus_ram,
    .port_read = bus_port_read,
    .port_write = bus_port_write,
    .cr_read = bus_cr_read,
    .cr_write = bus_cr_write,
    .msr_read = bus_msr_read,
    .set_if = bus_set_if,
    .halt = bus_halt,
};

/* Our numbering (the processor's) against the signal frame's. */
static const int greg_of[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static uint64_t gs_base(void)
{
    uint64_t self;
    __asm__ volatile("movq %%gs:0x18, %0" : "=r"(self)); /* KPCR.Self */
    return self;
}

/* Puts `why` in front of the instruction's text. */
static void explain(struct trap_detail *detail, const char *why)
{
    char insn[sizeof detail->what];
    snprintf(insn, sizeof insn, "%s", detail->what);
    snprintf(detail->what, sizeof detail->what, "%s%.90s", why, insn);
}

static enum trap_outcome emulate(ucontext_t *uc, bool privileged, uint64_t address,
                                 struct trap_detail *detail)
{
    greg_t *g = uc->uc_mcontext.gregs;
    struct insn_regs regs = {.rip = (uint64_t)g[REG_RIP], .rflags = (uint64_t)g[REG_EFL],
                             .gs_base = gs_base(), .fxsave = uc->uc_mcontext.fpregs};
    for (int i = 0; i < 16; i++)
        regs.gpr[i] = (uint64_t)g[greg_of[i]];
    enum insn_result result = insn_emulate(&regs, &bus, detail->what, sizeof detail->what);
    switch (result) {
    case INSN_DONE:
    case INSN_AGAIN:
        for (int i = 0; i < 16; i++)
            g[greg_of[i]] = (greg_t)regs.gpr[i];
        g[REG_RIP] = (greg_t)regs.rip;
        g[REG_EFL] = (greg_t)regs.rflags;
        return TRAP_EMULATED;
    case INSN_INTERRUPT:
        detail->code = regs.vector == 0x29 ? 0xC0000409u /* STATUS_STACK_BUFFER_OVERRUN */
                                           : 0xC0000096u;
        if (regs.vector != 0x29 && regs.vector != 0x2C && regs.vector != 3)
            return TRAP_EXCEPTION;
        if (regs.vector == 3) {
            detail->code = 0x80000003u;
            return TRAP_EXCEPTION;
        }
        detail->parameter[0] = regs.gpr[INSN_RCX] & 0xFFFFFFFF;
        explain(detail, "the driver stopped itself: ");
        return TRAP_FATAL;
    case INSN_UNSUPPORTED:
    case INSN_REFUSED:
        if (!privileged && !bus_owns(NULL, address, 1))
            return TRAP_EXCEPTION;
        if (privileged && result == INSN_REFUSED) {
            detail->code = 0xC0000096u; /* STATUS_PRIVILEGED_INSTRUCTION */
            return TRAP_EXCEPTION;
        }
        if (result == INSN_REFUSED) {
            /* A register range that is not mapped, or no longer. */
            detail->code = 0xC0000005u;
            detail->parameters = 2;
            detail->parameter[0] = 0;
            detail->parameter[1] = address;
            return TRAP_EXCEPTION;
        }
        detail->code = 0xC0000096u;
        detail->parameter[1] = address;
        explain(detail, "dirql does not know this device access or kernel instruction: ");
        return TRAP_FATAL;
    case INSN_BAD_MEMORY:
        detail->code = 0xC0000005u;
        if (!privileged && regs.fault_address == address)
            return TRAP_EXCEPTION; /* the processor's own report says more: read or write */
        detail->parameters = 2;
        detail->parameter[0] = 0;
        detail->parameter[1] = regs.fault_address;
        return TRAP_EXCEPTION;
    case INSN_NOT_PRIVILEGED:
        return TRAP_EXCEPTION;
    }
    return TRAP_EXCEPTION;
}

void pe_attach(void)
{
    trap_emulate = emulate;
    pe_seh_attach();
}
