/* SPDX-License-Identifier: MIT */
/* pcap.c - frames from a capture file, and to one.
 *
 *     pcap:IN,OUT[,timing]
 *
 * IN is read in order, as fast as the card takes it or, with `timing`, at the distances of its
 * timestamps. A regular file is read through once when it is opened, so that a damaged one is
 * refused with the number of the packet and not discovered in the middle of a run. OUT gets what
 * the card sends, stamped with host_now() in nanoseconds: the same seed gives the same file. */
#include "net/feed.h"
#include "net/wire_type.h"
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct capture {
    struct wire wire;
    struct feed feed;
    pcap_t *in;
    bool timing, ended;
    struct pcap_pkthdr *header; /* the packet at the head */
    const u_char *data;         /* NULL: to be read */
    bool based;
    uint64_t first, start; /* the first packet's time; host_now() then */
    struct host_lock out_lock;
    pcap_t *out_format;
    pcap_dumper_t *out;
};

static uint64_t packet_time(const struct pcap_pkthdr *header)
{
    /* PCAP_TSTAMP_PRECISION_NANO: tv_usec holds nanoseconds. */
    return (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
}

/* Whether a packet is a whole frame that a card could receive. */
static bool usable(const struct pcap_pkthdr *header)
{
    return header->caplen == header->len && header->len >= 14 && header->len <= WIRE_FRAME_MAX;
}

static pcap_t *open_input(const char *path, char *err, size_t err_len)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *in = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!in) {
        snprintf(err, err_len, "pcap: cannot read %s: %s", path, reason);
        return NULL;
    }
    if (pcap_datalink(in) != DLT_EN10MB) {
        const char *name = pcap_datalink_val_to_name(pcap_datalink(in));
        snprintf(err, err_len, "pcap: %s holds %s packets; only Ethernet (EN10MB) can be replayed",
                 path, name ? name : "unknown");
        pcap_close(in);
        return NULL;
    }
    return in;
}

/* Reads a regular file to its end. False and a sentence if it is damaged or holds no usable frame.
 */
static bool validate(const char *path, char *err, size_t err_len)
{
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode))
        return true; /* a pipe can be read once only; opening it tells the rest */
    pcap_t *in = open_input(path, err, err_len);
    if (!in)
        return false;
    struct pcap_pkthdr *header;
    const u_char *data;
    uint64_t packets = 0, frames = 0;
    int r;
    while ((r = pcap_next_ex(in, &header, &data)) == 1) {
        packets++;
        frames += usable(header);
    }
    bool ok = r == PCAP_ERROR_BREAK; /* end of file */
    if (!ok)
        snprintf(err, err_len, "pcap: %s is damaged after packet %llu: %s", path,
                 (unsigned long long)packets, pcap_geterr(in));
    else if (packets && !frames) {
        snprintf(err, err_len,
                 "pcap: %s: none of its %llu packets is a whole Ethernet frame of 14 to %d bytes "
                 "(captured with a snap length?)",
                 path, (unsigned long long)packets, WIRE_FRAME_MAX);
        ok = false;
    }
    pcap_close(in);
    return ok;
}

static bool capture_peek(struct feed *feed, struct feed_frame *frame)
{
    struct capture *cap = (struct capture *)feed->wire;
    while (!cap->data && !cap->ended) {
        int r = pcap_next_ex(cap->in, &cap->header, &cap->data);
        if (r != 1) {
            cap->ended = true;
            cap->data = NULL;
            if (r != PCAP_ERROR_BREAK)
                fprintf(stderr, "pcap: reading stopped: %s\n", pcap_geterr(cap->in));
        } else if (!usable(cap->header)) {
            wire_drop(&cap->wire, 1);
            cap->data = NULL;
        }
    }
    if (cap->ended)
        return false;
    uint64_t due = 0;
    if (cap->timing) {
        uint64_t time = packet_time(cap->header);
        if (!cap->based) {
            cap->based = true;
            cap->first = time;
            cap->start = host_now();
        }
        /* A timestamp that runs backwards is due at once: order comes first. */
        due = cap->start + (time > cap->first ? time - cap->first : 0);
    }
    *frame = (struct feed_frame){cap->data, cap->header->len, due};
    return true;
}

