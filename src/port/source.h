/* SPDX-License-Identifier: MIT */
/* source.h - one file of the driver: its bytes, its tokens, and the edits that a port makes in it.
 *
 * An edit replaces the bytes [begin, end) by a text; several insertions at one place stay in the
 * order in which they were made. Nothing is changed until all edits of a run are known: then
 * source_result() is the new file. Two edits that overlap are a conflict, which fails the run.
 *
 * Generated text uses '\n'; source_edit() writes the file's own line ends. */
#pragma once
#include "port/lex.h"

#define NO_TOKEN SIZE_MAX

struct style;

struct edit {
    uint32_t begin, end;
    const char *text;
    size_t order;
};

struct source {
    const char *path; /* as the user or the including file names it */
    const char *real; /* the canonical path: one source per file */
    const char *bytes;
    size_t len;
    bool crlf;
    bool named; /* on the command line */
    struct tokens tokens;
    LIST(uint32_t) lines; /* where each line begins */
    LIST(struct edit) edits;
    const char *conflict;       /* the first conflict, as a sentence */
    const struct style **style; /* style.c: where it keeps what it found, NULL before */
};

/* Reads a file. NULL and a sentence in *why if it cannot be read or is no text. */
struct source *source_read(const char *path, const char **why);
struct source *source_from_bytes(const char *path, const char *bytes, size_t len);

unsigned source_line(const struct source *s, size_t offset);   /* from 1 */
unsigned source_column(const struct source *s, size_t offset); /* from 1, in bytes */
size_t line_begin(const struct source *s, size_t offset);
size_t line_end(const struct source *s, size_t offset); /* at its newline, or the file's end */
/* From the line's begin to its first other character. */
const char *line_indent(const struct source *s, size_t offset);

/* --- tokens, by index --- */

size_t token_at(const struct source *s, size_t offset);    /* that begins there, or NO_TOKEN */
size_t token_after(const struct source *s, size_t offset); /* the first that begins at or after */
const struct token *tok(const struct source *s, size_t i);
bool tok_is(const struct source *s, size_t i, const char *text); /* false for NO_TOKEN */
bool tok_is_name(const struct source *s, size_t i);
const char *tok_text(const struct source *s, size_t i);
const char *source_text(const struct source *s, size_t begin, size_t end);
/* The partner of a bracket: forwards from ( [ {, backwards from ) ] }; NO_TOKEN if there is none.
 */
size_t tok_match(const struct source *s, size_t i);
/* The next or previous token that is on no preprocessor line, or, for one in a macro's body, in the
 * same body; or NO_TOKEN. */
size_t tok_next(const struct source *s, size_t i);
size_t tok_prev(const struct source *s, size_t i);

/* On a preprocessor line, the first token of a macro's body, or the '#'; else 0. */
size_t tok_body(const struct source *s, size_t i);

/* The arguments of a call or declaration between '(' at token `open` and its partner: each is
 * [first, last] of tokens, first > last if empty. False if the brackets do not match. */
struct argument {
    size_t first, last;
};
typedef LIST(struct argument) argument_list;
bool tok_arguments(const struct source *s, size_t open, argument_list *out, size_t *close);

/* "if", "while", "for", "switch", or a macro that ends with one of them and its brackets: what
 * comes behind its own is its body. */
bool tok_is_control(const struct source *s, size_t i);

/* Is [first, last] TRUE, FALSE, 1 or 0, perhaps with a cast and brackets? */
bool tok_truth(const struct source *s, size_t first, size_t last, bool *value);

/* The statement around a token, by tokens alone: begins after the last ; { } label, directive or
 * macro on a line of its own before it, at the nesting of the token or outside of it. */
size_t statement_begin(const struct source *s, size_t i);
size_t statement_end(const struct source *s, size_t i); /* its ';', or NO_TOKEN */

/* --- edits --- */

void source_edit(struct source *s, size_t begin, size_t end, const char *text);
void source_insert(struct source *s, size_t at, const char *text);
/* Removes [begin, end), and the whole lines if nothing else but comments that end there is on them.
 */
void source_remove_statement(struct source *s, size_t begin, size_t end);
/* The text of [begin, end) after the edits in it, which are taken out of the list: for an edit
 * that contains them. */
const char *source_take(struct source *s, size_t begin, size_t end);
/* The whole file after its edits; *len its length. */
const char *source_result(struct source *s, size_t *len);
