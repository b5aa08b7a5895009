/* SPDX-License-Identifier: MIT */
/* load_test.c - loaded images run; imports, relocations, protections, cookie and guard pointers. */
#include "pe/load.h"
#include "pe/testimage.h"
#include "tests/harness/test.h"
#include <sys/mman.h>

#define MS_ABI __attribute__((ms_abi))

static MS_ABI unsigned test_add(unsigned a, unsigned b)
{
    return a + b;
}

static MS_ABI unsigned test_by_ordinal(unsigned a)
{
    return a + 1000;
}

static unsigned test_variable = 5;

static const struct testimage_import imports[] = {{"TestAdd", 0, test_add},
                                                  {NULL, 77, test_by_ordinal},
                                                  {"TestVariable", 0, &test_variable},
                                                  {0}};

static void check_tiny_runs(enum testimage_tool tool)
{
    testimage_imports = imports;
    struct pe_loaded *l = testimage_load(testimage_build(tool, "tiny", "tiny", "", ""));
    CHECK_STR(l->name, "tiny.sys");
    CHECK_EQ(l->missing_count, 0);
    CHECK_STR(l->wx_sections, "");
    MS_ABI int (*entry)(void *, void *) = l->entry;
    int first = 42 + 1001 + 5 + 7 + 't';
    CHECK_EQ(entry(NULL, NULL), first);
    CHECK_EQ(entry(NULL, NULL), first + 42 + 1001 + 5);
    CHECK(pe_export_find(l, "DriverEntry", 0) == l->entry);
    CHECK(pe_export_find(l, NULL, 20) == pe_export_find(l, "TinyDouble", 0));
    CHECK(pe_export_find(l, "TinyForward", 0) == test_add);
    CHECK(!pe_export_find(l, "TinyNobody", 0));
    CHECK(pe_image_by_address((uintptr_t)l->entry) == l);
    CHECK(pe_image_by_address((uintptr_t)l->base + l->size) == NULL);
    CHECK(pe_image_by_name("TINY.SYS") == l);
    uintptr_t entry_at = (uintptr_t)l->entry;
    pe_unload(l);
    CHECK(!pe_image_by_address(entry_at));
    CHECK(!pe_image_by_name("tiny.sys"));
}

TEST(a_loaded_gnu_image_runs, "")
{
    check_tiny_runs(TESTIMAGE_GNU);
}

TEST(a_loaded_lld_image_runs, "")
{
    check_tiny_runs(TESTIMAGE_LLVM);
}

TEST(all_missing_imports_are_listed, "")
{
    testimage_imports = imports;
    struct pe_loaded *l =
        testimage_load(testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "-DWITH_MISSING", ""));
    CHECK_EQ(l->missing_count, 2);
    CHECK_STR(l->missing[0]->module, "testkrnl.exe");
    bool order = !strcmp(l->missing[0]->name, "TestNobodyHasThis");
    CHECK_STR(l->missing[!order]->name, "TestNobodyHasThis");
    CHECK_STR(l->missing[order]->name, "TestNorThis");
}

TEST(an_image_imports_from_a_loaded_image, "")
{
    testimage_imports = imports;
    /* An image of the name that tiny.sys imports from; it exports TestAdd itself. */
    const char *kernel = testimage_build(TESTIMAGE_GNU, "exporter", "exporter", "", "");
    char err[200];
    struct pe_loaded *exporter = NULL;
    CHECK(!pe_load(testimage_open(kernel), "/x/TESTKRNL.EXE", &testimage_loader, 1, &exporter, err,
                   sizeof err));
    struct pe_loaded *l = testimage_load(testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "", ""));
    MS_ABI unsigned (*twice)(unsigned) = pe_export_find(l, "TinyDouble", 0);
    CHECK_EQ(twice(4), 4 + 4 + 100000);
    CHECK(pe_export_find(l, "TinyForward", 0) == pe_export_find(exporter, "TestAdd", 0));
    struct pe_image *again = testimage_open(l->path);
    struct pe_loaded *second = NULL;
    CHECK(pe_load(again, l->path, &testimage_loader, 1, &second, err, sizeof err) < 0);
    CHECK_STR(err, "pe: an image named tiny.sys is already loaded");
}

