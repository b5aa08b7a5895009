/* SPDX-License-Identifier: MIT */
/* wire_run_test.c - what is at the other end of the cable: capture files and the generator. */
#include "net/frame.h"
#include "tests/run.h"
#include <pcap.h>

#define FRAMES 60

/* A capture with test frames of stream 9 to everybody. */
static const char *write_capture(const char *name, unsigned count)
{
    const char *path = run_file(name);
    pcap_t *dead = pcap_open_dead(DLT_EN10MB, 65535);
    pcap_dumper_t *dump = dead ? pcap_dump_open(dead, path) : NULL;
    CHECK(dump);
    for (unsigned i = 0; i < count; i++) {
        uint8_t bytes[2048];
        struct frame_spec spec = {
            .stream = 9, .sequence = i, .kind = FRAME_UDP4, .len = 60 + 20 * i};
        memset(spec.destination, 0xFF, 6);
        memcpy(spec.source, "\x02\0\0\0\0\x09", 6);
        size_t len = frame_build(bytes, sizeof bytes, &spec);
        struct pcap_pkthdr header = {
            .ts = {1000, i}, .caplen = (unsigned)len, .len = (unsigned)len};
        pcap_dump((u_char *)dump, &header, bytes);
    }
    pcap_dump_close(dump);
    pcap_close(dead);
    return path;
}

/* All frames of a capture are intact test frames of one stream, each once. Returns how many. */
static unsigned check_capture(const char *path)
{
    char err[PCAP_ERRBUF_SIZE];
    pcap_t *in = pcap_open_offline(path, err);
    if (!in)
        test_fail(__FILE__, __LINE__, "%s", err);
    CHECK_EQ(pcap_datalink(in), DLT_EN10MB);
    struct pcap_pkthdr *header;
    const u_char *bytes;
    unsigned n = 0;
    struct frame_ledger ledger = {0};
    while (pcap_next_ex(in, &header, &bytes) == 1) {
        struct frame_info info;
        frame_check(bytes, header->caplen, &info);
        CHECK(info.ours);
        frame_ledger_note(&ledger, &info);
        n++;
    }
    pcap_close(in);
    CHECK_EQ(ledger.received, n);
    CHECK_EQ(ledger.corrupt + ledger.duplicates, 0);
    return n;
}

static void round_trip(const char *seed)
{
    const char *in = write_capture(run_text_of("in%s.pcap", seed), FRAMES);
    const char *out = run_file(run_text_of("out%s.pcap", seed));
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net",
                          run_text_of("pcap:%s,%s", in, out), "--count", "25",
                          *seed ? "--seed" : "--quiet", *seed ? seed : "--quiet");
    if (*seed)
        CHECK_CLEAN(r);
    CHECK_STATUS(r, 0);
    CHECK_RUN(r, run_number(r, "frames.received") == FRAMES);
    CHECK_RUN(r, run_number(r, "frames.sent") == 25);
    CHECK_RUN(r, run_number(r, "frames.lost") == 0 && run_number(r, "frames.corrupt") == 0);
    CHECK_RUN(r, run_number(r, "wire.from") == FRAMES && run_number(r, "wire.to") == 25);
    CHECK_EQ(check_capture(out), 25);

    /* What one run sent, to the card itself, another receives. */
    r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", run_text_of("pcap:%s,", out),
              "--seed", "1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.received") == 25);
    CHECK_RUN(r, run_number(r, "frames.sent") == 0);
}

TEST(frames_go_from_one_capture_to_another, "")
{
    round_trip("5");
}

TEST(frames_go_from_one_capture_to_another_live, "")
{
    round_trip("");
}

TEST(a_bad_capture_is_one_clear_error, "")
{
    const char *path = run_file("bad.pcap");
    run_write(path, "not a capture, but long enough to be one", 40);
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--net", run_text_of("pcap:%s,", path));
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "bad.pcap");
    CHECK_STR(strchr(r->err, '\n'), "\n");
}

TEST(the_generators_frames_arrive_and_ours_pass_its_check, "")
{
    static const char *const modes[][2] = {{"--seed", "8"}, {"--cpus", "2"}};
    for (int i = 0; i < 2; i++) {
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net",
                              "gen:count=1500,rate=max,size=imix,flows=64", "--count", "700",
                              modes[i][0], modes[i][1]);
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.received") == 1500);
        CHECK_RUN(r, run_number(r, "frames.sent") == 700 && run_number(r, "wire.to") == 700);
        CHECK_RUN(r, run_number(r, "frames.lost") == 0 && run_number(r, "frames.corrupt") == 0 &&
                         run_number(r, "frames.duplicates") == 0);
    }
}

TEST(with_nobody_at_the_other_end_frames_are_sent, "")
{
    static const char *const modes[][2] = {{"--seed", "8"}, {"--cpus", "2"}};
    const char *nets[] = {"none", run_text_of("pcap:,%s", run_file("nobody.pcap"))};
    for (int i = 0; i < 4; i++) {
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", nets[i / 2],
                              "--count", "300", modes[i % 2][0], modes[i % 2][1]);
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.sent") == 300 && run_number(r, "wire.to") == 300);
        CHECK_RUN(r, run_number(r, "frames.received") == 0 && run_number(r, "frames.lost") == 0);
    }
}
