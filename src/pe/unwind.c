/* SPDX-License-Identifier: MIT */
/* unwind.c - virtual unwinding of x64 frames.
 *
 * Source: Microsoft, "x64 exception handling": struct UNWIND_INFO, unwind operation codes, unwind
 * procedure, "x64 prolog and epilog". Version 2 of the data adds codes that say where epilogs are;
 * as these have the form that version 1 recognises by their instructions, both use recognition. */
#include "pe/unwind.h"
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_CHAIN 32

enum unwind_op {
    OP_PUSH_NONVOL,
    OP_ALLOC_LARGE,
    OP_ALLOC_SMALL,
    OP_SET_FPREG,
    OP_SAVE_NONVOL,
    OP_SAVE_NONVOL_FAR,
    OP_EPILOG, /* version 1: an obsolete save of half an xmm register */
    OP_SPARE,
    OP_SAVE_XMM128,
    OP_SAVE_XMM128_FAR,
    OP_PUSH_MACHFRAME,
};

_Static_assert(offsetof(CONTEXT, Rax) == 0x78 && offsetof(CONTEXT, R15) == 0xf0,
               "CONTEXT registers");
_Static_assert(offsetof(CONTEXT, Rip) == 0xf8 && offsetof(CONTEXT, Xmm0) == 0x1a0,
               "CONTEXT registers");
_Static_assert(sizeof(CONTEXT) == 0x4d0, "CONTEXT size");

/* Registers by hardware number, which is their order in CONTEXT. */
static ULONG64 *gpr(CONTEXT *c, unsigned n)
{
    return &c->Rax + n;
}

static M128A *xmm(CONTEXT *c, unsigned n)
{
    return &c->Xmm0 + n;
}

/* Reads stack memory that may not be there. One system call per page and thread, as stacks are few.
 */
static bool readable(uint64_t va)
{
    static __thread uint64_t known_page = 1;
    if ((va & ~0xfffULL) == known_page)
        return true;
    char byte;
    struct iovec to = {&byte, 1}, from = {(void *)va, 1};
    ssize_t n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    /* A sandbox may forbid the call; then trust the stack. */
    if (n != 1 && !(n < 0 && (errno == EPERM || errno == ENOSYS)))
        return false;
    known_page = va & ~0xfffULL;
    return true;
}

/* The address is the driver's business, not a sanitizer's. */
__attribute__((no_sanitize("address"))) static bool stack_read(uint64_t va, ULONG64 *value)
{
    int saved = errno;
    bool ok = !(va & 7) && readable(va);
    errno = saved;
    if (ok)
        *value = *(const volatile ULONG64 *)va;
    return ok;
}

static bool pop(CONTEXT *c, ULONG64 *value)
{
    if (!stack_read(c->Rsp, value))
        return false;
    c->Rsp += 8;
    return true;
}

const struct pe_runtime_function *pe_function_lookup(uint64_t rip, struct pe_loaded **loaded)
{
    struct pe_loaded *l = pe_image_by_address(rip);
    if (loaded)
        *loaded = l;
    if (!l || !l->image->function_count)
        return NULL;
    const struct pe_image *im = l->image;
    uint32_t rva = (uint32_t)(rip - (uintptr_t)l->base);
    size_t low = 0, high = im->function_count, found = im->function_count;
    if (im->functions_sorted) {
        while (low < high) {
            size_t mid = (low + high) / 2;
            if (rva < im->functions[mid].begin_rva)
                high = mid;
            else if (rva >= im->functions[mid].end_rva)
                low = mid + 1;
            else {
                found = mid;
                break;
            }
        }
    } else {
        for (size_t i = 0; i < im->function_count && found == im->function_count; i++)
            if (rva >= im->functions[i].begin_rva && rva < im->functions[i].end_rva)
                found = i;
    }
    if (found == im->function_count)
        return NULL;
    const void *in_memory = l->base + im->dir[PE_DIR_EXCEPTION].rva;
    return (const struct pe_runtime_function *)in_memory + found;
}

/* ---- tables ---- */

/* The data of a function, and how many code slots it has. */
static const struct pe_unwind_info *unwind_info(const struct pe_image *im,
                                                const struct pe_runtime_function *f,
                                                const uint16_t **codes, uint32_t *end_rva)
{
    const struct pe_unwind_info *info = pe_image_at(im, f->unwind_rva, sizeof *info);
    if (!info || f->unwind_rva % 4 || (info->version_flags & 7) < 1 ||
        (info->version_flags & 7) > 2)
        return NULL;
    uint32_t slot_count = (info->code_count + 1u) & ~1u;
    *codes = pe_image_at(im, (uint64_t)f->unwind_rva + sizeof *info, 2 * slot_count);
    *end_rva = f->unwind_rva + (uint32_t)sizeof *info + 2 * slot_count;
    return *codes ? info : NULL;
}