static void capture_take(struct feed *feed)
{
    ((struct capture *)feed->wire)->data = NULL;
}

static void capture_send(struct wire *wire, const void *frame, size_t len)
{
    struct capture *cap = (struct capture *)wire;
    if (!cap->out)
        return;
    uint64_t now = host_now();
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len};
    header.ts.tv_sec = (time_t)(now / 1000000000);
    header.ts.tv_usec = (suseconds_t)(now % 1000000000);
    host_lock(&cap->out_lock);
    pcap_dump((u_char *)cap->out, &header, frame);
    host_unlock(&cap->out_lock);
}

static bool capture_finished(const struct wire *wire)
{
    const struct capture *cap = (const struct capture *)wire;
    return cap->in && cap->ended;
}

static void capture_ready(struct wire *wire)
{
    struct capture *cap = (struct capture *)wire;
    if (cap->in)
        feed_ready(&cap->feed);
}

static void capture_link(struct wire *wire, bool up)
{
    if (up)
        capture_ready(wire);
}

static void capture_close(struct wire *wire)
{
    struct capture *cap = (struct capture *)wire;
    feed_stop(&cap->feed);
    if (cap->out) {
        if (pcap_dump_flush(cap->out))
            fprintf(stderr, "pcap: the output file is incomplete: %s\n", strerror(errno));
        pcap_dump_close(cap->out);
    }
    if (cap->out_format)
        pcap_close(cap->out_format);
    if (cap->in)
        pcap_close(cap->in);
    free(cap);
}

static const struct wire_ops capture_ops = {.name = "pcap",
                                            .send = capture_send,
                                            .ready = capture_ready,
                                            .link = capture_link,
                                            .finished = capture_finished,
                                            .close = capture_close};

static bool open_output(struct capture *cap, const char *path, char *err, size_t err_len)
{
    cap->out_format = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, WIRE_FRAME_MAX,
                                                           PCAP_TSTAMP_PRECISION_NANO);
    if (!cap->out_format) {
        snprintf(err, err_len, "pcap: out of memory");
        return false;
    }
    cap->out = pcap_dump_open(cap->out_format, path);
    if (!cap->out)
        snprintf(err, err_len, "pcap: cannot write: %s", pcap_geterr(cap->out_format));
    return cap->out != NULL;
}

/* Cuts the next field off at a comma; NULL if it does not fit. */
static const char *next_field(const char *args, char *out, size_t room)
{
    size_t len = strcspn(args, ",");
    if (len >= room)
        return NULL;
    memcpy(out, args, len);
    out[len] = 0;
    return args + len + (args[len] == ',');
}

static struct wire *capture_open(const char *args, char *err, size_t err_len)
{
    char in[4096], out[4096], option[32];
    const char *rest = next_field(args, in, sizeof in);
    rest = rest ? next_field(rest, out, sizeof out) : NULL;
    rest = rest ? next_field(rest, option, sizeof option) : NULL;
    if (!rest || *rest || (*option && strcmp(option, "timing"))) {
        snprintf(err, err_len, "pcap: write pcap:IN,OUT or pcap:IN,OUT,timing (found \"%s\")",
                 args);
        return NULL;
    }
    if (!*in && !*out) {
        snprintf(err, err_len, "pcap: name a file to read, one to write, or both: pcap:IN,OUT");
        return NULL;
    }
    struct capture *cap = calloc(1, sizeof *cap);
    if (!cap) {
        snprintf(err, err_len, "pcap: out of memory");
        return NULL;
    }
    cap->wire.ops = &capture_ops;
    cap->feed = (struct feed){.wire = &cap->wire, .peek = capture_peek, .take = capture_take};
    cap->timing = *option != 0;
    cap->wire.silent = !*in;
    if (*in && (!validate(in, err, err_len) || !(cap->in = open_input(in, err, err_len)))) {
        capture_close(&cap->wire);
        return NULL;
    }
    if (*out && !open_output(cap, out, err, err_len)) {
        capture_close(&cap->wire);
        return NULL;
    }
    return &cap->wire;
}

WIRE_TYPE(pcap, .name = "pcap", .syntax = "pcap:IN,OUT[,timing]",
          .description = "frames from and to capture files", .open = capture_open);
