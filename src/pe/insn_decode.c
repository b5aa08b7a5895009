/* SPDX-License-Identifier: MIT */
/* insn_decode.c - from machine code to struct insn_code, with Zydis, once per place. */
#include "pe/insn_parts.h"
#include <Zydis/Zydis.h>
#include <string.h>

#define PAGE        4096u
#define CACHE_SLOTS 256u /* a driver has few places that touch registers */

static __thread struct insn_code cache[CACHE_SLOTS];

static bool zydis(uint64_t rip, ZydisDecodedInstruction *insn, ZydisDecodedOperand *operands)
{
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    /* The page behind the instruction's need not exist: go there only if the instruction does. */
    size_t room = PAGE - rip % PAGE;
    if (room > ZYDIS_MAX_INSTRUCTION_LENGTH)
        room = ZYDIS_MAX_INSTRUCTION_LENGTH;
    ZyanStatus rc = ZydisDecoderDecodeFull(&decoder, (const void *)rip, room, insn, operands);
    if (rc == ZYDIS_STATUS_NO_MORE_DATA)
        rc = ZydisDecoderDecodeFull(&decoder, (const void *)rip, ZYDIS_MAX_INSTRUCTION_LENGTH, insn,
                                    operands);
    return ZYAN_SUCCESS(rc);
}

static uint8_t gpr_number(ZydisRegister reg)
{
    return (uint8_t)(ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg) -
                     ZYDIS_REGISTER_RAX);
}

static bool is_gpr(ZydisRegister reg)
{
    return reg >= ZYDIS_REGISTER_AL && reg <= ZYDIS_REGISTER_R15;
}

static uint8_t address_register(ZydisRegister reg)
{
    if (reg == ZYDIS_REGISTER_NONE)
        return INSN_NO_REG;
    if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP)
        return INSN_RIP;
    return is_gpr(reg) ? gpr_number(reg) : INSN_NO_REG;
}

static void take_memory(struct insn_code *c, const ZydisDecodedOperand *o)
{
    c->base = address_register(o->mem.base);
    c->index = address_register(o->mem.index);
    c->scale = o->mem.scale;
    c->displacement = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
    c->segment = o->mem.segment == ZYDIS_REGISTER_GS   ? 'g'
                 : o->mem.segment == ZYDIS_REGISTER_FS ? 'f'
                                                       : 0;
}

static bool take_operand(struct insn_code *c, unsigned i, const ZydisDecodedOperand *o)
{
    struct insn_operand *out = &c->op[i];
    out->width = (uint8_t)(o->size / 8);
    switch (o->type) {
    case ZYDIS_OPERAND_TYPE_MEMORY:
        out->kind = OPERAND_MEM;
        take_memory(c, o);
        return o->mem.type == ZYDIS_MEMOP_TYPE_MEM;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        out->kind = OPERAND_IMM;
        c->immediate = o->imm.value.u;
        return true;
    case ZYDIS_OPERAND_TYPE_REGISTER: {
        ZydisRegister reg = o->reg.value;
        if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH) {
            out->kind = OPERAND_GPR_HIGH;
            out->reg = (uint8_t)(reg - ZYDIS_REGISTER_AH);
        } else if (is_gpr(reg)) {
            out->kind = OPERAND_GPR;
            out->reg = gpr_number(reg);
        } else if (reg >= ZYDIS_REGISTER_XMM0 && reg <= ZYDIS_REGISTER_XMM15) {
            out->kind = OPERAND_XMM;
            out->reg = (uint8_t)(reg - ZYDIS_REGISTER_XMM0);
        } else if (reg >= ZYDIS_REGISTER_YMM0 && reg <= ZYDIS_REGISTER_YMM15) {
            out->kind = OPERAND_XMM;
            out->reg = (uint8_t)(reg - ZYDIS_REGISTER_YMM0);
        } else if (reg >= ZYDIS_REGISTER_CR0 && reg <= ZYDIS_REGISTER_CR15) {
            out->kind = OPERAND_CR;
            out->reg = (uint8_t)(reg - ZYDIS_REGISTER_CR0);
        } else if (reg >= ZYDIS_REGISTER_DR0 && reg <= ZYDIS_REGISTER_DR15) {
            out->kind = OPERAND_DR;
            out->reg = (uint8_t)(reg - ZYDIS_REGISTER_DR0);
        } else {
            return false;
        }
        return true;
    }
    default:
        return false;
    }
}

