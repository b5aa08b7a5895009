/* SPDX-License-Identifier: MIT */
/* inf_parse.c - the INF grammar: lines, tokens, comments, continuation, and %strkey% substitution.
 *
 * Source: "General Syntax Rules for INF Files" and "INF Strings Section". Where these leave room,
 * the parser is as forgiving as Windows': a quote that is still open at the end of a line ends
 * there, and an unknown %token% stays as it is written (which is also how %12%, a directory number,
 * gets through). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "inf/inf_internal.h"

struct parser {
    struct inf *inf;
    const char *at, *end;
    unsigned line;
    struct inf_section *section;
    char *token; /* the one being read */
    size_t token_length, token_capacity;
    char *error;
    size_t error_size;
};

static int fail(struct parser *p, unsigned line, int result, const char *what)
{
    return inf_error(p->inf, line, result, p->error, p->error_size, "%s", what);
}

static int no_memory(struct parser *p)
{
    return fail(p, p->line, -ENOMEM, "out of memory");
}

/* --- characters ------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\0' || c == '\v' || c == '\f';
}

static bool at_line_end(const struct parser *p)
{
    return p->at == p->end || *p->at == '\n' || *p->at == '\r';
}

/* Steps over the end of a line, which is CR LF, LF or CR. */
static void next_line(struct parser *p)
{
    if (p->at == p->end)
        return;
    if (*p->at == '\r' && p->at + 1 < p->end && p->at[1] == '\n')
        p->at++;
    p->at++;
    p->line++;
}

static void skip_to_line_end(struct parser *p)
{
    while (!at_line_end(p))
        p->at++;
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->end && is_blank(*p->at))
        p->at++;
}

/* A backslash continues the line if nothing but blanks, further backslashes and a comment follow
 * it. Then moves to the first character of the next line that is not blank. */
static bool continuation(struct parser *p)
{
    const char *s = p->at;
    while (s < p->end && (*s == '\\' || is_blank(*s)))
        s++;
    if (s < p->end && *s == ';')
        while (s < p->end && *s != '\n' && *s != '\r')
            s++;
    if (s < p->end && *s != '\n' && *s != '\r')
        return false;
    p->at = s;
    next_line(p);
    skip_blanks(p);
    return true;
}

/* --- tokens ---------------------------------------------------------------------------------- */

static bool append(struct parser *p, const char *text, size_t n)
{
    if (p->token_length + n > p->token_capacity) {
        size_t capacity = 2 * (p->token_length + n) + 64;
        char *bigger = realloc(p->token, capacity);
        if (!bigger)
            return false;
        p->token = bigger;
        p->token_capacity = capacity;
    }
    memcpy(p->token + p->token_length, text, n);
    p->token_length += n;
    return true;
}

/* The length of "%strkey%" at p->at, 0 if that percent sign begins none. */
static size_t percent_token(const struct parser *p)
{
    for (const char *s = p->at + 1; s < p->end; s++) {
        if (*s == '%')
            return (size_t)(s + 1 - p->at);
        if (*s == '"' || *s == ',' || *s == '=' || *s == '\n' || *s == '\r' || *s == '\\')
            break;
    }
    return 0;
}

static bool quoted(struct parser *p)
{
    p->at++;
    while (!at_line_end(p)) {
        if (*p->at == '"') {
            p->at++;
            if (p->at == p->end || *p->at != '"')
                return true;
        } else if (*p->at == '\\' && continuation(p)) {
            continue;
        }
        if (at_line_end(p))
            break;
        if (!append(p, p->at++, 1))
            return false;
    }
    return true;
}

/* Reads up to a comma, the end of the line, or '=' if `key` allows it. The token is in p->token;
 * *stop is
 * ',', '=' or '\n'. */
