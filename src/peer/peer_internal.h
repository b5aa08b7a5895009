/* SPDX-License-Identifier: MIT */
/* peer_internal.h - what the steps share; private to peer/.
 *
 * Adding a step: a function in a file of its kind, and a row with PEER_STEP. It fills its result
 * with an outcome, a line of text and facts. Whether a loss is the driver's fault is decided in one
 * place for each way of losing: peer_judge_flow() and peer_judge_talk(). */
#pragma once
#include "net/frame.h"
#include "net/ipv4.h"
#include "nt/alarm.h"
#include "nt/thread.h"
#include "peer/peer.h"

#define SECOND 1000000000ull
/* Nothing has moved for so long: the rest is lost. Longer than two checks for hang, by which a
 * driver may recover. */
#define PEER_QUIET_NS (5 * SECOND)

enum peer_value { PEER_NO_VALUE, PEER_COUNT, PEER_TIME, PEER_ADDRESS };

struct peer_step {
    const char *name;
    const char *description; /* a few words for the help */
    enum peer_value takes;
    uint64_t usual; /* the value if none is given; 0: it must be */
    uint64_t most;  /* of a count or time */
    void (*run)(uint64_t value, struct peer_result *result);
    bool silent; /* it only sets something: it has no result */
};

#define PEER_STEP(label, ...)                                                                      \
    static const struct peer_step peer_row_##label = {.name = #label, __VA_ARGS__};                \
    static const struct peer_step *const peer_ref_##label                                          \
        __attribute__((section("dirql_peer_steps"), used, retain)) = &peer_row_##label

/* What the peer has asked, and what answers it. */
struct peer_question {
    enum ipv4_kind kind; /* of the answer; IPV4_OTHER: nothing is asked */
    uint32_t ip;         /* ARP, echo: who answers */
    uint32_t id;         /* echo: its identifier; DHCP: its transaction */
    uint16_t sequence;   /* echo: of the last one that was sent */
    enum dhcp_type type; /* DHCP: of the answer; a DHCP_NAK is taken too */
    uint8_t bytes[1600]; /* the frame as it was sent */
    size_t len;
};

/* By how much n is above what was expected. */
static inline uint64_t beyond(uint64_t n, uint64_t expected)
{
    return n > expected ? n - expected : 0;
}

/* What the driver made of sends. */
struct peer_sends {
    uint64_t completed, failed;
};

/* How often questions and answers passed each place: the cable, and the driver (up). */
struct peer_talk {
    struct peer_sends *sends; /* its own for ever: a send may be completed after its talk */
    uint64_t asked, on_cable, answers_on_cable, answers_up;
    uint64_t damaged_on_cable, damaged_up;
};

struct peer {
    struct ndis_adapter *adapter;
    struct probe *probe;
    struct frame_digest *digest;
    const struct peer_config *config;
    bool exact;      /* what happens on this cable is the driver's doing (wire.h), and no fault is
                        injected */
    unsigned window; /* of usual frames */
    ULONG mtu;
    uint64_t started, ended;
    KEVENT event; /* something was completed or has arrived */

    /* Its place on the network. */
    struct ipv4_end us, gateway;
    bool gateway_found; /* its address on the cable is known */

    struct host_lock lock; /* all that follows */
    struct peer_question question;
    struct peer_talk talk;
    bool answered;
    uint64_t answered_at;
    struct ipv4_message answer; /* to the question; its data is not kept */
    struct peer_owed {          /* what others asked of us, to be answered by the peer's thread */
        size_t len;
        uint8_t bytes[1600];
    } owed[8];
    unsigned owed_count;
    uint64_t arps_answered, pings_answered;
    struct peer_sends sends;
    uint64_t received, lost, corrupt, duplicates;
};
extern struct peer peer;

