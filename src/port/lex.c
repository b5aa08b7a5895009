/* SPDX-License-Identifier: MIT */
#include "port/lex.h"
#include <ctype.h>
#include <string.h>

struct lexer {
    const char *s;
    size_t len, at;
    bool directive, line_start;
    struct tokens *out;
};

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* The length of a backslash-newline at `at`, or 0. */
static size_t splice(const struct lexer *l, size_t at)
{
    if (at >= l->len || l->s[at] != '\\')
        return 0;
    if (at + 1 < l->len && l->s[at + 1] == '\n')
        return 2;
    if (at + 2 < l->len && l->s[at + 1] == '\r' && l->s[at + 2] == '\n')
        return 3;
    return 0;
}

static void line_comment(struct lexer *l)
{
    size_t begin = l->at;
    while (l->at < l->len && l->s[l->at] != '\n')
        l->at += splice(l, l->at) ? splice(l, l->at) : 1;
    size_t end = l->at > begin && l->s[l->at - 1] == '\r' ? l->at - 1 : l->at;
    *list_add(&l->out->comments) = (struct comment){(uint32_t)begin, (uint32_t)end};
}

static void block_comment(struct lexer *l)
{
    size_t begin = l->at;
    const char *end =
        l->at + 2 <= l->len ? memmem(l->s + l->at + 2, l->len - l->at - 2, "*/", 2) : NULL;
    l->at = end ? (size_t)(end - l->s) + 2 : l->len;
    *list_add(&l->out->comments) = (struct comment){(uint32_t)begin, (uint32_t)l->at};
}

/* A string or character constant; an unfinished one ends with its line. */
static void quoted(struct lexer *l)
{
    char quote = l->s[l->at++];
    while (l->at < l->len && l->s[l->at] != quote && l->s[l->at] != '\n') {
        if (splice(l, l->at))
            l->at += splice(l, l->at);
        else
            l->at += l->s[l->at] == '\\' && l->at + 1 < l->len && l->s[l->at + 1] != '\n' ? 2 : 1;
    }
    if (l->at < l->len && l->s[l->at] == quote)
        l->at++;
    if (l->at > l->len)
        l->at = l->len;
}

static size_t punct_length(const struct lexer *l)
{
    static const char *const longer[] = {"...", "<<=", ">>=", "->", "++", "--", "<<", ">>",
                                         "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
                                         "*=",  "/=",  "%=",  "&=", "|=", "^=", "##", "::"};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        size_t n = strlen(longer[i]);
        if (l->len - l->at >= n && !memcmp(l->s + l->at, longer[i], n))
            return n;
    }
    return 1;
}

static void token(struct lexer *l)
{
    const char *s = l->s;
    size_t begin = l->at;
    bool first = false;
    enum token_kind kind;
    if (s[begin] == '"' || s[begin] == '\'') {
        kind = TOKEN_STRING;
        quoted(l);
    } else if (isdigit((unsigned char)s[begin]) ||
               (s[begin] == '.' && begin + 1 < l->len && isdigit((unsigned char)s[begin + 1]))) {
        kind = TOKEN_NUMBER;
        while (l->at < l->len && (name_char(s[l->at]) || s[l->at] == '.' ||
                                  ((s[l->at] == '+' || s[l->at] == '-') && l->at > begin &&
                                   strchr("eEpP", s[l->at - 1]) && s[begin + 1] != 'x')))
            l->at++;
    } else if (name_char(s[begin])) {
        kind = TOKEN_NAME;
        while (l->at < l->len && name_char(s[l->at]))
            l->at++;
        if (l->at < l->len && l->at - begin == 1 && s[begin] == 'L' &&
            (s[l->at] == '"' || s[l->at] == '\'')) {
            kind = TOKEN_STRING;
            quoted(l);
        }
    } else {
        kind = TOKEN_PUNCT;
        l->at += punct_length(l);
        if (s[begin] == '#' && l->line_start)
            first = l->directive = true;
    }
    l->line_start = false;
    *list_add(&l->out->code) = (struct token){.kind = (uint8_t)kind,
                                              .directive = l->directive,
                                              .first = first,
                                              .begin = (uint32_t)begin,
                                              .end = (uint32_t)l->at};
}

void lex(const char *bytes, size_t len, struct tokens *out)
{
    struct lexer l = {.s = bytes, .len = len, .line_start = true, .out = out};
    *out = (struct tokens){0};
    if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
        l.at = 3;
    while (l.at < len) {
        char c = bytes[l.at], next = l.at + 1 < len ? bytes[l.at + 1] : '\0';
        if (splice(&l, l.at)) {
            l.at += splice(&l, l.at);
        } else if (c == '\n') {
            l.at++;
            l.directive = false;
            l.line_start = true;
        } else if (isspace((unsigned char)c) || c == '\0') {
            l.at++;
        } else if (c == '/' && next == '/') {
            line_comment(&l);
        } else if (c == '/' && next == '*') {
            block_comment(&l);
        } else {
            token(&l);
        }
    }
}
