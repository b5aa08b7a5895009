/* SPDX-License-Identifier: MIT */
/* lex.h - the tokens of a C or C++ file as its author wrote it: before the preprocessor, so the
 * branches that this build leaves out and the bodies of macros are there too.
 *
 * libclang says what a name means; edits are made on these tokens, which know the exact bytes. Any
 * bytes are accepted: what is no C token is a punctuator of one byte. Offsets are in bytes. */
#pragma once
#include "port/text.h"
#include <stdint.h>

enum token_kind { TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_PUNCT };

struct token {
    uint8_t kind;
    bool directive; /* on a preprocessor line, which also ends at it: no part of a statement */
    bool first;     /* the '#' of a directive */
    bool control;   /* a macro's name: what follows is its body, as behind "if (...)" (macro.c) */
    uint32_t begin, end;
};

struct comment {
    uint32_t begin, end; /* without the newline that ends a line comment */
};

struct tokens {
    LIST(struct token) code;
    LIST(struct comment) comments;
};

void lex(const char *bytes, size_t len, struct tokens *out);
