/* SPDX-License-Identifier: MIT */
/* guarded.c - a load configuration as Microsoft's and LLVM's linkers write it: security cookie, and
 * the two control-flow-guard pointers, through which DriverEntry makes its calls. */
typedef unsigned long long u64;

u64 __security_cookie = 0x00002B992DDFA232;
static void nothing(void)
{
}
void (*const volatile __guard_check_icall_fptr)(void) = nothing;
void (*const volatile __guard_dispatch_icall_fptr)(void) = nothing;
extern void *__guard_fids_table[];
extern char __guard_fids_count, __guard_flags;

struct {
    unsigned size, timestamp, version, unused[3];
    u64 unused2[6];
    unsigned unused3[4];
    u64 *cookie;
    u64 seh[2];
    const volatile void *check, *dispatch;
    void *table, *count;
    unsigned flags;
} const _load_config_used = {
    .size = 0x94,
    .cookie = &__security_cookie,
    .check = &__guard_check_icall_fptr,
    .dispatch = &__guard_dispatch_icall_fptr,
    .table = __guard_fids_table,
    .count = &__guard_fids_count,
    .flags = 0x100,
};

static long target(void)
{
    return 0x1234;
}

long DriverEntry(void *driver, void *path)
{
    long result;
    (void)driver;
    (void)path;
    /* The sequences that the compiler makes for an indirect call under /guard:cf. */
    __asm__ volatile("movq %1, %%rcx\n\tsubq $40, %%rsp\n\tcallq *%2\n\taddq $40, %%rsp"
                     : "=a"(result)
                     : "r"(target), "r"(__guard_check_icall_fptr)
                     : "rcx", "r10", "r11", "memory");
    __asm__ volatile("subq $40, %%rsp\n\tcallq *%2\n\taddq $40, %%rsp"
                     : "=a"(result)
                     : "0"(target), "r"(__guard_dispatch_icall_fptr)
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory");
    return __security_cookie == 0x00002B992DDFA232 ? 1 : result;
}
