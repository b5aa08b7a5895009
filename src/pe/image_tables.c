/* SPDX-License-Identifier: MIT */
/* image_tables.c - the tables of an image that the loader and the unwinder work from: base
 * relocations, imports, exports, function table, load configuration.
 *
 * Source: Microsoft, "PE Format", sections .reloc, .idata, .edata, .pdata, load configuration. */
#include "pe/image_parts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IMPORTS 65536
#define MAX_EXPORTS 65536

static int out_of_memory(struct pe_parser *p)
{
    pe_fail(p, "no memory");
    return -ENOMEM;
}

/* A directory is there if both fields are set; then it has to lie in the image. */
static int directory(struct pe_parser *p, enum pe_directory_index i, const char *what,
                     const void **data)
{
    const struct pe_directory *d = &p->image->dir[i];
    *data = NULL;
    if (!d->rva || !d->size)
        return 0;
    *data = pe_image_at(p->image, d->rva, d->size);
    if (!*data)
        return pe_fail(p, "%s at rva 0x%x + 0x%x bytes lies outside the image (0x%x bytes)", what,
                       d->rva, d->size, p->image->size);
    return 0;
}

bool pe_image_next_reloc(const struct pe_image *im, uint64_t *cursor, enum pe_reloc_type *type,
                         uint32_t *rva)
{
    /* The cursor holds the block's offset in the directory above, the entry's index below. */
    const struct pe_directory *d = &im->dir[PE_DIR_RELOC];
    if (!im->reloc_count)
        return false;
    uint32_t block_at = (uint32_t)(*cursor >> 32), entry = (uint32_t)*cursor;
    while ((uint64_t)block_at + sizeof(struct pe_reloc_block) <= d->size) {
        struct pe_reloc_block block;
        const uint8_t *at = im->flat + d->rva + block_at;
        memcpy(&block, at, sizeof block);
        if (block.block_size < sizeof block)
            return false; /* zero padding after the last block */
        uint32_t n = (block.block_size - (uint32_t)sizeof block) / 2;
        while (entry < n) {
            uint16_t e;
            memcpy(&e, at + sizeof block + 2 * entry, 2);
            entry++;
            if (e >> 12 == PE_RELOC_ABSOLUTE)
                continue;
            *type = e >> 12;
            *rva = block.page_rva + (e & 0xfff);
            *cursor = (uint64_t)block_at << 32 | entry;
            return true;
        }
        block_at += block.block_size;
        entry = 0;
    }
    *cursor = (uint64_t)d->size << 32;
    return false;
}

int pe_parse_relocs(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_RELOC];
    const void *data;
    int rc = directory(p, PE_DIR_RELOC, "relocation table", &data);
    if (rc || !data)
        return rc;
    for (uint64_t at = 0; at + sizeof(struct pe_reloc_block) <= d->size;) {
        struct pe_reloc_block block;
        memcpy(&block, (const uint8_t *)data + at, sizeof block);
        if (block.block_size == 0 && block.page_rva == 0)
            break;
        if (block.block_size < sizeof block || block.block_size % 2 ||
            block.block_size > d->size - at)
            return pe_fail(p, "relocation block at rva 0x%llx has 0x%x bytes, 0x%llx are left",
                           (unsigned long long)(d->rva + at), block.block_size,
                           (unsigned long long)(d->size - at));
        for (uint32_t i = 0; i < (block.block_size - sizeof block) / 2; i++) {
            uint16_t e;
            memcpy(&e, (const uint8_t *)data + at + sizeof block + 2 * i, 2);
            unsigned type = e >> 12, width = type == PE_RELOC_DIR64 ? 8 : 4;
            if (type == PE_RELOC_ABSOLUTE)
                continue;
            if (type != PE_RELOC_DIR64 && type != PE_RELOC_HIGHLOW)
                return pe_fail(p, "relocation type %u at rva 0x%llx does not exist on x86-64", type,
                               (unsigned long long)block.page_rva + (e & 0xfff));
            if (!pe_image_at(im, (uint64_t)block.page_rva + (e & 0xfff), width))
                return pe_fail(p, "relocation at rva 0x%llx lies outside the image (0x%x bytes)",
                               (unsigned long long)block.page_rva + (e & 0xfff), im->size);
            im->reloc_count++;
        }
        at += block.block_size;
    }
    return 0;
}