/* The permission letters of the mapping that holds an address, from /proc/self/maps. */
static const char *permissions(const void *at)
{
    static char perm[5];
    char line[512];
    unsigned long lo, hi;
    FILE *f = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%lx-%lx %4s", &lo, &hi, perm) == 3 && (uintptr_t)at - lo < hi - lo) {
            fclose(f);
            return perm;
        }
    fclose(f);
    return "none";
}

TEST(no_page_is_writable_and_executable, "")
{
    testimage_imports = imports;
    const char *path = testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "", "");
    size_t size;
    unsigned char *bytes = testimage_read(path, &size);
    struct pe_file_header *coff = (void *)(bytes + ((struct pe_dos_header *)bytes)->pe_offset + 4);
    struct pe_section_header *s = (void *)((char *)(coff + 1) + coff->optional_size);
    s[0].flags |= PE_SECTION_WRITE;
    char err[200];
    struct pe_image *im = NULL;
    struct pe_loaded *l = NULL;
    CHECK(!pe_image_parse(bytes, size, &im, err, sizeof err));
    CHECK(!pe_load(im, path, &testimage_loader, 1, &l, err, sizeof err));
    CHECK_STR(l->wx_sections, ".text");
    CHECK_STR(permissions(l->base), "r--p");
    for (size_t i = 0; i < im->section_count; i++) {
        const struct pe_section *sec = &im->sections[i];
        const char *want = sec->flags & PE_SECTION_EXECUTE ? "r-xp"
                           : sec->flags & PE_SECTION_WRITE ? "rw-p"
                                                           : "r--p";
        CHECK_STR(permissions(l->base + sec->rva), want);
    }
}

TEST(a_page_shared_by_code_and_data_is_refused, "")
{
    testimage_imports = imports;
    const char *path = testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "",
                                       "-Wl,--section-alignment,0x200 -Wl,--file-alignment,0x200");
    char err[300];
    struct pe_loaded *l = NULL;
    CHECK(pe_load(testimage_open(path), path, &testimage_loader, 1, &l, err, sizeof err) < 0);
    CHECK_HAS(err, "pe: page 0x");
    CHECK_HAS(err, "would be writable and executable");
    CHECK_HAS(err, "(it is 0x200)");
}

TEST(an_image_without_relocations_is_refused, "")
{
    const char *path = testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "", "");
    struct pe_image *im = testimage_open(path);
    char err[300];
    struct pe_loaded *l = NULL;
    im->characteristics |= PE_FILE_RELOCS_STRIPPED;
    CHECK(pe_load(im, path, &testimage_loader, 1, &l, err, sizeof err) < 0);
    CHECK_HAS(err, "can only run at 0x140000000");
}

TEST(the_security_cookie_and_guard_pointers_are_set, "")
{
    const char *path = testimage_build(TESTIMAGE_LLVM, "guarded", "guarded", "", "/guard:cf");
    char err[300];
    uint64_t cookies[3];
    for (int i = 0; i < 3; i++) {
        struct pe_image *im = testimage_open(path);
        CHECK(im->cookie_rva && im->guard_check_rva && im->guard_dispatch_rva);
        CHECK(im->guard_flags & PE_GUARD_CF_INSTRUMENTED);
        struct pe_loaded *l = NULL;
        CHECK(!pe_load(im, path, &testimage_loader, i == 2 ? 1 : (uint64_t)i, &l, err, sizeof err));
        memcpy(&cookies[i], l->base + im->cookie_rva, 8);
        MS_ABI long (*entry)(void *, void *) = l->entry;
        CHECK_EQ(entry(NULL, NULL), 0x1234);
        pe_unload(l);
    }
    CHECK(cookies[0] != cookies[1]);
    CHECK_EQ(cookies[1], cookies[2]);
    CHECK(cookies[0] != 0x00002B992DDFA232 && cookies[0] >> 48 == 0);
}

TEST(delayed_imports_are_bound_at_once, "")
{
    testimage_imports = imports;
    struct pe_loaded *l = testimage_load(
        testimage_build(TESTIMAGE_LLVM, "delayed", "delayed", "", "/delayload:testkrnl.exe"));
    CHECK_EQ(l->image->import_count, 1);
    CHECK(l->image->imports[0].delayed);
    CHECK_STR(l->image->imports[0].module, "testkrnl.exe");
    CHECK_EQ(l->missing_count, 0);
    MS_ABI int (*entry)(void *, void *) = l->entry;
    CHECK_EQ(entry(NULL, NULL), 7);
}
