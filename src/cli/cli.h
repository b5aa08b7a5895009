/* SPDX-License-Identifier: MIT */
/* cli.h - commands and their options: one table each, from which parsing, help, the manual page and shell
 * completion are made.
 *
 * Adding a command: write src/cli/NAME.c with an option table and a function, and a row with CLI_COMMAND. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Exit status, the same for every command. */
enum {
    EXIT_FINE = 0,
    EXIT_USAGE = 1,     /* usage or environment */
    EXIT_NO_DRIVER = 2, /* the driver did not load or initialise */
    EXIT_BROKEN = 3,    /* it broke a rule or leaked */
    EXIT_CRASHED = 4,   /* it crashed */
};

struct cli_option {
    const char *name;     /* long name */
    const char *argument; /* "N", "SPEC"; NULL: a flag */
    const char *choices;  /* "line|msi|msix" for completion and checking, or NULL */
    const char *help;     /* one or more sentences; '\n' begins a paragraph */
    /* Takes the argument (NULL for a flag). False and a sentence in err if it is wrong. */
    bool (*set)(void *config, const char *argument, char *err, size_t err_len);
};

struct cli_command {
    const char *name;
    const char *arguments; /* "DRIVER.sys|DRIVER.inf" */
    const char *summary;   /* one line */
    const char *description;
    const struct cli_option *options;
    size_t option_count;
    int (*run)(int argc, char **argv);
};

#define CLI_COMMAND(label, ...)                                                                    \
    static const struct cli_command command_row_##label = {__VA_ARGS__};                           \
    __attribute__((section("dirql_commands"), used, retain))                                       \
    static const struct cli_command *const command_ref_##label = &command_row_##label

/* In order of name. */
const struct cli_command *const *cli_commands(size_t *count);
const struct cli_command *cli_command_find(const char *name);

/* Parses argv[1..] by the command's table into config; what is no option is collected in `rest` (terminated by NULL,
 * room for argc entries). False after printing what is wrong to standard error. */
bool cli_parse(const struct cli_command *command, int argc, char **argv, void *config, const char **rest);

/* Help on one command (or all, if NULL) to standard output. */
void cli_help(const struct cli_command *command);
void cli_man(void);        /* roff, for man -l */
void cli_completion(void); /* a bash completion script */

/* "dirql: " and a sentence to standard error. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A number with checks: decimal or 0x. False and a sentence. */
bool cli_number(const char *text, unsigned long long min, unsigned long long max,
                unsigned long long *out, char *err, size_t err_len);
