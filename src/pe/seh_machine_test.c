/* SPDX-License-Identifier: MIT */
/* seh_machine_test.c - the same driver as in seh_test.c, on the real kernel: its thunks, its fault
 * handlers, its bug check. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/nt_test.h"
#include "pe/emulate.h"
#include "pe/seh.h"
#include "pe/testimage.h"

static char trace[200];

static void NTAPI test_trace(int n)
{
    size_t at = strlen(trace);
    snprintf(trace + at, sizeof trace - at, "%s%d", at ? " " : "", n);
}

static void NTAPI test_callback(void *fn)
{
    DRIVER_CALL(fn);
}

static struct pe_loaded *driver;

static void load_driver(void)
{
    static const char *const names[] = {"ExRaiseStatus",     "ExRaiseAccessViolation",
                                        "RtlRaiseException", "RtlUnwindEx",
                                        "_local_unwind",     "RtlCaptureContext",
                                        "RtlVirtualUnwind",  "RtlLookupFunctionEntry",
                                        "RtlPcToFileHeader", "__C_specific_handler"};
    static struct testimage_import imports[16] = {{"TestTrace", 0, test_trace},
                                                  {"TestCallback", 0, test_callback}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        imports[i + 2] = (struct testimage_import){
            names[i], 0, nt_export_bind(nt_export_find("NTOSKRNL.EXE", names[i]))};
    testimage_imports = imports;
    driver = testimage_load(testimage_build(TESTIMAGE_LLVM, "seh", "seh", "-O2", ""));
    CHECK_EQ(driver->missing_count, 0);
    const struct pe_section *text = pe_image_section(driver->image, driver->image->entry_rva);
    driver_code_add(driver->base + text->rva, text->size);
    pe_attach();
}

static uint64_t call(const char *name)
{
    trace[0] = 0;
    return DRIVER_CALL(pe_export_find(driver, name, 0), 10, 20, 30);
}

#define EXPECT(name, value, order)                                                                 \
    do {                                                                                           \
        CHECK_EQ(call(name), value);                                                               \
        CHECK_STR(trace, order);                                                                   \
    } while (0)

static void handled(void *ctx)
{
    for (int i = 0; i < 3; i++) {
        EXPECT("Catch", 0xE0000001, "1");
        EXPECT("CatchAccessViolation", 0xC0000005, "");
        EXPECT("OuterCatches", 5, "1 2 3");
        EXPECT("Finallys", 6, "9 10 11 12 13 14");
        EXPECT("Locals", 11 + 60 + 150 + (10 ^ 20 ^ 30), "");
        EXPECT("NestedInFilter", 0xE0000002, "20 20 25 22 21 24");
        EXPECT("CatchInsideFilter", 0xE0000001, "30");
        EXPECT("RaiseInFinally", 0xE0000002, "40 41 43");
        EXPECT("CatchInsideFinally", 0xE0000001, "50 51 52");
        EXPECT("ContinueExecution", 8, "80 81");
        EXPECT("Fault", 2, "");
        EXPECT("RepairedFault", 100, "");
        EXPECT("CallbackCatches", 0xE0000002, "92 93");
        EXPECT("Registers", 1234, "");
        EXPECT("UnwindTo", 2, "95");
        EXPECT("LocalUnwind", 2, "96");
        CHECK(!nt_export_current());
    }
}

static void unhandled(void *ctx)
{
    call("Unhandled");
}

static void across_host(void *ctx)
{
    call("AcrossHost");
}

TEST(a_driver_handles_exceptions_on_the_machine_live, "")
{
    load_driver();
    nt_test_run(handled, false, false, 0, 0);
}

TEST(a_driver_handles_exceptions_on_the_machine_seed, "")
{
    load_driver();
    nt_test_run(handled, true, false, 0, 0);
}

TEST(an_unhandled_exception_is_a_bug_check_with_the_drivers_stack, "")
{
    load_driver();
    nt_test_run(unhandled, false, true, 0x1E, 0xE0000001);
    CHECK_HAS(report_bugcheck()->text, "raised exception 0xe0000001");
    CHECK_HAS(report_bugcheck()->stack, "seh!raise+0x");
    CHECK_HAS(report_bugcheck()->stack, "\nseh!Unhandled+0x");
}

TEST(an_exception_does_not_cross_an_export, "")
{
    load_driver();
    nt_test_run(across_host, true, true, 0x1E, 0xE0000001);
}