/* peer.c */
bool peer_over(void); /* interrupted, out of time, or the card is gone */
/* Until something happens, or `ns` have passed; answers others meanwhile. */
void peer_wait(uint64_t ns);
/* What the driver has written to its card's registers has arrived there: a read overtakes no write
 * (PCI ordering). Else a frame could be at the card before the filter that lets it in. */
void peer_settle_card(void);
/* One frame to the driver; what comes of it is counted in `sends` too, unless NULL, which stays for
 * ever. False: it was not taken. */
bool peer_send(const void *frame, size_t len, struct peer_sends *sends);
unsigned peer_send_many(const struct ndis_frame *frames, unsigned n, struct peer_sends *sends);
void peer_fact(struct peer_result *result, const char *name, uint64_t number);
void peer_fact_text(struct peer_result *result, const char *name, const char *text);
/* Appends to the result's text. */
void peer_say(struct peer_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void peer_skip(struct peer_result *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The worse of what it has and `outcome`. */
void peer_outcome(struct peer_result *result, enum peer_outcome outcome);
/* "12.3us" */
const char *peer_duration(uint64_t ns, char text[16]);

/* --- talk.c: questions and answers --- */
/* Counts from 0. */
void peer_talk_begin(void);
/* Sends peer.question (its kind and what answers it are set, its bytes built) and waits for the
 * answer, which is in peer.answer then. */
bool peer_ask(uint64_t timeout_ns);
/* Says where questions and answers of this talk were lost, and whose fault that is. */
void peer_judge_talk(struct peer_result *result);
/* From on_receive, from the probe. */
void peer_talk_received(const void *frame, size_t len);
void peer_talk_sent(const void *frame, size_t len);
void peer_talk_taken(const void *frame, size_t len);
/* Sends what is owed to others. */
void peer_answer_others(void);

/* --- flow.c: numbered frames, out through the driver and in from the cable --- */
struct peer_flow {
    uint64_t out_wanted, in_wanted;
    size_t (*length)(uint64_t sequence);
    uint8_t to[6];    /* of frames in; set by peer_flow_new() to our own address */
    bool shorter;     /* frames out may be shorter than 60 bytes: no test frames, then */
    unsigned window;  /* of frames in, at a time */
    const char *name; /* for its part of a text: "joined "; else "" */
    /* What came of it. */
    uint16_t stream;
    struct peer_sends sends;
    uint64_t out_sent, in_sent, in_taken;
    struct frame_ledger out, in;      /* at the cable; at the peer */
    const char *out_wrong, *in_wrong; /* of a damaged one */
    uint64_t unpadded;                /* frames out that reached the cable shorter than 60 bytes */
    uint64_t dirty;                   /* ... that were padded with something else than zeros */
};
/* Lives as long as the process: the driver may complete a send after its step has given up. */
struct peer_flow *peer_flow_new(uint64_t out, uint64_t in, size_t (*length)(uint64_t sequence));
/* The frame with that number, out or in; returns its length. */
size_t peer_flow_build(const struct peer_flow *flow, uint64_t sequence, bool outward, uint8_t *out,
                       size_t room);
/* Until all have arrived, or nothing moves any more. */
void peer_flow_run(struct peer_flow *flow);
/* Puts all frames in on the cable, and waits for none of them. */
void peer_flow_inject(struct peer_flow *flow);
/* "out 10 of 10, in 10 of 10", and the facts. */
void peer_flow_say(struct peer_result *result, const struct peer_flow *flow);
/* What was lost, damaged, repeated, and whose fault that is. */
void peer_judge_flow(struct peer_result *result, const struct peer_flow *flow);
/* From on_receive, from the probe: true if it is a flow's. */
bool peer_flow_received(const void *frame, size_t len);
bool peer_flow_sent(const void *frame, size_t len);
bool peer_flow_taken(const void *frame, size_t len);
/* From the shortest to the longest that Ethernet knows, in a pattern that any run repeats. */
size_t peer_usual_length(uint64_t sequence);
