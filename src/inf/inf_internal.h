/* SPDX-License-Identifier: MIT */
/* inf_internal.h - shared by the files of src/inf only. */
#pragma once
#include "inf/inf.h"
#include <stdarg.h>

struct inf_block; /* memory that goes with the struct inf */

struct inf {
    char *path;
    struct inf_block *blocks;
    struct inf_section *sections;
    size_t section_count, section_capacity;
    struct inf_model *models;
    size_t model_count;
};

/* The longest string of an INF after substitution, with its terminator ("INF Size Limits"). */
#define INF_MAX_STRING 4096

/* Zeroed; NULL if memory ran out. */
void *inf_alloc(struct inf *inf, size_t size);
char *inf_copy(struct inf *inf, const char *text, size_t length);

/* "PATH:LINE: text" into error (LINE 0: no line); returns `result`. */
int inf_error(const struct inf *inf, unsigned line, int result, char *error, size_t error_size,
              const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* inf_parse.c: the whole text, UTF-8, into sections. */
int inf_parse_text(struct inf *inf, const char *text, size_t length, char *error,
                   size_t error_size);

/* inf_models.c: fills inf->models. */
int inf_find_models(struct inf *inf, char *error, size_t error_size);

/* A TargetOSVersion decoration such as "NTamd64.10.0...16299"; false if the text is none. */
struct inf_decoration {
    enum { INF_ARCH_NONE, INF_ARCH_AMD64, INF_ARCH_OTHER } arch;
    bool has_version, has_product, has_suite;
    uint32_t major, minor, build, product, suite;
};
bool inf_decoration_parse(const char *text, struct inf_decoration *decoration);
enum inf_fit inf_decoration_fit(const struct inf_decoration *decoration);
/* >0 if a is the better of two with the same fit: nearer to the running version, more specific. */
int inf_decoration_compare(const struct inf_decoration *a, const struct inf_decoration *b);

/* The section `base` with its best decoration (".NTamd64...", ".NT", none), or NULL. */
const struct inf_section *inf_decorated(const struct inf *inf, const char *base);

/* A number as INF fields have them, decimal or 0x; false if the text is none. */
bool inf_number(const char *text, uint64_t *number);
/* The same, bare digits being hexadecimal, as in lists of bytes. */
bool inf_hex_number(const char *text, uint64_t *number);
