/* SPDX-License-Identifier: MIT */
/* casts.c - "(PUCHAR)p += n", "&(PVOID)p": a cast that is an lvalue, which only a compiler of
 * Microsoft's takes (C4213).
 *
 * Where libclang complains of one, it gets the files without such casts: blanks in their place, so
 * that every other thing stays where it is. What is ported is the author's text. */
#include "port/project.h"
#include <string.h>

/* The ')' of "(unsigned char *)", a type by its look; NO_TOKEN if it is none. */
static size_t cast_end(const struct source *s, size_t open)
{
    size_t close = tok_is(s, open, "(") ? tok_match(s, open) : NO_TOKEN;
    if (close == NO_TOKEN || close == open + 1)
        return NO_TOKEN;
    for (size_t i = open + 1; i < close; i++)
        if (!tok_is_name(s, i) && !tok_is(s, i, "*"))
            return NO_TOKEN;
    return close;
}

/* The last token of what is cast: "p->a[i]", "((q)->tail)". */
static size_t operand_end(const struct source *s, size_t i)
{
    size_t end = tok_is(s, i, "(") ? tok_match(s, i) : tok_is_name(s, i) ? i : NO_TOKEN;
    while (end != NO_TOKEN) {
        if ((tok_is(s, end + 1, "->") || tok_is(s, end + 1, ".")) && tok_is_name(s, end + 2))
            end += 2;
        else if (tok_is(s, end + 1, "["))
            end = tok_match(s, end + 1);
        else
            break;
    }
    return end;
}

/* The '&' that takes an address, perhaps outside of brackets. */
static bool address_is_taken(const struct source *s, size_t open)
{
    static const char *const before[] = {"(", ",", "=", "return", "{", "}", ";", NULL};
    while (open > 0 && tok_is(s, open - 1, "("))
        open--;
    return open > 1 && tok_is(s, open - 1, "&") && is_one_of(tok_text(s, open - 2), before);
}

/* A statement begins here; ")" is that of an if, or of a macro's head. */
static bool begins_statement(const struct source *s, size_t i)
{
    static const char *const before[] = {";", "{", "}", ")", "else", "do", ":", NULL};
    return i > 0 && is_one_of(tok_text(s, i - 1), before);
}

static bool is_assigned(const struct source *s, size_t operator)
{
    static const char *const words[] = {
        "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--", NULL};
    return operator<s->tokens.code.count && is_one_of(tok_text(s, operator), words);
}

bool complains_of_cast(const diagnostic_list *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (strstr(diagnostics->item[i].text, "lvalue casts are not supported") ||
            strstr(diagnostics->item[i].text, "cannot take the address of an rvalue"))
            return true;
    return false;
}

const char *text_without_casts(const char *path, const char *bytes, size_t len)
{
    const struct source *s = source_from_bytes(path, bytes, len);
    char *text = (char *)arena_copy(bytes, len);
    for (size_t open = 0; open < s->tokens.code.count; open++) {
        size_t close = cast_end(s, open);
        size_t end = close == NO_TOKEN ? NO_TOKEN : operand_end(s, close + 1);
        if (end == NO_TOKEN ||
            !((begins_statement(s, open) && is_assigned(s, end + 1)) || address_is_taken(s, open)))
            continue;
        for (size_t i = tok(s, open)->begin; i < tok(s, close)->end; i++)
            if (text[i] != '\n' && text[i] != '\r' && text[i] != '\\')
                text[i] = ' ';
    }
    return text;
}
