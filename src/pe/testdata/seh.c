/* SPDX-License-Identifier: MIT */
/* seh.c - structured exception handling as the compiler makes it: each exported function returns a
 * value that shows which blocks ran; TestTrace() records their order. */
#define EXPORT   __declspec(dllexport)
#define IMPORT   __declspec(dllimport)
#define NOINLINE __attribute__((noinline))
typedef unsigned long long u64;

#define STATUS_A 0xE0000001u
#define STATUS_B 0xE0000002u

struct record {
    unsigned code, flags;
    struct record *chained;
    void *address;
    unsigned parameters;
    u64 information[15];
};
struct pointers {
    struct record *record;
    unsigned char *context;
};
#define CONTEXT_RAX(c) (*(u64 *)((c) + 0x78))
#define CONTEXT_RIP(c) (*(u64 *)((c) + 0xf8))

IMPORT void TestTrace(int n);
IMPORT void TestCallback(void (*fn)(void));
IMPORT void ExRaiseStatus(unsigned status);
IMPORT void ExRaiseAccessViolation(void);
IMPORT void RtlRaiseException(struct record *record);
IMPORT void RtlUnwindEx(void *frame, void *ip, void *record, void *value, void *context,
                        void *history);
IMPORT void RtlCaptureContext(void *context);
IMPORT void *RtlLookupFunctionEntry(u64 pc, u64 *base, void *history);
IMPORT void *RtlVirtualUnwind(unsigned type, u64 base, u64 pc, void *entry, void *context,
                              void **data, u64 *frame, void *pointers);
IMPORT void *RtlPcToFileHeader(void *pc, void **base);

/* Keeps each raise in a frame of its own. */
NOINLINE static void raise(unsigned status)
{
    ExRaiseStatus(status);
    TestTrace(-1);
}

EXPORT u64 Catch(void)
{
    __try {
        raise(STATUS_A);
    } __except (1) {
        TestTrace(1);
        return _exception_code();
    }
    return 0;
}

EXPORT u64 CatchInSameFunction(void)
{
    __try {
        ExRaiseStatus(STATUS_A);
    } __except (_exception_code() == STATUS_A) {
        return 1;
    }
    return 0;
}

EXPORT u64 CatchAccessViolation(void)
{
    __try {
        ExRaiseAccessViolation();
    } __except (1) {
        return _exception_code();
    }
    return 0;
}

static int trace_filter(int n, int answer)
{
    TestTrace(n);
    return answer;
}

NOINLINE static void inner_refuses(void)
{
    __try {
        raise(STATUS_A);
    } __except (trace_filter(1, 0)) {
        TestTrace(-2);
    }
    TestTrace(-3);
}

EXPORT u64 OuterCatches(void)
{
    __try {
        inner_refuses();
    } __except (trace_filter(2, 1)) {
        TestTrace(3);
        return 5;
    }
    return 0;
}

NOINLINE static void two_finallys(void)
{
    __try {
        __try {
            raise(STATUS_A);
        } __finally {
            TestTrace(_abnormal_termination() ? 10 : -10);
        }
    } __finally {
        TestTrace(_abnormal_termination() ? 11 : -11);
    }
}

EXPORT u64 Finallys(void)
{
    __try {
        two_finallys();
    } __except (trace_filter(9, 1)) {
        TestTrace(12);
    }
    __try {
        TestTrace(13);
    } __finally {
        TestTrace(_abnormal_termination() ? -14 : 14);
    }
    return 6;
}

/* The locals of the function are what they were when the exception happened. */
EXPORT u64 Locals(u64 a, u64 b, u64 c)
{
    volatile u64 x = a;
    u64 y = b * 3, z = c * 5, w = a ^ b ^ c;
    __try {
        x = a + 1;
        raise(STATUS_A);
        x = 0;
    } __except (1) {
        return x + y + z + w;
    }
    return 0;
}

static int filter_raises(unsigned code)
{
    TestTrace(20);
    if (code == STATUS_A)
        raise(STATUS_B);
    TestTrace(25);
    return 0;
}

NOINLINE static void raises_in_filter(void)
{
    __try {
        __try {
            raise(STATUS_A);
        } __finally {
            TestTrace(21);
        }
    } __except (filter_raises(_exception_code())) {
        TestTrace(-21);
    }
}

/* The exception of the filter is dispatched through the frames of the first one, whose filter is
 * asked again. */
EXPORT u64 NestedInFilter(void)
{
    __try {
        raises_in_filter();
    } __except (
        trace_filter(_exception_code() == STATUS_B ? 22 : 23, _exception_code() == STATUS_B)) {
        TestTrace(24);
        return _exception_code();
    }
    return 0;
}

