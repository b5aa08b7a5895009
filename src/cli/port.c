/* SPDX-License-Identifier: MIT */
/* port.c - dirql port: the command line of src/port. */
#include "port/port.h"
#include "cli/cli.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct port_command {
    struct port_options options;
    const char *output, *format; /* the options that chose them */
};

/* --diff, --in-place and --output exclude each other, as --json and --sarif do. */
static bool choose(const char **chosen, const char *option, char *err, size_t n)
{
    if (*chosen && strcmp(*chosen, option)) {
        snprintf(err, n, "there is %s already; choose one", *chosen);
        return false;
    }
    *chosen = option;
    return true;
}

static bool set_in_place(void *config, const char *a, char *err, size_t n)
{
    struct port_command *c = config;
    c->options.output = PORT_IN_PLACE;
    return choose(&c->output, "--in-place", err, n);
}

static bool set_diff(void *config, const char *a, char *err, size_t n)
{
    struct port_command *c = config;
    c->options.output = PORT_DIFF;
    return choose(&c->output, "--diff", err, n);
}

static bool set_output(void *config, const char *a, char *err, size_t n)
{
    struct port_command *c = config;
    c->options.output = PORT_DIRECTORY;
    c->options.directory = a;
    return choose(&c->output, "--output", err, n);
}

static bool set_commands(void *config, const char *a, char *err, size_t n)
{
    ((struct port_command *)config)->options.commands = a;
    return true;
}

static bool set_ddk(void *config, const char *a, char *err, size_t n)
{
    ((struct port_command *)config)->options.ddk = a;
    return true;
}

static bool set_msi(void *config, const char *a, char *err, size_t n)
{
    ((struct port_command *)config)->options.msi = true;
    return true;
}

static bool set_json(void *config, const char *a, char *err, size_t n)
{
    struct port_command *c = config;
    c->options.format = PORT_JSON;
    return choose(&c->format, "--json", err, n);
}

static bool set_sarif(void *config, const char *a, char *err, size_t n)
{
    struct port_command *c = config;
    c->options.format = PORT_SARIF;
    return choose(&c->format, "--sarif", err, n);
}

static const struct cli_option options[] = {
    {"in-place", NULL, NULL, "Change the files (also -i): all of them, or none.", set_in_place},
    {"diff", NULL, NULL, "Print a unified diff and change nothing; this is the default.", set_diff},
    {"output", "DIR", NULL, "Write all files of the driver to DIR (also -o DIR), ported.",
     set_output},
    {"commands", "FILE", NULL,
     "Take each file's flags from a compile_commands.json, or the folder of one (also -p FILE).",
     set_commands},
    {"msi", NULL, NULL,
     "Add the handlers of message-signaled interrupts as well, on top of the line's.", set_msi},
    {"ddk", "DIR", NULL, "The headers for drivers; without it, dirql's own include/ddk.", set_ddk},
    {"json", NULL, NULL, "Print the report as one JSON object, with the diff in it.", set_json},
    {"sarif", NULL, NULL, "Print the report as SARIF 2.1.0, for editors and CI.", set_sarif},
};

/* -i, -o and -p as compilers and clang's tools call them; what follows "--" is the compiler's. */
static const char *long_name(const char *a)
{
    return !strcmp(a, "-i")   ? "--in-place"
           : !strcmp(a, "-o") ? "--output"
           : !strcmp(a, "-p") ? "--commands"
                              : a;
}

static port_run_fn *load(void)
{
    char path[PATH_MAX + sizeof PORT_LIBRARY];
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
    while (n > 0 && path[n - 1] != '/')
        n--;
    strcpy(path + (n > 0 ? n : 0), PORT_LIBRARY);
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    port_run_fn *run = library ? (port_run_fn *)dlsym(library, "port_run") : NULL;
    if (!run)
        cli_error("%s (it is built beside dirql, and needs libclang: package libclang1-14)",
                  dlerror());
    return run;
}

static int port(int argc, char **argv)
{
    struct port_command command = {0};
    const char *rest[argc + 1];
    char *args[argc + 1];
    int count = 0;
    for (; count < argc && strcmp(argv[count], "--"); count++)
        args[count] = (char *)long_name(argv[count]);
    args[count] = NULL;
    if (!cli_parse(cli_command_find("port"), count, args, &command, rest))
        return EXIT_USAGE;
    if (!rest[0]) {
        cli_error("which files? (dirql help port)");
        return EXIT_USAGE;
    }
    command.options.files = rest;
    command.options.flags = count < argc ? (const char *const *)argv + count + 1 : NULL;
    command.options.color = isatty(STDERR_FILENO);
    port_run_fn *run = load();
    return run ? run(&command.options) : EXIT_USAGE;
}

CLI_COMMAND(
    port, .name = "port", .arguments = "FILE.c... [-- FLAGS]",
    .summary = "rewrite a driver's interrupt code from NDIS 5.x to 6.0",
    .description =
        "Reads all C or C++ files of an NDIS 5.x miniport driver and rewrites its interrupt code "
        "as Microsoft's guide \"Porting NDIS 5.x Drivers to NDIS 6.0\" says, so that it compiles "
        "and behaves as before: registration, ISR, DPC, enable and disable handlers, "
        "synchronization. It changes what has to be changed and nothing else, and prints why. "
        "Build files (sources, Makefile, .vcxproj, meson.build) may be named too. FLAGS are what "
        "the driver's own build gives its compiler: -I, -D, -include.\n"
        "What is still NDIS 5 is listed; with -DNDIS60=1 a half-ported driver compiles, and "
        "\"dirql run --porting\" runs it. docs/port.md has the details.\n"
        "Exit status: 0 ported, or nothing to port; 1 usage or a file; 2 nothing written, because "
        "the driver does not parse or a person has to decide first; 3 ported, and some work is "
        "left to a person.",
    .options = options, .option_count = sizeof options / sizeof *options, .run = port);
