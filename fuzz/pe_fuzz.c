/* SPDX-License-Identifier: MIT */
/* pe_fuzz.c - hostile .sys files: parsed, and, if they parse, loaded, looked up in and unloaded. */
/* fuzz: src/pe */
#include "pe/load.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LOAD_MAX (4u << 20) /* larger images only cost time */

static void *alloc(void *ctx, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int protect(void *ctx, void *va, size_t bytes, int prot)
{
    if ((prot & PROT_WRITE) && (prot & PROT_EXEC))
        abort();
    return mprotect(va, bytes, prot) ? -errno : 0;
}

static void release(void *ctx, void *va, size_t bytes)
{
    munmap(va, bytes);
}

/* Knows half of the names. */
static void *resolve(void *ctx, const char *module, const char *name, unsigned ordinal)
{
    size_t n = strlen(module) + (name ? strlen(name) : ordinal);
    return n % 2 ? (void *)0x1000 : NULL;
}

static const struct pe_loader loader = {
    .alloc = alloc, .protect = protect, .release = release, .resolve = resolve};

static void check_facts(const struct pe_image *im)
{
    size_t sum = strlen(im->compiler);
    for (size_t i = 0; i < im->import_count; i++) {
        sum += strlen(im->imports[i].module);
        sum += im->imports[i].name ? strlen(im->imports[i].name) : im->imports[i].ordinal;
        if (!pe_image_at(im, im->imports[i].slot_rva, 8))
            abort();
    }
    for (size_t i = 0; i < im->export_count; i++) {
        const struct pe_export *e = &im->exports[i];
        sum += e->name ? strlen(e->name) : e->ordinal;
        sum += e->forwarder ? strlen(e->forwarder) : 0;
        if (e->rva >= im->size)
            abort();
    }
    sum += im->pdb_path ? strlen(im->pdb_path) : 0;
    sum += im->export_module ? strlen(im->export_module) : 0;
    for (size_t i = 0; i < im->function_count; i++)
        if (im->functions[i].end_rva > im->size)
            abort();
    volatile size_t keep = sum;
    (void)keep;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[300] = "";
    struct pe_image *image = NULL;
    struct pe_loaded *loaded = NULL;
    if (pe_image_parse(data, size, &image, err, sizeof err)) {
        if (image || strncmp(err, "pe: ", 4))
            abort(); /* every refusal has its line */
        return 0;
    }
    check_facts(image);
    if (image->size > LOAD_MAX ||
        pe_load(image, "/x/fuzz.sys", &loader, size, &loaded, err, sizeof err)) {
        pe_image_close(image);
        return 0;
    }
    if (pe_image_by_address((uintptr_t)loaded->base + loaded->size - 1) != loaded)
        abort();
    for (size_t i = 0; i < image->export_count; i++)
        pe_export_find(loaded, image->exports[i].name, image->exports[i].ordinal);
    pe_unload(loaded);
    return 0;
}
