/* SPDX-License-Identifier: MIT */
/* load.c - mapping, relocation, import binding and protection of an image. */
#include "pe/load.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_IMAGES         64
#define MAX_FORWARDS       8
#define DEFAULT_COOKIE     0x00002B992DDFA232ULL /* what the linker leaves; the value to replace */
#define COOKIE_MASK        0x0000FFFFFFFFFFFFULL /* compilers want 16 zero bits on top */
#define FORWARD_MODULE_MAX 64

/* Readers take no lock: a slot changes with one store. */
static struct pe_loaded *images[MAX_IMAGES];

__attribute__((format(printf, 4, 5))) static int fail(char *err, size_t errsize, int rc,
                                                      const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err, errsize, fmt, ap);
    va_end(ap);
    return rc;
}

struct pe_loaded *pe_image_by_address(uint64_t address)
{
    for (int i = 0; i < MAX_IMAGES; i++) {
        struct pe_loaded *l = __atomic_load_n(&images[i], __ATOMIC_ACQUIRE);
        if (l && address - (uintptr_t)l->base < l->size)
            return l;
    }
    return NULL;
}

struct pe_loaded *pe_image_by_name(const char *module)
{
    for (int i = 0; i < MAX_IMAGES; i++) {
        struct pe_loaded *l = __atomic_load_n(&images[i], __ATOMIC_ACQUIRE);
        if (l && pe_same_module(l->name, module))
            return l;
    }
    return NULL;
}

static bool registry_add(struct pe_loaded *l)
{
    for (int i = 0; i < MAX_IMAGES; i++)
        if (!images[i]) {
            __atomic_store_n(&images[i], l, __ATOMIC_RELEASE);
            return true;
        }
    return false;
}

static void registry_remove(const struct pe_loaded *l)
{
    for (int i = 0; i < MAX_IMAGES; i++)
        if (images[i] == l)
            __atomic_store_n(&images[i], NULL, __ATOMIC_RELEASE);
}

static void *export_address(const struct pe_loaded *l, const char *name, unsigned ordinal,
                            int depth);

/* "MODULE.name" or "MODULE.#12"; the module is written without its extension. */
static void *forward(const struct pe_loaded *l, const char *forwarder, int depth)
{
    static const char *const extensions[] = {".sys", ".exe", ".dll", ""};
    const char *dot = strrchr(forwarder, '.');
    size_t n = (size_t)(dot - forwarder);
    if (n >= FORWARD_MODULE_MAX || depth >= MAX_FORWARDS)
        return NULL;
    const char *name = dot[1] == '#' ? NULL : dot + 1;
    unsigned ordinal = name ? 0 : (unsigned)strtoul(dot + 2, NULL, 10);
    const size_t count = sizeof extensions / sizeof *extensions;
    /* Loaded images first, whatever their extension; then what the caller's resolve knows. */
    for (size_t i = 0; i < 2 * count; i++) {
        char module[FORWARD_MODULE_MAX + 8];
        snprintf(module, sizeof module, "%.*s%s", (int)n, forwarder, extensions[i % count]);
        const struct pe_loaded *other =
            pe_same_module(module, l->name) ? l : pe_image_by_name(module);
        void *at = NULL;
        if (i < count && other)
            at = export_address(other, name, ordinal, depth + 1);
        else if (i >= count)
            at = l->loader.resolve(l->loader.ctx, module, name, ordinal);
        if (at)
            return at;
    }
    return NULL;
}

static void *export_address(const struct pe_loaded *l, const char *name, unsigned ordinal,
                            int depth)
{
    const struct pe_export *e = pe_image_export(l->image, name, ordinal);
    if (!e)
        return NULL;
    return e->forwarder ? forward(l, e->forwarder, depth) : l->base + e->rva;
}

void *pe_export_find(const struct pe_loaded *loaded, const char *name, unsigned ordinal)
{
    return export_address(loaded, name, ordinal, 0);
}

static void put64(struct pe_loaded *l, uint32_t rva, uint64_t value)
{
    memcpy(l->base + rva, &value, sizeof value);
}

