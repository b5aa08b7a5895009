/* SPDX-License-Identifier: MIT */
/* main.c - calls the random drivers' handlers as NDIS 5 would before the port and as NDIS 6 would
 * after it, on cards in the same state (port_random_test.c). Tables of both are linked to it. */
#include "nic.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct before {
    VOID(NTAPI *isr)(PBOOLEAN, PBOOLEAN, NDIS_HANDLE);
    VOID(NTAPI *dpc)(NDIS_HANDLE);
    VOID(NTAPI *disable)(NDIS_HANDLE);
    VOID(NTAPI *enable)(NDIS_HANDLE);
    int request_isr;
};
struct after {
    BOOLEAN(NTAPI *isr)(NDIS_HANDLE, PBOOLEAN, PULONG);
    VOID(NTAPI *dpc)(NDIS_HANDLE, PVOID, PVOID, PVOID);
};
extern const struct before before[];
extern const struct after after[];
extern const int drivers;

static bool equal(const NIC *a, const NIC *b)
{
    return a->Notes == b->Notes && a->Events == b->Events &&
           !memcmp(a->Registers, b->Registers, sizeof a->Registers) &&
           !memcmp(a->Noted, b->Noted, sizeof a->Noted);
}

static NIC card(unsigned state)
{
    NIC nic = {0};
    nic.Registers[0] = state % 16;
    nic.Events = state / 16 % 4;
    nic.Registers[1] = state / 64 ? 15 : 2;
    return nic;
}

static bool same_interrupt(int i, unsigned state)
{
    NIC a = card(state), b = a;
    BOOLEAN recognized = FALSE, queue = FALSE, result, queue_after = FALSE;
    ULONG processors = 0;
    if (before[i].request_isr) {
        before[i].isr(&recognized, &queue, &a);
    } else {
        before[i].disable(&a);
        recognized = queue = TRUE;
    }
    result = after[i].isr(&b, &queue_after, &processors);
    if (!recognized == !result && (recognized && queue) == !!queue_after && equal(&a, &b))
        return true;
    printf("driver%d.c, state %u: recognized %d, queue %d; after the port %d, %d%s\n", i, state,
           recognized, queue, result, queue_after, equal(&a, &b) ? "" : "; the card differs");
    return false;
}

static bool same_dpc(int i, unsigned state)
{
    NIC a = card(state), b = a;
    before[i].dpc(&a);
    before[i].enable(&a);
    after[i].dpc(&b, NULL, NULL, NULL);
    if (equal(&a, &b))
        return true;
    printf("driver%d.c, state %u: after its DPC the card differs\n", i, state);
    return false;
}

int main(void)
{
    int wrong = 0;
    for (int i = 0; i < drivers; i++) {
        bool same = true;
        for (unsigned state = 0; state < 128 && same; state++)
            same = same_interrupt(i, state) && same_dpc(i, state);
        wrong += !same;
    }
    printf("%d of %d wrong\n", wrong, drivers);
    return wrong != 0;
}
