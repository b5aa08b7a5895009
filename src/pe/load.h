/* SPDX-License-Identifier: MIT */
/* load.h - puts a parsed image into memory, ready to run, and remembers which images are loaded.
 *
 * pe_load() copies headers and sections, relocates, binds imports (first to exports of images that
 * are already loaded, then through the caller's resolve), sets the security cookie and the
 * control-flow-guard pointers, and protects the pages. It runs no driver code.
 *
 * No page is ever both writable and executable. A section that asks for both (old linkers' INIT)
 * loses the write permission, and `wx_sections` says so; two sections of one page that together
 * would be both are an error.
 *
 * Threads: loading and unloading by one thread at a time; the look-ups by any thread at any time,
 * also in signal handlers, as long as no image is unloaded whose code still runs. */
#pragma once
#include "pe/image.h"

struct pe_loader {
    void *ctx;
    /* Zeroed pages, readable and writable, page aligned; NULL if there are none. */
    void *(*alloc)(void *ctx, size_t bytes);
    /* prot: PROT_* of <sys/mman.h>. 0 or -errno. */
    int (*protect)(void *ctx, void *va, size_t bytes, int prot);
    void (*release)(void *ctx, void *va, size_t bytes);
    /* What to write for an import of a module that is no loaded image; name is NULL for an import
     * by ordinal. NULL: nobody has it. */
    void *(*resolve)(void *ctx, const char *module, const char *name, unsigned ordinal);
    /* What to write for an import that nobody has (a thunk that reports the call). May be NULL:
     * then the slot is 0. */
    void *(*missing)(void *ctx, const char *module, const char *name, unsigned ordinal);
};

struct pe_loaded {
    struct pe_image *image;
    const char *name; /* "e1000e.sys" */
    const char *path; /* of the file, or the name again */
    uint8_t *base;
    size_t size;
    void *entry;                      /* DriverEntry, or NULL */
    const struct pe_import **missing; /* what nobody has, each once per slot, in file order */
    size_t missing_count;
    const char *wx_sections; /* "INIT .text": names of sections that lost W, or "" */
    struct pe_loader loader;
};

/* On success the image belongs to *out. `path` names the file; its last part is the name that other
 * images import from. `cookie_seed` decides the security cookie. Missing imports are no failure
 * here: look at missing_count. On failure -errno, one line in `err`, and the image stays the
 * caller's. */
int pe_load(struct pe_image *image, const char *path, const struct pe_loader *loader,
            uint64_t cookie_seed, struct pe_loaded **out, char *err, size_t errsize);

/* Forgets the image and frees its memory. */
void pe_unload(struct pe_loaded *loaded);

/* The address of an export, by name or (name NULL) by ordinal; forwarders are followed. NULL: none.
 */
void *pe_export_find(const struct pe_loaded *loaded, const char *name, unsigned ordinal);

/* The loaded image of this name ("x.sys", any case, with or without folder), or NULL. */
struct pe_loaded *pe_image_by_name(const char *module);

/* The loaded image that holds an address, or NULL. */
struct pe_loaded *pe_image_by_address(uint64_t address);

/* What control-flow-guard pointers of a driver point to (guard.S): accept every target. */
void pe_guard_check(void);
void pe_guard_dispatch(void);
