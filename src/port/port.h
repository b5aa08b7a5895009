/* SPDX-License-Identifier: MIT */
/* port.h - dirql port: rewrite a driver's interrupt code from NDIS 5.x to NDIS 6.0.
 *
 * The way through a port, a file each:
 *
 *   parse.c            the driver as libclang sees it, and the files that are the driver's
 *   command.c, flags.c how each file is compiled; include.c, casing.c which headers it reads
 *   casts.c            what only a compiler of Microsoft's reads
 *   jobs.c (parallel.c)  several files at a time, with headers compiled before: prefix.c (cache.c)
 *   model.c            what its interrupt code is: handlers, interrupt objects, calls, contexts
 *   indirect.c         calls of handlers that are not made by their names
 *   resolve.c          which function is the ISR, which context it gets; or why it is undecidable
 *
 *   characteristics.c  handle.c  register.c (macro.c, several.c)
 *   isr.c (flow.c, isrcalls.c)  dpc.c  enable.c (mask.c, requestisr.c)
 *   synchronize.c (result.c)  msi.c  buildfiles.c
 *                      one kind of rewriting each: edits (source.c) by token (lex.c)
 *   signature.c  body.c  declare.c  order.c
 *                      what they share, in the author's style (style.c)
 *
 *   remains.c          what else is NDIS 5
 *   verify.c           the result is parsed again, before anything is written
 *   diff.c, write.c (file.c)   all edits of a run or none
 *
 * It shares only include/ddk with the rest of dirql, and is compiled plainly: no Windows types. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum port_output { PORT_DIFF, PORT_IN_PLACE, PORT_DIRECTORY };
enum port_format { PORT_TEXT, PORT_JSON, PORT_SARIF };

struct port_options {
    const char *const *files; /* C and C++ files, and build files; ends with NULL */
    const char *const *flags; /* after "--", for the compiler; ends with NULL. May be NULL */
    const char *commands;     /* compile_commands.json or its folder, or NULL */
    const char *ddk;          /* our include/ddk; NULL: beside the program */
    enum port_output output;
    const char *directory; /* PORT_DIRECTORY */
    enum port_format format;
    bool msi;
    bool color;
};

enum {
    PORT_FINE = 0,        /* ported, or nothing to port; nothing is left to a person */
    PORT_USAGE = 1,       /* a file or an option */
    PORT_UNDECIDABLE = 2, /* nothing written: it does not parse, or a person has to decide first */
    PORT_LEFT = 3,        /* ported; some work is left to a person */
};

/* The diff goes to standard output, the report to standard error; with --json or --sarif the
 * report (and the diff in it) to standard output. Returns one of the above. */
typedef int port_run_fn(const struct port_options *options);
__attribute__((visibility("default"))) port_run_fn port_run;

/* port_run() is in a library of its own beside the program, for the sake of all other commands:
 * only `dirql port` waits for libclang. */
#define PORT_LIBRARY "dirql-port.so"
