/* SPDX-License-Identifier: MIT */
/* symbols_test.c - addresses of real drivers, with debug information, without, and without the
 * tool. */
#include "pe/symbols.h"
#include "pe/testimage.h"
#include "pe/unwind.h"
#include "tests/harness/test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char text[1200];

static uint64_t address_of(const struct pe_loaded *l, const char *name)
{
    void *at = pe_export_find(l, name, 0);
    CHECK(at);
    return (uintptr_t)at;
}

static void need_symbolizer(void)
{
    if (system("command -v llvm-symbolizer >/dev/null"))
        SKIP("needs llvm-symbolizer");
}

TEST(dwarf_gives_function_file_and_line, "")
{
    need_symbolizer();
    struct pe_loaded *l =
        testimage_load(testimage_build(TESTIMAGE_GNU, "frames", "frames", "", ""));
    uint64_t at = address_of(l, "Frames");
    CHECK_HAS(pe_symbol(at, text, sizeof text), "frames!Frames+0x0 (frames.c:");
    CHECK_HAS(pe_symbol(at + 9, text, sizeof text), "frames!Frames+0x9 (frames.c:");
    /* A static function, which only debug information names. */
    uint64_t pcs[] = {at + 9, 0x1234, at};
    char *stack = pe_symbolise(pcs, 3);
    CHECK_HAS(stack, "frames!Frames+0x9 (frames.c:");
    CHECK_HAS(stack, ")\n0x1234\nframes!Frames+0x0 (");
    bool found = false;
    for (size_t i = 0; i < l->image->function_count; i++)
        found |= strstr(pe_symbol((uintptr_t)l->base + l->image->functions[i].begin_rva, text,
                                  sizeof text),
                        "frames!saves+0x0 (frames.c:") != NULL;
    CHECK(found);
    pe_symbols_close();
    CHECK_HAS(pe_symbol(at + 1, text, sizeof text), "frames!Frames+0x1 (frames.c:");
}

TEST(a_pdb_gives_function_file_and_line, "")
{
    need_symbolizer();
    const char *path = testimage_build(TESTIMAGE_LLVM, "frames", "frames", "", "");
    struct pe_loaded *l = testimage_load(path);
    CHECK_HAS(pe_symbol(address_of(l, "Frames") + 4, text, sizeof text),
              "frames!Frames+0x4 (frames.c:");
    bool found = false;
    for (size_t i = 0; i < l->image->function_count; i++)
        found |= strstr(pe_symbol((uintptr_t)l->base + l->image->functions[i].begin_rva, text,
                                  sizeof text),
                        "frames!saves+0x0 (frames.c:") != NULL;
    CHECK(found);
}

TEST(without_debug_information_exports_and_pdata_name_functions, "")
{
    need_symbolizer();
    const char *path = testimage_build(TESTIMAGE_GNU, "frames", "frames", "-g0", "-Wl,-s");
    struct pe_loaded *l = testimage_load(path);
    uint64_t entry = address_of(l, "DriverEntry");
    CHECK_STR(pe_symbol(entry + 1, text, sizeof text), "frames!DriverEntry+0x1");
    unsigned unnamed = 0;
    for (size_t i = 0; i < l->image->function_count; i++) {
        char want[100];
        uint32_t rva = l->image->functions[i].begin_rva;
        pe_symbol((uintptr_t)l->base + rva + 1, text, sizeof text);
        snprintf(want, sizeof want, "frames!fn_%x+0x1", rva);
        unnamed += !strcmp(text, want);
        CHECK(!strcmp(text, want) || strstr(text, "!Frames+0x1") ||
              strstr(text, "!DriverEntry+0x1"));
    }
    CHECK(unnamed > 3);
    CHECK_STR(pe_symbol((uintptr_t)l->base + 0x10, text, sizeof text), "frames+0x10");
}

TEST(without_the_tool_names_come_from_tables, "")
{
    pe_symbols_program("/nonexistent/symbolizer");
    struct pe_loaded *l =
        testimage_load(testimage_build(TESTIMAGE_GNU, "frames", "frames", "", ""));
    CHECK_STR(pe_symbol(address_of(l, "Frames") + 2, text, sizeof text), "frames!Frames+0x2");
}

TEST(a_tool_that_dies_or_babbles_does_no_harm, "")
{
    struct pe_loaded *l =
        testimage_load(testimage_build(TESTIMAGE_GNU, "frames", "frames", "", ""));
    char script[200];
    snprintf(script, sizeof script, "%s/babble", testimage_folder());
    int fd = open(script, O_WRONLY | O_CREAT, 0755);
    const char body[] = "#!/bin/sh\nread line\necho 'not json'\nexit 0\n";
    CHECK(write(fd, body, sizeof body - 1) == sizeof body - 1);
    close(fd);
    pe_symbols_program(script);
    uint64_t at = address_of(l, "Frames");
    CHECK_STR(pe_symbol(at + 2, text, sizeof text), "frames!Frames+0x2"); /* babble */
    CHECK_STR(pe_symbol(at + 3, text, sizeof text), "frames!Frames+0x3"); /* dead */
    CHECK_STR(pe_symbol(at + 4, text, sizeof text), "frames!Frames+0x4");
}
