/* SPDX-License-Identifier: MIT */
/* insn.c - executes a decoded instruction against a bus. */
#include "pe/insn_parts.h"
#include <string.h>

#define FLAG_ZF    0x040u
#define FLAG_DF    0x400u
#define REPEAT_MAX 1024 /* elements per call, so that interrupts get their turn in between */
#define MAX_VECTOR 32

static int64_t sign_extend(uint64_t v, unsigned width)
{
    unsigned unused = 64 - 8 * width;
    return (int64_t)(v << unused) >> unused;
}

static bool owned(const struct insn_run *r, uint64_t va, unsigned width)
{
    return r->bus->owns && r->bus->owns(r->bus->ctx, va, width);
}

/* Any width up to 32; the bus sees at most 8 bytes at once. */
static enum insn_result mem_read(struct insn_run *r, uint64_t va, unsigned width, void *out)
{
    for (unsigned at = 0, n; at < width; at += n) {
        n = width - at < 8 ? width - at : 8;
        uint64_t v = 0;
        if (owned(r, va + at, n)) {
            if (!r->bus->mem_read || !r->bus->mem_read(r->bus->ctx, va + at, n, &v))
                return INSN_REFUSED;
        } else {
            void *p = r->bus->ram ? r->bus->ram(r->bus->ctx, va + at, n, false) : NULL;
            if (!p) {
                r->regs->fault_address = va + at;
                return INSN_BAD_MEMORY;
            }
            memcpy(&v, p, n);
        }
        memcpy((uint8_t *)out + at, &v, n);
    }
    return INSN_DONE;
}

static enum insn_result mem_write(struct insn_run *r, uint64_t va, unsigned width, const void *in)
{
    for (unsigned at = 0, n; at < width; at += n) {
        n = width - at < 8 ? width - at : 8;
        uint64_t v = 0;
        memcpy(&v, (const uint8_t *)in + at, n);
        if (owned(r, va + at, n)) {
            if (!r->bus->mem_write || !r->bus->mem_write(r->bus->ctx, va + at, n, v))
                return INSN_REFUSED;
        } else {
            void *p = r->bus->ram ? r->bus->ram(r->bus->ctx, va + at, n, true) : NULL;
            if (!p) {
                r->regs->fault_address = va + at;
                return INSN_BAD_MEMORY;
            }
            memcpy(p, &v, n);
        }
    }
    return INSN_DONE;
}

static uint64_t segment_base(const struct insn_run *r)
{
    return r->c->segment == 'g' ? r->regs->gs_base : r->c->segment == 'f' ? r->regs->fs_base : 0;
}

static uint64_t address(const struct insn_run *r)
{
    const struct insn_code *c = r->c;
    uint64_t at = (uint64_t)c->displacement;
    if (c->base == INSN_RIP)
        at += r->regs->rip + c->length;
    else if (c->base != INSN_NO_REG)
        at += r->regs->gpr[c->base];
    if (c->index != INSN_NO_REG)
        at += r->regs->gpr[c->index] * c->scale;
    /* bt with a bit number from a register reaches beyond the operand (SDM, BT). */
    if ((c->action == ACT_ALU || c->action == ACT_ALU_READ) && c->detail >= ALU_BT &&
        c->detail <= ALU_BTC && c->op[1].kind == OPERAND_GPR) {
        int64_t bit = sign_extend(r->regs->gpr[c->op[1].reg], c->op[1].width);
        at += (uint64_t)((bit >> (c->op[0].width == 2   ? 4
                                  : c->op[0].width == 4 ? 5
                                                        : 6)) *
                         c->op[0].width);
    }
    return (c->address_width == 4 ? (uint32_t)at : at) + segment_base(r);
}

static enum insn_result get(struct insn_run *r, unsigned i, uint64_t *v)
{
    const struct insn_operand *o = &r->c->op[i];
    *v = 0;
    switch (o->kind) {
    case OPERAND_GPR:
        *v = insn_get_gpr(r->regs, o->reg, o->width);
        return INSN_DONE;
    case OPERAND_GPR_HIGH:
        *v = r->regs->gpr[o->reg] >> 8 & 0xff;
        return INSN_DONE;
    case OPERAND_IMM:
        *v = r->c->immediate;
        return INSN_DONE;
    case OPERAND_MEM:
        return o->width <= 8 ? mem_read(r, address(r), o->width, v) : INSN_UNSUPPORTED;
    case OPERAND_NONE:
        return INSN_DONE;
    }
    return INSN_UNSUPPORTED;
}