static int read_token(struct parser *p, bool key, char *stop)
{
    size_t keep = 0; /* trailing blanks are cut down to here */
    p->token_length = 0;
    *stop = '\n';
    skip_blanks(p);
    while (!at_line_end(p)) {
        char c = *p->at;
        size_t n = 1;
        if (c == '"') {
            if (!quoted(p))
                return no_memory(p);
            keep = p->token_length;
            continue;
        }
        if (c == ';') {
            skip_to_line_end(p);
            break;
        }
        if (c == ',' || (c == '=' && key)) {
            *stop = c;
            p->at++;
            break;
        }
        if (c == '\\' && continuation(p))
            continue;
        if (c == '%' && (n = percent_token(p)) == 0)
            n = 1;
        if (!append(p, p->at, n))
            return no_memory(p);
        p->at += n;
        if (!is_blank(c))
            keep = p->token_length;
    }
    p->token_length = keep;
    if (keep >= INF_MAX_STRING)
        return fail(p, p->line, -EINVAL, "a field is longer than 4095 characters");
    return 0;
}

/* --- entries and sections -------------------------------------------------------------------- */

static char *take_token(struct parser *p)
{
    return inf_copy(p->inf, p->token ? p->token : "", p->token_length);
}

static int add_line(struct parser *p, const struct inf_line *line)
{
    struct inf_section *s = p->section;
    if ((s->line_count & (s->line_count - 1)) == 0) { /* a power of two: full */
        size_t capacity = s->line_count ? 2 * s->line_count : 1;
        struct inf_line *lines = realloc(s->lines, capacity * sizeof *lines);
        if (!lines)
            return no_memory(p);
        s->lines = lines;
    }
    s->lines[s->line_count++] = *line;
    return 0;
}

static int read_entry(struct parser *p)
{
    struct inf_line line = {.line = p->line};
    const char **values = NULL;
    size_t capacity = 0;
    bool first = true;
    char stop;
    int status;
    do {
        status = read_token(p, first, &stop);
        if (status)
            goto out;
        char *token = take_token(p);
        if (!token) {
            status = no_memory(p);
            goto out;
        }
        if (first && stop == '=') {
            line.key = token;
        } else if (line.value_count || *token || stop == ',' || (first && p->token_length)) {
            if (line.value_count == capacity) {
                capacity = capacity ? 2 * capacity : 8;
                const char **bigger = realloc(values, capacity * sizeof *values);
                if (!bigger) {
                    status = no_memory(p);
                    goto out;
                }
                values = bigger;
            }
            values[line.value_count++] = token;
        }
        first = false;
    } while (stop != '\n');
    if (!line.key && !line.value_count)
        goto out;
    if (line.value_count) {
        line.values = inf_alloc(p->inf, line.value_count * sizeof *values);
        if (!line.values) {
            status = no_memory(p);
            goto out;
        }
        memcpy(line.values, values, line.value_count * sizeof *values);
    }
    status = add_line(p, &line);
out:
    free(values);
    return status;
}

static int read_header(struct parser *p)
{
    const char *name = ++p->at;
    while (!at_line_end(p) && *p->at != ']')
        p->at++;
    size_t length = (size_t)(p->at - name);
    if (at_line_end(p))
        return fail(p, p->line, -EINVAL, "this section name has no closing ']'");
    if (length > 255)
        return fail(p, p->line, -EINVAL, "a section name is longer than 255 characters");
    skip_to_line_end(p);

    struct inf *inf = p->inf;
    for (size_t i = 0; i < inf->section_count; i++)
        if (strlen(inf->sections[i].name) == length &&
            !strncasecmp(inf->sections[i].name, name, length)) {
            p->section = &inf->sections[i];
            return 0;
        }
    if (inf->section_count == inf->section_capacity) {
        size_t capacity = inf->section_capacity ? 2 * inf->section_capacity : 32;
        struct inf_section *sections = realloc(inf->sections, capacity * sizeof *sections);
        if (!sections)
            return no_memory(p);
        inf->sections = sections;
        inf->section_capacity = capacity;
    }
    char *copy = inf_copy(inf, name, length);
    if (!copy)
        return no_memory(p);
    p->section = &inf->sections[inf->section_count++];
    *p->section = (struct inf_section){.name = copy, .line = p->line};
    return 0;
}

/* --- %strkey% -------------------------------------------------------------------------------- */

/* The section for the machine's language, which is U.S. English: 0409, English of no country, any
 * other English ("INF Strings Section", Remarks). NULL if there is only [Strings]. */
