/* SPDX-License-Identifier: MIT */
/* frame_fuzz.c - frame_check on any bytes, and on a built frame with any bytes changed. */
/* fuzz: src/net/frame.c */
#include "net/frame.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_info info;
    static struct frame_ledger ledger;
    if (frame_check(data, size, &info) != (info.ours && !info.wrong))
        abort();
    if (info.ours)
        frame_ledger_note(&ledger, &info);
    if (size < 4)
        return 0;

    /* The first bytes choose a frame, pairs of the others change it: unchanged, it must be intact.
     */
    uint8_t frame[2048];
    struct frame_spec spec = {.kind = data[0] % FRAME_KINDS,
                              .vlan = data[0] & 0x80 ? 5 : 0,
                              .stream = data[1],
                              .flow = data[1] * 977u,
                              .sequence = data[2],
                              .len = 60 + data[3] * 5u};
    size_t n = frame_build(frame, sizeof frame, &spec);
    if (!frame_check(frame, n, &info) || info.sequence != spec.sequence)
        abort();
    for (size_t i = 4; i + 1 < size; i += 2)
        frame[data[i] * 7u % n] ^= data[i + 1];
    if (frame_check(frame, n, &info) && !info.ours)
        abort();
    return 0;
}
