/* SPDX-License-Identifier: MIT */
/* qemu_fuzz.c - any bytes as what QEMU answers, to register accesses and to its monitor. */
/* fuzz: src/device/qemu/qtest.c src/device/qemu/monitor.c */
#include "device/qemu/monitor.h"
#include "device/qemu/qtest.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned failures;
static bool level;

static void on_line(void *ctx, bool up)
{
    level = up;
}

static void on_failure(void *ctx, const char *why)
{
    failures++;
}

/* A socket from which the bytes can be read, and then nothing more. */
static int talker(const uint8_t *data, size_t size, int *other)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || write(pair[1], data, size) != (ssize_t)size ||
        shutdown(pair[1], SHUT_WR))
        abort();
    *other = pair[1];
    return pair[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 16384)
        return 0;
    int other;
    char err[256];
    if (data[0] & 1) {
        struct qemu_monitor m = {.fd = talker(data + 1, size - 1, &other), .failed = on_failure};
        if (monitor_open(&m, err, sizeof err))
            monitor_set_link(&m, "cable", false);
        monitor_close(&m);
        close(other);
        return 0;
    }
    failures = 0;
    struct qtest q = {
        .fd = talker(data + 1, size - 1, &other), .line = on_line, .failed = on_failure};
    qtest_init(&q);
    qtest_intercept(&q, 20);
    for (unsigned i = 0; i < 200 && !failures; i++) {
        qtest_write(&q, QTEST_MEMORY, 0xc0000000, 4, i);
        qtest_read(&q, QTEST_PORT, 0xc000, 1u << i % 4);
    }
    qtest_flush(&q);
    if (failures > 1) /* told once */
        abort();
    qtest_close(&q);
    close(other);
    return 0;
}