/* Some linkers let entries share unwind data: an odd rva leads to another entry. */
static const struct pe_runtime_function *direct_entry(const struct pe_image *im,
                                                      const struct pe_runtime_function *f)
{
    for (int i = 0; f && f->unwind_rva % 4 == 1 && i < MAX_CHAIN; i++)
        f = pe_image_at(im, f->unwind_rva - 1, sizeof *f);
    return f && f->unwind_rva % 4 == 0 ? f : NULL;
}

/* The entry at the end of a chain: the one with the function's prolog. */
static const struct pe_runtime_function *primary_entry(const struct pe_image *im,
                                                       const struct pe_runtime_function *f)
{
    const uint16_t *codes;
    uint32_t end_rva;
    for (int i = 0; i < MAX_CHAIN; i++) {
        f = direct_entry(im, f);
        const struct pe_unwind_info *info = f ? unwind_info(im, f, &codes, &end_rva) : NULL;
        if (!info || !((info->version_flags >> 3) & UNW_FLAG_CHAININFO))
            return f;
        f = pe_image_at(im, end_rva, sizeof *f);
    }
    return NULL;
}

/* ---- epilogs ---- */

struct scan {
    const uint8_t *code; /* from rip on */
    size_t left;
    size_t at;
};

static bool next_is(struct scan *s, size_t n)
{
    return s->at + n <= s->left;
}

static bool is_pop(const struct scan *s, unsigned *reg, size_t *length)
{
    const uint8_t *p = s->code + s->at;
    size_t left = s->left - s->at;
    unsigned rex = 0;
    *length = 1;
    if (left >= 2 && (p[0] & 0xf0) == 0x40) {
        rex = p[0];
        p++;
        *length = 2;
    } else if (!left) {
        return false;
    }
    if (p[0] < 0x58 || p[0] > 0x5f)
        return false;
    *reg = (unsigned)(p[0] - 0x58) + (rex & 1 ? 8 : 0);
    return true;
}

/* A jump that leaves the function is a tail call, hence an epilog. It goes to the start of a
 * function; a jump into the middle of other code only joins parts of one function that were laid
 * apart. */
static bool is_tail_call(struct pe_loaded *l, const struct pe_runtime_function *f, int64_t target)
{
    if (target >= f->begin_rva && target < f->end_rva)
        return target == f->begin_rva; /* of itself */
    const struct pe_runtime_function *to =
        pe_function_lookup((uintptr_t)l->base + (uint64_t)target, NULL);
    if (!to)
        return true; /* a leaf function, or an import's jump */
    const struct pe_runtime_function *mine = primary_entry(l->image, f);
    const struct pe_runtime_function *other = primary_entry(l->image, to);
    return to->begin_rva == target &&
           (!mine || !other || mine->begin_rva != other->begin_rva || target == mine->begin_rva);
}

/* ret, rep ret, ret n, or a tail call. */
static bool is_exit(const struct scan *s, uint32_t rva, struct pe_loaded *l,
                    const struct pe_runtime_function *f)
{
    const uint8_t *p = s->code + s->at;
    size_t left = s->left - s->at;
    int64_t target;
    int32_t wide;
    if (left >= 1 && (p[0] == 0xc3 || p[0] == 0xc2))
        return true;
    if (left >= 2 && p[0] == 0xf3 && p[1] == 0xc3)
        return true;
    if (left >= 2 && p[0] == 0xeb) {
        target = (int64_t)rva + (int64_t)s->at + 2 + (int8_t)p[1];
    } else if (left >= 5 && p[0] == 0xe9) {
        memcpy(&wide, p + 1, 4);
        target = (int64_t)rva + (int64_t)s->at + 5 + wide;
    } else {
        /* jmp [memory], with mod 00; and with rex.w also through a register. */
        if (left >= 2 && p[0] == 0xff && (p[1] & 0xf8) == 0x20)
            return true;
        return left >= 3 && (p[0] & 0xf8) == 0x48 && p[1] == 0xff &&
               ((p[2] & 0xf8) == 0x20 || (p[2] & 0xf8) == 0xe0);
    }
    return is_tail_call(l, f, target);
}