static enum insn_result set(struct insn_run *r, unsigned i, uint64_t v)
{
    const struct insn_operand *o = &r->c->op[i];
    switch (o->kind) {
    case OPERAND_GPR:
        insn_set_gpr(r->regs, o->reg, o->width, v);
        return INSN_DONE;
    case OPERAND_GPR_HIGH:
        r->regs->gpr[o->reg] = (r->regs->gpr[o->reg] & ~0xff00ULL) | (v & 0xff) << 8;
        return INSN_DONE;
    case OPERAND_MEM:
        return mem_write(r, address(r), o->width, &v);
    }
    return INSN_UNSUPPORTED;
}

#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum insn_result try_result = (call);                                                      \
        if (try_result != INSN_DONE)                                                               \
            return try_result;                                                                     \
    } while (0)

static enum insn_result run_mov(struct insn_run *r)
{
    const struct insn_operand *from = &r->c->op[1];
    uint64_t v;
    if (r->c->action == ACT_SET)
        v = insn_condition(r->c->detail, r->regs->rflags);
    else
        TRY(get(r, 1, &v));
    if (r->c->action == ACT_MOVSX)
        v = (uint64_t)sign_extend(v, from->width);
    else if (r->c->action == ACT_MOVBE)
        v = __builtin_bswap64(v) >> (64 - 8 * from->width);
    else if (r->c->action == ACT_CMOV && !insn_condition(r->c->detail, r->regs->rflags))
        TRY(get(r, 0, &v)); /* still clears the upper half of a 32-bit register */
    TRY(set(r, 0, v));
    return insn_done(r);
}

static enum insn_result run_alu(struct insn_run *r)
{
    const struct insn_code *c = r->c;
    uint64_t a, b, flags = r->regs->rflags;
    TRY(get(r, c->action == ACT_UNARY || c->action == ACT_IMUL3 ? 1 : 0, &a));
    if (c->action == ACT_UNARY) {
        b = a;
        TRY(get(r, 0, &a));
    } else {
        TRY(get(r, c->action == ACT_IMUL3 ? 2 : 1, &b));
    }
    enum insn_alu op = c->action == ACT_IMUL3 ? ALU_IMUL : c->detail;
    uint64_t result = insn_alu(op, c->op[0].width, a, b, &flags);
    /* bsf and bsr of zero leave the whole register alone, also its upper half. */
    bool unchanged = (op == ALU_BSF || op == ALU_BSR) && !b;
    if (c->action != ACT_ALU_READ && !unchanged)
        TRY(set(r, 0, result));
    r->regs->rflags = flags;
    return insn_done(r);
}

static enum insn_result run_exchange(struct insn_run *r)
{
    uint64_t a, b, flags = r->regs->rflags;
    TRY(get(r, 0, &a));
    TRY(get(r, 1, &b));
    unsigned mem = r->c->op[0].kind == OPERAND_MEM ? 0 : 1;
    uint64_t new0 = b, new1 = a;
    if (r->c->action == ACT_XADD)
        new0 = insn_alu(ALU_ADD, r->c->op[0].width, a, b, &flags);
    TRY(set(r, mem, mem ? new1 : new0));
    TRY(set(r, !mem, mem ? new0 : new1));
    r->regs->rflags = flags;
    return insn_done(r);
}

static enum insn_result run_cmpxchg(struct insn_run *r)
{
    unsigned width = r->c->op[0].width;
    uint64_t memory, other, acc = insn_get_gpr(r->regs, INSN_RAX, width), flags = r->regs->rflags;
    TRY(get(r, 0, &memory));
    TRY(get(r, 1, &other));
    insn_alu(ALU_CMP, width, acc, memory, &flags);
    bool equal = flags & FLAG_ZF;
    TRY(set(r, 0, equal ? other : memory));
    if (!equal)
        insn_set_gpr(r->regs, INSN_RAX, width, memory);
    r->regs->rflags = flags;
    return insn_done(r);
}

