/* SPDX-License-Identifier: MIT */
/* image_facts.c - who built an image, and with what: debug directory, Rich header, compiler marks.
 *
 * Nothing here is needed to run a driver, so odd content leaves a fact empty and is no error.
 * Sources: Microsoft, "PE Format" (debug directory); the Rich header is undocumented, its layout
 * (XOR-ed pairs of product and count between "DanS" and "Rich") is common knowledge. */
#include "pe/image_parts.h"
#include <stdio.h>
#include <string.h>

#define RICH_TAG 0x68636952 /* "Rich" */
#define DANS_TAG 0x536e6144 /* "DanS" */

static uint32_t word(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static void parse_codeview(struct pe_parser *p, const struct pe_debug_directory *row)
{
    struct pe_image *im = p->image;
    struct pe_codeview cv;
    /* Only data that is part of a section: the path has to outlive the file's bytes. */
    const void *data = row->rva ? pe_image_at(im, row->rva, row->size) : NULL;
    if (!data || row->size <= sizeof cv)
        return;
    memcpy(&cv, data, sizeof cv);
    const char *path = pe_string_at(im, (uint64_t)row->rva + sizeof cv);
    if (cv.signature != PE_CODEVIEW_RSDS || !path)
        return;
    im->pdb_path = path;
    memcpy(im->pdb_guid, cv.guid, sizeof cv.guid);
    im->pdb_age = cv.age;
}

static void parse_debug(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *d = &im->dir[PE_DIR_DEBUG];
    for (uint32_t i = 0; i < d->size / sizeof(struct pe_debug_directory) && i < 32; i++) {
        struct pe_debug_directory row;
        const void *data = pe_image_at(im, (uint64_t)d->rva + i * sizeof row, sizeof row);
        if (!data)
            return;
        memcpy(&row, data, sizeof row);
        if (row.type == PE_DEBUG_CODEVIEW)
            parse_codeview(p, &row);
        else if (row.type == PE_DEBUG_REPRO)
            im->reproducible = true;
    }
}

/* The highest build number among the tools that the Microsoft linker recorded; 0 if there is no
 * Rich header. The linker's own entry has the number of its toolset. */
static unsigned rich_build(const struct pe_parser *p)
{
    uint32_t end = p->pe_offset & ~3u, rich = 0;
    unsigned build = 0;
    for (uint32_t at = sizeof(struct pe_dos_header); at + 8 <= end; at += 4)
        if (word(p->bytes + at) == RICH_TAG)
            rich = at;
    if (!rich)
        return 0;
    uint32_t key = word(p->bytes + rich + 4);
    for (uint32_t at = rich; at >= sizeof(struct pe_dos_header) + 8; at -= 8) {
        uint32_t product = word(p->bytes + at - 8) ^ key;
        if (product == DANS_TAG)
            break;
        if ((product & 0xffff) > build && product >> 16 > 1)
            build = product & 0xffff;
    }
    return build ? build : 1;
}

/* GCC leaves its name in each object file; in a PE image the linker gathers them in .rdata. */
static const char *find_mark(const struct pe_image *im, const char *mark)
{
    size_t n = strlen(mark);
    for (size_t i = 0; i < im->section_count; i++) {
        const struct pe_section *s = &im->sections[i];
        if (s->flags & PE_SECTION_EXECUTE || !strncmp(s->name, ".debug", 6) || s->size < n)
            continue;
        const char *text = (const char *)im->flat + s->rva, *end = text + s->size - n;
        for (; text <= end; text++) {
            text = memchr(text, mark[0], (size_t)(end - text) + 1);
            if (!text)
                break;
            if (!memcmp(text, mark, n))
                return pe_string_at(im, (uint64_t)(text - (const char *)im->flat));
        }
    }
    return NULL;
}

void pe_parse_facts(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    const struct pe_directory *signature = &im->dir[PE_DIR_SECURITY];
    parse_debug(p);
    im->has_tls = im->dir[PE_DIR_TLS].rva && im->dir[PE_DIR_TLS].size;
    im->has_signature =
        signature->rva && signature->size && (uint64_t)signature->rva + signature->size <= p->size;
    unsigned build = rich_build(p);
    const char *mark = find_mark(im, "GCC: (");
    if (build) {
        im->toolchain = PE_TOOLCHAIN_MSVC;
        snprintf(im->compiler, sizeof im->compiler, "MSVC, linker %u.%02u (build %u)",
                 im->linker_major, im->linker_minor, build);
    } else if (im->linker_major == 2) {
        im->toolchain = PE_TOOLCHAIN_GNU;
        snprintf(im->compiler, sizeof im->compiler, "%.60s, GNU ld %u.%02u", mark ? mark : "GCC",
                 im->linker_major, im->linker_minor);
    } else if (im->linker_major == 14 && im->linker_minor == 0) {
        /* lld always says 14.0, and writes no Rich header. */
        im->toolchain = PE_TOOLCHAIN_LLD;
        snprintf(im->compiler, sizeof im->compiler, "%.60s, LLVM lld", mark ? mark : "clang");
    } else {
        im->toolchain = PE_TOOLCHAIN_UNKNOWN;
        snprintf(im->compiler, sizeof im->compiler, "unknown, linker %u.%02u", im->linker_major,
                 im->linker_minor);
    }
}
