/* SPDX-License-Identifier: MIT */
/* format.h - how a PE32+ image looks in the file: layouts and constants only.
 *
 * Source: Microsoft, "PE Format" (Win32 documentation) and "x64 exception handling" (MSVC
 * documentation). Own names, so that the parser builds without any Windows header and a fuzzer can
 * run it alone. All fields are little endian; an "rva" is an offset from the image's base. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define PE_LAYOUT(T, n) _Static_assert(sizeof(struct T) == (n), #T ": size")

#define PE_DOS_MAGIC 0x5a4d     /* "MZ" */
#define PE_SIGNATURE 0x00004550 /* "PE\0\0" */

struct pe_dos_header {
    uint16_t magic;
    uint16_t unused[29];
    uint32_t pe_offset;
};
PE_LAYOUT(pe_dos_header, 64);

#define PE_MACHINE_I386  0x014c
#define PE_MACHINE_ARM   0x01c4
#define PE_MACHINE_IA64  0x0200
#define PE_MACHINE_AMD64 0x8664
#define PE_MACHINE_ARM64 0xaa64

#define PE_FILE_RELOCS_STRIPPED 0x0001
#define PE_FILE_EXECUTABLE      0x0002
#define PE_FILE_DLL             0x2000

struct pe_file_header {
    uint16_t machine;
    uint16_t section_count;
    uint32_t timestamp;
    uint32_t symbol_table;
    uint32_t symbol_count;
    uint16_t optional_size;
    uint16_t characteristics;
};
PE_LAYOUT(pe_file_header, 20);

struct pe_directory {
    uint32_t rva;
    uint32_t size;
};

enum pe_directory_index {
    PE_DIR_EXPORT,
    PE_DIR_IMPORT,
    PE_DIR_RESOURCE,
    PE_DIR_EXCEPTION,
    PE_DIR_SECURITY, /* its "rva" is a file offset */
    PE_DIR_RELOC,
    PE_DIR_DEBUG,
    PE_DIR_ARCHITECTURE,
    PE_DIR_GLOBAL_PTR,
    PE_DIR_TLS,
    PE_DIR_LOAD_CONFIG,
    PE_DIR_BOUND_IMPORT,
    PE_DIR_IAT,
    PE_DIR_DELAY_IMPORT,
    PE_DIR_CLR,
    PE_DIR_RESERVED,
    PE_DIR_COUNT
};

#define PE_MAGIC_32     0x010b
#define PE_MAGIC_32PLUS 0x020b

#define PE_SUBSYSTEM_NATIVE 1

#define PE_DLL_HIGH_ENTROPY    0x0020
#define PE_DLL_DYNAMIC_BASE    0x0040
#define PE_DLL_FORCE_INTEGRITY 0x0080
#define PE_DLL_NX_COMPAT       0x0100
#define PE_DLL_GUARD_CF        0x4000

struct pe_optional_header {
    uint16_t magic;
    uint8_t linker_major;
    uint8_t linker_minor;
    uint32_t code_size;
    uint32_t data_size;
    uint32_t bss_size;
    uint32_t entry_rva;
    uint32_t code_base;
    uint64_t image_base;
    uint32_t section_alignment;
    uint32_t file_alignment;
    uint16_t os_major;
    uint16_t os_minor;
    uint16_t image_major;
    uint16_t image_minor;
    uint16_t subsystem_major;
    uint16_t subsystem_minor;
    uint32_t win32_version;
    uint32_t image_size;
    uint32_t headers_size;
    uint32_t checksum;
    uint16_t subsystem;
    uint16_t dll_characteristics;
    uint64_t stack_reserve;
    uint64_t stack_commit;
    uint64_t heap_reserve;
    uint64_t heap_commit;
    uint32_t loader_flags;
    uint32_t directory_count;
    /* directory_count times struct pe_directory */
};
PE_LAYOUT(pe_optional_header, 112);

#define PE_SECTION_CODE          0x00000020
#define PE_SECTION_UNINITIALIZED 0x00000080
#define PE_SECTION_DISCARDABLE   0x02000000
#define PE_SECTION_NOT_PAGED     0x08000000
#define PE_SECTION_EXECUTE       0x20000000
#define PE_SECTION_READ          0x40000000
#define PE_SECTION_WRITE         0x80000000

struct pe_section_header {
    char name[8]; /* no NUL at full length; "/123" is an offset into the string table */
    uint32_t virtual_size;
    uint32_t rva;
    uint32_t raw_size;
    uint32_t raw_offset;
    uint32_t reloc_offset;
    uint32_t line_offset;
    uint16_t reloc_count;
    uint16_t line_count;
    uint32_t flags;
};
PE_LAYOUT(pe_section_header, 40);

#define PE_SYMBOL_SIZE 18 /* a COFF symbol; the string table follows the last one */

struct pe_import_descriptor {
    uint32_t lookup_rva; /* 0 with some old linkers: then the IAT holds the names */
    uint32_t timestamp;
    uint32_t forwarder_chain;
    uint32_t module_rva;
    uint32_t iat_rva;
};
PE_LAYOUT(pe_import_descriptor, 20);

