/* SPDX-License-Identifier: MIT */
/* card_test.h - the other end of a wire under test: a card that counts what it is given. */
#pragma once
#include "net/frame.h"
#include "net/wire.h"
#include "nt/alarm.h"
#include "nt/thread.h"
#include "tests/harness/test.h"

struct card {
    struct wire *wire;
    uint64_t room; /* frames it takes before it says no; UINT64_MAX: no limit */
    uint64_t frames, bytes, refused, foreign;
    uint64_t last_time; /* when the last one came */
    size_t last_len;
    uint8_t last[WIRE_FRAME_MAX];
    uint64_t flows; /* one bit per flow below 64 */
    struct frame_ledger ledger;
    bool cut; /* the far end is down */
    unsigned link_changes;
};

/* Ends the test if the wire cannot be opened. */
void card_open(struct card *card, const char *spec, uint64_t room);
/* Attaches to card->wire. */
void card_attach(struct card *card);
/* The one sentence with which a wire is refused; ends the test if it is not. */
const char *card_refusal(const char *spec);
/* A test frame of stream 3. Returns its length. */
size_t card_send(struct card *card, uint64_t sequence, size_t len);
/* Runs body on an NT thread of a machine of one processor. */
void card_machine(void (*body)(void *), bool deterministic);
/* Waits, live, until it holds; the test's time limit ends it. */
#define CARD_WAIT(cond)                                                                            \
    while (!(cond))                                                                                \
    thread_sleep(1000000)
