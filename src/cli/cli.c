/* SPDX-License-Identifier: MIT */
/* cli.c - the command table, option parsing, help, manual page and completion: all from the same tables. */
#include "cli/cli.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMANDS 32
#define OPTIONS  64
#define SUMMARY  "run Windows network drivers, their interrupts and NDIS on Linux"

extern const struct cli_command *const __start_dirql_commands[];
extern const struct cli_command *const __stop_dirql_commands[];

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct cli_command *const *)a)->name, (*(const struct cli_command *const *)b)->name);
}

const struct cli_command *const *cli_commands(size_t *count)
{
    static const struct cli_command *sorted[COMMANDS];
    static size_t n;
    if (!n) {
        n = (size_t)(__stop_dirql_commands - __start_dirql_commands);
        memcpy(sorted, __start_dirql_commands, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, by_name);
    }
    *count = n;
    return sorted;
}

const struct cli_command *cli_command_find(const char *name)
{
    size_t n;
    const struct cli_command *const *all = cli_commands(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i]->name, name))
            return all[i];
    return NULL;
}

void cli_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("dirql: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

bool cli_number(const char *text, unsigned long long min, unsigned long long max, unsigned long long *out,
                char *err, size_t err_len)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-') {
        snprintf(err, err_len, "\"%s\" is no number", text);
        return false;
    }
    if (n < min || n > max) {
        snprintf(err, err_len, "%s is outside %llu to %llu", text, min, max);
        return false;
    }
    *out = n;
    return true;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t n = strlen(text);
    for (const char *c = choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL)
        if (!strncmp(c, text, n) && (c[n] == '|' || !c[n]))
            return true;
    return false;
}

static bool take(const struct cli_command *command, const struct cli_option *o, const char *argument,
                 void *config)
{
    char err[400];
    if (o->choices && !is_choice(o->choices, argument)) {
        cli_error("--%s %s: it is one of %s", o->name, argument, o->choices);
        return false;
    }
    if (o->set(config, argument, err, sizeof err))
        return true;
    cli_error("--%s%s%s: %s", o->name, argument ? " " : "", argument ? argument : "", err);
    return false;
}

bool cli_parse(const struct cli_command *command, int argc, char **argv, void *config, const char **rest)
{
    struct option longs[OPTIONS + 2] = {0};
    for (size_t i = 0; i < command->option_count; i++)
        longs[i] = (struct option){command->options[i].name,
                                   command->options[i].argument ? required_argument : no_argument, NULL,
                                   (int)i + 256};
    longs[command->option_count] = (struct option){"help", no_argument, NULL, 'h'};
    size_t n = 0;
    int c;
    optind = 1;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "-:h", longs, NULL)) != -1) {
        if (c == 1) {
            rest[n++] = optarg;
        } else if (c == 'h') {
            cli_help(command);
            exit(EXIT_FINE);
        } else if (c >= 256) {
            if (!take(command, &command->options[c - 256], optarg, config))
                return false;
        } else {
            const char *what = argv[optind - 1];
            cli_error(c == ':' ? "%s needs an argument (dirql help %s)"
                               : "there is no option %s (dirql help %s)",
                      what, command->name);
            return false;
        }
    }
    while (optind < argc)
        rest[n++] = argv[optind++];
    rest[n] = NULL;
    return true;
}

/* --- help --- */

static void wrap(const char *text, int indent, int width)
{
    int column = indent;
    bool space = false;
    while (*text) {
        size_t word = strcspn(text, " \n");
        if (column + space + (int)word > width && column > indent) {
            printf("\n%*s", indent, "");
            column = indent;
            space = false;
        }
        column += printf("%s%.*s", space ? " " : "", (int)word, text);
        text += word;
        space = *text == ' ';
        if (*text == '\n') {
            printf("\n%*s", indent, "");
            column = indent;
        }
        if (*text)
            text++;
    }
    putchar('\n');
}

static void option_title(const struct cli_option *o, char *title, size_t size)
{
    const char *argument = o->choices ? o->choices : o->argument;
    snprintf(title, size, "--%s%s%s", o->name, argument ? " " : "", argument ? argument : "");
}