static int relocate(struct pe_loaded *l, char *err, size_t errsize)
{
    const struct pe_image *im = l->image;
    uint64_t delta = (uintptr_t)l->base - im->preferred_base, cursor = 0;
    enum pe_reloc_type type;
    uint32_t rva;
    if (delta && (im->characteristics & PE_FILE_RELOCS_STRIPPED))
        return fail(
            err, errsize, -ENOEXEC,
            "pe: relocations were stripped, the image can only run at 0x%llx; link with /FIXED:NO",
            (unsigned long long)im->preferred_base);
    while (pe_image_next_reloc(im, &cursor, &type, &rva)) {
        uint64_t value = 0;
        size_t width = type == PE_RELOC_DIR64 ? 8 : 4;
        memcpy(&value, l->base + rva, width);
        value += delta;
        memcpy(l->base + rva, &value, width);
    }
    return 0;
}

static int bind_imports(struct pe_loaded *l, char *err, size_t errsize)
{
    const struct pe_image *im = l->image;
    l->missing = calloc(im->import_count + 1, sizeof *l->missing);
    if (!l->missing)
        return fail(err, errsize, -ENOMEM, "pe: no memory for %zu imports", im->import_count);
    for (size_t i = 0; i < im->import_count; i++) {
        const struct pe_import *want = &im->imports[i];
        const struct pe_loaded *other = pe_image_by_name(want->module);
        void *at = other ? pe_export_find(other, want->name, want->ordinal) : NULL;
        if (!at)
            at = l->loader.resolve(l->loader.ctx, want->module, want->name, want->ordinal);
        if (!at) {
            l->missing[l->missing_count++] = want;
            if (l->loader.missing)
                at = l->loader.missing(l->loader.ctx, want->module, want->name, want->ordinal);
        }
        put64(l, want->slot_rva, (uintptr_t)at);
    }
    return 0;
}

/* The compiler's entry code stops the machine if the cookie still has the linker's value. */
static uint64_t make_cookie(uint64_t seed)
{
    for (;;) {
        /* splitmix64 */
        uint64_t z = seed += 0x9E3779B97F4A7C15ULL;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
        z = (z ^ z >> 31) & COOKIE_MASK;
        if (z > 0xFFFF && z != DEFAULT_COOKIE)
            return z;
    }
}

static void set_load_config(struct pe_loaded *l, uint64_t seed)
{
    const struct pe_image *im = l->image;
    if (im->cookie_rva)
        put64(l, im->cookie_rva, make_cookie(seed));
    if (im->guard_check_rva)
        put64(l, im->guard_check_rva, (uintptr_t)pe_guard_check);
    if (im->guard_dispatch_rva)
        put64(l, im->guard_dispatch_rva, (uintptr_t)pe_guard_dispatch);
    if (im->xfg_check_rva)
        put64(l, im->xfg_check_rva, (uintptr_t)pe_guard_check);
    if (im->xfg_dispatch_rva)
        put64(l, im->xfg_dispatch_rva, (uintptr_t)pe_guard_dispatch);
    if (im->xfg_table_dispatch_rva)
        put64(l, im->xfg_table_dispatch_rva, (uintptr_t)pe_guard_dispatch);
}

