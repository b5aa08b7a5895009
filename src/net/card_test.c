/* SPDX-License-Identifier: MIT */
/* card_test.c - see card_test.h. */
#include "net/card_test.h"
#include "nt/machine.h"

static bool card_receive(void *ctx, const void *frame, size_t len)
{
    struct card *c = ctx;
    struct frame_info info;
    if (c->room == 0) {
        c->refused++;
        return false;
    }
    c->room--;
    c->bytes += len;
    c->last_time = host_now();
    c->last_len = len;
    memcpy(c->last, frame, len);
    frame_check(frame, len, &info);
    if (info.ours) {
        frame_ledger_note(&c->ledger, &info);
        c->flows |= 1ull << info.flow % 64;
    } else {
        c->foreign++;
    }
    __atomic_fetch_add(&c->frames, 1, __ATOMIC_RELEASE);
    return true;
}

static void card_link(void *ctx, bool up)
{
    struct card *c = ctx;
    c->link_changes++;
    __atomic_store_n(&c->cut, !up, __ATOMIC_RELEASE);
}

void card_attach(struct card *card)
{
    wire_attach(card->wire, card, card_receive, card_link);
}

void card_open(struct card *card, const char *spec, uint64_t room)
{
    char err[512];
    card->room = room;
    card->wire = wire_open(spec, err, sizeof err);
    if (!card->wire)
        test_fail(__FILE__, __LINE__, "%s", err);
    card_attach(card);
}

const char *card_refusal(const char *spec)
{
    static char err[512];
    CHECK(wire_open(spec, err, sizeof err) == NULL);
    CHECK(!strchr(err, '\n'));
    return err;
}

size_t card_send(struct card *card, uint64_t sequence, size_t len)
{
    static uint8_t frame[WIRE_FRAME_MAX];
    struct frame_spec spec = {.kind = FRAME_UDP4, .stream = 3, .sequence = sequence, .len = len};
    size_t n = frame_build(frame, sizeof frame, &spec);
    wire_send(card->wire, frame, n);
    return n;
}

void card_machine(void (*body)(void *), bool deterministic)
{
    struct machine_config config = {
        .cpus = 1, .memory = 64 << 20, .deterministic = deterministic, .seed = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(body, NULL), MACHINE_FINISHED);
}
