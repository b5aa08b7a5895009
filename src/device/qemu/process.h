/* SPDX-License-Identifier: MIT */
/* process.h - the QEMU that emulates the card: started, watched, ended.
 *
 * It has a process group of its own, so that Ctrl-C reaches dirql only, which then halts the
 * driver; and it dies with dirql, however that ends. */
#pragma once
#include "nt/alarm.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define QEMU_BINARY "qemu-system-x86_64"

struct qemu_process {
    pid_t pid;                /* 0: not running */
    int output;               /* what it says on stdout and stderr; a memory file */
    void (*ended)(void *ctx); /* on the device thread */
    void *ctx;
    struct fd_watch watch; /* a pidfd */
};

/* Not on a thread of the machine: its stack lies in memory that a new process would share.
 * Starts argv[0] (looked up in PATH) with the n descriptors of `keep` open. 0, or -errno and one
 * sentence in err; `ended` and ctx are set before. */
int qemu_process_start(struct qemu_process *p, char *const argv[], const int *keep, size_t n,
                       char *err, size_t err_len);
/* What it said last, one line without its name; "" if nothing. */
void qemu_process_words(const struct qemu_process *p, char *out, size_t len);
void qemu_process_kill(struct qemu_process *p);
