/* SPDX-License-Identifier: MIT */
/* insn_test.c - each instruction is executed twice, by the processor and by the emulator, on the
 * same random registers, flags and memory; both must leave the same. */
#include "pe/insn.h"
#include "tests/harness/test.h"
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <asm/prctl.h>

#define ARENA   4096
#define MIDDLE  2048
#define ROUNDS  200
#define GS_BASE 64

/* ---- instructions, as the assembler makes them; rbx points to the register file ---- */

struct test_case {
    const void *code;
    const char *text;
};
extern const struct test_case insn_cases_start[], insn_cases_end[];

/* clang-format off */
#define I(text)                                                                                    \
    "771:\n\t" text "\n\tret\n"                                                                    \
    ".pushsection .rodata\n772: .asciz \"" text "\"\n.popsection\n"                                \
    ".pushsection insn_cases, \"aw\"\n.quad 771b, 772b\n.popsection\n"
#define ALU(op)                                                                                    \
    I(op "b %al, (%rbx)") I(op "b %ah, 3(%rbx)") I(op "w %dx, (%rbx)") I(op "l %r9d, 8(%rbx)")     \
    I(op "q %r15, (%rbx)") I(op "b (%rbx), %sil") I(op "b (%rbx), %ch") I(op "w (%rbx), %r8w")     \
    I(op "l 4(%rbx,%r10,4), %eax") I(op "q (%rbx), %rdi") I(op "b $0x81, (%rbx)")                  \
    I(op "w $0x8123, (%rbx)") I(op "l $-5, (%rbx)") I(op "l $0x7fffffff, (%rbx)")                  \
    I(op "q $-5, (%rbx)") I(op "q $0x7fffffff, (%rbx,%r10)")
#define LOCKED(op)                                                                                 \
    I("lock " op "b %al, (%rbx)") I("lock " op "l $3, (%rbx)") I("lock " op "q %rax, (%rbx)")
#define ONE(op)                                                                                    \
    I(op "b (%rbx)") I(op "w (%rbx)") I(op "l (%rbx)") I(op "q -8(%rbx)") I("lock " op "l (%rbx)")
#define SHIFT(op)                                                                                  \
    I(op "b %cl, (%rbx)") I(op "w %cl, (%rbx)") I(op "l %cl, (%rbx)") I(op "q %cl, (%rbx)")        \
    I(op "l (%rbx)") I(op "l $5, (%rbx)") I(op "q $37, (%rbx)")
#define BITS(op)                                                                                   \
    I(op "w $5, (%rbx)") I(op "l $30, (%rbx)") I(op "q $60, (%rbx)") I(op "w %r9w, (%rbx)")        \
    I(op "l %r9d, (%rbx)") I(op "q %r9, (%rbx)")
#define CONDITION(cc)                                                                              \
    I("set" cc " (%rbx)") I("cmov" cc " (%rbx), %eax") I("cmov" cc " (%rbx), %r13")
#define STRING(op)                                                                                 \
    I(op "b") I(op "w") I(op "l") I(op "q") I("rep " op "b") I("rep " op "w") I("rep " op "l")     \
    I("rep " op "q") I("std; rep " op "l; cld")
#define COMPARE(op)                                                                                \
    I(op "b") I(op "w") I(op "l") I(op "q") I("repe " op "b") I("repne " op "b")                   \
    I("repe " op "l") I("repne " op "w")

