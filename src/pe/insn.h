/* SPDX-License-Identifier: MIT */
/* insn.h - does one instruction that the host's processor refused: an access to device registers,
 * or an instruction that only a kernel may execute.
 *
 *     fault handler: insn_emulate(&regs, &bus, what, sizeof what) == INSN_DONE -> resume
 *
 * Async-signal-safe: no allocation, no stdio, no lock. The decoded form of an instruction is kept
 * in a thread-local cache (validated by its bytes), so that a loop that polls a register decodes
 * once. Not reentrant on one thread: block the signals whose handlers come here, and do not fault
 * in a bus function.
 *
 * Accesses wider than 8 bytes (SSE, AVX) reach the bus as 8-byte pieces, lowest address first. A
 * read-modify-write is one read and one write. `cmpxchg` always writes, as the processor does.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum insn_gpr {
    INSN_RAX,
    INSN_RCX,
    INSN_RDX,
    INSN_RBX,
    INSN_RSP,
    INSN_RBP,
    INSN_RSI,
    INSN_RDI, /* then r8 to r15 */
};

struct insn_regs {
    uint64_t gpr[16];
    uint64_t rip;
    uint64_t rflags;
    uint64_t fs_base, gs_base;
    /* The FXSAVE image that a signal frame holds (512 bytes, with the XSAVE area behind it if the
     * frame says so in sw_reserved); NULL: vector instructions are refused. Changed in place. */
    void *fxsave;
    uint64_t fault_address; /* out, for INSN_BAD_MEMORY */
    unsigned vector;        /* out, for INSN_INTERRUPT */
};

/* What an instruction reaches. Every function gets `ctx`; width is 1, 2, 4 or 8; a value's unused
 * upper bytes are zero. Functions may be NULL: then the instructions that need them are refused.
 * False refuses the access and makes the result INSN_REFUSED. */
struct insn_bus {
    void *ctx;
    /* True if mem_read and mem_write answer for this address; all else is memory. */
    bool (*owns)(void *ctx, uint64_t va, unsigned width);
    bool (*mem_read)(void *ctx, uint64_t va, unsigned width, uint64_t *value);
    bool (*mem_write)(void *ctx, uint64_t va, unsigned width, uint64_t value);
    /* Where the host reaches memory that is not on the bus: usually va itself. NULL if it is not
     * accessible: the result is INSN_BAD_MEMORY. */
    void *(*ram)(void *ctx, uint64_t va, unsigned width, bool write);
    bool (*port_read)(void *ctx, uint16_t port, unsigned width, uint32_t *value);
    bool (*port_write)(void *ctx, uint16_t port, unsigned width, uint32_t value);
    bool (*cr_read)(void *ctx, unsigned cr, uint64_t *value);
    bool (*cr_write)(void *ctx, unsigned cr, uint64_t value);
    bool (*dr_read)(void *ctx, unsigned dr, uint64_t *value);
    bool (*dr_write)(void *ctx, unsigned dr, uint64_t value);
    bool (*msr_read)(void *ctx, uint32_t msr, uint64_t *value);
    bool (*msr_write)(void *ctx, uint32_t msr, uint64_t value);
    bool (*set_if)(void *ctx, bool enabled); /* sti, cli */
    bool (*halt)(void *ctx);
};

enum insn_result {
    INSN_DONE,        /* done, rip is behind it */
    INSN_AGAIN,       /* a part of a long repeat is done, rip unchanged: resume, it faults again */
    INSN_UNSUPPORTED, /* not known here; `what` names it */
    INSN_NOT_PRIVILEGED, /* reaches neither the bus nor anything privileged: no reason to emulate it
                          */
    INSN_BAD_MEMORY,     /* touches fault_address, which is neither on the bus nor memory */
    INSN_REFUSED,        /* a function of the bus said no; `what` names the instruction */
    INSN_INTERRUPT,      /* int n: `vector` (0x29 is __fastfail with its code in ecx) */
};

/* Executes the instruction at regs->rip, whose bytes must be readable. Unless the result is
 * INSN_DONE or INSN_AGAIN, registers and memory are as before (a repeated string instruction may
 * have made progress, which the registers then show), and `what` (if not NULL) receives its text,
 * e.g. "wrmsr at 0x140001234". */
enum insn_result insn_emulate(struct insn_regs *regs, const struct insn_bus *bus, char *what,
                              size_t size);

/* The text of the instruction at rip, whose bytes must be readable; returns its length in bytes, or
 * 0 (and "?") if it is no instruction. */
unsigned insn_describe(uint64_t rip, char *text, size_t size);