static int add_import(struct pe_parser *p, const struct pe_import *import, size_t *room)
{
    struct pe_image *im = p->image;
    if (im->import_count == MAX_IMPORTS)
        return pe_fail(p, "more than %u imports", MAX_IMPORTS);
    if (im->import_count == *room) {
        size_t n = *room ? *room * 2 : 64;
        struct pe_import *grown = realloc(im->imports, n * sizeof *grown);
        if (!grown)
            return out_of_memory(p);
        im->imports = grown;
        *room = n;
    }
    im->imports[im->import_count++] = *import;
    return 0;
}

/* One module's imports: two parallel arrays of 8-byte entries ended by zero. `lookup` says what is
 * wanted, `slots` is where the loader writes. */
static int parse_thunks(struct pe_parser *p, const char *module, uint32_t lookup, uint32_t slots,
                        bool delayed, size_t *room)
{
    struct pe_image *im = p->image;
    for (uint64_t i = 0;; i++) {
        const void *at = pe_image_at(im, lookup + i * 8, 8);
        if (!at)
            return pe_fail(p, "import list of %s at rva 0x%x runs out of the image (0x%x bytes)",
                           module, lookup, im->size);
        uint64_t entry;
        memcpy(&entry, at, 8);
        if (!entry)
            return 0;
        if (!pe_image_at(im, slots + i * 8, 8))
            return pe_fail(
                p, "import address table of %s at rva 0x%x runs out of the image (0x%x bytes)",
                module, slots, im->size);
        struct pe_import import = {
            .module = module, .delayed = delayed, .slot_rva = (uint32_t)(slots + i * 8)};
        if (entry & PE_IMPORT_BY_ORDINAL) {
            import.ordinal = (uint16_t)entry;
        } else {
            /* A 16-bit hint comes before the name. */
            import.name = entry <= UINT32_MAX ? pe_string_at(im, entry + 2) : NULL;
            if (!import.name)
                return pe_fail(p, "import %llu of %s: no name at rva 0x%llx", (unsigned long long)i,
                               module, (unsigned long long)entry);
        }
        int rc = add_import(p, &import, room);
        if (rc)
            return rc;
    }
}

int pe_parse_imports(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_IMPORT];
    size_t room = 0;
    if (!d->rva || !d->size)
        return 0;
    /* Ended by an all-zero row; its size field is not reliable (old linkers give the whole
     * section's), the image's end is the bound. */
    for (uint64_t at = d->rva;; at += sizeof(struct pe_import_descriptor)) {
        struct pe_import_descriptor row;
        const void *data = pe_image_at(im, at, sizeof row);
        if (!data)
            return pe_fail(p, "import table at rva 0x%x runs out of the image (0x%x bytes)", d->rva,
                           im->size);
        memcpy(&row, data, sizeof row);
        if (!row.module_rva || !row.iat_rva)
            return 0;
        const char *module = pe_string_at(im, row.module_rva);
        if (!module)
            return pe_fail(p, "import table row at rva 0x%llx: no module name at rva 0x%x",
                           (unsigned long long)at, row.module_rva);
        int rc = parse_thunks(p, module, row.lookup_rva ? row.lookup_rva : row.iat_rva, row.iat_rva,
                              false, &room);
        if (rc)
            return rc;
    }
}

