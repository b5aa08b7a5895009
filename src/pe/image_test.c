/* SPDX-License-Identifier: MIT */
/* image_test.c - what the parser says about real images, and about broken ones. */
#include "pe/image.h"
#include "pe/testimage.h"
#include "tests/harness/test.h"

static const struct pe_import *import_named(const struct pe_image *im, const char *name)
{
    for (size_t i = 0; i < im->import_count; i++)
        if (im->imports[i].name && !strcmp(im->imports[i].name, name))
            return &im->imports[i];
    return NULL;
}

static void check_tiny(struct pe_image *im)
{
    CHECK_EQ(im->machine, PE_MACHINE_AMD64);
    CHECK_EQ(im->subsystem, PE_SUBSYSTEM_NATIVE);
    CHECK_EQ(im->preferred_base, 0x140000000);
    CHECK(im->entry_rva);
    CHECK(im->section_count >= 3);
    CHECK_STR(pe_image_section(im, im->entry_rva)->name, ".text");
    const struct pe_import *add = import_named(im, "TestAdd");
    CHECK(add);
    CHECK_STR(add->module, "testkrnl.exe");
    CHECK(!add->delayed);
    size_t by_ordinal = 0;
    for (size_t i = 0; i < im->import_count; i++)
        if (!im->imports[i].name) {
            CHECK_EQ(im->imports[i].ordinal, 77);
            by_ordinal++;
        }
    CHECK_EQ(by_ordinal, 1);
    CHECK_STR(im->export_module, "tiny.sys");
    const struct pe_export *entry = pe_image_export(im, "DriverEntry", 0);
    CHECK(entry);
    CHECK_EQ(entry->rva, im->entry_rva);
    CHECK(pe_image_export(im, NULL, 20));
    CHECK(!pe_image_export(im, NULL, 20)->name);
    CHECK_STR(pe_image_export(im, "TinyForward", 0)->forwarder, "testkrnl.TestAdd");
    CHECK(!pe_image_export(im, "TinyNobody", 0));
    CHECK(im->reloc_count >= 4);
    CHECK(im->function_count >= 1);
    CHECK(im->functions_sorted);
    CHECK(!im->has_tls);
    CHECK(!im->has_signature);
}

TEST(an_image_of_gnu_ld_is_described, "")
{
    struct pe_image *im = testimage_open(testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "", ""));
    check_tiny(im);
    CHECK_EQ(im->toolchain, PE_TOOLCHAIN_GNU);
    CHECK_HAS(im->compiler, "GCC: (");
    CHECK_HAS(im->compiler, "GNU ld 2.");
    CHECK_EQ(im->checksum, im->checksum_computed);
    bool long_name = false;
    for (size_t i = 0; i < im->section_count; i++)
        long_name |= !strcmp(im->sections[i].name, ".debug_info");
    CHECK(long_name);
    pe_image_close(im);
}

TEST(an_image_of_lld_is_described, "")
{
    struct pe_image *im = testimage_open(testimage_build(TESTIMAGE_LLVM, "tiny", "tiny", "", ""));
    check_tiny(im);
    CHECK_EQ(im->toolchain, PE_TOOLCHAIN_LLD);
    CHECK_HAS(im->compiler, "lld");
    CHECK_STR(im->pdb_path + strlen(im->pdb_path) - 8, "tiny.pdb");
    CHECK_EQ(im->pdb_age, 1);
    pe_image_close(im);
}

TEST(module_names_compare_without_case_and_folder, "")
{
    CHECK(pe_same_module("NTOSKRNL.exe", "ntoskrnl.EXE"));
    CHECK(pe_same_module("\\SystemRoot\\Drivers\\A.SYS", "a.sys"));
    CHECK(!pe_same_module("a.sys", "a.sy"));
    CHECK(!pe_same_module("a.sy", "a.sys"));
}

static const char *error_of(const void *bytes, size_t size)
{
    static char err[400];
    struct pe_image *im = NULL;
    err[0] = 0;
    if (!pe_image_parse(bytes, size, &im, err, sizeof err)) {
        pe_image_close(im);
        return "accepted";
    }
    CHECK(!im);
    return err;
}

static unsigned char *tiny;
static size_t tiny_size;
static struct pe_optional_header *opt;
static struct pe_file_header *coff;
static struct pe_section_header *sections;
static struct pe_directory *dirs;

static void read_tiny(void)
{
    tiny = testimage_read(testimage_build(TESTIMAGE_GNU, "tiny", "tiny", "", ""), &tiny_size);
    coff = (void *)(tiny + ((struct pe_dos_header *)tiny)->pe_offset + 4);
    opt = (void *)(coff + 1);
    dirs = (void *)(opt + 1);
    sections = (void *)((char *)opt + coff->optional_size);
}

/* Sets a field, looks at the error, and puts the old value back. */
#define WITH(field, value, message)                                                                \
    do {                                                                                           \
        __typeof__(field) old = field;                                                             \
        field = value;                                                                             \
        CHECK_HAS(error_of(tiny, tiny_size), message);                                             \
        field = old;                                                                               \
    } while (0)