__asm__(".text\n"
    ".pushsection insn_cases, \"aw\"\n.globl insn_cases_start\ninsn_cases_start:\n.popsection\n"
    I("movb (%rbx), %al") I("movb (%rbx), %ah") I("movb %bh, (%rbx)") I("movb %r14b, 1(%rbx)")
    I("movw (%rbx), %cx") I("movw %cx, (%rbx)") I("movl (%rbx), %eax") I("movl %eax, (%rbx)")
    I("movq 0x10(%rbx), %r11") I("movq %r11, 0x10(%rbx)") I("movl (%rbx,%r10,8), %r8d")
    I("movl %eax, (%ebx)") I("movl (%ebx,%r10d,2), %esi") I("movl %gs:(%rbx), %eax")
    I("movb $0x12, (%rbx)") I("movw $0x1234, (%rbx)") I("movl $0x12345678, (%rbx)")
    I("movq $-2, (%rbx)") I("movnti %eax, (%rbx)") I("movnti %rax, (%rbx)")
    I("movzbl (%rbx), %eax") I("movzbw (%rbx), %ax") I("movzbq (%rbx), %rax")
    I("movzwl (%rbx), %eax") I("movzwq (%rbx), %rax") I("movsbl (%rbx), %eax")
    I("movsbw (%rbx), %ax") I("movsbq (%rbx), %rax") I("movswl (%rbx), %eax")
    I("movswq (%rbx), %rax") I("movslq (%rbx), %rax")
    I("xchgb %al, (%rbx)") I("xchgb %ch, (%rbx)") I("xchgw %ax, (%rbx)") I("xchgl (%rbx), %eax")
    I("xchgq %rdx, (%rbx)") I("lock xaddb %al, (%rbx)") I("xaddw %ax, (%rbx)")
    I("lock xaddl %ecx, (%rbx)") I("xaddq %r12, (%rbx)")
    I("cmpxchgb %dl, (%rbx)") I("cmpxchgw %dx, (%rbx)") I("lock cmpxchgl %edx, (%rbx)")
    I("lock cmpxchgq %rdx, (%rbx)") I("lock cmpxchg8b (%rbx)") I("lock cmpxchg16b (%rbx)")
    ALU("add") ALU("or") ALU("adc") ALU("sbb") ALU("and") ALU("sub") ALU("xor") ALU("cmp")
    LOCKED("add") LOCKED("or") LOCKED("and") LOCKED("sub") LOCKED("xor") LOCKED("adc")
    I("testb %al, (%rbx)") I("testw %ax, (%rbx)") I("testl %eax, (%rbx)") I("testq %rax, (%rbx)")
    I("testb $0x80, (%rbx)") I("testl $0x80000000, (%rbx)") I("testq $-0x8000, (%rbx)")
    ONE("inc") ONE("dec") ONE("not") ONE("neg")
    SHIFT("shl") SHIFT("shr") SHIFT("sar") SHIFT("rol") SHIFT("ror") SHIFT("rcl") SHIFT("rcr")
    BITS("bt") BITS("bts") BITS("btr") BITS("btc") I("lock btsl $3, (%rbx)")
    I("lock btrq %r9, (%rbx)")
    I("bsfl (%rbx), %eax") I("bsrq (%rbx), %rax") I("tzcntl (%rbx), %eax")
    I("popcntq (%rbx), %rax") I("imull (%rbx), %eax") I("imulq (%rbx), %r9")
    I("imull $77, (%rbx), %eax") I("imulq $-3, (%rbx), %rdx") I("mulb (%rbx)") I("mull (%rbx)")
    I("mulq (%rbx)") I("imulb (%rbx)") I("imulw (%rbx)") I("imulq (%rbx)")
    CONDITION("o") CONDITION("no") CONDITION("b") CONDITION("ae") CONDITION("e") CONDITION("ne")
    CONDITION("be") CONDITION("a") CONDITION("s") CONDITION("ns") CONDITION("p") CONDITION("np")
    CONDITION("l") CONDITION("ge") CONDITION("le") CONDITION("g")
    STRING("movs") STRING("stos") STRING("lods") COMPARE("cmps") COMPARE("scas")
    I("movdqu (%rbx), %xmm3") I("movdqu %xmm9, (%rbx)") I("movdqa (%rbx), %xmm0")
    I("movdqa %xmm1, (%rbx)") I("movups (%rbx), %xmm15") I("movups %xmm2, 4(%rbx)")
    I("movaps (%rbx), %xmm4") I("movaps %xmm5, (%rbx)") I("movupd (%rbx), %xmm6")
    I("movapd %xmm7, (%rbx)") I("lddqu 1(%rbx), %xmm8") I("movntdq %xmm1, (%rbx)")
    I("movntps %xmm1, (%rbx)") I("movd (%rbx), %xmm1") I("movd %xmm1, (%rbx)")
    I("movq (%rbx), %xmm1") I("movq %xmm1, (%rbx)") I("movss (%rbx), %xmm2")
    I("movss %xmm2, (%rbx)") I("movsd (%rbx), %xmm2") I("movsd %xmm2, (%rbx)")
    I("movlps (%rbx), %xmm3") I("movlps %xmm3, (%rbx)") I("movhps (%rbx), %xmm3")
    I("movhps %xmm3, (%rbx)") I("movlpd (%rbx), %xmm3") I("movhpd %xmm3, (%rbx)")
    I("vmovdqu (%rbx), %xmm3") I("vmovdqu (%rbx), %ymm3") I("vmovdqu %ymm12, (%rbx)")
    I("vmovdqu %xmm12, (%rbx)") I("vmovups (%rbx), %ymm1") I("vmovaps %ymm1, (%rbx)")
    I("vmovdqa (%rbx), %ymm11") I("vmovntdq %ymm1, (%rbx)") I("vmovd (%rbx), %xmm1")
    I("vmovq (%rbx), %xmm1") I("vmovq %xmm1, (%rbx)") I("vmovss (%rbx), %xmm2")
    I("vmovsd (%rbx), %xmm2") I("vmovsd %xmm2, (%rbx)") I("vmovlps (%rbx), %xmm4, %xmm5")
    I("vmovhps (%rbx), %xmm4, %xmm5") I("vmovhpd %xmm4, (%rbx)")
    ".pushsection insn_cases, \"aw\"\n.globl insn_cases_end\ninsn_cases_end:\n.popsection\n");
