/* SPDX-License-Identifier: MIT */
/* monitor.c - QEMU's monitor: one JSON object a line, each way. */
#include "device/qemu/monitor.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 5

/* The next object, or NULL and a reason. */
static json_t *next_object(struct qemu_monitor *m, const char **why)
{
    char *end;
    while (!(end = memchr(m->in, '\n', m->have))) {
        ssize_t n = recv(m->fd, m->in + m->have, sizeof m->in - m->have, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            *why = m->have == sizeof m->in                    ? "a line that does not end"
                   : n < 0 && (errno == EAGAIN || errno == 0) ? "no answer for 5 seconds"
                                                              : "QEMU has ended";
            return NULL;
        }
        m->have += (size_t)n;
    }
    json_t *object = json_loadb(m->in, (size_t)(end - m->in), 0, NULL);
    m->have -= (size_t)(end + 1 - m->in);
    memmove(m->in, end + 1, m->have);
    if (!object)
        *why = "an answer that is not JSON";
    return object;
}

/* Sends `command` (taken over) and waits for its result; events in between are of no interest. */
static bool execute(struct qemu_monitor *m, json_t *command, char *err, size_t err_len)
{
    const char *why = "out of memory";
    char *line = command ? json_dumps(command, JSON_COMPACT) : NULL;
    json_decref(command);
    bool ok = line && send(m->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line);
    if (line && !ok)
        why = "QEMU has ended";
    free(line);
    while (ok) {
        json_t *answer = next_object(m, &why);
        ok = answer != NULL;
        json_t *error = json_object_get(answer, "error");
        bool done = json_object_get(answer, "return") != NULL;
        if (error) {
            const char *text = json_string_value(json_object_get(error, "desc"));
            snprintf(err, err_len, "QEMU's monitor refused: %s", text ? text : "without a word");
            json_decref(answer);
            return false;
        }
        json_decref(answer);
        if (done)
            return true;
    }
    snprintf(err, err_len, "%s", why);
    return false;
}

bool monitor_open(struct qemu_monitor *m, char *err, size_t err_len)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(m->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const char *why = "no greeting";
    json_t *greeting = next_object(m, &why);
    bool greeted = json_object_get(greeting, "QMP") != NULL;
    json_decref(greeting);
    if (!greeted) {
        snprintf(err, err_len, "%s", why);
        return false;
    }
    return execute(m, json_pack("{s:s}", "execute", "qmp_capabilities"), err, err_len);
}

void monitor_set_link(struct qemu_monitor *m, const char *name, bool up)
{
    char why[200];
    json_t *command = json_pack("{s:s, s:{s:s, s:b}}", "execute", "set_link", "arguments", "name",
                                name, "up", up);
    if (!execute(m, command, why, sizeof why))
        m->failed(m->ctx, why);
}

void monitor_close(struct qemu_monitor *m)
{
    close(m->fd);
}
