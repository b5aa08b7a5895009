/* SPDX-License-Identifier: MIT */
/* insn_vector.c - vector registers in the XSAVE area of a signal frame.
 *
 * Linux saves the standard (not compacted) format. Legacy part: xmm0-15 at 160. The software bytes
 * at 464 start with a magic number if more than the legacy part is there. XSAVE header at 512; the
 * upper halves of ymm where CPUID leaf 0xD says (576 on every processor so far). Source: Intel SDM
 * volume 1, chapter 13; Linux, asm/sigcontext.h. */
#include "pe/insn_parts.h"
#include <cpuid.h>
#include <string.h>

#define MAGIC         0x46505853u /* FP_XSTATE_MAGIC1 */
#define XMM_OFFSET    160
#define SW_OFFSET     464
#define HEADER_OFFSET 512
#define STATE_SSE     (1u << 1)
#define STATE_YMM     (1u << 2)
#define STATE_ZMM_HI  (1u << 6)

struct software_bytes {
    uint32_t magic;
    uint32_t extended_size;
    uint64_t features;
    uint32_t xstate_size;
};

/* Offset of a state component in the area; 0 if this frame does not have it. */
static unsigned component(const struct insn_regs *regs, unsigned bit)
{
    /* cpuid leaves a virtual machine, which takes long: ask once. Racing threads write the same. */
    static uint32_t known[8][2];
    struct software_bytes sw;
    memcpy(&sw, (const uint8_t *)regs->fxsave + SW_OFFSET, sizeof sw);
    if (sw.magic != MAGIC || !(sw.features & 1u << bit))
        return 0;
    uint32_t offset = __atomic_load_n(&known[bit][0], __ATOMIC_ACQUIRE), size = known[bit][1];
    if (!offset) {
        uint32_t c, d;
        __cpuid_count(0xd, bit, size, offset, c, d);
        known[bit][1] = size;
        __atomic_store_n(&known[bit][0], offset, __ATOMIC_RELEASE);
    }
    return offset && offset + size <= sw.xstate_size ? offset : 0;
}

static uint64_t in_use(const struct insn_regs *regs)
{
    uint64_t bv;
    memcpy(&bv, (const uint8_t *)regs->fxsave + HEADER_OFFSET, sizeof bv);
    return bv;
}

static void mark_in_use(struct insn_regs *regs, uint64_t bits)
{
    uint64_t bv = in_use(regs) | bits;
    memcpy((uint8_t *)regs->fxsave + HEADER_OFFSET, &bv, sizeof bv);
}

bool insn_vector_get(const struct insn_regs *regs, unsigned reg, uint8_t value[32])
{
    memset(value, 0, 32);
    if (!regs->fxsave)
        return false;
    const uint8_t *area = regs->fxsave;
    unsigned ymm = component(regs, 2);
    /* A component that is not in use has its initial value, zero, whatever the area holds. */
    if (!ymm || in_use(regs) & STATE_SSE)
        memcpy(value, area + XMM_OFFSET + 16 * reg, 16);
    if (ymm && in_use(regs) & STATE_YMM)
        memcpy(value + 16, area + ymm + 16 * reg, 16);
    return true;
}

bool insn_vector_set(struct insn_regs *regs, unsigned reg, const uint8_t value[32], bool vex)
{
    if (!regs->fxsave)
        return false;
    uint8_t *area = regs->fxsave;
    unsigned ymm = component(regs, 2), zmm = component(regs, 6);
    if (vex && !ymm)
        return false;
    if (ymm && !(in_use(regs) & STATE_SSE)) {
        memset(area + XMM_OFFSET, 0, 256);
        mark_in_use(regs, STATE_SSE);
    }
    memcpy(area + XMM_OFFSET + 16 * reg, value, 16);
    if (!vex)
        return true; /* legacy SSE keeps what lies above */
    if (!(in_use(regs) & STATE_YMM)) {
        memset(area + ymm, 0, 256);
        mark_in_use(regs, STATE_YMM);
    }
    memcpy(area + ymm + 16 * reg, value + 16, 16);
    if (zmm && in_use(regs) & STATE_ZMM_HI)
        memset(area + zmm + 32 * reg, 0, 32);
    return true;
}