/* clang-format on */

/* ---- the processor ---- */

struct state {
    uint64_t gpr[16];
    uint64_t rflags;
    uint8_t ymm[16][32];
};

void native_run(struct state *state, const void *code);

#define EACH_YMM(op)                                                                               \
    op("0") op("1") op("2") op("3") op("4") op("5") op("6") op("7") op("8") op("9") op("10")       \
        op("11") op("12") op("13") op("14") op("15")
#define LOAD_YMM(n)  "vmovdqu 136+32*" n "(%rdi), %ymm" n "\n"
#define STORE_YMM(n) "vmovdqu %ymm" n ", 136+32*" n "(%rdi)\n"

__asm__(
    ".bss\n.align 8\nnative_state: .quad 0\nnative_code: .quad 0\nnative_rdi: .quad 0\n"
    ".text\nnative_run:\n"
    "push %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\n"
    "mov %rdi, native_state(%rip)\nmov %rsi, native_code(%rip)\n" EACH_YMM(
        LOAD_YMM) "push 128(%rdi)\npopfq\n"
                  "mov 0(%rdi), %rax\nmov 8(%rdi), %rcx\nmov 16(%rdi), %rdx\nmov 24(%rdi), %rbx\n"
                  "mov 40(%rdi), %rbp\nmov 48(%rdi), %rsi\nmov 64(%rdi), %r8\nmov 72(%rdi), %r9\n"
                  "mov 80(%rdi), %r10\nmov 88(%rdi), %r11\nmov 96(%rdi), %r12\nmov 104(%rdi), "
                  "%r13\n"
                  "mov 112(%rdi), %r14\nmov 120(%rdi), %r15\nmov 56(%rdi), %rdi\n"
                  "call *native_code(%rip)\n"
                  "mov %rdi, native_rdi(%rip)\nmov native_state(%rip), %rdi\npushfq\npop "
                  "128(%rdi)\n"
                  "mov %rax, 0(%rdi)\nmov %rcx, 8(%rdi)\nmov %rdx, 16(%rdi)\nmov %rbx, 24(%rdi)\n"
                  "mov %rbp, 40(%rdi)\nmov %rsi, 48(%rdi)\nmov %r8, 64(%rdi)\nmov %r9, 72(%rdi)\n"
                  "mov %r10, 80(%rdi)\nmov %r11, 88(%rdi)\nmov %r12, 96(%rdi)\nmov %r13, "
                  "104(%rdi)\n"
                  "mov %r14, 112(%rdi)\nmov %r15, 120(%rdi)\nmov native_rdi(%rip), %rax\nmov %rax, "
                  "56(%rdi)\n" EACH_YMM(STORE_YMM) "vzeroupper\ncld\n"
                                                   "pop %r15\npop %r14\npop %r13\npop %r12\npop "
                                                   "%rbp\npop %rbx\nret\n");

