/* SPDX-License-Identifier: MIT */
/* unwind_test.c - real code is executed one instruction at a time; at each of them, unwinding must
 * lead to exactly the registers that the caller had. */
#include "pe/unwind.h"
#include "pe/testimage.h"
#include "tests/harness/test.h"
#include <signal.h>
#include <ucontext.h>

static struct pe_loaded *stepped;
static CONTEXT expected; /* what the host had when it called the image */
static bool inside;
static volatile unsigned long steps, epilog_steps;

static void context_of(const ucontext_t *uc, CONTEXT *c)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    memset(c, 0, sizeof *c);
    c->Rip = g[REG_RIP];
    c->Rsp = g[REG_RSP];
    c->Rax = g[REG_RAX];
    c->Rcx = g[REG_RCX];
    c->Rdx = g[REG_RDX];
    c->Rbx = g[REG_RBX];
    c->Rbp = g[REG_RBP];
    c->Rsi = g[REG_RSI];
    c->Rdi = g[REG_RDI];
    memcpy(&c->R8, &g[REG_R8], 8 * 8);
    memcpy(&c->Xmm0, uc->uc_mcontext.fpregs->_xmm, 16 * 16);
}

static void same(const char *name, uint64_t got, uint64_t want, uint64_t rip)
{
    if (got == want)
        return;
    signal(SIGTRAP, SIG_IGN);
    test_fail(__FILE__, __LINE__, "%s is 0x%llx, expected 0x%llx, unwinding from rva 0x%llx", name,
              (unsigned long long)got, (unsigned long long)want,
              (unsigned long long)(rip - (uintptr_t)stepped->base));
}

static void on_step(int sig, siginfo_t *info, void *ucontext)
{
    CONTEXT c;
    context_of(ucontext, &c);
    uint64_t rip = c.Rip;
    if (pe_image_by_address(rip) != stepped) {
        inside = false;
        return;
    }
    if (!inside) {
        /* The first instruction: the host's registers, and its return address on top. */
        inside = true;
        expected = c;
        expected.Rip = *(uint64_t *)c.Rsp;
        expected.Rsp = c.Rsp + 8;
    }
    steps++;
    for (int depth = 0; pe_image_by_address(c.Rip); depth++)
        if (depth == 64 || !pe_unwind_step(&c))
            same("depth", depth, 0, rip);
    same("rip", c.Rip, expected.Rip, rip);
    same("rsp", c.Rsp, expected.Rsp, rip);
    same("rbx", c.Rbx, expected.Rbx, rip);
    same("rbp", c.Rbp, expected.Rbp, rip);
    same("rsi", c.Rsi, expected.Rsi, rip);
    same("rdi", c.Rdi, expected.Rdi, rip);
    same("r12", c.R12, expected.R12, rip);
    same("r13", c.R13, expected.R13, rip);
    same("r14", c.R14, expected.R14, rip);
    same("r15", c.R15, expected.R15, rip);
    for (int i = 6; i < 16; i++)
        same("xmm", (&c.Xmm0 + i)->Low ^ (uint64_t)(&c.Xmm0 + i)->High,
             (&expected.Xmm0 + i)->Low ^ (uint64_t)(&expected.Xmm0 + i)->High, rip);
}