static int filter_raises_for_ever(void)
{
    raise(STATUS_B);
    return 1;
}

EXPORT u64 NestedWithoutEnd(void)
{
    __try {
        raise(STATUS_A);
    } __except (filter_raises_for_ever()) {
        TestTrace(-26);
    }
    return 0;
}

static int filter_catches_its_own(void)
{
    __try {
        raise(STATUS_B);
    } __except (1) {
        TestTrace(30);
    }
    return 1;
}

EXPORT u64 CatchInsideFilter(void)
{
    __try {
        raise(STATUS_A);
    } __except (filter_catches_its_own()) {
        return _exception_code();
    }
    return 0;
}

NOINLINE static void raises_in_finally(void)
{
    __try {
        __try {
            raise(STATUS_A);
        } __finally {
            TestTrace(40);
            raise(STATUS_B);
        }
    } __finally {
        TestTrace(41);
    }
}

/* A collided unwind: the first exception is forgotten, no __finally runs twice. */
EXPORT u64 RaiseInFinally(void)
{
    __try {
        __try {
            raises_in_finally();
        } __except (_exception_code() == STATUS_A) {
            TestTrace(-42);
        }
    } __except (_exception_code() == STATUS_B) {
        TestTrace(43);
        return _exception_code();
    }
    return 0;
}

NOINLINE static void catches_in_finally(void)
{
    __try {
        raise(STATUS_A);
    } __finally {
        __try {
            raise(STATUS_B);
        } __except (1) {
            TestTrace(50);
        }
        TestTrace(51);
    }
}

EXPORT u64 CatchInsideFinally(void)
{
    __try {
        catches_in_finally();
    } __except (1) {
        TestTrace(52);
        return _exception_code();
    }
    return 0;
}

EXPORT u64 RaiseInExceptBlock(void)
{
    __try {
        __try {
            raise(STATUS_A);
        } __except (1) {
            TestTrace(60);
            raise(STATUS_B);
        }
    } __except (1) {
        TestTrace(61);
        return _exception_code();
    }
    return 0;
}

EXPORT u64 LeaveAndReturn(u64 n)
{
    for (int i = 0; i < 3; i++) {
        __try {
            if (n == 1)
                __leave;
            if (n == 2)
                continue;
            TestTrace(70);
        } __finally {
            TestTrace(71);
        }
    }
    return n;
}

static int continue_filter(struct pointers *p)
{
    TestTrace(80);
    return p->record->code == STATUS_A && p->record->information[0] == 123 ? -1 : 0;
}

EXPORT u64 ContinueExecution(void)
{
    struct record record = {.code = STATUS_A, .parameters = 1, .information = {123}};
    __try {
        RtlRaiseException(&record);
        TestTrace(81);
    } __except (continue_filter((struct pointers *)_exception_info())) {
        TestTrace(-81);
    }
    return 8;
}

static u64 *volatile nowhere = (u64 *)0x10;

NOINLINE static u64 load(volatile u64 *p)
{
    return *p;
}

EXPORT u64 Fault(void)
{
    __try {
        return load(nowhere);
    } __except (_exception_code() == 0xC0000005 ? 1 : 0) {
        return ((struct pointers *)0 == 0) + 1;
    }
}

/* The filter repairs the fault: it skips the load and supplies its value. */
static int repair(struct pointers *p)
{
    if (p->record->information[1] != 0x10)
        return 0;
    CONTEXT_RIP(p->context) += 3; /* mov rax, [rcx] */
    CONTEXT_RAX(p->context) = 99;
    return -1;
}

EXPORT u64 RepairedFault(void)
{
    u64 x;
    __try {
        x = load(nowhere);
    } __except (repair((struct pointers *)_exception_info())) {
        return 0;
    }
    return x + 1;
}

static void callback_raises(void)
{
    __try {
        raise(STATUS_A);
    } __finally {
        TestTrace(-90);
    }
}

/* The exception stays inside the callback: no handler there, nobody handles it. */
EXPORT u64 AcrossHost(void)
{
    __try {
        TestCallback(callback_raises);
    } __except (1) {
        TestTrace(-91);
    }
    return 0;
}

static void callback_catches(void)
{
    __try {
        raise(STATUS_A);
    } __except (1) {
        TestTrace(92);
    }
}

EXPORT u64 CallbackCatches(void)
{
    __try {
        TestCallback(callback_catches);
        raise(STATUS_B);
    } __except (1) {
        TestTrace(93);
        return _exception_code();
    }
    return 0;
}

