/* SPDX-License-Identifier: MIT */
/* seh_test.c - a driver compiled with __try, run with the smallest possible kernel: thunks that
 * keep the caller's registers on a shadow stack, as nt/entry.S does. */
#include "pe/seh.h"
#include "pe/testimage.h"
#include "nt/export.h"
#include "tests/harness/test.h"
#include <ntstatus.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

/* ---- the kernel ---- */

struct shadow {
    uint64_t rip, rsp, rbx, rbp, rsi, rdi, r12, r13, r14, r15;
};
struct shadow seh_test_shadow[64], *seh_test_top = seh_test_shadow;
void *seh_test_exports[32];
extern char seh_test_thunks[];
#define THUNK_BYTES 16

/* Thunk n: eax = n, then the common part. It moves the return address and the registers to the
 * shadow stack, calls, and returns with them from there. */
__asm__(".text\n.balign 16\nseh_test_thunks:\n"
        ".set n, 0\n.rept 32\n.balign 16\nmov $n, %eax\njmp seh_test_enter\n.set n, n + 1\n.endr\n"
        "seh_test_enter:\n"
        "lea seh_test_exports(%rip), %r10\nmov (%r10,%rax,8), %r11\n"
        "mov seh_test_top(%rip), %r10\npop %rax\n"
        "mov %rax, (%r10)\nmov %rsp, 8(%r10)\nmov %rbx, 16(%r10)\nmov %rbp, 24(%r10)\n"
        "mov %rsi, 32(%r10)\nmov %rdi, 40(%r10)\nmov %r12, 48(%r10)\nmov %r13, 56(%r10)\n"
        "mov %r14, 64(%r10)\nmov %r15, 72(%r10)\n"
        "add $80, %r10\nmov %r10, seh_test_top(%rip)\n"
        "call *%r11\n"
        "mov seh_test_top(%rip), %r10\nsub $80, %r10\nmov %r10, seh_test_top(%rip)\n"
        "push (%r10)\nret\n"
        /* Loads all of a CONTEXT. */
        "seh_test_resume:\n"
        "movups 0x200(%rdi), %xmm6\nmovups 0x210(%rdi), %xmm7\nmovups 0x220(%rdi), %xmm8\n"
        "movups 0x230(%rdi), %xmm9\nmovups 0x290(%rdi), %xmm15\n"
        "mov 0x98(%rdi), %rsp\npush 0xf8(%rdi)\n"
        "mov 0x78(%rdi), %rax\nmov 0x80(%rdi), %rcx\nmov 0x88(%rdi), %rdx\nmov 0x90(%rdi), %rbx\n"
        "mov 0xa0(%rdi), %rbp\nmov 0xa8(%rdi), %rsi\nmov 0xb8(%rdi), %r8\nmov 0xc0(%rdi), %r9\n"
        "mov 0xd8(%rdi), %r12\nmov 0xe0(%rdi), %r13\nmov 0xe8(%rdi), %r14\nmov 0xf0(%rdi), %r15\n"
        "mov 0xb0(%rdi), %rdi\nret\n");
__attribute__((noreturn)) void seh_test_resume(const CONTEXT *context);

static bool caller(CONTEXT *c)
{
    if (seh_test_top == seh_test_shadow)
        return false;
    const struct shadow *s = seh_test_top - 1;
    c->Rip = s->rip, c->Rsp = s->rsp, c->Rbx = s->rbx, c->Rbp = s->rbp, c->Rsi = s->rsi;
    c->Rdi = s->rdi, c->R12 = s->r12, c->R13 = s->r13, c->R14 = s->r14, c->R15 = s->r15;
    return true;
}

__attribute__((noreturn)) static void resume(const CONTEXT *c)
{
    while (seh_test_top > seh_test_shadow && seh_test_top[-1].rsp <= c->Rsp)
        seh_test_top--;
    seh_test_resume(c);
}

static jmp_buf nobody;
static uint32_t unhandled_code;

__attribute__((noreturn)) static void unhandled(EXCEPTION_RECORD *record, CONTEXT *context)
{
    unhandled_code = (uint32_t)record->ExceptionCode;
    longjmp(nobody, 1);
}

static char trace[200];

static void NTAPI TestTrace(int n)
{
    size_t at = strlen(trace);
    snprintf(trace + at, sizeof trace - at, "%s%d", at ? " " : "", n);
}

static void NTAPI TestCallback(void(NTAPI *fn)(void))
{
    fn();
}

static struct testimage_import imports[32];
static unsigned import_count;

static void add_import(const char *name, void *function)
{
    seh_test_exports[import_count] = function;
    imports[import_count].name = name;
    imports[import_count].address = seh_test_thunks + THUNK_BYTES * import_count;
    import_count++;
}

/* The rows that the real loader binds. */
static void add_row(const char *name)
{
    extern const struct nt_export *const __start_nt_exports[], *const __stop_nt_exports[];
    for (const struct nt_export *const *r = __start_nt_exports; r < __stop_nt_exports; r++)
        if (!strcmp((*r)->name, name)) {
            add_import(name, (*r)->entry);
            return;
        }
    test_fail(__FILE__, __LINE__, "no export %s", name);
}

