/* SPDX-License-Identifier: MIT */
/* image.c - headers and sections of a PE32+ image.
 *
 * Source: Microsoft, "PE Format". Everything here is read from hostile bytes: sums of 32-bit fields
 * are made in 64 bits, and nothing is dereferenced before its range is known. */
#include "pe/image_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SECTIONS 96 /* what Windows accepts */

int pe_fail(struct pe_parser *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = snprintf(p->err, p->errsize, "pe: ");
    if (n > 0 && (size_t)n < p->errsize)
        vsnprintf(p->err + n, p->errsize - (size_t)n, fmt, ap);
    va_end(ap);
    return -ENOEXEC;
}

const void *pe_image_at(const struct pe_image *image, uint64_t rva, uint64_t size)
{
    if (rva > image->size || size > image->size - rva)
        return NULL;
    return image->flat + rva;
}

const char *pe_string_at(const struct pe_image *image, uint64_t rva)
{
    if (rva == 0 || rva >= image->size)
        return NULL;
    const unsigned char *s = image->flat + rva;
    size_t room = image->size - rva;
    for (size_t i = 0; i < room && i < 1024; i++) {
        if (s[i] == 0)
            return i ? (const char *)s : NULL;
        if (s[i] < 0x20 || s[i] == 0x7f)
            return NULL;
    }
    return NULL;
}

const struct pe_section *pe_image_section(const struct pe_image *image, uint32_t rva)
{
    for (size_t i = 0; i < image->section_count; i++)
        if (rva >= image->sections[i].rva && rva - image->sections[i].rva < image->sections[i].size)
            return &image->sections[i];
    return NULL;
}

const char *pe_machine_name(uint16_t machine)
{
    switch (machine) {
    case PE_MACHINE_I386:
        return "x86 (32-bit)";
    case PE_MACHINE_ARM:
        return "ARM (32-bit)";
    case PE_MACHINE_IA64:
        return "Itanium";
    case PE_MACHINE_AMD64:
        return "x86-64";
    case PE_MACHINE_ARM64:
        return "ARM64";
    }
    return "unknown";
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static const char *base_name(const char *path)
{
    const char *base = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == '\\')
            base = c + 1;
    return base;
}