static enum insn_result run_cmpxchg8(struct insn_run *r)
{
    unsigned half = r->c->detail;
    uint64_t *g = r->regs->gpr, at = address(r), low = 0, high = 0;
    TRY(mem_read(r, at, half, &low));
    TRY(mem_read(r, at + half, half, &high));
    bool equal = low == (g[INSN_RAX] & insn_mask(half)) && high == (g[INSN_RDX] & insn_mask(half));
    uint64_t new_low = equal ? g[INSN_RBX] : low, new_high = equal ? g[INSN_RCX] : high;
    TRY(mem_write(r, at, half, &new_low));
    TRY(mem_write(r, at + half, half, &new_high));
    if (!equal) {
        insn_set_gpr(r->regs, INSN_RAX, half, low);
        insn_set_gpr(r->regs, INSN_RDX, half, high);
    }
    r->regs->rflags = (r->regs->rflags & ~(uint64_t)FLAG_ZF) | (equal ? FLAG_ZF : 0);
    return insn_done(r);
}

static enum insn_result run_mul(struct insn_run *r)
{
    unsigned width = r->c->op[0].width;
    uint64_t b, low = 0, high = 0, flags = r->regs->rflags;
    TRY(get(r, 0, &b));
    insn_mul(r->c->detail, width, r->regs->gpr[INSN_RAX], b, &low, &high, &flags);
    if (width == 1) {
        insn_set_gpr(r->regs, INSN_RAX, 2, low);
    } else {
        insn_set_gpr(r->regs, INSN_RAX, width, low);
        insn_set_gpr(r->regs, INSN_RDX, width, high);
    }
    r->regs->rflags = flags;
    return insn_done(r);
}

static enum insn_result run_stack(struct insn_run *r)
{
    unsigned width = r->c->op[0].width;
    uint64_t v, *rsp = &r->regs->gpr[INSN_RSP];
    if (r->c->action == ACT_PUSH) {
        TRY(get(r, 0, &v));
        TRY(mem_write(r, *rsp - width, width, &v));
        *rsp -= width;
        return insn_done(r);
    }
    v = 0;
    TRY(mem_read(r, *rsp, width, &v));
    *rsp += width; /* before the address is made (SDM, POP) */
    enum insn_result rc = set(r, 0, v);
    if (rc != INSN_DONE) {
        *rsp -= width;
        return rc;
    }
    return insn_done(r);
}

static enum insn_result run_vector(struct insn_run *r)
{
    const struct insn_code *c = r->c;
    uint8_t value[MAX_VECTOR];
    unsigned width;
    switch (c->action) {
    case ACT_VSTORE:
        width = c->op[0].width;
        if (c->op[1].kind != OPERAND_XMM || width > MAX_VECTOR ||
            !insn_vector_get(r->regs, c->op[1].reg, value))
            return INSN_UNSUPPORTED;
        TRY(mem_write(r, address(r), width, value + c->detail));
        return insn_done(r);
    case ACT_VLOAD:
        width = c->op[1].width;
        if (c->op[0].kind != OPERAND_XMM || c->op[1].kind != OPERAND_MEM || width > MAX_VECTOR)
            return INSN_UNSUPPORTED;
        memset(value, 0, sizeof value);
        TRY(mem_read(r, address(r), width, value));
        break;
    default: { /* ACT_VINSERT: 8 of the lower 16 bytes */
        unsigned from = c->vex ? 1 : 0, mem = c->vex ? 2 : 1;
        if (c->op[0].kind != OPERAND_XMM || c->op[from].kind != OPERAND_XMM ||
            c->op[mem].kind != OPERAND_MEM || c->op[mem].width != 8 ||
            !insn_vector_get(r->regs, c->op[from].reg, value))
            return INSN_UNSUPPORTED;
        memset(value + 16, 0, 16);
        TRY(mem_read(r, address(r), 8, value + c->detail));
        break;
    }
    }
    if (!insn_vector_set(r->regs, c->op[0].reg, value, c->vex))
        return INSN_UNSUPPORTED;
    return insn_done(r);
}