/* ---- the emulator's machine: registers live in `device`, the rest of memory beside it ---- */

static uint8_t *device, *memory;

static bool owns(void *ctx, uint64_t va, unsigned width)
{
    return va - (uintptr_t)device < ARENA;
}

static bool mem_read(void *ctx, uint64_t va, unsigned width, uint64_t *value)
{
    memcpy(value, (void *)va, width);
    return true;
}

static bool mem_write(void *ctx, uint64_t va, unsigned width, uint64_t value)
{
    memcpy((void *)va, &value, width);
    return true;
}

static void *ram(void *ctx, uint64_t va, unsigned width, bool write)
{
    return va - (uintptr_t)memory <= ARENA - width ? (void *)va : NULL;
}

static const struct insn_bus test_bus = {
    .owns = owns, .mem_read = mem_read, .mem_write = mem_write, .ram = ram};

/* A signal frame's vector state: standard format, ymm at 576. */
static _Alignas(64) uint8_t frame[4096];

static void frame_put(const struct state *s)
{
    struct {
        uint32_t magic, extended_size;
        uint64_t features;
        uint32_t size;
    } sw = {0x46505853, 836, 7, 832};
    uint64_t in_use = 7;
    memset(frame, 0, sizeof frame);
    memcpy(frame + 464, &sw, sizeof sw);
    memcpy(frame + 512, &in_use, 8);
    for (int i = 0; i < 16; i++) {
        memcpy(frame + 160 + 16 * i, s->ymm[i], 16);
        memcpy(frame + 576 + 16 * i, s->ymm[i] + 16, 16);
    }
}

static void frame_get(struct state *s)
{
    for (int i = 0; i < 16; i++) {
        memcpy(s->ymm[i], frame + 160 + 16 * i, 16);
        memcpy(s->ymm[i] + 16, frame + 576 + 16 * i, 16);
    }
}

static uint64_t seed = 1;

static uint64_t random64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void random_bytes(uint8_t *p, size_t n, bool few_values)
{
    for (size_t i = 0; i < n; i++)
        p[i] = few_values ? random64() % 8 == 0 : (uint8_t)random64();
}

static bool begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

#define FLAGS_ARITH 0x8d5u

