/* SPDX-License-Identifier: MIT */
/* insn_alu.c - arithmetic with exact flags.
 *
 * The processor is the best description of its own flags: each operation is executed on registers,
 * with the guest's flags before and read back after. Flags pass through lahf/sahf and seto, as
 * pushf would write below the stack pointer, where the compiler may keep data (the System V red
 * zone). */
#include "pe/insn_parts.h"

#define FLAG_CF     0x001u
#define FLAG_PF     0x004u
#define FLAG_ZF     0x040u
#define FLAG_SF     0x080u
#define FLAG_OF     0x800u
#define FLAGS_LAHF  0x0d5u /* SF ZF AF PF CF */
#define FLAGS_ARITH (FLAGS_LAHF | FLAG_OF)

/* ah: low flag byte; al: 1 if overflow. */
static uint16_t pack(uint64_t rflags)
{
    return (uint16_t)((rflags & FLAGS_LAHF) << 8 | (rflags & FLAG_OF ? 1 : 0));
}

static uint64_t unpack(uint64_t rflags, uint16_t ax)
{
    return (rflags & ~(uint64_t)FLAGS_ARITH) | (ax >> 8 & FLAGS_LAHF) | (ax & 1 ? FLAG_OF : 0);
}

/* 0x7f + 1 overflows, 0x7f + 0 does not: that loads OF; sahf leaves it alone. */
#define LOAD_FLAGS "addb $0x7f, %%al\n\tsahf\n\t"
#define SAVE_FLAGS "\n\tlahf\n\tseto %%al"

/* One width of one operation; y is read, x is read and written. */
#define CASE(n, suffix, type, text, operands, constraint)                                          \
    case n: {                                                                                      \
        type x = (type)a, y = (type)b;                                                             \
        __asm__(LOAD_FLAGS text suffix " " operands SAVE_FLAGS                                     \
                : "+a"(ax), [x] "+&r"(x)                                                           \
                : [y] constraint(y)                                                                \
                : "cc");                                                                           \
        result = x;                                                                                \
        break;                                                                                     \
    }
#define BYTE(text, operands, c) CASE(1, "b", uint8_t, text, operands, c)
#define WIDE(text, operands, c)                                                                    \
    CASE(2, "w", uint16_t, text, operands, c)                                                      \
    CASE(4, "l", uint32_t, text, operands, c)                                                      \
    CASE(8, "q", uint64_t, text, operands, c)
#define OPERATION(name, cases)                                                                     \
    case name:                                                                                     \
        switch (width) {                                                                           \
            cases                                                                                  \
        }                                                                                          \
        break;
#define BINARY(name, text)                                                                         \
    OPERATION(name, BYTE(text, "%[y], %[x]", "r") WIDE(text, "%[y], %[x]", "r"))
#define BINARY_WIDE(name, text) OPERATION(name, WIDE(text, "%[y], %[x]", "r"))
#define UNARY(name, text)       OPERATION(name, BYTE(text, "%[x]", "r") WIDE(text, "%[x]", "r"))
#define SHIFT(name, text)                                                                          \
    OPERATION(name, BYTE(text, "%%cl, %[x]", "c") WIDE(text, "%%cl, %[x]", "c"))

uint64_t insn_alu(enum insn_alu op, unsigned width, uint64_t a, uint64_t b, uint64_t *rflags)
{
    uint16_t ax = pack(*rflags);
    uint64_t result = a;
    switch (op) {
        BINARY(ALU_ADD, "add")
        BINARY(ALU_OR, "or")
        BINARY(ALU_ADC, "adc")
        BINARY(ALU_SBB, "sbb")
        BINARY(ALU_AND, "and")
        BINARY(ALU_SUB, "sub")
        BINARY(ALU_XOR, "xor")
        BINARY(ALU_CMP, "cmp")
        BINARY(ALU_TEST, "test")
        UNARY(ALU_INC, "inc")
        UNARY(ALU_DEC, "dec")
        UNARY(ALU_NOT, "not")
        UNARY(ALU_NEG, "neg")
        SHIFT(ALU_SHL, "shl")
        SHIFT(ALU_SHR, "shr")
        SHIFT(ALU_SAR, "sar")
        SHIFT(ALU_ROL, "rol")
        SHIFT(ALU_ROR, "ror")
        SHIFT(ALU_RCL, "rcl")
        SHIFT(ALU_RCR, "rcr")
        BINARY_WIDE(ALU_BT, "bt")
        BINARY_WIDE(ALU_BTS, "bts")
        BINARY_WIDE(ALU_BTR, "btr")
        BINARY_WIDE(ALU_BTC, "btc")
        BINARY_WIDE(ALU_IMUL, "imul")
        BINARY_WIDE(ALU_BSF, "bsf")
        BINARY_WIDE(ALU_BSR, "bsr")
        BINARY_WIDE(ALU_TZCNT, "tzcnt")
        BINARY_WIDE(ALU_LZCNT, "lzcnt")
        BINARY_WIDE(ALU_POPCNT, "popcnt")
    case ALU_COUNT:
        break;
    }
    *rflags = unpack(*rflags, ax);
    return result;
}

void insn_mul(bool is_signed, unsigned width, uint64_t a, uint64_t b, uint64_t *low, uint64_t *high,
              uint64_t *rflags)
{
    unsigned unused = 64 - 8 * width;
    bool fits;
    if (is_signed) {
        __int128 p =
            (__int128)((int64_t)(a << unused) >> unused) * ((int64_t)(b << unused) >> unused);
        *low = (uint64_t)p;
        *high = (uint64_t)(p >> 8 * width);
        fits = p == (int64_t)((uint64_t)p << unused) >> unused;
    } else {
        unsigned __int128 p = (unsigned __int128)(a << unused >> unused) * (b << unused >> unused);
        *low = (uint64_t)p;
        *high = (uint64_t)(p >> 8 * width);
        fits = p >> 8 * width == 0;
    }
    /* The other flags are undefined and stay. */
    *rflags &= ~(uint64_t)(FLAG_CF | FLAG_OF);
    if (!fits)
        *rflags |= FLAG_CF | FLAG_OF;
}

bool insn_condition(unsigned code, uint64_t rflags)
{
    bool cf = rflags & FLAG_CF, zf = rflags & FLAG_ZF, sf = rflags & FLAG_SF;
    bool of = rflags & FLAG_OF, pf = rflags & FLAG_PF, yes = false;
    switch (code >> 1 & 7) {
    case 0:
        yes = of;
        break;
    case 1:
        yes = cf;
        break;
    case 2:
        yes = zf;
        break;
    case 3:
        yes = cf || zf;
        break;
    case 4:
        yes = sf;
        break;
    case 5:
        yes = pf;
        break;
    case 6:
        yes = sf != of;
        break;
    case 7:
        yes = zf || sf != of;
        break;
    }
    return yes != (code & 1);
}