static bool port_in(struct insn_run *r, unsigned width, uint64_t *v)
{
    uint32_t value = 0;
    bool ok = r->bus->port_read &&
              r->bus->port_read(r->bus->ctx, (uint16_t)r->regs->gpr[INSN_RDX], width, &value);
    *v = value;
    return ok;
}

static bool port_out(struct insn_run *r, unsigned width, uint64_t v)
{
    return r->bus->port_write &&
           r->bus->port_write(r->bus->ctx, (uint16_t)r->regs->gpr[INSN_RDX], width, (uint32_t)v);
}

/* One element; the registers change only if all of it worked. */
static enum insn_result string_element(struct insn_run *r, bool *stop)
{
    const struct insn_code *c = r->c;
    struct insn_regs *regs = r->regs;
    unsigned width = c->op[0].width, address_width = c->address_width;
    uint64_t step = regs->rflags & FLAG_DF ? -(uint64_t)width : width;
    uint64_t source = insn_get_gpr(regs, INSN_RSI, address_width) + segment_base(r);
    uint64_t target = insn_get_gpr(regs, INSN_RDI, address_width);
    uint64_t a = 0, b = 0, flags = regs->rflags;
    bool uses_rsi = true, uses_rdi = true;
    switch (c->detail) {
    case STR_MOVS:
        TRY(mem_read(r, source, width, &a));
        TRY(mem_write(r, target, width, &a));
        break;
    case STR_STOS:
        uses_rsi = false;
        TRY(mem_write(r, target, width, &regs->gpr[INSN_RAX]));
        break;
    case STR_LODS:
        uses_rdi = false;
        TRY(mem_read(r, source, width, &a));
        insn_set_gpr(regs, INSN_RAX, width, a);
        break;
    case STR_CMPS:
        TRY(mem_read(r, source, width, &a));
        TRY(mem_read(r, target, width, &b));
        insn_alu(ALU_CMP, width, a, b, &flags);
        break;
    case STR_SCAS:
        uses_rsi = false;
        TRY(mem_read(r, target, width, &b));
        insn_alu(ALU_CMP, width, insn_get_gpr(regs, INSN_RAX, width), b, &flags);
        break;
    case STR_INS:
        uses_rsi = false;
        if (!port_in(r, width, &a))
            return INSN_REFUSED;
        TRY(mem_write(r, target, width, &a));
        break;
    case STR_OUTS:
        uses_rdi = false;
        TRY(mem_read(r, source, width, &a));
        if (!port_out(r, width, a))
            return INSN_REFUSED;
        break;
    }
    if (uses_rsi)
        insn_set_gpr(regs, INSN_RSI, address_width, regs->gpr[INSN_RSI] + step);
    if (uses_rdi)
        insn_set_gpr(regs, INSN_RDI, address_width, regs->gpr[INSN_RDI] + step);
    regs->rflags = flags;
    *stop = (c->detail == STR_CMPS || c->detail == STR_SCAS) &&
            ((flags & FLAG_ZF) != 0) == (c->repeat == 2);
    return INSN_DONE;
}

static enum insn_result run_string(struct insn_run *r)
{
    const struct insn_code *c = r->c;
    struct insn_regs *regs = r->regs;
    bool stop = false;
    if (!c->repeat) {
        TRY(string_element(r, &stop));
        return insn_done(r);
    }
    for (unsigned n = 0; n < REPEAT_MAX; n++) {
        uint64_t count = insn_get_gpr(regs, INSN_RCX, c->address_width);
        if (!count || stop)
            return insn_done(r);
        TRY(string_element(r, &stop));
        insn_set_gpr(regs, INSN_RCX, c->address_width, count - 1);
    }
    return stop || !insn_get_gpr(regs, INSN_RCX, c->address_width) ? insn_done(r) : INSN_AGAIN;
}