/* Plain rows: mnemonic, what to do, detail. */
static const struct {
    uint16_t mnemonic;
    uint8_t action, detail;
} table[] = {
#define ROW(m, action, detail)                                                                     \
    {                                                                                              \
        ZYDIS_MNEMONIC_##m, action, detail                                                         \
    }
    /* clang-format off */
    ROW(MOV, ACT_MOV, 0), ROW(MOVZX, ACT_MOV, 0), ROW(MOVNTI, ACT_MOV, 0), ROW(MOVSX, ACT_MOVSX, 0),
    ROW(MOVSXD, ACT_MOVSX, 0), ROW(MOVBE, ACT_MOVBE, 0), ROW(XCHG, ACT_XCHG, 0),
    ROW(XADD, ACT_XADD, 0), ROW(CMPXCHG, ACT_CMPXCHG, 0), ROW(CMPXCHG8B, ACT_CMPXCHG8, 4),
    ROW(CMPXCHG16B, ACT_CMPXCHG8, 8), ROW(ADD, ACT_ALU, ALU_ADD), ROW(OR, ACT_ALU, ALU_OR),
    ROW(ADC, ACT_ALU, ALU_ADC), ROW(SBB, ACT_ALU, ALU_SBB), ROW(AND, ACT_ALU, ALU_AND),
    ROW(SUB, ACT_ALU, ALU_SUB), ROW(XOR, ACT_ALU, ALU_XOR), ROW(CMP, ACT_ALU_READ, ALU_CMP),
    ROW(TEST, ACT_ALU_READ, ALU_TEST), ROW(INC, ACT_ALU, ALU_INC), ROW(DEC, ACT_ALU, ALU_DEC),
    ROW(NOT, ACT_ALU, ALU_NOT), ROW(NEG, ACT_ALU, ALU_NEG), ROW(SHL, ACT_ALU, ALU_SHL),
    ROW(SHR, ACT_ALU, ALU_SHR), ROW(SAR, ACT_ALU, ALU_SAR), ROW(ROL, ACT_ALU, ALU_ROL),
    ROW(ROR, ACT_ALU, ALU_ROR), ROW(RCL, ACT_ALU, ALU_RCL), ROW(RCR, ACT_ALU, ALU_RCR),
    ROW(BT, ACT_ALU_READ, ALU_BT), ROW(BTS, ACT_ALU, ALU_BTS), ROW(BTR, ACT_ALU, ALU_BTR),
    ROW(BTC, ACT_ALU, ALU_BTC), ROW(BSF, ACT_UNARY, ALU_BSF), ROW(BSR, ACT_UNARY, ALU_BSR),
    ROW(TZCNT, ACT_UNARY, ALU_TZCNT), ROW(LZCNT, ACT_UNARY, ALU_LZCNT),
    ROW(POPCNT, ACT_UNARY, ALU_POPCNT), ROW(MUL, ACT_MUL, false), ROW(IMUL, ACT_MUL, true),
    ROW(PUSH, ACT_PUSH, 0), ROW(POP, ACT_POP, 0), ROW(MOVDQU, ACT_VLOAD, 0),
    ROW(MOVDQA, ACT_VLOAD, 0), ROW(MOVUPS, ACT_VLOAD, 0), ROW(MOVUPD, ACT_VLOAD, 0),
    ROW(MOVAPS, ACT_VLOAD, 0), ROW(MOVAPD, ACT_VLOAD, 0), ROW(LDDQU, ACT_VLOAD, 0),
    ROW(MOVNTDQ, ACT_VLOAD, 0), ROW(MOVNTDQA, ACT_VLOAD, 0), ROW(MOVNTPS, ACT_VLOAD, 0),
    ROW(MOVNTPD, ACT_VLOAD, 0), ROW(MOVD, ACT_VLOAD, 0), ROW(MOVQ, ACT_VLOAD, 0),
    ROW(MOVSS, ACT_VLOAD, 0), ROW(MOVLPS, ACT_VINSERT, 0), ROW(MOVLPD, ACT_VINSERT, 0),
    ROW(MOVHPS, ACT_VINSERT, 8), ROW(MOVHPD, ACT_VINSERT, 8), ROW(VMOVDQU, ACT_VLOAD, 0),
    ROW(VMOVDQA, ACT_VLOAD, 0), ROW(VMOVUPS, ACT_VLOAD, 0), ROW(VMOVUPD, ACT_VLOAD, 0),
    ROW(VMOVAPS, ACT_VLOAD, 0), ROW(VMOVAPD, ACT_VLOAD, 0), ROW(VLDDQU, ACT_VLOAD, 0),
    ROW(VMOVNTDQ, ACT_VLOAD, 0), ROW(VMOVNTDQA, ACT_VLOAD, 0), ROW(VMOVNTPS, ACT_VLOAD, 0),
    ROW(VMOVNTPD, ACT_VLOAD, 0), ROW(VMOVD, ACT_VLOAD, 0), ROW(VMOVQ, ACT_VLOAD, 0),
    ROW(VMOVSS, ACT_VLOAD, 0), ROW(VMOVSD, ACT_VLOAD, 0), ROW(VMOVLPS, ACT_VINSERT, 0),
    ROW(VMOVLPD, ACT_VINSERT, 0), ROW(VMOVHPS, ACT_VINSERT, 8), ROW(VMOVHPD, ACT_VINSERT, 8),
    ROW(MOVSB, ACT_STRING, STR_MOVS), ROW(MOVSW, ACT_STRING, STR_MOVS),
    ROW(MOVSQ, ACT_STRING, STR_MOVS), ROW(STOSB, ACT_STRING, STR_STOS),
    ROW(STOSW, ACT_STRING, STR_STOS), ROW(STOSD, ACT_STRING, STR_STOS),
    ROW(STOSQ, ACT_STRING, STR_STOS), ROW(LODSB, ACT_STRING, STR_LODS),
    ROW(LODSW, ACT_STRING, STR_LODS), ROW(LODSD, ACT_STRING, STR_LODS),
    ROW(LODSQ, ACT_STRING, STR_LODS), ROW(CMPSB, ACT_STRING, STR_CMPS),
    ROW(CMPSW, ACT_STRING, STR_CMPS), ROW(CMPSQ, ACT_STRING, STR_CMPS),
    ROW(SCASB, ACT_STRING, STR_SCAS), ROW(SCASW, ACT_STRING, STR_SCAS),
    ROW(SCASD, ACT_STRING, STR_SCAS), ROW(SCASQ, ACT_STRING, STR_SCAS),
    ROW(INSB, ACT_STRING, STR_INS), ROW(INSW, ACT_STRING, STR_INS), ROW(INSD, ACT_STRING, STR_INS),
    ROW(OUTSB, ACT_STRING, STR_OUTS), ROW(OUTSW, ACT_STRING, STR_OUTS),
    ROW(OUTSD, ACT_STRING, STR_OUTS), ROW(IN, ACT_IN, 0), ROW(OUT, ACT_OUT, 0),
    ROW(CLTS, ACT_CLTS, 0), ROW(STI, ACT_STI, 0), ROW(CLI, ACT_CLI, 0), ROW(RDMSR, ACT_RDMSR, 0),
    ROW(WRMSR, ACT_WRMSR, 0), ROW(HLT, ACT_HLT, 0), ROW(WBINVD, ACT_NOTHING, 0),
    ROW(INVD, ACT_NOTHING, 0), ROW(INVLPG, ACT_NOTHING, 0), ROW(INT, ACT_INT, 0),
/* clang-format on */
#undef ROW
};