static const struct inf_section *local_strings(const struct inf *inf)
{
    const struct inf_section *found = inf_section(inf, "Strings.0409");
    if (!found)
        found = inf_section(inf, "Strings.0009");
    for (size_t i = 0; !found && i < inf->section_count; i++) {
        const char *name = inf->sections[i].name;
        char *end;
        if (strncasecmp(name, "Strings.", 8) || strlen(name) != 12)
            continue;
        unsigned long language = strtoul(name + 8, &end, 16);
        if (!*end && (language & 0x3ff) == 9)
            found = &inf->sections[i];
    }
    return found;
}

static bool is_strings(const struct inf_section *section)
{
    return !strncasecmp(section->name, "Strings", 7) &&
           (section->name[7] == 0 || section->name[7] == '.');
}

struct strings {
    const struct inf_section *local, *common;
};

/* The replacement of a key, or NULL. The local section comes first; keys that it lacks are looked
 * for in [Strings]. */
static const char *string_of(const struct strings *strings, const char *key, size_t length)
{
    char name[INF_MAX_STRING];
    if (length >= sizeof name)
        return NULL;
    memcpy(name, key, length);
    name[length] = 0;
    const struct inf_line *line = inf_line(strings->local, name);
    if (!line)
        line = inf_line(strings->common, name);
    return line ? inf_value(line, 0) : NULL;
}

static int substitute(struct inf *inf, const struct strings *strings, const char **text,
                      unsigned line, char *error, size_t error_size)
{
    const char *s = *text;
    if (!strchr(s, '%'))
        return 0;
    char out[INF_MAX_STRING];
    size_t n = 0;
    while (*s) {
        const char *piece = s, *close = NULL;
        size_t length = 1;
        s++;
        if (*piece == '%' && *s == '%') {
            s++;
        } else if (*piece == '%' && (close = strchr(s, '%'))) {
            piece = string_of(strings, s, (size_t)(close - s));
            if (piece) {
                length = strlen(piece);
            } else { /* unknown: as it is written */
                piece = s - 1;
                length = (size_t)(close + 1 - piece);
            }
            s = close + 1;
        }
        if (n + length >= sizeof out)
            return inf_error(
                inf, line, -EINVAL, error, error_size,
                "a string is longer than 4095 characters once its %%strkey%% tokens are "
                "replaced");
        memcpy(out + n, piece, length);
        n += length;
    }
    *text = inf_copy(inf, out, n);
    return *text ? 0 : inf_error(inf, line, -ENOMEM, error, error_size, "out of memory");
}

static int substitute_all(struct inf *inf, char *error, size_t error_size)
{
    struct strings strings = {local_strings(inf), inf_section(inf, "Strings")};
    for (size_t i = 0; i < inf->section_count; i++) {
        struct inf_section *section = &inf->sections[i];
        if (is_strings(section))
            continue;
        for (size_t j = 0; j < section->line_count; j++) {
            struct inf_line *line = &section->lines[j];
            int status = 0;
            if (line->key)
                status = substitute(inf, &strings, &line->key, line->line, error, error_size);
            for (size_t k = 0; !status && k < line->value_count; k++)
                status = substitute(inf, &strings, &line->values[k], line->line, error, error_size);
            if (status)
                return status;
        }
    }
    return 0;
}

int inf_parse_text(struct inf *inf, const char *text, size_t length, char *error, size_t error_size)
{
    struct parser p = {.inf = inf,
                       .at = text,
                       .end = text + length,
                       .line = 1,
                       .error = error,
                       .error_size = error_size};
    const char *eof = length ? memchr(text, 0x1a, length) : NULL; /* DOS ends text files with it */
    if (eof)
        p.end = eof;
    int status = 0;
    while (!status && p.at < p.end) {
        skip_blanks(&p);
        if (at_line_end(&p))
            next_line(&p);
        else if (*p.at == '[')
            status = read_header(&p);
        else if (!p.section) /* Microsoft's own samples have a C comment up there */
            skip_to_line_end(&p);
        else
            status = read_entry(&p);
    }
    free(p.token);
    return status ? status : substitute_all(inf, error, error_size);
}