bool pe_same_module(const char *a, const char *b)
{
    a = base_name(a);
    b = base_name(b);
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* GNU ld writes names longer than eight bytes as "/offset" into the COFF string table. */
static void section_name(const struct pe_parser *p, const struct pe_section_header *h,
                         const struct pe_file_header *coff, char out[64])
{
    char name[9] = {0};
    memcpy(name, h->name, 8);
    const char *src = name;
    size_t limit = 8;
    if (name[0] == '/' && coff->symbol_table) {
        uint64_t table = coff->symbol_table + (uint64_t)coff->symbol_count * PE_SYMBOL_SIZE;
        uint64_t at = table + strtoul(name + 1, NULL, 10);
        if (at < p->size && p->bytes[at]) {
            src = (const char *)p->bytes + at;
            limit = p->size - at;
        }
    }
    size_t n = 0;
    for (; n < 63 && n < limit && src[n]; n++)
        out[n] = src[n] > 0x20 && src[n] < 0x7f ? src[n] : '?';
    out[n] = 0;
}

static bool power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

static uint64_t round_up(uint64_t n, uint64_t align)
{
    return (n + align - 1) & ~(align - 1);
}

/* The headers that come before the section table. */
static int parse_headers(struct pe_parser *p, struct pe_file_header *coff,
                         struct pe_optional_header *opt)
{
    struct pe_image *im = p->image;
    struct pe_dos_header dos;
    if (p->size < sizeof dos)
        return pe_fail(p, "file has 0x%zx bytes, too short for an image", p->size);
    memcpy(&dos, p->bytes, sizeof dos);
    if (dos.magic != PE_DOS_MAGIC)
        return pe_fail(p, "no MZ signature: starts with %02x %02x, not a Windows image",
                       p->bytes[0], p->bytes[1]);
    p->pe_offset = dos.pe_offset;
    uint64_t at = dos.pe_offset;
    uint32_t signature;
    if (at + sizeof signature + sizeof *coff > p->size)
        return pe_fail(p, "PE header at 0x%x, file has 0x%zx bytes", dos.pe_offset, p->size);
    memcpy(&signature, p->bytes + at, sizeof signature);
    if (signature != PE_SIGNATURE)
        return pe_fail(p, "no PE signature at 0x%x: 0x%08x there", dos.pe_offset, signature);
    at += sizeof signature;
    memcpy(coff, p->bytes + at, sizeof *coff);
    at += sizeof *coff;
    im->machine = coff->machine;
    if (coff->machine != PE_MACHINE_AMD64)
        return pe_fail(p, "machine 0x%x is %s; only x86-64 (0x%x) drivers can be loaded",
                       coff->machine, pe_machine_name(coff->machine), PE_MACHINE_AMD64);
    if (coff->optional_size < sizeof *opt || at + coff->optional_size > p->size)
        return pe_fail(p, "optional header has 0x%x bytes at 0x%llx, needs 0x%zx; file has 0x%zx",
                       coff->optional_size, (unsigned long long)at, sizeof *opt, p->size);
    memcpy(opt, p->bytes + at, sizeof *opt);
    if (opt->magic != PE_MAGIC_32PLUS)
        return pe_fail(p, "optional header magic is 0x%x, a PE32+ image has 0x%x", opt->magic,
                       PE_MAGIC_32PLUS);
    if (!(coff->characteristics & PE_FILE_EXECUTABLE))
        return pe_fail(p, "not linked: characteristics 0x%x lack the executable flag 0x%x",
                       coff->characteristics, PE_FILE_EXECUTABLE);
    if (opt->subsystem != PE_SUBSYSTEM_NATIVE)
        return pe_fail(p, "subsystem is %u; a driver has %u (native)", opt->subsystem,
                       PE_SUBSYSTEM_NATIVE);
    uint64_t directories = coff->optional_size - sizeof *opt;
    uint64_t wanted = (uint64_t)opt->directory_count * sizeof(struct pe_directory);
    if (wanted > directories)
        return pe_fail(
            p, "%u data directories need 0x%llx bytes, optional header has room for 0x%llx",
            opt->directory_count, (unsigned long long)wanted, (unsigned long long)directories);
    unsigned n = opt->directory_count < PE_DIR_COUNT ? opt->directory_count : PE_DIR_COUNT;
    memcpy(im->dir, p->bytes + at + sizeof *opt, n * sizeof(struct pe_directory));

    if (!power_of_two(opt->section_alignment) || !power_of_two(opt->file_alignment) ||
        opt->file_alignment > opt->section_alignment)
        return pe_fail(
            p, "section alignment 0x%x and file alignment 0x%x are not powers of two in order",
            opt->section_alignment, opt->file_alignment);
    if (opt->image_size == 0 || opt->image_size > PE_IMAGE_MAX_SIZE)
        return pe_fail(p, "image size 0x%x is outside 1 to 0x%x", opt->image_size,
                       PE_IMAGE_MAX_SIZE);
    if (opt->headers_size > p->size || opt->headers_size > opt->image_size)
        return pe_fail(p, "headers end at 0x%x, file has 0x%zx bytes, image 0x%x",
                       opt->headers_size, p->size, opt->image_size);
    uint64_t table_end =
        at + coff->optional_size + (uint64_t)coff->section_count * sizeof(struct pe_section_header);
    if (table_end > opt->headers_size)
        return pe_fail(p, "section table ends at 0x%llx, headers at 0x%x",
                       (unsigned long long)table_end, opt->headers_size);
    if (opt->image_base & 0xffff)
        return pe_fail(p, "image base 0x%llx is not a multiple of 0x10000",
                       (unsigned long long)opt->image_base);
    if (opt->entry_rva >= opt->image_size)
        return pe_fail(p, "entry point 0x%x lies outside the image (0x%x bytes)", opt->entry_rva,
                       opt->image_size);
    return 0;
}

static int parse_section(struct pe_parser *p, const struct pe_file_header *coff, size_t i,
                         uint64_t *end)
{
    struct pe_image *im = p->image;
    struct pe_section_header h;
    uint64_t at = p->pe_offset + 4 + sizeof *coff + coff->optional_size + i * sizeof h;
    memcpy(&h, p->bytes + at, sizeof h);
    struct pe_section *s = &im->sections[i];
    section_name(p, &h, coff, s->name);
    s->rva = h.rva;
    s->flags = h.flags;
    s->raw_offset = h.raw_offset;
    s->raw_size = h.raw_offset ? h.raw_size : 0;
    /* Windows takes the size in the file where a linker left the one in memory at zero. */
    s->size = h.virtual_size ? h.virtual_size : h.raw_size;

    uint64_t raw_end = (uint64_t)s->raw_offset + s->raw_size;
    if (raw_end > p->size)
        return pe_fail(p, "section %s ends at 0x%llx, file has 0x%zx bytes", s->name,
                       (unsigned long long)raw_end, p->size);
    if (s->rva & (im->section_alignment - 1))
        return pe_fail(p, "section %s is at rva 0x%x, alignment is 0x%x", s->name, s->rva,
                       im->section_alignment);
    if (s->rva < *end)
        return pe_fail(p, "section %s starts at rva 0x%x, what precedes it ends at 0x%llx", s->name,
                       s->rva, (unsigned long long)*end);
    if ((uint64_t)s->rva + s->size > im->size)
        return pe_fail(p, "section %s ends at rva 0x%llx, image has 0x%x bytes", s->name,
                       (unsigned long long)s->rva + s->size, im->size);
    *end = (uint64_t)s->rva + s->size;
    /* File padding after the section's end belongs to the page but not to the section. */
    uint32_t copy = s->raw_size < s->size ? s->raw_size : s->size;
    if (copy)
        memcpy(im->flat + s->rva, p->bytes + s->raw_offset, copy);
    return 0;
}

/* The sum over 16-bit words with carry, without the field itself, plus the length. */
static uint32_t checksum(const struct pe_parser *p)
{
    size_t field = p->pe_offset + 4 + sizeof(struct pe_file_header) +
                   offsetof(struct pe_optional_header, checksum);
    uint64_t sum = 0;
    for (size_t i = 0; i < p->size; i += 2) {
        if (i == field || i == field + 2)
            continue;
        unsigned hi = i + 1 < p->size ? p->bytes[i + 1] : 0;
        sum += p->bytes[i] | hi << 8;
    }
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(sum + p->size);
}

static int parse(struct pe_parser *p)
{
    struct pe_image *im = p->image;
    struct pe_file_header coff;
    struct pe_optional_header opt;
    int rc = parse_headers(p, &coff, &opt);
    if (rc)
        return rc;
    im->preferred_base = opt.image_base;
    im->entry_rva = opt.entry_rva;
    im->subsystem = opt.subsystem;
    im->characteristics = coff.characteristics;
    im->dll_characteristics = opt.dll_characteristics;
    im->linker_major = opt.linker_major;
    im->linker_minor = opt.linker_minor;
    im->os_major = opt.os_major;
    im->os_minor = opt.os_minor;
    im->subsystem_major = opt.subsystem_major;
    im->subsystem_minor = opt.subsystem_minor;
    im->image_major = opt.image_major;
    im->image_minor = opt.image_minor;
    im->timestamp = coff.timestamp;
    im->checksum = opt.checksum;
    im->section_alignment = opt.section_alignment;
    im->headers_size = opt.headers_size;
    im->file_size = (uint32_t)p->size;
    im->size = (uint32_t)round_up(opt.image_size, PE_PAGE_SIZE);

    if (coff.section_count == 0 || coff.section_count > MAX_SECTIONS)
        return pe_fail(p, "%u sections; 1 to %u are possible", coff.section_count, MAX_SECTIONS);
    im->flat = calloc(1, im->size);
    im->sections = calloc(coff.section_count, sizeof *im->sections);
    if (!im->flat || !im->sections) {
        pe_fail(p, "no memory for an image of 0x%x bytes", im->size);
        return -ENOMEM;
    }
    memcpy(im->flat, p->bytes, im->headers_size);
    im->section_count = coff.section_count;
    uint64_t end = im->headers_size;
    for (size_t i = 0; i < im->section_count; i++)
        if ((rc = parse_section(p, &coff, i, &end)))
            return rc;
    if (im->entry_rva) {
        const struct pe_section *s = pe_image_section(im, im->entry_rva);
        if (!s || !(s->flags & (PE_SECTION_EXECUTE | PE_SECTION_CODE)))
            return pe_fail(p, "entry point 0x%x lies in %s, which is not executable", im->entry_rva,
                           s ? s->name : "no section");
    }
    if ((rc = pe_parse_relocs(p)) || (rc = pe_parse_imports(p)) ||
        (rc = pe_parse_delay_imports(p)) || (rc = pe_parse_exports(p)) ||
        (rc = pe_parse_functions(p)) || (rc = pe_parse_load_config(p)))
        return rc;
    im->checksum_computed = checksum(p);
    pe_parse_facts(p);
    return 0;
}

int pe_image_parse(const void *bytes, size_t size, struct pe_image **out, char *err, size_t errsize)
{
    struct pe_image *image = calloc(1, sizeof *image);
    struct pe_parser p = {
        .image = image, .bytes = bytes, .size = size, .err = err, .errsize = errsize};
    int rc;
    if (!image) {
        pe_fail(&p, "no memory");
        return -ENOMEM;
    }
    if (size > PE_IMAGE_MAX_SIZE)
        rc = pe_fail(&p, "file has 0x%zx bytes, at most 0x%x are read", size, PE_IMAGE_MAX_SIZE);
    else
        rc = parse(&p);
    if (rc) {
        pe_image_close(image);
        return rc;
    }
    *out = image;
    return 0;
}

int pe_image_open(const char *path, struct pe_image **out, char *err, size_t errsize)
{
    int rc = 0;
    uint8_t *bytes = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        rc = -errno;
        snprintf(err, errsize, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > PE_IMAGE_MAX_SIZE) {
        rc = -ENOEXEC;
        snprintf(err, errsize, "%s: pe: not a regular file of at most 0x%x bytes", path,
                 PE_IMAGE_MAX_SIZE);
        goto out;
    }
    size_t size = (size_t)st.st_size, got = 0;
    bytes = malloc(size + 1);
    if (!bytes) {
        rc = -ENOMEM;
        snprintf(err, errsize, "%s: no memory for 0x%zx bytes", path, size);
        goto out;
    }
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = -errno;
            snprintf(err, errsize, "%s: %s", path, strerror(errno));
            goto out;
        }
        if (n == 0)
            break;
        got += (size_t)n;
    }
    char line[400];
    rc = pe_image_parse(bytes, got, out, line, sizeof line);
    if (rc)
        snprintf(err, errsize, "%s: %s", path, line);
out:
    free(bytes);
    if (fd >= 0)
        close(fd);
    return rc;
}

void pe_image_close(struct pe_image *image)
{
    if (!image)
        return;
    free(image->flat);
    free(image->sections);
    free(image->imports);
    free(image->exports);
    free(image);
}
