/* SPDX-License-Identifier: MIT */
/* qtest.h - QEMU's qtest protocol: register accesses and interrupt lines over a socket.
 *
 * Source: QEMU documentation, devel/qtest ("QTest Protocol").
 *
 * Every command is answered by a line; lines of interrupts come in between, in order: what a write
 * does to a line is known when the write has been answered. A read waits for its answer, about
 * 20 microseconds. A write to memory is posted, as on a PCI bus: it is sent at once and its answer is
 * read later, by the next read at the latest. A write to a port is not posted there (PCI Express
 * Base Specification, "Transaction Layer Overview": I/O requests are non-posted), and a driver may
 * rely on the card having acted on it: it waits. While the interrupt line is up all writes wait,
 * because one of them will lower it, and a service routine that returned before that would be called
 * again.
 *
 * Any thread; several take turns. Lines are told with the turn held: `line` must not access
 * registers. After a failure reads are all ones and writes are lost. */
#pragma once
#include "nt/alarm.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qtest_space { QTEST_MEMORY, QTEST_PORT };

struct qtest {
    int fd; /* a stream socket; closed by qtest_close() */
    /* The interrupt line went up or down. */
    void (*line)(void *ctx, bool up);
    /* Once: the connection is of no use any more, and why. */
    void (*failed)(void *ctx, const char *why);
    void *ctx;

    /* Private. */
    pthread_mutex_t turn;
    struct fd_watch watch; /* for lines that change while nobody waits for an answer */
    bool watching, broken;
    unsigned gsi; /* the line, an input of the I/O APIC */
    bool line_up;
    unsigned owed; /* answers to posted writes */
    uint64_t round_trips;
    size_t have;
    char in[4096];
};

/* fd, line, failed and ctx are set. */
void qtest_init(struct qtest *q);
/* Input `gsi` of the I/O APIC is told from now on, also while no access is under way. False:
 * failed. */
bool qtest_intercept(struct qtest *q, unsigned gsi);
uint64_t qtest_read(struct qtest *q, enum qtest_space space, uint64_t address, unsigned width);
void qtest_write(struct qtest *q, enum qtest_space space, uint64_t address, unsigned width,
                 uint64_t value);
/* Waits for the answers to what was posted. False: failed. */
bool qtest_flush(struct qtest *q);
/* Commands whose answer was waited for. */
uint64_t qtest_round_trips(const struct qtest *q);
void qtest_close(struct qtest *q);