static void compare(const struct test_case *t)
{
    static uint8_t before[2][ARENA], after[2][ARENA];
    bool string = begins(t->text, "rep") || begins(t->text, "std") ||
                  strstr(t->text, "movs") == t->text || begins(t->text, "stos") ||
                  begins(t->text, "lods") || begins(t->text, "cmps") || begins(t->text, "scas");
    /* `std; rep ...` is there to run backwards: the emulator starts behind the std. */
    bool backwards = begins(t->text, "std");
    bool multiplies = begins(t->text, "mul") || begins(t->text, "imul");
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct state native, mine;
        random_bytes(memory, ARENA, string);
        random_bytes(device, ARENA, string);
        random_bytes((uint8_t *)&native, sizeof native, false);
        native.rflags = (random64() & FLAGS_ARITH) | 0x202;
        native.gpr[INSN_RSP] = 0;
        native.gpr[INSN_RBX] = (uintptr_t)device + MIDDLE;
        native.gpr[9] = (uint64_t)((int64_t)(random64() % 1024) - 512);
        native.gpr[10] = random64() % 8;
        if (string) {
            bool out = round & 1;
            native.gpr[INSN_RSI] = (uintptr_t)(out ? memory : device) + MIDDLE;
            native.gpr[INSN_RDI] = (uintptr_t)(out ? device : memory) + MIDDLE;
            native.gpr[INSN_RCX] = random64() % 10;
            if (strstr(t->text, "stos") || strstr(t->text, "scas"))
                native.gpr[INSN_RDI] = (uintptr_t)device + MIDDLE;
            if (strstr(t->text, "lods"))
                native.gpr[INSN_RSI] = (uintptr_t)device + MIDDLE;
        }
        if (strstr(t->text, "cmpxchg") && round % 2) {
            memcpy(&native.gpr[INSN_RAX], device + MIDDLE, 8);
            memcpy(&native.gpr[INSN_RDX], device + MIDDLE + (strstr(t->text, "8b") ? 4 : 8), 8);
        }
        if (round % 8 == 7)
            memset(device + MIDDLE, 0, 16);
        mine = native;
        memcpy(before[0], memory, ARENA);
        memcpy(before[1], device, ARENA);

        native_run(&native, t->code);

        memcpy(after[0], memory, ARENA);
        memcpy(after[1], device, ARENA);
        memcpy(memory, before[0], ARENA);
        memcpy(device, before[1], ARENA);
        struct insn_regs regs = {.rip = (uintptr_t)t->code + backwards,
                                 .rflags = mine.rflags | (backwards ? 0x400 : 0),
                                 .gs_base = GS_BASE,
                                 .fxsave = frame};
        memcpy(regs.gpr, mine.gpr, sizeof regs.gpr);
        frame_put(&mine);
        char what[100] = "";
        enum insn_result rc = insn_emulate(&regs, &test_bus, what, sizeof what);
        if (rc != INSN_DONE)
            test_fail(__FILE__, __LINE__, "%s: result %d, %s", t->text, rc, what);
        if (*(uint8_t *)regs.rip != (backwards ? 0xfc : 0xc3))
            test_fail(__FILE__, __LINE__, "%s: rip is not behind it", t->text);
        frame_get(&mine);
        mine.rflags = regs.rflags & ~0x400ULL;
        memcpy(mine.gpr, regs.gpr, sizeof regs.gpr);
        uint64_t flags = multiplies ? 0x801 : ~0ULL;
        if ((native.rflags ^ mine.rflags) & flags)
            test_fail(__FILE__, __LINE__, "%s: flags 0x%llx, processor 0x%llx", t->text,
                      (unsigned long long)mine.rflags, (unsigned long long)native.rflags);
        for (int i = 0; i < 16; i++)
            if (native.gpr[i] != mine.gpr[i])
                test_fail(__FILE__, __LINE__, "%s: register %d is 0x%llx, processor 0x%llx",
                          t->text, i, (unsigned long long)mine.gpr[i],
                          (unsigned long long)native.gpr[i]);
        for (int i = 0; i < 16; i++)
            if (memcmp(native.ymm[i], mine.ymm[i], 32))
                test_fail(__FILE__, __LINE__, "%s: ymm%d differs", t->text, i);
        if (memcmp(after[0], memory, ARENA) || memcmp(after[1], device, ARENA))
            test_fail(__FILE__, __LINE__, "%s: memory differs", t->text);
    }
}

static void map_arena(void)
{
    /* In the lower 2 GiB, for instructions with 32-bit addresses. */
    device = mmap(NULL, 2 * ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
                  -1, 0);
    CHECK(device != MAP_FAILED);
    memory = device + ARENA;
}

TEST(emulated_instructions_do_what_the_processor_does, "")
{
    unsigned n = 0;
    if (!__builtin_cpu_supports("avx"))
        SKIP("needs a processor with AVX");
    map_arena();
    CHECK(!syscall(SYS_arch_prctl, ARCH_SET_GS, (unsigned long)GS_BASE));
    for (const struct test_case *t = insn_cases_start; t < insn_cases_end; t++, n++)
        compare(t);
    CHECK(n > 400);
}

/* ---- privileged instructions and refusals: a log of what the bus was asked ---- */

