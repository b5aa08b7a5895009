/* SPDX-License-Identifier: MIT */
#include "port/flags.h"
#include <string.h>

void flags_add(flag_list *out, const char *const *flags, const char *folder)
{
    static const char *const with_value[] = {"-o", "-MF", "-MT", "-MQ", "-arch", "-target", NULL};
    static const char *const dropped[] = {"-c", "-MD", "-MMD", "-MP", "-M", "-MM", "-pipe", NULL};
    static const char *const paths[] = {"-I",         "-isystem", "-include",
                                        "-idirafter", "-iquote",  NULL};
    for (; flags && *flags; flags++) {
        const char *f = *flags;
        if (is_one_of(f, with_value)) {
            if (flags[1])
                flags++;
            continue;
        }
        if (is_one_of(f, dropped) || starts_with(f, "--target=") || starts_with(f, "-m") ||
            starts_with(f, "-O") || starts_with(f, "-g") || starts_with(f, "-fdiagnostics"))
            continue;
        if (f[0] == '/' && strchr("DIU", f[1]) && f[1]) {
            f = arena_format("-%s", f + 1);
            if (!f[2] && flags[1])
                f = arena_format("%s%s", f, *++flags);
        }
        if (is_one_of(f, paths) && flags[1]) {
            *list_add(out) = f;
            f = *++flags;
            *list_add(out) = folder && f[0] != '/' ? arena_format("%s/%s", folder, f) : f;
        } else if (starts_with(f, "-I") && folder && f[2] != '/') {
            *list_add(out) = arena_format("-I%s/%s", folder, f + 2);
        } else if (f[0] == '-') {
            *list_add(out) = f;
            if ((!strcmp(f, "-D") || !strcmp(f, "-U") || !strcmp(f, "-x")) && flags[1])
                *list_add(out) = *++flags;
        }
    }
}

const char *const *flags_split(const char *command)
{
    LIST(const char *) words = {0};
    const char *c = command;
    while (*c) {
        while (*c == ' ' || *c == '\t')
            c++;
        if (!*c)
            break;
        struct text word = {0};
        char quote = '\0';
        for (; *c && (quote || (*c != ' ' && *c != '\t')); c++) {
            if (quote && *c == quote)
                quote = '\0';
            else if (!quote && (*c == '"' || *c == '\''))
                quote = *c;
            else if (*c == '\\' && quote != '\'' && c[1])
                text_add(&word, ++c, 1);
            else
                text_add(&word, c, 1);
        }
        *list_add(&words) = text_string(&word);
    }
    *list_add(&words) = NULL;
    return words.item;
}