int pe_parse_delay_imports(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_DELAY_IMPORT];
    size_t room = im->import_count;
    if (!d->rva || !d->size)
        return 0;
    for (uint64_t at = d->rva;; at += sizeof(struct pe_delay_descriptor)) {
        struct pe_delay_descriptor row;
        const void *data = pe_image_at(im, at, sizeof row);
        if (!data)
            return pe_fail(p, "delay import table at rva 0x%x runs out of the image (0x%x bytes)",
                           d->rva, im->size);
        memcpy(&row, data, sizeof row);
        if (!row.module_rva)
            return 0;
        if (!(row.attributes & 1))
            return pe_fail(p,
                           "delay import row at rva 0x%llx holds addresses (attributes 0x%x); "
                           "x86-64 images hold rvas",
                           (unsigned long long)at, row.attributes);
        const char *module = pe_string_at(im, row.module_rva);
        if (!module)
            return pe_fail(p, "delay import row at rva 0x%llx: no module name at rva 0x%x",
                           (unsigned long long)at, row.module_rva);
        int rc = parse_thunks(p, module, row.lookup_rva, row.iat_rva, true, &room);
        if (rc)
            return rc;
    }
}

int pe_parse_exports(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_EXPORT];
    const void *data;
    int rc = directory(p, PE_DIR_EXPORT, "export table", &data);
    if (rc || !data)
        return rc;
    struct pe_export_directory dir;
    if (d->size < sizeof dir)
        return pe_fail(p, "export table has 0x%x bytes, needs 0x%zx", d->size, sizeof dir);
    memcpy(&dir, data, sizeof dir);
    im->export_module = pe_string_at(im, dir.module_rva);
    if (dir.function_count > MAX_EXPORTS || dir.name_count > MAX_EXPORTS)
        return pe_fail(p, "export table has %u functions and %u names, at most %u are possible",
                       dir.function_count, dir.name_count, MAX_EXPORTS);
    const uint8_t *functions = pe_image_at(im, dir.functions_rva, 4ULL * dir.function_count);
    const uint8_t *names = pe_image_at(im, dir.names_rva, 4ULL * dir.name_count);
    const uint8_t *ordinals = pe_image_at(im, dir.ordinals_rva, 2ULL * dir.name_count);
    if (!functions || !names || !ordinals)
        return pe_fail(
            p, "export arrays at rva 0x%x (%u), 0x%x, 0x%x (%u) run out of the image (0x%x bytes)",
            dir.functions_rva, dir.function_count, dir.names_rva, dir.ordinals_rva, dir.name_count,
            im->size);
    /* One row per name, and one for each function that no name leads to. */
    im->exports = calloc((size_t)dir.function_count + dir.name_count + 1, sizeof *im->exports);
    uint8_t *named = calloc(1, (size_t)dir.function_count + 1);
    if (!im->exports || !named) {
        free(named);
        return out_of_memory(p);
    }
    for (uint32_t i = 0; i < dir.name_count + dir.function_count; i++) {
        struct pe_export e = {0};
        uint32_t index = i - dir.name_count;
        if (i < dir.name_count) {
            uint16_t ordinal;
            uint32_t name_rva;
            memcpy(&ordinal, ordinals + 2 * i, 2);
            memcpy(&name_rva, names + 4 * i, 4);
            e.name = pe_string_at(im, name_rva);
            index = ordinal;
            if (!e.name || index >= dir.function_count) {
                rc = pe_fail(p, "export name %u: rva 0x%x, function %u of %u", i, name_rva, index,
                             dir.function_count);
                break;
            }
            named[index] = 1;
        } else if (named[index]) {
            continue;
        }
        memcpy(&e.rva, functions + 4 * index, 4);
        if (!e.rva)
            continue; /* a hole between ordinals */
        e.ordinal = dir.ordinal_base + index;
        if (e.rva >= im->size) {
            rc = pe_fail(p, "export %s (ordinal %u) is at rva 0x%x, image has 0x%x bytes",
                         e.name ? e.name : "", e.ordinal, e.rva, im->size);
            break;
        }
        if (e.rva - d->rva < d->size) {
            e.forwarder = pe_string_at(im, e.rva);
            if (!e.forwarder || !strchr(e.forwarder, '.')) {
                rc = pe_fail(p,
                             "export %s (ordinal %u): the forwarder at rva 0x%x is not MODULE.name",
                             e.name ? e.name : "", e.ordinal, e.rva);
                break;
            }
        }
        im->exports[im->export_count++] = e;
    }
    free(named);
    return rc;
}

