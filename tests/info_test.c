/* SPDX-License-Identifier: MIT */
/* info_test.c - dirql info: what a .sys file is. */
#include "pe/testimage.h"
#include "tests/run.h"

static const char *import_state(const struct run *r, const char *module, const char *name)
{
    for (size_t m = 0; m < run_count(r, "imports"); m++) {
        if (strcasecmp(run_string(r, run_text_of("imports.%zu.module", m)), module))
            continue;
        const char *functions = run_text_of("imports.%zu.functions", m);
        for (size_t i = 0; i < run_count(r, functions); i++)
            if (!strcmp(run_string(r, run_text_of("%s.%zu.name", functions, i)), name))
                return json_is_true(run_at(r, run_text_of("%s.%zu.have", functions, i)))
                           ? "have"
                           : "missing";
    }
    return "none";
}

TEST(info_describes_our_driver, "")
{
    const char *path = run_driver("e1000e.sys");
    struct run *r = DIRQL("info", path, "--json");
    CHECK_STATUS(r, 0);
    CHECK_STR(run_string(r, "file"), path);
    CHECK_STR(run_string(r, "machine"), "x86-64");
    CHECK_HAS(run_string(r, "compiler"), "GCC");
    CHECK_STR(run_string(r, "ndis"), "6.x");
    CHECK_STR(run_string(r, "ndis_least"), "6.20");
    CHECK_STR(run_string(r, "interrupt.connect"), "NdisMRegisterInterruptEx");
    CHECK(json_is_true(run_at(r, "interrupt.line")) &&
          json_is_true(run_at(r, "interrupt.message")));
    CHECK(json_is_true(run_at(r, "checksum.ok")));
    CHECK(json_is_null(run_at(r, "pdb")));
    CHECK(json_is_false(run_at(r, "signature")));
    CHECK_EQ(run_number(r, "missing"), 0);
    CHECK_STR(import_state(r, "ndis.sys", "NdisMRegisterInterruptEx"), "have");
    CHECK_STR(run_string(r, "sections.0.name"), ".text");
    CHECK_STR(run_string(r, "sections.0.access"), "r-x");
    CHECK_EQ(run_count(r, "exports"), 0);

    r = DIRQL("info", path);
    CHECK_STATUS(r, 0);
    CHECK_STR(r->err, "");
    CHECK_HAS(r->out, "NDIS           6.x (NdisMRegisterMiniportDriver)");
    CHECK_HAS(r->out, "    have    NdisMRegisterInterruptEx\n");
    CHECK_HAS(r->out, "misses 0\n");
    CHECK(!strstr(r->out, "MISSING"));
}

/* A copy of faulty.sys in which the name of one import is another. */
static const char *without(const char *import, const char *instead)
{
    size_t size;
    char *bytes = run_read(run_driver("faulty.sys"), &size), *at = bytes;
    size_t n = strlen(import), found = 0;
    CHECK(n == strlen(instead));
    while ((at = memmem(at, size - (size_t)(at - bytes), import, n + 1))) {
        memcpy(at, instead, n);
        found++;
    }
    CHECK(found);
    const char *path = run_file("patched.sys");
    run_write(path, bytes, size);
    return path;
}

TEST(info_marks_imports_that_nobody_has, "")
{
    const char *path = without("KeQueryTimeIncrement", "KeQueryTimeExcrement");
    struct run *r = DIRQL("info", path, "--json");
    CHECK_STATUS(r, 0);
    CHECK_EQ(run_number(r, "missing"), 1);
    CHECK_STR(import_state(r, "ntoskrnl.exe", "KeQueryTimeExcrement"), "missing");
    CHECK_STR(import_state(r, "ntoskrnl.exe", "KeSetEvent"), "have");
    CHECK(json_is_false(run_at(r, "checksum.ok"))); /* the file was changed */
    r = DIRQL("info", path);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "MISSING KeQueryTimeExcrement\n");
    CHECK_HAS(r->out, ", wrong: the file's is 0x");
    CHECK_HAS(r->out, "misses 1\n");
}

TEST(info_describes_an_image_of_lld_with_a_pdb, "")
{
    const char *path = testimage_build(TESTIMAGE_LLVM, "tiny", "tiny", "", "");
    struct run *r = DIRQL("info", path, "--json");
    CHECK_STATUS(r, 0);
    CHECK_HAS(run_string(r, "compiler"), "LLVM lld");
    CHECK_HAS(run_string(r, "pdb.path"), "tiny.pdb");
    CHECK_EQ(strlen(run_string(r, "pdb.guid")), 38);
    CHECK(json_is_null(run_at(r, "ndis"))); /* it is no miniport */
    CHECK(json_is_null(run_at(r, "interrupt.connect")));
    CHECK(run_number(r, "missing") > 0);
    CHECK_STR(import_state(r, "testkrnl.exe", "#77"), "missing");
    CHECK(run_count(r, "exports") > 0);
    r = DIRQL("info", path);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "no miniport");
    CHECK_HAS(r->out, "MISSING #77\n");
}

TEST(info_refuses_what_is_no_driver, "")
{
    static const char text[] = "This is not a driver.\n";
    const char *path = run_file("text.sys");
    run_write(path, text, sizeof text - 1);
    struct run *r = DIRQL("info", path);
    CHECK_STATUS(r, 2);
    CHECK_STR(r->out, "");
    CHECK_HAS(r->err, "text.sys: pe: ");
    CHECK_STR(strchr(r->err, '\n'), "\n");
    CHECK_STATUS(DIRQL("info", run_binary()), 2); /* ELF */
    CHECK_STATUS(DIRQL("info", run_driver("e1000e.inf")), 2);
    CHECK_STATUS(DIRQL("info", testimage_folder()), 2);
}
