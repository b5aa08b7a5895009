/* SPDX-License-Identifier: MIT */
/* image_parts.h - how the files of the image parser share the work; nobody else includes it. */
#pragma once
#include "pe/image.h"

struct pe_parser {
    struct pe_image *image;
    const uint8_t *bytes;
    size_t size;
    uint32_t pe_offset; /* of the signature in the file */
    char *err;
    size_t errsize;
};

/* Sets the error line and returns -ENOEXEC. */
int pe_fail(struct pe_parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A NUL-terminated string of printable bytes at an rva, at most 1023 long; NULL if it is not one.
 */
const char *pe_string_at(const struct pe_image *image, uint64_t rva);

/* image_tables.c: what the loader needs. */
int pe_parse_relocs(struct pe_parser *p);
int pe_parse_imports(struct pe_parser *p);
int pe_parse_delay_imports(struct pe_parser *p);
int pe_parse_exports(struct pe_parser *p);
int pe_parse_functions(struct pe_parser *p);
int pe_parse_load_config(struct pe_parser *p);

/* image_facts.c: what people want to know; never fails on odd content, only leaves a fact empty. */
void pe_parse_facts(struct pe_parser *p);