static void on_fault(int sig, siginfo_t *info, void *ucontext)
{
    static __thread CONTEXT c;
    static __thread EXCEPTION_RECORD record;
    const greg_t *g = ((ucontext_t *)ucontext)->uc_mcontext.gregs;
    memset(&c, 0, sizeof c);
    c.Rip = g[REG_RIP], c.Rsp = g[REG_RSP], c.Rbx = g[REG_RBX], c.Rbp = g[REG_RBP];
    c.Rsi = g[REG_RSI], c.Rdi = g[REG_RDI], c.Rax = g[REG_RAX], c.Rcx = g[REG_RCX];
    c.Rdx = g[REG_RDX];
    memcpy(&c.R8, &g[REG_R8], 64);
    record = (EXCEPTION_RECORD){.ExceptionCode = STATUS_ACCESS_VIOLATION,
                                .NumberParameters = 2,
                                .ExceptionAddress = (PVOID)c.Rip,
                                .ExceptionInformation = {0, (ULONG_PTR)info->si_addr}};
    pe_exception(&record, &c);
    unhandled(&record, &c);
}

static struct pe_loaded *driver;

static void load_driver(const char *cflags)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    add_import("TestTrace", TestTrace);
    add_import("TestCallback", TestCallback);
    add_row("ExRaiseStatus");
    add_row("ExRaiseAccessViolation");
    add_row("RtlRaiseException");
    add_row("RtlUnwindEx");
    add_row("_local_unwind");
    add_row("RtlCaptureContext");
    add_row("RtlLookupFunctionEntry");
    add_row("RtlVirtualUnwind");
    add_row("RtlPcToFileHeader");
    add_row("__C_specific_handler");
    testimage_imports = imports;
    pe_seh_host = (struct pe_seh_host){caller, resume, unhandled};
    driver = testimage_load(testimage_build(TESTIMAGE_LLVM, "seh", "seh", cflags, ""));
    CHECK_EQ(driver->missing_count, 0);
    sigaction(SIGSEGV, &sa, NULL);
}

#define UNHANDLED 0xdead

static uint64_t call3(const char *name, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t(NTAPI * fn)(uint64_t, uint64_t, uint64_t) = pe_export_find(driver, name, 0);
    trace[0] = 0;
    unhandled_code = 0;
    seh_test_top = seh_test_shadow;
    CHECK(fn);
    if (setjmp(nobody))
        return UNHANDLED;
    uint64_t result = fn(a, b, c);
    CHECK(seh_test_top == seh_test_shadow);
    return result;
}

static uint64_t call(const char *name)
{
    return call3(name, 0, 0, 0);
}

#define EXPECT(name, value, order)                                                                 \
    do {                                                                                           \
        CHECK_EQ(call(name), value);                                                               \
        CHECK_STR(trace, order);                                                                   \
    } while (0)

static void check_all(void)
{
    EXPECT("Catch", 0xE0000001, "1");
    EXPECT("CatchInSameFunction", 1, "");
    EXPECT("CatchAccessViolation", 0xC0000005, "");
    EXPECT("OuterCatches", 5, "1 2 3");
    EXPECT("Finallys", 6, "9 10 11 12 13 14");
    CHECK_EQ(call3("Locals", 10, 20, 30), 11 + 60 + 150 + (10 ^ 20 ^ 30));
    EXPECT("NestedInFilter", 0xE0000002, "20 20 25 22 21 24");
    EXPECT("CatchInsideFilter", 0xE0000001, "30");
    EXPECT("RaiseInFinally", 0xE0000002, "40 41 43");
    EXPECT("CatchInsideFinally", 0xE0000001, "50 51 52");
    EXPECT("RaiseInExceptBlock", 0xE0000002, "60 61");
    EXPECT("ContinueExecution", 8, "80 81");
    EXPECT("Fault", 2, "");
    EXPECT("RepairedFault", 100, "");
    EXPECT("CallbackCatches", 0xE0000002, "92 93");
    EXPECT("Registers", 1234, "");
    EXPECT("UnwindTo", 2, "95");
    EXPECT("LocalUnwind", 2, "96");
    CHECK_EQ(call3("LeaveAndReturn", 0, 0, 0), 0);
    CHECK_STR(trace, "70 71 70 71 70 71");
    CHECK_EQ(call3("LeaveAndReturn", 1, 0, 0), 1);
    CHECK_STR(trace, "71 71 71");
    CHECK_EQ(call3("LeaveAndReturn", 2, 0, 0), 2);
    CHECK_STR(trace, "71 71 71");
}

TEST(try_except_finally_work_unoptimised, "")
{
    load_driver("-O0");
    check_all();
}

TEST(try_except_finally_work_optimised, "")
{
    load_driver("-O2");
    check_all();
    EXPECT("Catch", 0xE0000001, "1"); /* and nothing was left behind */
}

TEST(an_exception_that_nobody_wants_is_reported, "")
{
    load_driver("-O1");
    EXPECT("Unhandled", UNHANDLED, "");
    CHECK_EQ(unhandled_code, 0xE0000001);
    EXPECT("AcrossHost", UNHANDLED, "");
    CHECK_EQ(unhandled_code, 0xE0000001);
    EXPECT("NestedWithoutEnd", UNHANDLED, "");
    CHECK_EQ(unhandled_code, 0xE0000002);
    EXPECT("NotContinuable", UNHANDLED, "");
    CHECK_EQ(unhandled_code, 0xC0000025);
}

TEST(a_driver_walks_its_own_stack, "")
{
    load_driver("-O1 -fno-optimize-sibling-calls");
    CHECK_EQ(call("Walk"), 1103);
}
