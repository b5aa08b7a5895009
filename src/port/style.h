/* SPDX-License-Identifier: MIT */
/* style.h - how the author of a file writes, so that what a port adds reads as theirs. */
#pragma once
#include "port/source.h"

enum braces {
    BRACES_SAME_LINE, /* if (x) { */
    BRACES_NEXT_LINE, /* if (x) NEWLINE { , the brace below the "if" */
    BRACES_INDENTED,  /* the brace one step (or half of one) to the right: GNU, Whitesmiths */
};

struct style {
    const char *unit; /* one step of indentation */
    enum braces braces;
    const char *brace_indent; /* BRACES_INDENTED: before the brace; the body has `unit` more */
    bool brace_single;        /* braces around a single statement */
    bool if_space;            /* "if (" */
    bool call_space;          /* "f (x)" */
    bool sizeof_space;        /* "sizeof (x)" */
    unsigned columns;         /* lines are at most this long */
    bool line_comments;
};

/* Found once for each file. */
const struct style *style_of(const struct source *s);

/* "if (condition)" around one statement, each line beginning with `indent`. */
const char *style_if(const struct style *st, const char *indent, const char *condition,
                     const char *const *statements, size_t count);
const char *style_call(const struct style *st, const char *name); /* "name(" or "name (" */
const char *style_comment(const struct style *st, const char *text);

/* How the local variables of a driver are written; turns "InterruptCharacteristics" into it. */
const char *style_local(const char *pascal, const char *const *locals, size_t count);
