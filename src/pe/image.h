/* SPDX-License-Identifier: MIT */
/* image.h - a driver's .sys file, checked and described, before anything of it runs.
 *
 * pe_image_parse() takes the bytes of a PE32+ x86-64 native image of any linker, checks every rva,
 * offset and count that the rest of dirql relies on, and lays the sections out at their rvas in
 * `flat`, unrelocated. What it returns is immutable; every pointer and rva in it lies inside
 * [flat, flat + size) and every string is NUL-terminated there.
 *
 * A malformed image gets one error that carries the values, such as
 *     pe: section .text ends at 0x5200, file has 0x4e00 bytes
 * Threads: any; an image may be read by many. Memory: all of it belongs to the image. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pe/format.h"

#define PE_PAGE_SIZE      0x1000u
#define PE_IMAGE_MAX_SIZE (256u << 20) /* of the file and of the mapped image */

struct pe_section {
    char name[64]; /* unprintable bytes are '?' */
    uint32_t rva;
    uint32_t size; /* in memory */
    uint32_t raw_offset;
    uint32_t raw_size; /* in the file; the rest of `size` is zero */
    uint32_t flags;    /* PE_SECTION_* */
};

struct pe_import {
    const char *module; /* as the file spells it */
    const char *name;   /* NULL: by ordinal */
    uint16_t ordinal;
    uint32_t slot_rva; /* the 8 bytes in the import address table */
    bool delayed;
};

struct pe_export {
    const char *name; /* NULL: by ordinal only */
    uint32_t ordinal;
    uint32_t rva;
    const char *forwarder; /* "MODULE.name" or "MODULE.#ordinal", then rva means nothing */
};

enum pe_toolchain { PE_TOOLCHAIN_UNKNOWN, PE_TOOLCHAIN_MSVC, PE_TOOLCHAIN_LLD, PE_TOOLCHAIN_GNU };

struct pe_image {
    uint8_t *flat;
    uint32_t size;         /* of the mapped image, a multiple of the page size */
    uint32_t headers_size; /* bytes of headers at flat[0] */
    uint32_t file_size;
    uint64_t preferred_base;
    uint32_t entry_rva; /* 0: none */
    uint16_t machine;
    uint16_t subsystem;
    uint16_t characteristics;     /* PE_FILE_* */
    uint16_t dll_characteristics; /* PE_DLL_* */
    uint16_t linker_major, linker_minor;
    uint16_t os_major, os_minor;               /* lowest Windows version, as the linker was told */
    uint16_t subsystem_major, subsystem_minor; /* likewise */
    uint16_t image_major, image_minor;
    uint32_t timestamp; /* seconds since 1970, or a hash if `reproducible` */
    uint32_t checksum;
    uint32_t checksum_computed; /* Windows wants a driver's to be right */
    uint32_t section_alignment;
    struct pe_directory dir[PE_DIR_COUNT];

    struct pe_section *sections;
    size_t section_count;
    struct pe_import *imports; /* in file order */
    size_t import_count;
    const char *export_module; /* its own name in the export directory, or NULL */
    struct pe_export *exports;
    size_t export_count;
    const struct pe_runtime_function *functions; /* .pdata */
    size_t function_count;
    bool functions_sorted;
    size_t reloc_count;

    enum pe_toolchain toolchain;
    char compiler[96];    /* a guess, e.g. "MSVC 14.29 (build 30133)", "GCC: (GNU) 12-win32" */
    const char *pdb_path; /* or NULL */
    uint8_t pdb_guid[16];
    uint32_t pdb_age;
    bool reproducible;
    bool has_tls;
    bool has_signature; /* Authenticode */
    bool has_load_config;
    uint32_t guard_flags; /* 0 without control-flow guard */
    /* Where the loader writes; 0 = the image has none. */
    uint32_t cookie_rva;
    uint32_t guard_check_rva, guard_dispatch_rva;
    uint32_t xfg_check_rva, xfg_dispatch_rva, xfg_table_dispatch_rva;
};

/* 0, or -errno with one line in `err` (no newline). */
int pe_image_parse(const void *bytes, size_t size, struct pe_image **out, char *err,
                   size_t errsize);

/* The same for a file; the line names it. */
int pe_image_open(const char *path, struct pe_image **out, char *err, size_t errsize);

void pe_image_close(struct pe_image *image);

/* [rva, rva + size) in `flat`, or NULL if it does not lie in the image. */
const void *pe_image_at(const struct pe_image *image, uint64_t rva, uint64_t size);

/* The section of an rva, or NULL (headers, gaps). */
const struct pe_section *pe_image_section(const struct pe_image *image, uint32_t rva);

/* By name, or by ordinal if `name` is NULL. NULL if there is none. */
const struct pe_export *pe_image_export(const struct pe_image *image, const char *name,
                                        unsigned ordinal);

/* Walks the base relocations, in file order; all were checked when the image was parsed. Start with
 * *cursor = 0; false at the end. Padding is skipped. */
bool pe_image_next_reloc(const struct pe_image *image, uint64_t *cursor, enum pe_reloc_type *type,
                         uint32_t *rva);

/* "x86-64", "ARM64" ... */
const char *pe_machine_name(uint16_t machine);

/* True if two module names are the same to Windows: without case, and without a folder. */
bool pe_same_module(const char *a, const char *b);
