/* SPDX-License-Identifier: MIT */
/* callstack_test.c - whom a report names when the driver's function is on no stack any more. */
#include "nt/irql.h"
#include "nt/nt_test.h"

/* A driver's function that ends with a jump to an export: mov rax, export; jmp rax. */
static void *jumps_to(const char *export)
{
    uint8_t code[] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
    void *thunk = nt_export_bind(nt_export_find("ntoskrnl.exe", export));
    memcpy(code + 2, &thunk, 8);
    return nt_test_driver(code, sizeof code);
}

/* The newest violation's stack is this function, and nothing else. */
static void check_blamed(const void *function)
{
    const struct violation_record *v;
    size_t n = report_violations(&v);
    char expected[32];
    snprintf(expected, sizeof expected, "0x%llx", (unsigned long long)(uintptr_t)function);
    CHECK(n > 0);
    CHECK_STR(v[n - 1].stack, expected);
}

TEST_NT(a_function_that_jumps_to_an_export_is_named, "")
{
    void *function = jumps_to("KeStallExecutionProcessor");
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    DRIVER_CALL(function, 2000);
    check_blamed(function);
    function = jumps_to("KeStallExecutionProcessor");
    DRIVER_CALL(function, 2000, 2, 3, 4, 5);
    check_blamed(function);
    function = jumps_to("KeStallExecutionProcessor");
    DRIVER_CALL(function, 2000, 2, 3, 4, 5, 6);
    check_blamed(function);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-103"), 3);
}
