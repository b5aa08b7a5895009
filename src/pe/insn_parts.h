/* SPDX-License-Identifier: MIT */
/* insn_parts.h - how the files of the instruction emulator share the work; nobody else includes it.
 */
#pragma once
#include "pe/insn.h"

/* What to do, after everything about operands has been taken out. */
enum insn_action {
    ACT_UNSUPPORTED,
    ACT_MOV,      /* op0 = op1 */
    ACT_MOVSX,    /* op0 = sign-extended op1 */
    ACT_MOVBE,    /* op0 = byte-swapped op1 */
    ACT_CMOV,     /* if condition: op0 = op1 */
    ACT_SET,      /* op0 = condition */
    ACT_XCHG,     /* op0 <-> op1 */
    ACT_XADD,     /* op0 <-> op1, op0 += op1 */
    ACT_CMPXCHG,  /* rax with op0, op1 */
    ACT_CMPXCHG8, /* cmpxchg8b, cmpxchg16b */
    ACT_ALU,      /* op0 = op0 alu op1, flags */
    ACT_ALU_READ, /* the same for cmp, test and bt: only flags */
    ACT_UNARY,    /* op0 = alu op1: bsf, popcnt ...; op0 alone for inc, dec, not, neg is ACT_ALU */
    ACT_IMUL3,    /* op0 = op1 * op2 */
    ACT_MUL,      /* rdx:rax = rax * op0 */
    ACT_PUSH,
    ACT_POP,
    ACT_VLOAD,   /* xmm from memory, the rest of the register zero */
    ACT_VINSERT, /* xmm from memory, the rest of the register kept (or from op1, VEX) */
    ACT_VSTORE,  /* memory from xmm */
    ACT_STRING,  /* movs, stos, lods, cmps, scas, ins, outs */
    ACT_IN,
    ACT_OUT,
    ACT_MOV_CR,
    ACT_MOV_DR,
    ACT_CLTS,
    ACT_STI,
    ACT_CLI,
    ACT_RDMSR,
    ACT_WRMSR,
    ACT_HLT,
    ACT_NOTHING, /* wbinvd, invd, invlpg, prefetches: no effect that anyone can see here */
    ACT_INT,
};

enum insn_alu {
    ALU_ADD,
    ALU_OR,
    ALU_ADC,
    ALU_SBB,
    ALU_AND,
    ALU_SUB,
    ALU_XOR,
    ALU_CMP,
    ALU_TEST,
    ALU_INC,
    ALU_DEC,
    ALU_NOT,
    ALU_NEG,
    ALU_SHL,
    ALU_SHR,
    ALU_SAR,
    ALU_ROL,
    ALU_ROR,
    ALU_RCL,
    ALU_RCR,
    ALU_BT,
    ALU_BTS,
    ALU_BTR,
    ALU_BTC,
    ALU_IMUL,
    ALU_BSF,
    ALU_BSR,
    ALU_TZCNT,
    ALU_LZCNT,
    ALU_POPCNT,
    ALU_COUNT
};

enum insn_string { STR_MOVS, STR_STOS, STR_LODS, STR_CMPS, STR_SCAS, STR_INS, STR_OUTS };

enum insn_operand_kind {
    OPERAND_NONE,
    OPERAND_GPR,
    OPERAND_GPR_HIGH,
    OPERAND_MEM,
    OPERAND_IMM,
    OPERAND_XMM,
    OPERAND_CR,
    OPERAND_DR
};

struct insn_operand {
    uint8_t kind;  /* enum insn_operand_kind */
    uint8_t reg;   /* hardware number */
    uint8_t width; /* bytes */
};

#define INSN_NO_REG 0xff
#define INSN_RIP    0xfe

/* An instruction, decoded: two cache lines. */
struct insn_code {
    uint64_t rip;
    uint8_t bytes[15];
    uint8_t length; /* 0: empty */
    uint8_t action;
    uint8_t detail; /* enum insn_alu, enum insn_string, condition code */
    uint8_t repeat; /* 0, 1 rep/repe, 2 repne */
    bool privileged;
    bool vex;
    uint8_t base, index, scale; /* of the memory operand; INSN_NO_REG, INSN_RIP */
    uint8_t segment;            /* 0, 'f' or 'g' */
    uint8_t address_width;      /* 4 or 8 */
    struct insn_operand op[3];
    int64_t displacement;
    uint64_t immediate;
};

/* insn_decode.c: the instruction at rip, from the cache or decoded. NULL: no valid instruction. */
const struct insn_code *insn_decode(uint64_t rip);

/* insn_alu.c: the result of an operation of `width` bytes, by executing it; *rflags changes exactly
 * as on this processor. For shifts b is the count; for one-operand forms b is ignored. */
uint64_t insn_alu(enum insn_alu op, unsigned width, uint64_t a, uint64_t b, uint64_t *rflags);

/* rdx:rax = a * b with flags, signed or not. */
void insn_mul(bool is_signed, unsigned width, uint64_t a, uint64_t b, uint64_t *low, uint64_t *high,
              uint64_t *rflags);

/* The condition of jcc, cmovcc, setcc (low four bits of the opcode). */
bool insn_condition(unsigned code, uint64_t rflags);

/* insn_vector.c: 32 bytes of a vector register, and back: the lower 16, or (VEX) all, and zero
 * above. False: the frame has no such state. */
bool insn_vector_get(const struct insn_regs *regs, unsigned reg, uint8_t value[32]);
bool insn_vector_set(struct insn_regs *regs, unsigned reg, const uint8_t value[32], bool vex);

/* One execution. Results go to `regs` only after everything that can fail. */
struct insn_run {
    struct insn_regs *regs;
    const struct insn_bus *bus;
    const struct insn_code *c;
};

static inline uint64_t insn_mask(unsigned width)
{
    return width >= 8 ? ~0ULL : (1ULL << 8 * width) - 1;
}

/* Writing 32 bits clears the upper half; 8 and 16 bits leave the rest. */
static inline void insn_set_gpr(struct insn_regs *regs, unsigned reg, unsigned width, uint64_t v)
{
    if (width == 4)
        regs->gpr[reg] = (uint32_t)v;
    else
        regs->gpr[reg] = (regs->gpr[reg] & ~insn_mask(width)) | (v & insn_mask(width));
}

static inline uint64_t insn_get_gpr(const struct insn_regs *regs, unsigned reg, unsigned width)
{
    return regs->gpr[reg] & insn_mask(width);
}

static inline enum insn_result insn_done(struct insn_run *r)
{
    r->regs->rip += r->c->length;
    return INSN_DONE;
}

/* insn_system.c: what only a kernel may execute. */
enum insn_result insn_run_port(struct insn_run *r);
enum insn_result insn_run_control_register(struct insn_run *r);
enum insn_result insn_run_privileged(struct insn_run *r);