/* True if the instruction reaches the bus, so that there is a reason to execute it here. */
static enum insn_result check_reason(struct insn_run *r)
{
    const struct insn_code *c = r->c;
    if (c->action >= ACT_IN)
        return INSN_DONE;
    uint64_t at[2];
    unsigned n = 0, width = c->op[0].width;
    bool write = false;
    if (c->action == ACT_STRING) {
        if (c->detail == STR_INS || c->detail == STR_OUTS)
            return INSN_DONE;
        if (c->detail != STR_STOS && c->detail != STR_SCAS)
            at[n++] = insn_get_gpr(r->regs, INSN_RSI, c->address_width) + segment_base(r);
        if (c->detail != STR_LODS)
            at[n++] = insn_get_gpr(r->regs, INSN_RDI, c->address_width);
    } else {
        for (unsigned i = 0; i < 3; i++)
            if (c->op[i].kind == OPERAND_MEM) {
                at[n++] = address(r);
                width = c->op[i].width;
                write = i == 0 && c->action != ACT_ALU_READ;
                break;
            }
    }
    unsigned piece = width < 8 ? width : 8;
    for (unsigned i = 0; i < n; i++)
        if (owned(r, at[i], piece))
            return INSN_DONE;
    for (unsigned i = 0; i < n; i++)
        if (!r->bus->ram || !r->bus->ram(r->bus->ctx, at[i], piece, write)) {
            r->regs->fault_address = at[i];
            return INSN_BAD_MEMORY;
        }
    return c->privileged ? INSN_UNSUPPORTED : INSN_NOT_PRIVILEGED;
}

static enum insn_result run(struct insn_run *r)
{
    TRY(check_reason(r));
    switch ((enum insn_action)r->c->action) {
    case ACT_MOV:
    case ACT_MOVSX:
    case ACT_MOVBE:
    case ACT_CMOV:
    case ACT_SET:
        return run_mov(r);
    case ACT_XCHG:
    case ACT_XADD:
        return run_exchange(r);
    case ACT_CMPXCHG:
        return run_cmpxchg(r);
    case ACT_CMPXCHG8:
        return run_cmpxchg8(r);
    case ACT_ALU:
    case ACT_ALU_READ:
    case ACT_UNARY:
    case ACT_IMUL3:
        return run_alu(r);
    case ACT_MUL:
        return run_mul(r);
    case ACT_PUSH:
    case ACT_POP:
        return run_stack(r);
    case ACT_VLOAD:
    case ACT_VINSERT:
    case ACT_VSTORE:
        return run_vector(r);
    case ACT_STRING:
        return run_string(r);
    case ACT_IN:
    case ACT_OUT:
        return insn_run_port(r);
    case ACT_MOV_CR:
    case ACT_MOV_DR:
        return insn_run_control_register(r);
    case ACT_CLTS:
    case ACT_STI:
    case ACT_CLI:
    case ACT_RDMSR:
    case ACT_WRMSR:
    case ACT_HLT:
    case ACT_NOTHING:
        return insn_run_privileged(r);
    case ACT_INT:
        r->regs->vector = (uint8_t)r->c->immediate;
        return INSN_INTERRUPT;
    case ACT_UNSUPPORTED:
        break;
    }
    return INSN_UNSUPPORTED;
}

/* "TEXT at 0xRIP", without stdio. */
static void explain(uint64_t rip, char *what, size_t size)
{
    char hex[24] = " at 0x", *p = hex + 6;
    if (!what || !size)
        return;
    insn_describe(rip, what, size);
    for (int shift = 60, started = 0; shift >= 0; shift -= 4) {
        unsigned digit = rip >> shift & 15;
        if (digit || started || !shift) {
            *p++ = "0123456789abcdef"[digit];
            started = 1;
        }
    }
    *p = 0;
    size_t n = strlen(what);
    for (const char *h = hex; *h && n + 1 < size; h++)
        what[n++] = *h;
    what[n] = 0;
}

enum insn_result insn_emulate(struct insn_regs *regs, const struct insn_bus *bus, char *what,
                              size_t size)
{
    struct insn_run r = {.regs = regs, .bus = bus, .c = insn_decode(regs->rip)};
    enum insn_result result = r.c ? run(&r) : INSN_UNSUPPORTED;
    if (result != INSN_DONE && result != INSN_AGAIN)
        explain(regs->rip, what, size);
    return result;
}
