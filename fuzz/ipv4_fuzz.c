/* SPDX-License-Identifier: MIT */
/* ipv4_fuzz.c - ipv4_read on any bytes, and on built frames with any bytes changed. */
/* fuzz: src/net/ipv4.c */
#include "net/ipv4.h"
#include <stdlib.h>
#include <string.h>

static void read_all(const uint8_t *frame, size_t len)
{
    struct ipv4_message m;
    volatile uint8_t sum = 0;
    if (ipv4_read(frame, len, &m) != (m.kind != IPV4_OTHER))
        abort();
    for (size_t i = 0; i < m.data_len; i++)
        sum += m.data[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly its size, so that one byte too far is seen. */
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, data, size);
    read_all(copy, size);
    free(copy);
    if (size < 2)
        return 0;

    const struct ipv4_end a = {{2, 0, 0, 0, 0, 1}, 0x0a000001},
                          b = {{2, 0, 0, 0, 0, 2}, 0x0a000002};
    uint8_t *frame = malloc(IPV4_DHCP_BYTES);
    size_t n;
    switch (data[0] % 4) {
    case 0:
        n = ipv4_build_arp(frame, data[1] & 1, &a, &b);
        break;
    case 1:
        n = ipv4_build_echo(frame, data[1] & 1, &a, &b, data[1], 1, "0123456789", data[1] % 11);
        break;
    default: /* as a server's */
        n = ipv4_build_dhcp(frame, data[1] % 8, a.mac, 1, a.ip, b.ip);
        frame[35] = 67;
        frame[37] = 68;
        frame[42] = 2;
    }
    for (size_t i = 2; i + 1 < size; i += 2)
        frame[data[i] % 2 ? data[i] % n : 200 % n + data[i] / 2 % (n - 200 % n)] ^= data[i + 1];
    frame = realloc(frame, n);
    read_all(frame, n);
    free(frame);
    return 0;
}
