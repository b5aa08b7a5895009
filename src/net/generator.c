/* SPDX-License-Identifier: MIT */
/* generator.c - a station that sends test frames, and checks those it gets.
 *
 *     gen:[KEY=VALUE,...]
 *     rate=PPS|max     frames a second (default 1000); max: as fast as the card takes them
 *     size=BYTES|imix  frame length without FCS (default 128); imix: 60, 590 and 1514 as 7:4:1
 *     count=N          then it is finished (default 0: never)
 *     proto=udp|tcp|udp6|tcp6|arp
 *     flows=N          different 5-tuples, taken in turn (default 1); 64 or more fill every RSS
 * queue seed=N           of the order of sizes (default 1) dst=MAC, src=MAC destination (default:
 * the card's address, or broadcast if it told none) and source vlan=TCI         802.1Q tag
 *     verify=on|off    check the test frames that the card sends (default on)
 *
 * Sequence numbers count from 0 on stream 1. */
#include "net/feed.h"
#include "net/frame.h"
#include "net/options.h"
#include "net/wire_type.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM 1

struct generator {
    struct wire wire;
    struct feed feed;
    uint64_t rate; /* frames a second, 0 = max */
    uint64_t start, count, random;
    uint64_t size; /* 0 = imix */
    uint64_t flows;
    bool verify, built;
    struct frame_spec spec; /* of the frame in buffer, or the next one */
    size_t len;
    struct frame_ledger ledger; /* of the stream that the card sends first */
    int stream;                 /* -1 before that */
    uint8_t buffer[WIRE_FRAME_MAX];
};

