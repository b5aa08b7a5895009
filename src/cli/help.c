/* SPDX-License-Identifier: MIT */
/* help.c - dirql help [COMMAND | man | completion]. */
#include "cli/cli.h"
#include <string.h>

static int help(int argc, char **argv)
{
    if (argc < 2) {
        cli_help(NULL);
    } else if (!strcmp(argv[1], "man")) {
        cli_man();
    } else if (!strcmp(argv[1], "completion")) {
        cli_completion();
    } else {
        const struct cli_command *command = cli_command_find(argv[1]);
        if (!command) {
            cli_error("there is no command \"%s\" (dirql help lists them)", argv[1]);
            return EXIT_USAGE;
        }
        cli_help(command);
    }
    return EXIT_FINE;
}

CLI_COMMAND(help, .name = "help", .arguments = "[COMMAND|man|completion]", .summary = "explain the commands",
            .description = "Explains a command, or lists them. \"dirql help man | man -l -\" shows the manual "
                           "page; \"source <(dirql help completion)\" completes words in bash.",
            .run = help);