/* Calls fn(7) in the Windows convention with the trap flag set. */
static void call_stepping(void *fn)
{
    __asm__ volatile("mov %%rsp, %%rbx\n\t"
                     "sub $288, %%rsp\n\tand $-16, %%rsp\n\t"
                     "mov $0x1111, %%r12\n\tmov $0x2222, %%r13\n\tmov $0x3333, %%rsi\n\t"
                     "movq %%r12, %%xmm6\n\tmovq %%r13, %%xmm7\n\tmovq %%rsi, %%xmm15\n\t"
                     "mov $7, %%rcx\n\t"
                     "pushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\t"
                     "call *%%rax\n\t"
                     "pushfq\n\tandl $~0x100, (%%rsp)\n\tpopfq\n\t"
                     "mov %%rbx, %%rsp"
                     : "+a"(fn)
                     :
                     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm15", "memory", "cc");
}

static void step_through(enum testimage_tool tool, const char *cflags)
{
    struct sigaction sa = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    stepped = testimage_load(testimage_build(tool, "frames", "frames", cflags, ""));
    sigaction(SIGTRAP, &sa, NULL);
    steps = 0;
    call_stepping(pe_export_find(stepped, "Frames", 0));
    CHECK(steps > 500);
}

#define FRAME_TEST(name, tool, cflags)                                                             \
    TEST(every_instruction_unwinds_##name, "")                                                     \
    {                                                                                              \
        step_through(tool, cflags);                                                                \
    }

FRAME_TEST(gcc_O0, TESTIMAGE_GNU, "-O0")
FRAME_TEST(gcc_O2, TESTIMAGE_GNU, "-O2")
FRAME_TEST(gcc_Os, TESTIMAGE_GNU, "-Os")
FRAME_TEST(gcc_frame_pointer, TESTIMAGE_GNU, "-O2 -fno-omit-frame-pointer")
FRAME_TEST(clang_O0, TESTIMAGE_LLVM, "-O0")
FRAME_TEST(clang_O2, TESTIMAGE_LLVM, "-O2")
FRAME_TEST(clang_Os, TESTIMAGE_LLVM, "-Os")

TEST(a_function_is_found_by_any_address_in_it, "")
{
    struct pe_loaded *l =
        testimage_load(testimage_build(TESTIMAGE_GNU, "frames", "frames", "", ""));
    const struct pe_image *im = l->image;
    for (size_t i = 0; i < im->function_count; i++) {
        struct pe_loaded *found = NULL;
        const struct pe_runtime_function *f;
        uint64_t base = (uintptr_t)l->base;
        f = pe_function_lookup(base + im->functions[i].begin_rva, &found);
        CHECK(f && f->begin_rva == im->functions[i].begin_rva && found == l);
        CHECK((const uint8_t *)f > l->base && (const uint8_t *)f < l->base + l->size);
        CHECK(pe_function_lookup(base + im->functions[i].end_rva - 1, NULL) == f);
        CHECK(pe_function_lookup(base + im->functions[i].end_rva, NULL) != f);
    }
    CHECK(!pe_function_lookup((uintptr_t)l->base, NULL));
    CHECK(!pe_function_lookup((uintptr_t)&im, NULL));
}

TEST(a_ruined_stack_ends_the_walk, "")
{
    struct pe_loaded *l =
        testimage_load(testimage_build(TESTIMAGE_GNU, "frames", "frames", "", ""));
    CONTEXT c = {.Rip = (uintptr_t)l->entry, .Rsp = 0x10};
    CHECK(!pe_unwind_step(&c));
    CHECK_EQ(c.Rip, (uintptr_t)l->entry);
    c.Rsp = 0x7000000000000000;
    CHECK(!pe_unwind_step(&c));
    c.Rip = 0x1234;
    CHECK(!pe_unwind_step(&c));
}

/* ---- hand-made unwind data: what the compilers at hand do not emit ---- */

/* An image of one page of nops with one function at 0x1000, unwind data at 0x2000. */
static struct pe_image image;
static struct pe_loaded loaded;
static uint64_t stack[64];

static void make_image(const void *unwind, size_t size, uint32_t code_size)
{
    static uint8_t flat[0x4000];
    static struct pe_runtime_function functions[2];
    memset(flat, 0x90, sizeof flat);
    memcpy(flat + 0x2000, unwind, size);
    functions[0] = (struct pe_runtime_function){0x1000, 0x1000 + code_size, 0x2000};
    image = (struct pe_image){.flat = flat,
                              .size = sizeof flat,
                              .functions = functions,
                              .function_count = 1,
                              .functions_sorted = true};
    loaded = (struct pe_loaded){.image = &image, .base = flat, .size = sizeof flat};
    for (int i = 0; i < 64; i++)
        stack[i] = 0x1000 + (uint64_t)i;
}

static bool unwind_at(uint32_t rva, CONTEXT *c)
{
    struct pe_frame frame;
    memset(c, 0, sizeof *c);
    c->Rip = (uintptr_t)loaded.base + rva;
    c->Rsp = (uintptr_t)stack;
    return pe_unwind_frame(&loaded, image.functions, UNW_FLAG_EHANDLER, c, &frame, NULL);
}

TEST(a_machine_frame_gives_rip_and_rsp, "")
{
    /* sub rsp, 0x10 over a frame with an error code */
    static const uint8_t data[] = {0x01, 4, 2, 0, 4, 0x12, 0, 0x1a};
    CONTEXT c;
    make_image(data, sizeof data, 0x100);
    stack[3] = 0xaaaa; /* rip */
    stack[6] = 0xbbbb; /* rsp */
    CHECK(unwind_at(0x1010, &c));
    CHECK_EQ(c.Rip, 0xaaaa);
    CHECK_EQ(c.Rsp, 0xbbbb);
}

TEST(epilog_codes_of_version_2_take_one_slot, "")
{
    /* epilog codes, then push rbx, sub rsp, 0x20 */
    static const uint8_t data[] = {0x02, 5, 4, 0, 6, 0x16, 0x20, 0x06, 5, 0x32, 1, 0x30};
    CONTEXT c;
    make_image(data, sizeof data, 0x100);
    CHECK(unwind_at(0x1010, &c));
    CHECK_EQ(c.Rbx, stack[4]);
    CHECK_EQ(c.Rip, stack[5]);
    CHECK_EQ(c.Rsp, (uintptr_t)(stack + 6));
}

TEST(a_chained_function_continues_with_its_parent, "")
{
    static uint8_t data[64] = {
        0x21, 0, 2, 0, 0, 0x32, 0, 0x60, /* chained: sub rsp, 0x20 under push rsi */
    };
    struct pe_runtime_function parent = {0x1800, 0x1900, 0x2020};
    memcpy(data + 8, &parent, sizeof parent);
    memcpy(data + 0x20, (uint8_t[]){0x01, 1, 1, 0, 1, 0x30}, 6); /* push rbx */
    CONTEXT c;
    make_image(data, sizeof data, 0x100);
    CHECK(unwind_at(0x1010, &c));
    CHECK_EQ(c.Rsi, stack[4]);
    CHECK_EQ(c.Rbx, stack[5]);
    CHECK_EQ(c.Rip, stack[6]);
    /* A chain that leads to itself ends. */
    parent.unwind_rva = 0x2000;
    memcpy(data + 8, &parent, sizeof parent);
    make_image(data, sizeof data, 0x100);
    CHECK(!unwind_at(0x1010, &c));
}

TEST(malformed_unwind_data_is_refused, "")
{
    CONTEXT c;
    make_image((uint8_t[]){0x03, 0, 0, 0}, 4, 0x100); /* version 3 */
    CHECK(!unwind_at(0x1010, &c));
    make_image((uint8_t[]){0x01, 0, 1, 0, 0, 0x01, 0, 0}, 8, 0x100); /* alloc cut off */
    CHECK(!unwind_at(0x1010, &c));
    make_image((uint8_t[]){0x01, 0, 1, 0, 0, 0x0f, 0, 0}, 8, 0x100); /* unknown operation */
    CHECK(!unwind_at(0x1010, &c));
    make_image("", 1, 0x100);
    ((struct pe_runtime_function *)image.functions)->unwind_rva = 0x3ffc;
    image.flat[0x3ffc] = 1;
    image.flat[0x3ffe] = 200; /* codes run out of the image */
    CHECK(!unwind_at(0x1010, &c));
}