/* If rip is in an epilog, executes the rest of it on *context. */
static bool run_epilog(struct pe_loaded *l, uint32_t rva, const struct pe_runtime_function *f,
                       unsigned frame_register, CONTEXT *context, bool *was_epilog)
{
    struct scan s = {.code = pe_image_at(l->image, rva, f->end_rva - rva),
                     .left = f->end_rva - rva};
    CONTEXT c = *context;
    unsigned reg;
    size_t length;
    *was_epilog = false;
    if (!s.code)
        return true;
    const uint8_t *p = s.code;
    if (next_is(&s, 4) && p[0] == 0x48 && p[1] == 0x83 && p[2] == 0xc4) { /* add rsp, imm8 */
        c.Rsp += (ULONG64)(int8_t)p[3];
        s.at = 4;
    } else if (next_is(&s, 7) && p[0] == 0x48 && p[1] == 0x81 && p[2] == 0xc4) {
        int32_t n;
        memcpy(&n, p + 3, 4);
        c.Rsp += (ULONG64)n;
        s.at = 7;
    } else if (frame_register && next_is(&s, 4) && (p[0] & 0xfe) == 0x48 && p[1] == 0x8d &&
               (p[2] & 0x38) == 0x20 && ((p[2] & 7) | (p[0] & 1) << 3) == frame_register) {
        /* lea rsp, [frame register + n]; r12 would need a SIB byte and is not used so */
        int32_t n = 0;
        if (p[2] >> 6 == 0) {
            s.at = 3;
        } else if (p[2] >> 6 == 1) {
            n = (int8_t)p[3];
            s.at = 4;
        } else if (p[2] >> 6 == 2 && next_is(&s, 7)) {
            memcpy(&n, p + 3, 4);
            s.at = 7;
        } else {
            return true;
        }
        c.Rsp = *gpr(&c, frame_register) + (ULONG64)n;
    }
    bool ok = true;
    while (is_pop(&s, &reg, &length)) {
        ULONG64 value = 0;
        ok = ok && pop(&c, &value);
        *gpr(&c, reg) = value;
        s.at += length;
    }
    if (!is_exit(&s, rva, l, f))
        return true;
    *was_epilog = true;
    if (!ok || !pop(&c, &c.Rip))
        return false;
    *context = c;
    return true;
}

/* ---- unwind codes ---- */

static unsigned slots(unsigned op, unsigned info, unsigned version)
{
    switch (op) {
    case OP_ALLOC_LARGE:
        return info ? 3 : 2;
    case OP_SAVE_NONVOL:
    case OP_SAVE_XMM128:
        return 2;
    case OP_SAVE_NONVOL_FAR:
    case OP_SAVE_XMM128_FAR:
    case OP_SPARE:
        return 3;
    case OP_EPILOG:
        return version >= 2 ? 1 : 2;
    default:
        return 1;
    }
}

struct unwinder {
    CONTEXT *context;
    KNONVOLATILE_CONTEXT_POINTERS *pointers;
    uint64_t frame_base; /* where saves are relative to */
    bool machine_frame;
};

static bool restore_gpr(struct unwinder *u, unsigned reg, uint64_t va)
{
    if (u->pointers)
        u->pointers->IntegerContext[reg] = (PULONG64)va;
    return stack_read(va, gpr(u->context, reg));
}

static bool restore_xmm(struct unwinder *u, unsigned reg, uint64_t va)
{
    ULONG64 half[2];
    if (va & 15 || !stack_read(va, &half[0]) || !stack_read(va + 8, &half[1]))
        return false;
    if (u->pointers)
        u->pointers->FloatingContext[reg] = (PM128A)va;
    memcpy(xmm(u->context, reg), half, 16);
    return true;
}

static bool run_code(struct unwinder *u, const struct pe_unwind_info *info, const uint16_t *code)
{
    CONTEXT *c = u->context;
    unsigned op = code[0] >> 8 & 15, reg = code[0] >> 12;
    uint32_t wide = 0;
    if (slots(op, reg, info->version_flags & 7) == 3)
        memcpy(&wide, code + 1, 4);
    switch (op) {
    case OP_PUSH_NONVOL:
        if (!restore_gpr(u, reg, c->Rsp))
            return false;
        c->Rsp += 8;
        return true;
    case OP_ALLOC_LARGE:
        c->Rsp += reg ? wide : code[1] * 8u;
        return true;
    case OP_ALLOC_SMALL:
        c->Rsp += reg * 8 + 8;
        return true;
    case OP_SET_FPREG:
        c->Rsp = *gpr(c, info->frame & 15) - (info->frame >> 4) * 16u;
        return true;
    case OP_SAVE_NONVOL:
        return restore_gpr(u, reg, u->frame_base + code[1] * 8u);
    case OP_SAVE_NONVOL_FAR:
        return restore_gpr(u, reg, u->frame_base + wide);
    case OP_SAVE_XMM128:
        return restore_xmm(u, reg, u->frame_base + code[1] * 16u);
    case OP_SAVE_XMM128_FAR:
        return restore_xmm(u, reg, u->frame_base + wide);
    case OP_PUSH_MACHFRAME: {
        /* rip, cs, flags, rsp, ss, under an error code if the operation says so */
        uint64_t at = c->Rsp + (reg ? 8 : 0);
        u->machine_frame = true;
        return stack_read(at, &c->Rip) && stack_read(at + 24, &c->Rsp);
    }
    case OP_EPILOG:
    case OP_SPARE:
        return true;
    }
    return false;
}