TEST(a_malformed_header_gets_one_error_with_values, "")
{
    read_tiny();
    CHECK_STR(error_of(tiny, tiny_size), "accepted");
    CHECK_STR(error_of("MZ", 2), "pe: file has 0x2 bytes, too short for an image");
    CHECK_HAS(
        error_of("\177ELF567890123456789012345678901234567890123456789012345678901234567", 64),
        "no MZ signature: starts with 7f 45");
    WITH(((struct pe_dos_header *)tiny)->pe_offset, 0xfffffff0,
         "PE header at 0xfffffff0, file has");
    WITH(coff->machine, PE_MACHINE_I386, "machine 0x14c is x86 (32-bit); only x86-64");
    WITH(coff->machine, PE_MACHINE_ARM64, "machine 0xaa64 is ARM64");
    WITH(coff->optional_size, 20, "optional header has 0x14 bytes");
    WITH(coff->characteristics, 0, "not linked");
    WITH(coff->section_count, 0, "0 sections");
    WITH(coff->section_count, 0xffff, "section table ends at");
    WITH(opt->magic, PE_MAGIC_32, "magic is 0x10b");
    WITH(opt->subsystem, 3, "subsystem is 3; a driver has 1 (native)");
    WITH(opt->directory_count, 0x10000000, "data directories need 0x80000000 bytes");
    WITH(opt->section_alignment, 0x1001, "section alignment 0x1001");
    WITH(opt->image_size, 0xfffff000, "image size 0xfffff000");
    WITH(opt->headers_size, 0xfffff000, "headers end at 0xfffff000");
    WITH(opt->entry_rva, 0xfffff000, "entry point 0xfffff000 lies outside");
    WITH(opt->entry_rva, 0x10, "entry point 0x10 lies in no section");
    WITH(opt->image_base, 0x140000001, "image base 0x140000001");
}

TEST(a_malformed_section_gets_one_error_with_values, "")
{
    char want[100];
    read_tiny();
    snprintf(want, sizeof want, "pe: section .text ends at 0x%x, file has 0x%zx bytes",
             0x4000000 + sections[0].raw_size, tiny_size);
    WITH(sections[0].raw_offset, 0x4000000, want);
    WITH(sections[0].raw_size, 0xffffffff, "section .text ends at");
    WITH(sections[1].rva, 0x1800, "alignment is 0x1000");
    WITH(sections[1].rva, sections[0].rva, "what precedes it ends at");
    WITH(sections[0].virtual_size, 0xffffffff, "section .text ends at rva 0x100000fff");
    /* Cut off anywhere: an error or, behind the last section, an image; never anything else. */
    for (size_t n = 0; n < tiny_size; n += 61)
        error_of(tiny, n);
}

static unsigned char *at_rva(unsigned rva)
{
    for (unsigned i = 0; i < coff->section_count; i++)
        if (rva - sections[i].rva < sections[i].raw_size)
            return tiny + sections[i].raw_offset + (rva - sections[i].rva);
    return NULL;
}

TEST(a_malformed_table_gets_one_error_with_values, "")
{
    read_tiny();
    WITH(dirs[PE_DIR_IMPORT].rva, opt->image_size - 8, "import table at rva");
    WITH(dirs[PE_DIR_EXPORT].rva, 0xffffff00, "export table at rva 0xffffff00");
    WITH(dirs[PE_DIR_EXPORT].size, 8, "export table has 0x8 bytes");
    WITH(dirs[PE_DIR_RELOC].size, 0x7fffffff, "relocation table at rva");
    WITH(dirs[PE_DIR_EXCEPTION].size, 0x7fffffff, "exception table at rva");
    struct pe_reloc_block *block = (void *)at_rva(dirs[PE_DIR_RELOC].rva);
    WITH(block->block_size, 0x7ffffffe, "relocation block at rva");
    WITH(block->block_size, 4, "relocation block at rva");
    WITH(block->page_rva, 0xfffff000, "relocation at rva 0xfffff");
    unsigned short *reloc = (void *)(block + 1);
    WITH(*reloc, 0x5000, "relocation type 5 at rva");
    struct pe_import_descriptor *imp = (void *)at_rva(dirs[PE_DIR_IMPORT].rva);
    WITH(imp->module_rva, 0xfffff000, "no module name at rva 0xfffff000");
    WITH(imp->lookup_rva, opt->image_size - 4, "import list of testkrnl.exe");
    WITH(imp->iat_rva, opt->image_size - 4, "import address table of testkrnl.exe");
    struct pe_export_directory *exp = (void *)at_rva(dirs[PE_DIR_EXPORT].rva);
    WITH(exp->name_count, 0x10000000, "export table has");
    WITH(exp->names_rva, 0xfffff000, "export arrays at rva");
    WITH(((unsigned *)at_rva(exp->functions_rva))[0], 0x7fffffff, "is at rva 0x7fffffff");
    struct pe_runtime_function *fn = (void *)at_rva(dirs[PE_DIR_EXCEPTION].rva);
    WITH(fn->end_rva, 0, "exception table entry 0");
    WITH(fn->unwind_rva, 0xfffffffc, "unwind data 0xfffffffc");
}

TEST(a_missing_file_is_named, "")
{
    char err[200];
    struct pe_image *im = NULL;
    CHECK(pe_image_open("/nonexistent/x.sys", &im, err, sizeof err) < 0);
    CHECK_STR(err, "/nonexistent/x.sys: No such file or directory");
    CHECK(pe_image_open("/dev/null", &im, err, sizeof err) < 0);
    CHECK_HAS(err, "not a regular file");
}