static bool find_row(struct insn_code *c, ZydisMnemonic mnemonic)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].mnemonic == mnemonic) {
            c->action = table[i].action;
            c->detail = table[i].detail;
            return true;
        }
    return false;
}

/* movsd and cmpsd name a string instruction and an SSE one. */
static void choose_action(struct insn_code *c, const ZydisDecodedInstruction *insn)
{
    bool string = insn->meta.category == ZYDIS_CATEGORY_STRINGOP;
    switch (insn->mnemonic) {
    case ZYDIS_MNEMONIC_MOVSD:
        c->action = string ? ACT_STRING : ACT_VLOAD;
        c->detail = STR_MOVS;
        return;
    case ZYDIS_MNEMONIC_CMPSD:
        c->action = string ? ACT_STRING : ACT_UNSUPPORTED;
        c->detail = STR_CMPS;
        return;
    default:
        break;
    }
    if (insn->meta.category == ZYDIS_CATEGORY_CMOV) {
        c->action = ACT_CMOV;
        c->detail = insn->opcode & 15;
    } else if (insn->meta.category == ZYDIS_CATEGORY_SETCC) {
        c->action = ACT_SET;
        c->detail = insn->opcode & 15;
    } else if (insn->meta.category == ZYDIS_CATEGORY_PREFETCH) {
        c->action = ACT_NOTHING;
    } else {
        find_row(c, insn->mnemonic);
    }
}