static char bus_log[400];

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    size_t n = strlen(bus_log);
    vsnprintf(bus_log + n, sizeof bus_log - n, fmt, ap);
    va_end(ap);
}

static bool port_read(void *ctx, uint16_t port, unsigned width, uint32_t *value)
{
    note("in %x/%u;", port, width);
    *value = 0x89abcdef;
    return port != 0x999;
}

static bool port_write(void *ctx, uint16_t port, unsigned width, uint32_t value)
{
    note("out %x/%u=%x;", port, width, value);
    return true;
}

static bool cr_read(void *ctx, unsigned cr, uint64_t *value)
{
    note("cr%u;", cr);
    *value = 0x8000000000000009 + cr;
    return cr != 2;
}

static bool cr_write(void *ctx, unsigned cr, uint64_t value)
{
    note("cr%u=%llx;", cr, (unsigned long long)value);
    return true;
}

static bool msr_read(void *ctx, uint32_t msr, uint64_t *value)
{
    note("msr %x;", msr);
    *value = 0x1122334455667788;
    return true;
}

static bool msr_write(void *ctx, uint32_t msr, uint64_t value)
{
    note("msr %x=%llx;", msr, (unsigned long long)value);
    return false;
}

static bool set_if(void *ctx, bool enabled)
{
    note(enabled ? "sti;" : "cli;");
    return true;
}

static bool halt(void *ctx)
{
    note("hlt;");
    return true;
}

static const struct insn_bus full_bus = {.owns = owns,
                                         .mem_read = mem_read,
                                         .mem_write = mem_write,
                                         .ram = ram,
                                         .port_read = port_read,
                                         .port_write = port_write,
                                         .cr_read = cr_read,
                                         .cr_write = cr_write,
                                         .msr_read = msr_read,
                                         .msr_write = msr_write,
                                         .set_if = set_if,
                                         .halt = halt};

static struct insn_regs regs;
static char what[100];

static enum insn_result emulate(const char *bytes, size_t n)
{
    static uint8_t code[64];
    memset(code, 0x90, sizeof code);
    memcpy(code, bytes, n);
    regs.rip = (uintptr_t)code;
    bus_log[0] = what[0] = 0;
    enum insn_result rc = insn_emulate(&regs, &full_bus, what, sizeof what);
    CHECK_EQ(regs.rip, (uintptr_t)code + (rc == INSN_DONE ? n : 0));
    return rc;
}
#define EMULATE(bytes) emulate(bytes, sizeof bytes - 1)

TEST(privileged_instructions_reach_the_bus, "")
{
    map_arena();
    memset(&regs, 0xff, sizeof regs);
    regs.fxsave = NULL;
    regs.rflags = 0x202;
    regs.gpr[INSN_RDX] = 0x11230cf8;
    CHECK_EQ(EMULATE("\xe4\x60"), INSN_DONE); /* in al, 0x60 */
    CHECK_STR(bus_log, "in 60/1;");
    CHECK_EQ(regs.gpr[INSN_RAX], 0xffffffffffffffef);
    CHECK_EQ(EMULATE("\x66\xed"), INSN_DONE); /* in ax, dx */
    CHECK_STR(bus_log, "in cf8/2;");
    CHECK_EQ(regs.gpr[INSN_RAX], 0xffffffffffffcdef);
    CHECK_EQ(EMULATE("\xed"), INSN_DONE); /* in eax, dx */
    CHECK_EQ(regs.gpr[INSN_RAX], 0x89abcdef);
    CHECK_EQ(EMULATE("\xe7\x80"), INSN_DONE); /* out 0x80, eax */
    CHECK_STR(bus_log, "out 80/4=89abcdef;");
    CHECK_EQ(EMULATE("\xee"), INSN_DONE); /* out dx, al */
    CHECK_STR(bus_log, "out cf8/1=ef;");
    CHECK_EQ(EMULATE("\x44\x0f\x20\xc0"), INSN_DONE); /* mov rax, cr8 */
    CHECK_STR(bus_log, "cr8;");
    CHECK_EQ(regs.gpr[INSN_RAX], 0x8000000000000011);
    regs.gpr[8] = 2;
    CHECK_EQ(EMULATE("\x45\x0f\x22\xc0"), INSN_DONE); /* mov cr8, r8 */
    CHECK_STR(bus_log, "cr8=2;");
    CHECK_EQ(EMULATE("\x0f\x20\xd9"), INSN_DONE); /* mov rcx, cr3 */
    CHECK_STR(bus_log, "cr3;");
    CHECK_EQ(EMULATE("\x0f\x06"), INSN_DONE); /* clts */
    CHECK_STR(bus_log, "cr0;cr0=8000000000000001;");
    regs.gpr[INSN_RCX] = 0xc0000101;
    CHECK_EQ(EMULATE("\x0f\x32"), INSN_DONE); /* rdmsr */
    CHECK_STR(bus_log, "msr c0000101;");
    CHECK_EQ(regs.gpr[INSN_RAX], 0x55667788);
    CHECK_EQ(regs.gpr[INSN_RDX], 0x11223344);
    CHECK_EQ(EMULATE("\xfb"), INSN_DONE);
    CHECK_STR(bus_log, "sti;");
    CHECK_EQ(EMULATE("\xfa"), INSN_DONE);
    CHECK_STR(bus_log, "cli;");
    CHECK_EQ(EMULATE("\xf4"), INSN_DONE);
    CHECK_STR(bus_log, "hlt;");
    CHECK_EQ(EMULATE("\x0f\x09"), INSN_DONE); /* wbinvd */
    CHECK_EQ(EMULATE("\x0f\x08"), INSN_DONE); /* invd */
}

