/* SPDX-License-Identifier: MIT */
/* monitor.h - QEMU's monitor (QMP): what no register does, such as pulling the cable.
 *
 * Source: QEMU documentation, interop/qmp-spec, and the QMP reference (set_link). */
#pragma once
#include "nt/alarm.h"
#include <stdbool.h>
#include <stddef.h>

struct qemu_monitor {
    int fd; /* a stream socket; closed by monitor_close() */
    void (*failed)(void *ctx, const char *why);
    void *ctx;
    size_t have;
    char in[8192];
};

/* fd, failed and ctx are set. Waits for QEMU's greeting and ends the negotiation. False and a
 * sentence in err. */
bool monitor_open(struct qemu_monitor *m, char *err, size_t err_len);
/* The cable of network back end `name` is in or out. Waits for the answer (milliseconds). Device
 * thread. */
void monitor_set_link(struct qemu_monitor *m, const char *name, bool up);
void monitor_close(struct qemu_monitor *m);
