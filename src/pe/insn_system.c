/* SPDX-License-Identifier: MIT */
/* insn_system.c - instructions that only a kernel may execute: ports, control registers, interrupt
 * flag, model-specific registers, hlt. */
#include "pe/insn_parts.h"

enum insn_result insn_run_port(struct insn_run *r)
{
    bool in = r->c->action == ACT_IN;
    const struct insn_operand *data = &r->c->op[in ? 0 : 1], *port = &r->c->op[in ? 1 : 0];
    uint16_t number =
        port->kind == OPERAND_IMM ? (uint8_t)r->c->immediate : (uint16_t)r->regs->gpr[INSN_RDX];
    uint32_t v = 0;
    if (in) {
        if (!r->bus->port_read || !r->bus->port_read(r->bus->ctx, number, data->width, &v))
            return INSN_REFUSED;
        insn_set_gpr(r->regs, INSN_RAX, data->width, v);
    } else {
        v = (uint32_t)insn_get_gpr(r->regs, INSN_RAX, data->width);
        if (!r->bus->port_write || !r->bus->port_write(r->bus->ctx, number, data->width, v))
            return INSN_REFUSED;
    }
    return insn_done(r);
}

enum insn_result insn_run_control_register(struct insn_run *r)
{
    const struct insn_operand *to = &r->c->op[0], *from = &r->c->op[1];
    bool debug = r->c->action == ACT_MOV_DR;
    bool (*read)(void *, unsigned, uint64_t *) = debug ? r->bus->dr_read : r->bus->cr_read;
    bool (*write)(void *, unsigned, uint64_t) = debug ? r->bus->dr_write : r->bus->cr_write;
    uint64_t v;
    if (to->kind == OPERAND_GPR) {
        if (!read || !read(r->bus->ctx, from->reg, &v))
            return INSN_REFUSED;
        insn_set_gpr(r->regs, to->reg, 8, v);
    } else if (!write || !write(r->bus->ctx, to->reg, r->regs->gpr[from->reg])) {
        return INSN_REFUSED;
    }
    return insn_done(r);
}

#define CR0_TS 8u

enum insn_result insn_run_privileged(struct insn_run *r)
{
    const struct insn_bus *bus = r->bus;
    struct insn_regs *regs = r->regs;
    uint64_t v;
    bool ok = false;
    switch (r->c->action) {
    case ACT_CLTS:
        ok = bus->cr_read && bus->cr_write && bus->cr_read(bus->ctx, 0, &v) &&
             bus->cr_write(bus->ctx, 0, v & ~(uint64_t)CR0_TS);
        break;
    case ACT_STI:
    case ACT_CLI:
        ok = bus->set_if && bus->set_if(bus->ctx, r->c->action == ACT_STI);
        break;
    case ACT_RDMSR:
        ok = bus->msr_read && bus->msr_read(bus->ctx, (uint32_t)regs->gpr[INSN_RCX], &v);
        if (ok) {
            regs->gpr[INSN_RAX] = (uint32_t)v;
            regs->gpr[INSN_RDX] = v >> 32;
        }
        break;
    case ACT_WRMSR:
        ok = bus->msr_write &&
             bus->msr_write(bus->ctx, (uint32_t)regs->gpr[INSN_RCX],
                            regs->gpr[INSN_RDX] << 32 | (uint32_t)regs->gpr[INSN_RAX]);
        break;
    case ACT_HLT:
        ok = bus->halt && bus->halt(bus->ctx);
        break;
    case ACT_NOTHING:
        ok = true;
        break;
    }
    return ok ? insn_done(r) : INSN_REFUSED;
}