TEST(port_strings_transfer_each_element, "")
{
    map_arena();
    memset(&regs, 0, sizeof regs);
    regs.rflags = 0x202;
    regs.gpr[INSN_RDX] = 0x300;
    regs.gpr[INSN_RCX] = 2;
    regs.gpr[INSN_RDI] = regs.gpr[INSN_RSI] = (uintptr_t)memory;
    CHECK_EQ(EMULATE("\xf3\x6d"), INSN_DONE); /* rep insd */
    CHECK_STR(bus_log, "in 300/4;in 300/4;");
    CHECK(!memcmp(memory, "\xef\xcd\xab\x89\xef\xcd\xab\x89", 9));
    CHECK_EQ(regs.gpr[INSN_RDI], (uintptr_t)memory + 8);
    CHECK_EQ(regs.gpr[INSN_RCX], 0);
    regs.gpr[INSN_RCX] = 3;
    CHECK_EQ(EMULATE("\x66\xf3\x6f"), INSN_DONE); /* rep outsw */
    CHECK_STR(bus_log, "out 300/2=cdef;out 300/2=89ab;out 300/2=cdef;");
    CHECK_EQ(regs.gpr[INSN_RSI], (uintptr_t)memory + 6);
}

TEST(a_long_repeat_pauses_and_goes_on, "")
{
    map_arena();
    memset(&regs, 0, sizeof regs);
    regs.rflags = 0x202;
    regs.gpr[INSN_RCX] = 2000;
    regs.gpr[INSN_RDI] = (uintptr_t)device;
    regs.gpr[INSN_RAX] = 0x5a;
    CHECK_EQ(EMULATE("\xf3\xaa"), INSN_AGAIN); /* rep stosb */
    CHECK(regs.gpr[INSN_RCX] > 0 && regs.gpr[INSN_RCX] < 2000);
    CHECK_EQ(EMULATE("\xf3\xaa"), INSN_DONE);
    CHECK_EQ(regs.gpr[INSN_RDI], (uintptr_t)device + 2000);
    for (int i = 0; i < 2000; i++)
        CHECK(device[i] == 0x5a);
    CHECK_EQ(device[2000], 0);
}

