/* SPDX-License-Identifier: MIT */
/* nt_test.h - tests that need a machine.
 *
 *     TEST_NT(a_dpc_runs_at_dispatch_level, "R-083") { CHECK(...); }
 *
 * registers two tests, NAME_live and NAME_seed: the body runs as an NT thread at PASSIVE_LEVEL on processor 0
 * of a machine with NT_TEST_CPUS processors, once in each scheduler. A bug check fails the test;
 * TEST_NT_BUGCHECK(name, reqs, code, p1) passes only if the body ends in that bug check. */
#pragma once
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/machine.h"
#include "nt/report.h"
#include "tests/harness/test.h"
#include <sys/mman.h>

#ifndef NT_TEST_CPUS
#define NT_TEST_CPUS 2
#endif

static inline void nt_test_run(void (*body)(void *), bool deterministic, bool expect, uint32_t code, uint64_t p1)
{
    struct machine_config config = {.cpus = NT_TEST_CPUS, .deterministic = deterministic, .seed = 1};
    if (machine_init(&config))
        test_fail(__FILE__, __LINE__, "machine_init failed");
    enum machine_end end = machine_run(body, NULL);
    const struct bugcheck_record *b = report_bugcheck();
    if (end == MACHINE_DEADLOCK)
        test_fail(__FILE__, __LINE__, "the machine came to rest: everybody waits");
    if (!expect && b)
        test_fail(__FILE__, __LINE__, "bug check 0x%X (0x%llx): %s", b->code, (unsigned long long)b->parameter[0],
                  b->text);
    if (expect && !b)
        test_fail(__FILE__, __LINE__, "no bug check, expected 0x%X", code);
    if (expect && (b->code != code || b->parameter[0] != p1))
        test_fail(__FILE__, __LINE__, "bug check 0x%X/0x%llx, expected 0x%X/0x%llx: %s", b->code,
                  (unsigned long long)b->parameter[0], code, (unsigned long long)p1, b->text);
}

#define NT_TEST_BOTH(label, reqs, expect, code, p1)                                                \
    static void nt_test_##label(void *nt_test_ctx);                                                \
    TEST(label##_live, reqs) { nt_test_run(nt_test_##label, false, expect, code, p1); }            \
    TEST(label##_seed, reqs) { nt_test_run(nt_test_##label, true, expect, code, p1); }             \
    static void nt_test_##label(void *nt_test_ctx)

#define TEST_NT(label, reqs)                        NT_TEST_BOTH(label, reqs, false, 0, 0)
#define TEST_NT_BUGCHECK(label, reqs, code, p1)     NT_TEST_BOTH(label, reqs, true, code, p1)

/* A driver that is a few bytes of machine code (ms_abi): to be called with DRIVER_CALL. */
static inline void *nt_test_driver(const void *code, size_t len)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, code, len);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
    driver_code_add(page, len);
    return page;
}

/* What a driver reaches by importing `name`, without its thunk. */
static inline void *nt_test_export(const char *name)
{
    const struct nt_export *row = nt_export_find("ntoskrnl.exe", name);
    if (!row)
        test_fail(__FILE__, __LINE__, "no export %s", name);
    return row->entry;
}

/* How many violations of `rule` have been recorded. */
static inline unsigned nt_test_violations(const char *rule)
{
    const struct violation_record *v;
    size_t n = report_violations(&v);
    unsigned count = 0;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(v[i].rule, rule))
            count += v[i].count;
    return count;
}