/* splitmix64: any seed is a good one. */
static uint64_t next_random(struct generator *gen)
{
    uint64_t x = gen->random += 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static size_t pick_size(struct generator *gen)
{
    if (gen->size)
        return gen->size;
    unsigned of12 = (unsigned)(next_random(gen) % 12);
    return of12 < 7 ? 60 : of12 < 11 ? 590 : 1514;
}

static void build_next(struct generator *gen)
{
    static const uint8_t unknown[6];
    struct frame_spec *spec = &gen->spec;
    spec->len = pick_size(gen);
    spec->flow = (uint32_t)(spec->sequence % gen->flows);
    if (!memcmp(spec->destination, unknown, 6)) {
        if (memcmp(gen->wire.station, unknown, 6))
            memcpy(spec->destination, gen->wire.station, 6);
        else
            memset(spec->destination, 0xff, 6);
    }
    gen->len = frame_build(gen->buffer, sizeof gen->buffer, spec);
    gen->built = true;
}

static bool generator_finished(const struct wire *wire)
{
    const struct generator *gen = (const struct generator *)wire;
    return gen->count && gen->spec.sequence >= gen->count;
}

static bool generator_peek(struct feed *feed, struct feed_frame *frame)
{
    struct generator *gen = (struct generator *)feed->wire;
    if (generator_finished(&gen->wire))
        return false;
    if (gen->spec.sequence == 0 && !gen->start)
        gen->start = host_now();
    if (!gen->built)
        build_next(gen);
    uint64_t due = 0;
    if (gen->rate) /* in 128 bits: it stays exact for years */
        due = gen->start +
              (uint64_t)((unsigned __int128)gen->spec.sequence * 1000000000u / gen->rate);
    *frame = (struct feed_frame){gen->buffer, gen->len, due};
    return true;
}

static void generator_take(struct feed *feed)
{
    struct generator *gen = (struct generator *)feed->wire;
    gen->spec.sequence++;
    gen->built = false;
}

static void generator_send(struct wire *wire, const void *frame, size_t len)
{
    struct generator *gen = (struct generator *)wire;
    struct frame_info info;
    if (!gen->verify)
        return;
    frame_check(frame, len, &info);
    if (!info.ours) {
        wire->stats.foreign++;
        return;
    }
    if (info.wrong || info.excess) {
        wire->stats.corrupt++;
        return;
    }
    if (gen->stream < 0)
        gen->stream = info.stream;
    if (gen->stream == info.stream) {
        frame_ledger_note(&gen->ledger, &info);
        wire->stats.duplicates = gen->ledger.duplicates;
    }
}

static void generator_ready(struct wire *wire)
{
    feed_ready(&((struct generator *)wire)->feed);
}

static void generator_link(struct wire *wire, bool up)
{
    if (up)
        generator_ready(wire);
}

static void generator_close(struct wire *wire)
{
    feed_stop(&((struct generator *)wire)->feed);
    free(wire);
}

static const struct wire_ops generator_ops = {.name = "gen",
                                              .send = generator_send,
                                              .ready = generator_ready,
                                              .link = generator_link,
                                              .finished = generator_finished,
                                              .close = generator_close};

/* A number, or the one word that means 0 here. */
static bool number_or_word(const char *key, const char *text, const char *word, uint64_t min,
                           uint64_t max, uint64_t *out, char *err, size_t err_len)
{
    *out = 0;
    if (!strcmp(text, word))
        return true;
    char spec[64], reason[160];
    const struct option option = {key, OPTION_NUMBER, out, min, max};
    snprintf(spec, sizeof spec, "%s=%s", key, text);
    if (options_parse("gen", spec, &option, 1, reason, sizeof reason))
        return true;
    snprintf(err, err_len, "%s, or \"%s\"", reason, word);
    return false;
}

static bool parse_kind(const char *text, enum frame_kind *kind, char *err, size_t err_len)
{
    for (int i = 0; i < FRAME_KINDS; i++)
        if (!strcmp(text, frame_kind_names[i])) {
            *kind = (enum frame_kind)i;
            return true;
        }
    snprintf(err, err_len, "gen: proto=%s: must be one of udp, tcp, udp6, tcp6, arp", text);
    return false;
}

static bool configure(struct generator *gen, const char *args, char *err, size_t err_len)
{
    char rate[24] = "1000", size[24] = "128", proto[8] = "udp";
    uint64_t vlan = 0;
    const struct option options[] = {
        {"rate", OPTION_TEXT, rate, .text_room = sizeof rate},
        {"size", OPTION_TEXT, size, .text_room = sizeof size},
        {"count", OPTION_NUMBER, &gen->count},
        {"proto", OPTION_TEXT, proto, .text_room = sizeof proto},
        {"flows", OPTION_NUMBER, &gen->flows, .min = 1, .max = UINT32_MAX},
        {"seed", OPTION_NUMBER, &gen->random},
        {"dst", OPTION_MAC, gen->spec.destination},
        {"src", OPTION_MAC, gen->spec.source},
        {"vlan", OPTION_NUMBER, &vlan, .min = 1, .max = UINT16_MAX},
        {"verify", OPTION_FLAG, &gen->verify},
    };
    if (!options_parse("gen", args, options, sizeof options / sizeof *options, err, err_len) ||
        !number_or_word("rate", rate, "max", 1, 1000000000, &gen->rate, err, err_len) ||
        !number_or_word("size", size, "imix", FRAME_MIN, WIRE_FRAME_MAX, &gen->size, err,
                        err_len) ||
        !parse_kind(proto, &gen->spec.kind, err, err_len))
        return false;
    gen->spec.vlan = (uint16_t)vlan;
    return true;
}

static struct wire *generator_open(const char *args, char *err, size_t err_len)
{
    static const uint8_t source[6] = {0x02, 0xd1, 0x49, 0, 0, 1}; /* locally administered */
    struct generator *gen = calloc(1, sizeof *gen);
    if (!gen) {
        snprintf(err, err_len, "gen: out of memory");
        return NULL;
    }
    gen->wire.ops = &generator_ops;
    gen->feed = (struct feed){.wire = &gen->wire, .peek = generator_peek, .take = generator_take};
    gen->flows = 1;
    gen->random = 1;
    gen->verify = true;
    gen->stream = -1;
    gen->spec.stream = STREAM;
    memcpy(gen->spec.source, source, 6);
    if (!configure(gen, args, err, err_len)) {
        free(gen);
        return NULL;
    }
    return &gen->wire;
}

WIRE_TYPE(generator, .name = "gen",
          .syntax = "gen:[rate=PPS|max,size=N|imix,count=N,proto=...,...]",
          .description = "test frames to the card; what it sends is checked",
          .open = generator_open);