void cli_help(const struct cli_command *command)
{
    size_t n;
    const struct cli_command *const *all = cli_commands(&n);
    if (!command) {
        printf("dirql - " SUMMARY "\n\n");
        for (size_t i = 0; i < n; i++)
            printf("  dirql %-12s %s\n", all[i]->name, all[i]->summary);
        printf("\n\"dirql help COMMAND\" explains one. Exit status: 0 fine; 1 usage or environment; 2 the driver\n"
               "did not load or initialise; 3 it broke a rule or leaked; 4 it crashed.\n");
        return;
    }
    printf("dirql %s%s%s %s\n\n", command->name, command->option_count ? " [options]" : "",
           command->arguments ? "" : "", command->arguments ? command->arguments : "");
    wrap(command->description, 0, 96);
    for (size_t i = 0; i < command->option_count; i++) {
        char title[128];
        option_title(&command->options[i], title, sizeof title);
        printf("\n  %s\n      ", title);
        wrap(command->options[i].help, 6, 96);
    }
}

/* roff: a leading '.' or "'" and backslashes are special. */
static void roff(const char *text)
{
    for (bool start = true; *text; start = *text == '\n', text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\n')
            fputs("\n.br\n", stdout);
        else
            putchar(*text);
    }
    putchar('\n');
}

void cli_man(void)
{
    size_t n;
    const struct cli_command *const *all = cli_commands(&n);
    puts(".TH DIRQL 1 \"\" \"dirql\" \"User Commands\"\n.SH NAME\ndirql \\- " SUMMARY "\n.SH SYNOPSIS");
    for (size_t i = 0; i < n; i++)
        printf(".B dirql %s\n%s%s\n.br\n", all[i]->name, all[i]->option_count ? "[options] " : "",
               all[i]->arguments ? all[i]->arguments : "");
    puts(".SH DESCRIPTION\ndirql is a small NT kernel and NDIS in one process. It loads the .sys of a Windows network\n"
         "card, gives it a machine with processors, interrupts, memory and a PCI bus, connects it to a card, and\n"
         "checks what Windows checks.");
    for (size_t i = 0; i < n; i++) {
        printf(".SH DIRQL %s\n", all[i]->name);
        roff(all[i]->description);
        for (size_t o = 0; o < all[i]->option_count; o++) {
            char title[128];
            option_title(&all[i]->options[o], title, sizeof title);
            fputs(".TP\n.B ", stdout);
            roff(title);
            roff(all[i]->options[o].help);
        }
    }
    puts(".SH EXIT STATUS\n.TP\n0\nfine\n.TP\n1\nusage or environment\n.TP\n2\nthe driver did not load or "
         "initialise\n.TP\n3\nthe driver broke a rule or leaked\n.TP\n4\nthe driver crashed");
}

void cli_completion(void)
{
    size_t n;
    const struct cli_command *const *all = cli_commands(&n);
    puts("# bash completion for dirql: source it, or put it into /usr/share/bash-completion/completions/dirql\n"
         "_dirql() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        words=\"", stdout);
    for (size_t i = 0; i < n; i++)
        printf("%s%s", i ? " " : "", all[i]->name);
    puts("\"\n    else\n        case \"${COMP_WORDS[1]} $before\" in");
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; o < all[i]->option_count; o++)
            if (all[i]->options[o].choices) {
                char words[128];
                snprintf(words, sizeof words, "%s", all[i]->options[o].choices);
                for (char *p = words; *p; p++)
                    if (*p == '|')
                        *p = ' ';
                printf("        \"%s --%s\") words=\"%s\" ;;\n", all[i]->name, all[i]->options[o].name, words);
            }
    puts("        *)\n            case \"${COMP_WORDS[1]}\" in");
    for (size_t i = 0; i < n; i++) {
        printf("            %s) words=\"", all[i]->name);
        for (size_t o = 0; o < all[i]->option_count; o++)
            printf("%s--%s", o ? " " : "", all[i]->options[o].name);
        puts("\" ;;");
    }
    puts("            esac ;;\n        esac\n    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "    [[ $word == -* || -n ${COMPREPLY[*]} ]] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "}\ncomplete -o filenames -F _dirql dirql");
}
