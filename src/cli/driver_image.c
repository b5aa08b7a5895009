/* SPDX-License-Identifier: MIT */
/* driver_image.c - joins the image loader to physical memory and to the export table. */
#include "cli/driver_image.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/physmem.h"
#include <stdio.h>
#include <string.h>

static void *image_alloc(void *ctx, size_t bytes)
{
    return physmem_alloc(bytes, UINT64_MAX, PAGE_BYTES, 0);
}

static int image_protect(void *ctx, void *va, size_t len, int prot)
{
    return physmem_protect(va, len, prot);
}

static void image_release(void *ctx, void *va, size_t bytes)
{
    physmem_free(va, bytes);
}

static void *image_resolve(void *ctx, const char *module, const char *name, unsigned ordinal)
{
    const struct nt_export *row = name ? nt_export_find(module, name) : NULL;
    return row ? nt_export_bind(row) : NULL;
}

static void *image_missing(void *ctx, const char *module, const char *name, unsigned ordinal)
{
    char by_ordinal[16];
    snprintf(by_ordinal, sizeof by_ordinal, "#%u", ordinal);
    return nt_export_missing(module, name ? name : by_ordinal);
}

static void list_missing(const struct pe_loaded *loaded, const char *path, char *err, size_t err_len)
{
    int at = snprintf(err, err_len, "%s imports %zu function%s that dirql does not have:", path,
                      loaded->missing_count, loaded->missing_count == 1 ? "" : "s");
    for (size_t i = 0; i < loaded->missing_count && at > 0 && (size_t)at < err_len; i++) {
        const struct pe_import *m = loaded->missing[i];
        if (m->name)
            at += snprintf(err + at, err_len - (size_t)at, "\n  %s!%s", m->module, m->name);
        else
            at += snprintf(err + at, err_len - (size_t)at, "\n  %s!#%u", m->module, m->ordinal);
    }
    if (at > 0 && (size_t)at < err_len)
        snprintf(err + at, err_len - (size_t)at,
                 "\n(--allow-missing runs it nevertheless; calling one of them then ends the run)");
}

struct pe_loaded *driver_image_load(const char *path, uint64_t cookie_seed, bool allow_missing, char *err,
                                    size_t err_len)
{
    static const struct pe_loader loader = {.alloc = image_alloc, .protect = image_protect,
                                            .release = image_release, .resolve = image_resolve,
                                            .missing = image_missing};
    struct pe_image *image;
    struct pe_loaded *loaded;
    if (pe_image_open(path, &image, err, err_len))
        return NULL;
    if (pe_load(image, path, &loader, cookie_seed, &loaded, err, err_len)) {
        pe_image_close(image);
        return NULL;
    }
    if (loaded->missing_count && !allow_missing) {
        list_missing(loaded, path, err, err_len);
        pe_unload(loaded);
        return NULL;
    }
    for (size_t i = 0; i < image->section_count; i++)
        if (image->sections[i].flags & PE_SECTION_EXECUTE)
            driver_code_add(loaded->base + image->sections[i].rva, image->sections[i].size);
    return loaded;
}

void driver_image_unload(struct pe_loaded *loaded)
{
    const struct pe_image *image = loaded->image;
    for (size_t i = 0; i < image->section_count; i++)
        driver_code_remove(loaded->base + image->sections[i].rva);
    pe_unload(loaded);
}