static uint64_t establisher(const struct pe_unwind_info *info, const uint16_t *codes,
                            uint32_t offset, CONTEXT *c)
{
    unsigned reg = info->frame & 15;
    uint64_t framed = *gpr(c, reg) - (info->frame >> 4) * 16u;
    if (!reg)
        return c->Rsp;
    if (offset >= info->prolog_size || (info->version_flags >> 3) & UNW_FLAG_CHAININFO)
        return framed;
    /* In the prolog: only if the frame register is set already. */
    for (unsigned i = 0; i < info->code_count;) {
        unsigned op = codes[i] >> 8 & 15;
        if (op == OP_SET_FPREG && offset >= (codes[i] & 0xff))
            return framed;
        i += slots(op, codes[i] >> 12, info->version_flags & 7);
    }
    return c->Rsp;
}

static bool unwind_function(struct pe_loaded *l, const struct pe_runtime_function *function,
                            unsigned kinds, CONTEXT *c, struct pe_frame *frame,
                            KNONVOLATILE_CONTEXT_POINTERS *pointers)
{
    const struct pe_image *im = l->image;
    uint32_t rva = (uint32_t)(c->Rip - (uintptr_t)l->base), end_rva;
    const struct pe_runtime_function *f = direct_entry(im, function);
    const uint16_t *codes;
    const struct pe_unwind_info *info = f ? unwind_info(im, f, &codes, &end_rva) : NULL;
    if (!info)
        return false;
    uint32_t offset = rva - function->begin_rva;
    bool in_prolog = offset < info->prolog_size;
    frame->establisher = establisher(info, codes, offset, c);
    if (!in_prolog) {
        bool was_epilog;
        if (!run_epilog(l, rva, function, info->frame & 15, c, &was_epilog))
            return false;
        if (was_epilog)
            return true;
    }
    struct unwinder u = {.context = c, .pointers = pointers, .frame_base = frame->establisher};
    for (int chain = 0;; chain++) {
        for (unsigned i = 0, n; i < info->code_count; i += n) {
            n = slots(codes[i] >> 8 & 15, codes[i] >> 12, info->version_flags & 7);
            if (i + n > info->code_count)
                return false;
            /* In the prolog only what has been executed; a chained entry's prolog is complete. */
            if ((chain || offset >= (codes[i] & 0xff)) && !run_code(&u, info, codes + i))
                return false;
        }
        unsigned flags = info->version_flags >> 3;
        if (!(flags & UNW_FLAG_CHAININFO)) {
            const uint32_t *handler = flags & kinds ? pe_image_at(im, end_rva, 4) : NULL;
            if (handler && !in_prolog && *handler < im->size) {
                frame->handler = l->base + *handler;
                frame->handler_data = l->base + end_rva + 4;
            }
            break;
        }
        f = direct_entry(im, pe_image_at(im, end_rva, sizeof *f));
        info = f && chain < MAX_CHAIN ? unwind_info(im, f, &codes, &end_rva) : NULL;
        if (!info)
            return false;
    }
    return u.machine_frame || pop(c, &c->Rip);
}

bool pe_unwind_frame(struct pe_loaded *loaded, const struct pe_runtime_function *function,
                     unsigned handler_kinds, CONTEXT *context, struct pe_frame *frame,
                     KNONVOLATILE_CONTEXT_POINTERS *pointers)
{
    memset(frame, 0, sizeof *frame);
    if (function)
        return unwind_function(loaded, function, handler_kinds, context, frame, pointers);
    /* A leaf function changes no non-volatile register: its return address is on top. */
    frame->establisher = context->Rsp;
    return pop(context, &context->Rip);
}

bool pe_unwind_step(CONTEXT *context)
{
    struct pe_loaded *l;
    struct pe_frame frame;
    const struct pe_runtime_function *f = pe_function_lookup(context->Rip, &l);
    CONTEXT c = *context;
    if (!l || !pe_unwind_frame(l, f, 0, &c, &frame, NULL))
        return false;
    *context = c;
    return true;
}
