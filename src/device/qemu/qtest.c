/* SPDX-License-Identifier: MIT */
/* qtest.c - QEMU's qtest protocol. */
#include "device/qemu/qtest.h"
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 5 /* a command that takes longer hangs */
/* Answers that may wait in the socket. Each takes a buffer of its own there, however short it is: at
 * some 250 the socket is full, and QEMU would wait for us while we wait for it. */
#define OWED_MAX 100

struct answer {
    bool ok;
    uint64_t value;
};

static bool fail(struct qtest *q, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct qtest *q, const char *fmt, ...)
{
    char why[200];
    if (q->broken)
        return false;
    q->broken = true;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    q->failed(q->ctx, why);
    return false;
}

/* One line of QEMU's. */
static bool understand(struct qtest *q, char *text, struct answer *answer)
{
    unsigned gsi;
    char move[6];
    if (sscanf(text, "IRQ %5s %u", move, &gsi) == 2) {
        if (gsi == q->gsi) {
            q->line_up = !strcmp(move, "raise");
            q->line(q->ctx, q->line_up);
        }
        return true;
    }
    if (strncmp(text, "OK", 2))
        return fail(q, "QEMU answered \"%s\" to a qtest command", text);
    if (q->owed) {
        q->owed--;
    } else if (answer && !answer->ok) {
        answer->ok = true;
        answer->value = text[2] ? strtoull(text + 3, NULL, 0) : 0;
    } else {
        return fail(q, "QEMU answered \"%s\" to no qtest command", text);
    }
    return true;
}

/* Takes what has arrived; with `wait`, waits until something does. False: nothing, or failed. */
static bool take(struct qtest *q, bool wait, struct answer *answer)
{
    ssize_t n;
    do
        n = recv(q->fd, q->in + q->have, sizeof q->in - q->have, wait ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return wait ? fail(q, "QEMU has not answered for %d seconds", PATIENCE_S) : false;
    if (n <= 0)
        return fail(q, "QEMU has ended");
    q->have += (size_t)n;
    char *line = q->in, *end;
    while ((end = memchr(line, '\n', q->have - (size_t)(line - q->in)))) {
        *end = 0;
        if (!understand(q, line, answer))
            return false;
        line = end + 1;
    }
    q->have -= (size_t)(line - q->in);
    memmove(q->in, line, q->have);
    return q->have < sizeof q->in || fail(q, "QEMU sent a line that does not end");
}

static bool send_text(struct qtest *q, const char *text, size_t len)
{
    while (len) {
        ssize_t n = send(q->fd, text, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN
                       ? fail(q, "QEMU has not taken a command for %d seconds", PATIENCE_S)
                       : fail(q, "QEMU has ended");
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* While somebody waits for an answer the device thread need not be woken by it. */
static void turn_begin(struct qtest *q)
{
    pthread_mutex_lock(&q->turn);
    if (q->watching)
        fd_watch_remove(&q->watch);
}

static void turn_end(struct qtest *q)
{
    if (q->watching && !q->broken)
        fd_watch_add(&q->watch);
    pthread_mutex_unlock(&q->turn);
}

static bool wait_owed(struct qtest *q, unsigned most)
{
    while (q->owed > most)
        if (!take(q, true, NULL))
            return false;
    return true;
}

/* Turn held. */
static bool ask(struct qtest *q, const char *command, size_t len, uint64_t *value)
{
    struct answer answer = {0};
    if (q->broken || !send_text(q, command, len))
        return false;
    q->round_trips++;
    while (!answer.ok)
        if (!take(q, true, &answer))
            return false;
    if (value)
        *value = answer.value;
    return true;
}

static bool ask_text(struct qtest *q, const char *command)
{
    return ask(q, command, strlen(command), NULL);
}

static void turn_watched(struct fd_watch *watch)
{
    struct qtest *q = (struct qtest *)((char *)watch - offsetof(struct qtest, watch));
    pthread_mutex_lock(&q->turn);
    while (!q->broken && take(q, false, NULL))
        ;
    if (q->broken)
        fd_watch_remove(watch);
    pthread_mutex_unlock(&q->turn);
}

void qtest_init(struct qtest *q)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    pthread_mutex_init(&q->turn, NULL);
    q->watch = (struct fd_watch){.fd = q->fd, .ready = turn_watched};
    setsockopt(q->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(q->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

bool qtest_intercept(struct qtest *q, unsigned gsi)
{
    turn_begin(q);
    q->gsi = gsi;
    bool ok = ask_text(q, "irq_intercept_in ioapic\n");
    q->watching = ok; /* turn_end() adds it */
    turn_end(q);
    return ok;
}

static char width_letter(unsigned width)
{
    return width == 1 ? 'b' : width == 2 ? 'w' : width == 4 ? 'l' : 'q';
}

uint64_t qtest_read(struct qtest *q, enum qtest_space space, uint64_t address, unsigned width)
{
    char command[64];
    uint64_t value = UINT64_MAX;
    int n = snprintf(command, sizeof command, "%s%c 0x%llx\n", space == QTEST_PORT ? "in" : "read",
                     width_letter(width), (unsigned long long)address);
    turn_begin(q);
    ask(q, command, (size_t)n, &value);
    turn_end(q);
    return value;
}

void qtest_write(struct qtest *q, enum qtest_space space, uint64_t address, unsigned width,
                 uint64_t value)
{
    char command[64];
    int n = snprintf(command, sizeof command, "%s%c 0x%llx 0x%llx\n",
                     space == QTEST_PORT ? "out" : "write", width_letter(width),
                     (unsigned long long)address, (unsigned long long)value);
    turn_begin(q);
    if (q->line_up || space == QTEST_PORT) {
        ask(q, command, (size_t)n, NULL);
    } else if (!q->broken && send_text(q, command, (size_t)n)) {
        q->owed++;
        if (q->owed > OWED_MAX)
            wait_owed(q, OWED_MAX / 2);
    }
    turn_end(q);
}

bool qtest_flush(struct qtest *q)
{
    turn_begin(q);
    bool ok = !q->broken && wait_owed(q, 0);
    turn_end(q);
    return ok;
}

uint64_t qtest_round_trips(const struct qtest *q)
{
    return q->round_trips;
}

void qtest_close(struct qtest *q)
{
    if (q->watching)
        fd_watch_remove(&q->watch);
    close(q->fd);
    pthread_mutex_destroy(&q->turn);
}