const struct pe_export *pe_image_export(const struct pe_image *image, const char *name,
                                        unsigned ordinal)
{
    for (size_t i = 0; i < image->export_count; i++) {
        const struct pe_export *e = &image->exports[i];
        if (name ? e->name && !strcmp(e->name, name) : e->ordinal == ordinal)
            return e;
    }
    return NULL;
}

int pe_parse_functions(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_EXCEPTION];
    const void *data;
    int rc = directory(p, PE_DIR_EXCEPTION, "exception table", &data);
    if (rc || !data)
        return rc;
    if (d->rva % 4)
        return pe_fail(p, "exception table at rva 0x%x is not a multiple of 4", d->rva);
    im->functions = data;
    im->function_count = d->size / sizeof *im->functions;
    im->functions_sorted = true;
    while (im->function_count && !im->functions[im->function_count - 1].begin_rva)
        im->function_count--; /* padding */
    for (size_t i = 0; i < im->function_count; i++) {
        const struct pe_runtime_function *f = &im->functions[i];
        if (f->begin_rva > f->end_rva || f->end_rva > im->size ||
            (f->unwind_rva & ~3u) + sizeof(struct pe_unwind_info) > im->size)
            return pe_fail(p,
                           "exception table entry %zu: code 0x%x to 0x%x, unwind data 0x%x; image "
                           "has 0x%x bytes",
                           i, f->begin_rva, f->end_rva, f->unwind_rva, im->size);
        if (i && f->begin_rva < f[-1].end_rva)
            im->functions_sorted = false;
    }
    return 0;
}

/* Turns a pointer of the load configuration into an rva; `width` bytes have to lie there. */
static int config_slot(struct pe_parser *p, const char *what, uint64_t va, uint32_t *rva)
{
    struct pe_image *im = p->image;
    if (!va)
        return 0;
    uint64_t offset = va - im->preferred_base;
    if (va < im->preferred_base || !pe_image_at(im, offset, 8))
        return pe_fail(p, "load configuration: %s at 0x%llx lies outside the image (0x%llx + 0x%x)",
                       what, (unsigned long long)va, (unsigned long long)im->preferred_base,
                       im->size);
    *rva = (uint32_t)offset;
    return 0;
}

int pe_parse_load_config(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_LOAD_CONFIG];
    struct pe_load_config config = {0};
    if (!d->rva || !d->size)
        return 0;
    /* The structure's own size counts: linkers wrote a fixed, smaller one into the directory. */
    const void *data = pe_image_at(im, d->rva, sizeof config.size);
    if (data)
        memcpy(&config.size, data, sizeof config.size);
    uint32_t size = config.size ? config.size : d->size;
    data = data ? pe_image_at(im, d->rva, size) : NULL;
    if (!data)
        return pe_fail(
            p, "load configuration at rva 0x%x + 0x%x bytes lies outside the image (0x%x bytes)",
            d->rva, size, im->size);
    memcpy(&config, data, size < sizeof config ? size : sizeof config);
    im->has_load_config = true;
    im->guard_flags = config.guard_flags;
    int rc;
    if ((rc = config_slot(p, "security cookie", config.security_cookie, &im->cookie_rva)) ||
        (rc = config_slot(p, "guard check pointer", config.guard_check, &im->guard_check_rva)) ||
        (rc = config_slot(p, "guard dispatch pointer", config.guard_dispatch,
                          &im->guard_dispatch_rva)))
        return rc;
    /* XFG is a variant of the same scheme, with its own three pointers. */
    if ((rc = config_slot(p, "XFG check pointer", config.guard_xfg_check, &im->xfg_check_rva)) ||
        (rc = config_slot(p, "XFG dispatch pointer", config.guard_xfg_dispatch,
                          &im->xfg_dispatch_rva)) ||
        (rc = config_slot(p, "XFG table dispatch pointer", config.guard_xfg_table_dispatch,
                          &im->xfg_table_dispatch_rva)))
        return rc;
    return 0;
}