struct pe_delay_descriptor {
    uint32_t attributes; /* bit 0: the fields below are rvas, not addresses */
    uint32_t module_rva;
    uint32_t handle_rva;
    uint32_t iat_rva;
    uint32_t lookup_rva;
    uint32_t bound_rva;
    uint32_t unload_rva;
    uint32_t timestamp;
};
PE_LAYOUT(pe_delay_descriptor, 32);

#define PE_IMPORT_BY_ORDINAL (1ULL << 63)

struct pe_export_directory {
    uint32_t flags;
    uint32_t timestamp;
    uint16_t major;
    uint16_t minor;
    uint32_t module_rva;
    uint32_t ordinal_base;
    uint32_t function_count;
    uint32_t name_count;
    uint32_t functions_rva; /* uint32_t[function_count]; inside the directory: a forwarder string */
    uint32_t names_rva;     /* uint32_t[name_count] */
    uint32_t ordinals_rva;  /* uint16_t[name_count] */
};
PE_LAYOUT(pe_export_directory, 40);

struct pe_reloc_block {
    uint32_t page_rva;
    uint32_t block_size; /* with this header; then uint16_t: type in the top 4 bits, offset below */
};
PE_LAYOUT(pe_reloc_block, 8);

enum pe_reloc_type {
    PE_RELOC_ABSOLUTE = 0, /* padding */
    PE_RELOC_HIGHLOW = 3,
    PE_RELOC_DIR64 = 10,
};

struct pe_debug_directory {
    uint32_t flags;
    uint32_t timestamp;
    uint16_t major;
    uint16_t minor;
    uint32_t type;
    uint32_t size;
    uint32_t rva; /* 0 when the data is not part of a section */
    uint32_t file_offset;
};
PE_LAYOUT(pe_debug_directory, 28);

#define PE_DEBUG_CODEVIEW 2
#define PE_DEBUG_REPRO    16

#define PE_CODEVIEW_RSDS 0x53445352

struct pe_codeview {
    uint32_t signature;
    uint8_t guid[16];
    uint32_t age;
    /* the path of the PDB, NUL-terminated */
};
PE_LAYOUT(pe_codeview, 24);

/* IMAGE_LOAD_CONFIG_DIRECTORY64 up to the last field used here. Its own `size` says how much of it
 * a linker wrote. Pointers are addresses (image_base + rva). */
struct pe_load_config {
    uint32_t size;
    uint32_t timestamp;
    uint16_t major;
    uint16_t minor;
    uint32_t unused1[3];
    uint64_t unused2[6];
    uint32_t unused3[4];
    uint64_t security_cookie;
    uint64_t seh_table;
    uint64_t seh_count;
    uint64_t guard_check;    /* address of a pointer to the check function */
    uint64_t guard_dispatch; /* address of a pointer to the dispatch function */
    uint64_t guard_table;
    uint64_t guard_count;
    uint32_t guard_flags;
    uint16_t code_integrity[6];
    uint64_t guard_iat_table;
    uint64_t guard_iat_count;
    uint64_t guard_longjmp_table;
    uint64_t guard_longjmp_count;
    uint64_t dynamic_relocs;
    uint64_t chpe_metadata;
    uint64_t guard_rf_failure;
    uint64_t guard_rf_failure_pointer;
    uint32_t dynamic_relocs_offset;
    uint16_t dynamic_relocs_section;
    uint16_t reserved2;
    uint64_t guard_rf_verify_pointer;
    uint32_t hotpatch_offset;
    uint32_t reserved3;
    uint64_t enclave;
    uint64_t volatile_metadata;
    uint64_t guard_eh_table;
    uint64_t guard_eh_count;
    uint64_t guard_xfg_check;
    uint64_t guard_xfg_dispatch;
    uint64_t guard_xfg_table_dispatch;
    uint64_t cast_guard;
};
_Static_assert(offsetof(struct pe_load_config, security_cookie) == 0x58, "load config: cookie");
_Static_assert(offsetof(struct pe_load_config, guard_check) == 0x70, "load config: guard check");
_Static_assert(offsetof(struct pe_load_config, guard_flags) == 0x90, "load config: guard flags");
_Static_assert(offsetof(struct pe_load_config, guard_xfg_check) == 0x118, "load config: xfg check");

#define PE_GUARD_CF_INSTRUMENTED 0x00000100

/* One entry of the exception directory (.pdata). An odd unwind_rva points (less 1) to another
 * entry. */
struct pe_runtime_function {
    uint32_t begin_rva;
    uint32_t end_rva;
    uint32_t unwind_rva;
};
PE_LAYOUT(pe_runtime_function, 12);

struct pe_unwind_info {
    uint8_t version_flags; /* version in bits 0-2, flags above */
    uint8_t prolog_size;
    uint8_t code_count;
    uint8_t frame; /* register in bits 0-3, offset / 16 above */
    /* uint16_t codes[code_count], padded to an even count; then the handler's rva, or the chained
     * struct pe_runtime_function */
};
PE_LAYOUT(pe_unwind_info, 4);