/* Pages between sections stay without any access. */
static int protect(struct pe_loaded *l, char *err, size_t errsize)
{
    const struct pe_image *im = l->image;
    size_t pages = l->size / PE_PAGE_SIZE, names = 1;
    uint8_t *prot = calloc(pages, 1);
    for (size_t i = 0; i < im->section_count; i++)
        names += strlen(im->sections[i].name) + 1;
    char *wx = calloc(1, names);
    l->wx_sections = wx;
    if (!prot || !wx) {
        free(prot);
        return fail(err, errsize, -ENOMEM, "pe: no memory to protect %zu pages", pages);
    }
    for (size_t page = 0; page * PE_PAGE_SIZE < im->headers_size; page++)
        prot[page] = PROT_READ;
    int rc = 0;
    for (size_t i = 0; i < im->section_count && !rc; i++) {
        const struct pe_section *s = &im->sections[i];
        int want = s->flags & PE_SECTION_READ ? PROT_READ : 0;
        if (s->flags & PE_SECTION_EXECUTE)
            want |= PROT_READ | PROT_EXEC;
        else if (s->flags & PE_SECTION_WRITE)
            want |= PROT_READ | PROT_WRITE;
        if ((s->flags & PE_SECTION_EXECUTE) && (s->flags & PE_SECTION_WRITE)) {
            if (*wx)
                strcat(wx, " ");
            strcat(wx, s->name);
        }
        if (!s->size)
            continue;
        for (size_t page = s->rva / PE_PAGE_SIZE; page <= (s->rva + s->size - 1) / PE_PAGE_SIZE;
             page++) {
            prot[page] |= (uint8_t)want;
            if ((prot[page] & PROT_WRITE) && (prot[page] & PROT_EXEC)) {
                snprintf(err, errsize,
                         "pe: page 0x%zx holds section %s and another, and would be writable and "
                         "executable; link with a section alignment of 0x%x (it is 0x%x)",
                         page * PE_PAGE_SIZE, s->name, PE_PAGE_SIZE, im->section_alignment);
                rc = -ENOEXEC;
                break;
            }
        }
    }
    for (size_t first = 0, last; first < pages && !rc; first = last) {
        for (last = first + 1; last < pages && prot[last] == prot[first]; last++)
            ;
        rc = l->loader.protect(l->loader.ctx, l->base + first * PE_PAGE_SIZE,
                               (last - first) * PE_PAGE_SIZE, prot[first]);
        if (rc)
            snprintf(err, errsize, "pe: pages at rva 0x%zx to 0x%zx cannot be protected: %s",
                     first * PE_PAGE_SIZE, last * PE_PAGE_SIZE, strerror(-rc));
    }
    free(prot);
    return rc;
}

static void destroy(struct pe_loaded *l)
{
    if (l->base)
        l->loader.release(l->loader.ctx, l->base, l->size);
    free((void *)l->path);
    free((void *)l->wx_sections);
    free(l->missing);
    free(l);
}

int pe_load(struct pe_image *image, const char *path, const struct pe_loader *loader,
            uint64_t cookie_seed, struct pe_loaded **out, char *err, size_t errsize)
{
    struct pe_loaded *l = calloc(1, sizeof *l);
    char *copy = strdup(path);
    if (!l || !copy) {
        free(l);
        free(copy);
        return fail(err, errsize, -ENOMEM, "pe: no memory");
    }
    l->path = copy;
    l->name = copy;
    for (const char *c = copy; *c; c++)
        if (*c == '/' || *c == '\\')
            l->name = c + 1;
    l->image = image;
    l->loader = *loader;
    l->size = image->size;
    int rc;
    if (pe_image_by_name(l->name)) {
        snprintf(err, errsize, "pe: an image named %s is already loaded", l->name);
        rc = -EEXIST;
        goto out;
    }
    l->base = loader->alloc(loader->ctx, l->size);
    if (!l->base) {
        rc = fail(err, errsize, -ENOMEM, "pe: no memory for an image of 0x%zx bytes", l->size);
        goto out;
    }
    memcpy(l->base, image->flat, l->size);
    l->entry = image->entry_rva ? l->base + image->entry_rva : NULL;
    if ((rc = relocate(l, err, errsize)) || (rc = bind_imports(l, err, errsize)))
        goto out;
    set_load_config(l, cookie_seed);
    if ((rc = protect(l, err, errsize)))
        goto out;
    if (!registry_add(l)) {
        rc = fail(err, errsize, -ENFILE, "pe: %d images are loaded already", MAX_IMAGES);
        goto out;
    }
    *out = l;
    return 0;
out:
    destroy(l);
    return rc;
}

void pe_unload(struct pe_loaded *loaded)
{
    struct pe_image *image = loaded->image;
    registry_remove(loaded);
    destroy(loaded);
    pe_image_close(image);
}