TEST(what_cannot_be_emulated_is_named, "")
{
    map_arena();
    memset(&regs, 0, sizeof regs);
    regs.rflags = 0x202;
    regs.gpr[INSN_RBX] = (uintptr_t)device;
    CHECK_EQ(EMULATE("\x0f\x30"), INSN_REFUSED); /* wrmsr, which this bus refuses */
    CHECK_HAS(what, "wrmsr at 0x");
    CHECK_EQ(EMULATE("\x0f\x20\xd0"), INSN_REFUSED); /* mov rax, cr2 */
    CHECK_EQ(EMULATE("\x0f\x21\xc0"), INSN_REFUSED); /* mov rax, dr0: no function for it */
    CHECK_HAS(what, "mov rax, dr0 at 0x");
    CHECK_EQ(EMULATE("\x0f\x01\x13"), INSN_UNSUPPORTED); /* lgdt [rbx] */
    CHECK_HAS(what, "lgdt");
    CHECK_EQ(EMULATE("\xf2\x0f\x58\x03"), INSN_UNSUPPORTED); /* addsd xmm0, [rbx] */
    CHECK_HAS(what, "addsd xmm0, [rbx] at 0x");
    CHECK_EQ(EMULATE("\x0f\x28\x03"), INSN_UNSUPPORTED); /* movaps without vector state */
    CHECK_EQ(EMULATE("\x06"), INSN_UNSUPPORTED);         /* no instruction in 64-bit code */
    CHECK_HAS(what, "? at 0x");
    CHECK_EQ(EMULATE("\xcd\x29"), INSN_INTERRUPT);
    CHECK_EQ(regs.vector, 0x29);
    regs.gpr[INSN_RBX] = (uintptr_t)memory;
    CHECK_EQ(EMULATE("\x89\x03"), INSN_NOT_PRIVILEGED); /* mov [rbx], eax, in memory */
    CHECK_EQ(EMULATE("\x01\xd8"), INSN_NOT_PRIVILEGED); /* add eax, ebx */
    regs.gpr[INSN_RBX] = 0x10;
    CHECK_EQ(EMULATE("\x8b\x43\x08"), INSN_BAD_MEMORY); /* mov eax, [rbx + 8] */
    CHECK_EQ(regs.fault_address, 0x18);
    CHECK_HAS(what, "mov eax, [rbx+0x08] at 0x");
    regs.gpr[INSN_RSI] = (uintptr_t)device;
    regs.gpr[INSN_RDI] = 0x20;
    CHECK_EQ(EMULATE("\xa4"), INSN_BAD_MEMORY); /* movsb from the device to nowhere */
    CHECK_EQ(regs.fault_address, 0x20);
    CHECK_EQ(regs.gpr[INSN_RSI], (uintptr_t)device);
}

TEST(push_and_pop_of_a_register_file_work, "")
{
    map_arena();
    memset(&regs, 0, sizeof regs);
    regs.rflags = 0x202;
    regs.gpr[INSN_RBX] = (uintptr_t)device;
    regs.gpr[INSN_RSP] = (uintptr_t)memory + 64;
    memcpy(device, "12345678", 8);
    CHECK_EQ(EMULATE("\xff\x33"), INSN_DONE); /* push [rbx] */
    CHECK_EQ(regs.gpr[INSN_RSP], (uintptr_t)memory + 56);
    CHECK(!memcmp(memory + 56, "12345678", 8));
    CHECK_EQ(EMULATE("\x8f\x43\x10"), INSN_DONE); /* pop [rbx + 16] */
    CHECK_EQ(regs.gpr[INSN_RSP], (uintptr_t)memory + 64);
    CHECK(!memcmp(device + 16, "12345678", 8));
}

TEST(code_that_changes_is_decoded_again, "")
{
    map_arena();
    memset(&regs, 0, sizeof regs);
    regs.rflags = 0x202;
    regs.gpr[INSN_RBX] = (uintptr_t)device;
    regs.gpr[INSN_RAX] = 7;
    CHECK_EQ(EMULATE("\x89\x03"), INSN_DONE); /* mov [rbx], eax */
    CHECK_EQ(device[0], 7);
    CHECK_EQ(EMULATE("\x01\x03"), INSN_DONE); /* add [rbx], eax, at the same place */
    CHECK_EQ(device[0], 14);
}
