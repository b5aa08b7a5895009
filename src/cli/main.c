/* SPDX-License-Identifier: MIT */
/* main.c - dirql COMMAND ... */
#include "cli/cli.h"
#include <string.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        cli_help(NULL);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        name = "help";
    const struct cli_command *command = cli_command_find(name);
    if (!command) {
        cli_error("there is no command \"%s\" (dirql help lists them)", name);
        return EXIT_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}