/* Where an action depends on its operands. */
static void refine(struct insn_code *c, unsigned visible)
{
    switch (c->action) {
    case ACT_MOV:
        for (int i = 0; i < 2; i++) {
            if (c->op[i].kind == OPERAND_CR)
                c->action = ACT_MOV_CR;
            if (c->op[i].kind == OPERAND_DR)
                c->action = ACT_MOV_DR;
        }
        break;
    case ACT_MUL:
        /* imul r, r/m and imul r, r/m, imm */
        if (visible == 2) {
            c->action = ACT_ALU;
            c->detail = ALU_IMUL;
        } else if (visible == 3) {
            c->action = ACT_IMUL3;
        }
        break;
    case ACT_VLOAD:
    case ACT_VINSERT:
        if (c->op[0].kind == OPERAND_MEM)
            c->action = ACT_VSTORE;
        break;
    default:
        break;
    }
}

static bool decode(struct insn_code *c, uint64_t rip)
{
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!zydis(rip, &insn, operands))
        return false;
    memset(c, 0, sizeof *c);
    c->rip = rip;
    c->length = insn.length;
    memcpy(c->bytes, (const void *)rip, insn.length);
    c->base = c->index = INSN_NO_REG;
    c->address_width = insn.address_width / 8;
    c->privileged = (insn.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0;
    c->vex = insn.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX;
    if (insn.attributes & ZYDIS_ATTRIB_HAS_REPNE)
        c->repeat = 2;
    else if (insn.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE))
        c->repeat = 1;
    choose_action(c, &insn);
    if (insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY && !c->vex)
        c->action = ACT_UNSUPPORTED; /* EVEX: masks and broadcasts */
    if (c->action == ACT_STRING) {
        /* All operands are hidden; the width is that of the element, the segment the source's. */
        for (unsigned i = 0; i < insn.operand_count; i++)
            if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY) {
                c->op[0].width = (uint8_t)(operands[i].size / 8);
                if (operands[i].mem.segment == ZYDIS_REGISTER_GS ||
                    operands[i].mem.segment == ZYDIS_REGISTER_FS)
                    c->segment = operands[i].mem.segment == ZYDIS_REGISTER_GS ? 'g' : 'f';
            }
        return true;
    }
    for (unsigned i = 0; i < insn.operand_count_visible && i < 3; i++)
        if (!take_operand(c, i, &operands[i]))
            c->action = ACT_UNSUPPORTED;
    refine(c, insn.operand_count_visible);
    return true;
}

const struct insn_code *insn_decode(uint64_t rip)
{
    struct insn_code *c = &cache[(rip ^ rip >> 8) % CACHE_SLOTS];
    /* Code can be unloaded and other code loaded at its place: the bytes decide. */
    if (c->length && c->rip == rip && !memcmp(c->bytes, (const void *)rip, c->length))
        return c;
    struct insn_code fresh;
    if (!decode(&fresh, rip))
        return NULL;
    *c = fresh;
    return c;
}

unsigned insn_describe(uint64_t rip, char *text, size_t size)
{
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisFormatter formatter;
    if (!size)
        return 0;
    text[0] = '?';
    text[size > 1 ? 1 : 0] = 0;
    if (!zydis(rip, &insn, operands) ||
        !ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL)) ||
        !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
            &formatter, &insn, operands, insn.operand_count_visible, text, size, rip, NULL)))
        return 0;
    return insn.length;
}