EXPORT u64 Unhandled(void)
{
    raise(STATUS_A);
    return 0;
}

EXPORT u64 NotContinuable(void)
{
    __try {
        raise(STATUS_A);
    } __except (-1) {
        TestTrace(-94);
    }
    return 0;
}

/* Non-volatile registers that a frame between raise and handler changed. */
NOINLINE static void clobber_and_raise(void)
{
    __asm__ volatile(
        "movq %0, %%xmm6\n\tmovq %0, %%xmm9\n\tmov %0, %%r12\n\tmov %0, %%rdi" ::"r"(5ULL)
        : "xmm6", "xmm9", "r12", "rdi");
    raise(STATUS_A);
}

NOINLINE static void catch_clobbering(void)
{
    __try {
        clobber_and_raise();
    } __except (1) {
    }
}

EXPORT u64 Registers(void)
{
    volatile u64 values[5];
    values[0] = 1000;
    values[1] = 200;
    values[2] = 30;
    values[3] = 4;
    values[4] = (u64)catch_clobbering;
    __asm__ volatile("movq (%%rbx), %%xmm6\n\tmovq 8(%%rbx), %%xmm9\n\t"
                     "mov 16(%%rbx), %%r12\n\tmov 24(%%rbx), %%rdi\n\t"
                     "subq $32, %%rsp\n\tcallq *32(%%rbx)\n\taddq $32, %%rsp\n\t"
                     "movq %%xmm6, (%%rbx)\n\tmovq %%xmm9, 8(%%rbx)\n\t"
                     "mov %%r12, 16(%%rbx)\n\tmov %%rdi, 24(%%rbx)" ::"b"(values)
                     : "r12", "rdi", "xmm6", "xmm9", "rax", "rcx", "rdx", "r8", "r9", "r10", "r11",
                       "memory");
    return values[0] + values[1] + values[2] + values[3];
}

static _Alignas(16) unsigned char context[0x4d0];

/* Walks its own stack as a profiler would; returns the number of frames in this image. */
NOINLINE static u64 walk(void)
{
    u64 frames = 0, base, frame;
    void *data, *header;
    RtlCaptureContext(context);
    while (CONTEXT_RIP(context)) {
        void *entry = RtlLookupFunctionEntry(CONTEXT_RIP(context), &base, 0);
        if (!RtlPcToFileHeader((void *)CONTEXT_RIP(context), &header))
            break;
        if (header != (void *)base)
            return 0;
        RtlVirtualUnwind(0, base, CONTEXT_RIP(context), entry, context, &data, &frame, 0);
        frames++;
    }
    return frames;
}

NOINLINE static u64 walk1(void)
{
    return walk() + 100;
}

EXPORT u64 Walk(void)
{
    return walk1() + 1000;
}

static u64 target_frame, target_ip;

NOINLINE static void unwinds(void)
{
    __try {
        RtlUnwindEx((void *)target_frame, (void *)target_ip, 0, (void *)77, context, 0);
    } __finally {
        TestTrace(95);
    }
}

/* Unwinds to the second return of a function that captured its context. */
EXPORT u64 UnwindTo(void)
{
    u64 base;
    void *data;
    volatile u64 passes = 0;
    RtlCaptureContext(context);
    if (passes++ == 0) {
        void *entry;
        target_ip = CONTEXT_RIP(context);
        entry = RtlLookupFunctionEntry(target_ip, &base, 0);
        RtlVirtualUnwind(0, base, target_ip, entry, context, &data, &target_frame, 0);
        unwinds();
        TestTrace(-95);
    }
    return passes;
}

IMPORT void _local_unwind(void *frame, void *ip);

NOINLINE static void unwinds_locally(void)
{
    __try {
        _local_unwind((void *)target_frame, (void *)target_ip);
    } __finally {
        TestTrace(96);
    }
}

EXPORT u64 LocalUnwind(void)
{
    u64 base;
    void *data;
    volatile u64 passes = 0;
    RtlCaptureContext(context);
    if (passes++ == 0) {
        void *entry;
        target_ip = CONTEXT_RIP(context);
        entry = RtlLookupFunctionEntry(target_ip, &base, 0);
        RtlVirtualUnwind(0, base, target_ip, entry, context, &data, &target_frame, 0);
        unwinds_locally();
        TestTrace(-96);
    }
    return passes;
}

EXPORT long DriverEntry(void *driver, void *path)
{
    (void)driver;
    (void)path;
    return 0;
}
