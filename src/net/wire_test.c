/* SPDX-License-Identifier: MIT */
/* wire_test.c - every wire, against a card that counts what it is given. */
#include "net/card_test.h"
#include "net/wire_type.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct card card;
static void open_wire(const char *spec, uint64_t room)
{
    card_open(&card, spec, room);
}

static size_t send_frame(uint64_t sequence, size_t len)
{
    return card_send(&card, sequence, len);
}

static void in_machine(void (*body)(void *), bool deterministic)
{
    card_machine(body, deterministic);
    wire_close(card.wire);
}

#define WIRE_TEST(label, reqs)                                                                     \
    static void body_##label(void *unused);                                                        \
    TEST(label, reqs)                                                                              \
    {                                                                                              \
        in_machine(body_##label, true);                                                            \
    }                                                                                              \
    static void body_##label(void *unused)

WIRE_TEST(loopback_returns_every_frame_in_order, "")
{
    uint64_t bytes = 0;
    open_wire("loopback", UINT64_MAX);
    wire_link(card.wire, true);
    for (uint64_t i = 0; i < 5000; i++) {
        bytes += send_frame(i, 60 + i * 7 % 1455);
        CHECK_EQ(card.frames, i / 100 * 100); /* never inside wire_send */
        if (i % 100 == 99)
            thread_sleep(1000000);
    }
    CHECK_EQ(card.frames, 5000);
    CHECK_EQ(card.ledger.received, 5000);
    CHECK_EQ(card.ledger.reordered + card.ledger.duplicates + card.ledger.corrupt, 0);
    CHECK_EQ(card.bytes, bytes);
    CHECK_EQ(card.wire->stats.to_wire, 5000);
    CHECK_EQ(card.wire->stats.bytes_to_wire, bytes);
    CHECK_EQ(card.wire->stats.from_wire, 5000);
    CHECK_EQ(card.wire->stats.bytes_from_wire, bytes);
    CHECK_EQ(card.wire->stats.dropped, 0);
    CHECK(!wire_finished(card.wire));
}

WIRE_TEST(nothing_arrives_before_the_card_is_ready, "")
{
    open_wire("loopback", UINT64_MAX);
    send_frame(0, 60);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 0);
    wire_ready(card.wire);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 1);
}

WIRE_TEST(a_full_card_gets_the_frame_again_when_it_is_ready, "")
{
    open_wire("loopback", 10);
    wire_link(card.wire, true);
    for (uint64_t i = 0; i < 100; i++)
        send_frame(i, 1514);
    thread_sleep(5000000);
    CHECK_EQ(card.frames, 10);
    CHECK_EQ(card.refused, 1); /* asked once, not polled */
    send_frame(100, 60);
    thread_sleep(5000000);
    CHECK_EQ(card.refused, 1);
    while (card.frames < 101) {
        uint64_t before = card.frames;
        card.room = 7;
        wire_ready(card.wire);
        thread_sleep(1000000);
        CHECK(card.frames == before + 7 || card.frames == 101);
    }
    CHECK_EQ(card.ledger.received, 101);
    CHECK_EQ(card.ledger.reordered, 0);
    CHECK_EQ(card.wire->stats.dropped, 0);
}

WIRE_TEST(loopback_drops_and_counts_what_does_not_fit, "")
{
    open_wire("loopback", 0);
    wire_link(card.wire, true);
    uint64_t sent = 0;
    while (card.wire->stats.dropped < 10)
        send_frame(sent++, 9000);
    CHECK(sent * 9000 > 16 << 20 && sent * 9000 < 20 << 20);
    card.room = UINT64_MAX;
    wire_ready(card.wire);
    thread_sleep(100000000);
    CHECK_EQ(card.frames, sent - 10);
    /* Wraps around: the ring is used again and again. */
    for (int round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 1000; i++)
            send_frame(sent++, 60 + i * 13 % 9000);
        thread_sleep(10000000);
    }
    CHECK_EQ(card.frames, sent - 10);
    CHECK_EQ(card.ledger.corrupt + card.ledger.duplicates, 0);
}

WIRE_TEST(loopback_delays_by_what_it_was_told, "")
{
    open_wire("loopback:delay=250us", UINT64_MAX);
    wire_link(card.wire, true);
    uint64_t before = host_now();
    send_frame(0, 60);
    thread_sleep(200000);
    CHECK_EQ(card.frames, 0);
    thread_sleep(200000);
    CHECK_EQ(card.frames, 1);
    CHECK_EQ(card.last_time - before, 250000);
}

WIRE_TEST(loopback_counts_damaged_test_frames, "")
{
    uint8_t frame[200];
    struct frame_spec spec = {.kind = FRAME_UDP4, .len = sizeof frame};
    open_wire("loopback", UINT64_MAX);
    wire_link(card.wire, true);
    frame_build(frame, sizeof frame, &spec);
    frame[150]++;
    wire_send(card.wire, frame, sizeof frame);
    CHECK_EQ(card.wire->stats.corrupt, 1);
    memset(frame, 0x55, sizeof frame); /* somebody else's: nothing to say */
    wire_send(card.wire, frame, sizeof frame);
    CHECK_EQ(card.wire->stats.corrupt, 1);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 2);
}

WIRE_TEST(none_swallows_and_counts, "")
{
    open_wire("none", UINT64_MAX);
    CHECK(card.wire->silent);
    wire_link(card.wire, true);
    send_frame(0, 100);
    wire_ready(card.wire);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 0);
    CHECK_EQ(card.wire->stats.to_wire, 1);
    CHECK_EQ(card.wire->stats.bytes_to_wire, 100);
}

WIRE_TEST(the_generator_keeps_its_rate_and_count, "")
{
    open_wire("gen:rate=10000,size=100,count=50", UINT64_MAX);
    thread_sleep(1000000);
    wire_link(card.wire, true);
    uint64_t start = host_now();
    thread_sleep(2950000);
    CHECK_EQ(card.frames, 30); /* at 0, 100us, ... 2900us */
    CHECK(!wire_finished(card.wire));
    thread_sleep(10000000);
    CHECK_EQ(card.frames, 50);
    CHECK_EQ(card.ledger.received, 50);
    CHECK_EQ(card.last_len, 100);
    CHECK(card.last_time - start >= 4900000 && card.last_time - start < 4901000);
    CHECK(wire_finished(card.wire));
}

WIRE_TEST(the_generator_at_full_rate_waits_for_room_and_loses_nothing, "")
{
    open_wire("gen:rate=max,size=imix,count=3000,flows=64,proto=tcp", 100);
    wire_link(card.wire, true);
    for (int i = 0; i < 30; i++) {
        thread_sleep(1000000);
        CHECK_EQ(card.frames, 100 * (i + 1));
        CHECK_EQ(wire_finished(card.wire), i == 29);
        CHECK_EQ(wire_blocked(card.wire), i < 29);
        card.room = 100;
        wire_ready(card.wire);
    }
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 3000);
    CHECK_EQ(card.ledger.received, 3000);
    CHECK_EQ(card.flows, UINT64_MAX);
    /* 7:4:1 of 72 (the shortest TCP frame), 590 and 1514: 364.8 on average. */
    CHECK(card.bytes > 3000 * 340 && card.bytes < 3000 * 390);
}

WIRE_TEST(the_generator_addresses_the_card_if_it_knows_it, "")
{
    open_wire("gen:rate=1000,proto=arp,src=02:00:00:00:00:77,vlan=5", UINT64_MAX);
    memcpy(card.wire->station, "\x52\x54\x00\x12\x34\x56", 6);
    wire_link(card.wire, true);
    thread_sleep(100000);
    CHECK_EQ(card.frames, 1);
    CHECK(!memcmp(card.last,
                  "\x52\x54\x00\x12\x34\x56\x02\x00\x00\x00\x00\x77\x81\x00\x00\x05\x08\x06", 18));
}

WIRE_TEST(the_generator_checks_what_the_card_sends, "")
{
    uint8_t frame[200];
    struct frame_spec spec = {.kind = FRAME_UDP6, .stream = 9, .len = sizeof frame};
    open_wire("gen:rate=1000,verify", UINT64_MAX);
    for (spec.sequence = 0; spec.sequence < 10; spec.sequence++) {
        frame_build(frame, sizeof frame, &spec);
        wire_send(card.wire, frame, sizeof frame);
    }
    CHECK_EQ(card.wire->stats.corrupt + card.wire->stats.duplicates, 0);
    wire_send(card.wire, frame, sizeof frame);
    CHECK_EQ(card.wire->stats.duplicates, 1);
    frame[100]++;
    wire_send(card.wire, frame, sizeof frame);
    CHECK_EQ(card.wire->stats.corrupt, 1);
    CHECK_EQ(card.wire->stats.foreign, 0);
    wire_send(card.wire, frame, 14); /* too short for the mark */
    CHECK_EQ(card.wire->stats.foreign, 1);
}

static void bad_specs(void *unused)
{
    CHECK_HAS(card_refusal("ether"), "unknown network \"ether\"; there are:");
    CHECK_HAS(card_refusal("ether"), "pcap:IN,OUT");
    CHECK_HAS(card_refusal("ether"), "loopback");
    CHECK_HAS(card_refusal("ether"), "tap:NAME");
    CHECK_HAS(card_refusal("none:x"), "takes no options");
    CHECK_HAS(card_refusal("loopback:dealy=1us"), "unknown option \"dealy\"; there are: delay");
    CHECK_HAS(card_refusal("gen:rate=fast"),
              "rate=fast: must be a number such as 64 or 10k, or \"max\"");
    CHECK_HAS(card_refusal("gen:size=20"), "size=20: must be 60 to 16384");
    CHECK_HAS(card_refusal("gen:proto=icmp"), "udp, tcp, udp6, tcp6, arp");
    CHECK_HAS(card_refusal("gen:speed=1"), "there are: rate, size, count, proto, flows");
    CHECK_HAS(card_refusal("pcap:"), "name a file");
    CHECK_HAS(card_refusal("pcap:a,b,c"), "pcap:IN,OUT");
    CHECK_HAS(card_refusal("pcap:/nonexistent/x.pcap,"), "/nonexistent/x.pcap");
    CHECK_HAS(card_refusal("pcap:,/nonexistent/x.pcap"), "cannot write");
    CHECK_HAS(card_refusal("tap:a_name_that_is_too_long"), "1 to 15 characters");
    CHECK_HAS(card_refusal("tap:"), "tap:NAME");
    CHECK_HAS(card_refusal("tap:x0"), "--seed");
}

TEST(a_bad_spec_is_refused_in_one_sentence, "")
{
    in_machine(bad_specs, true);
}

/* --- pcap --- */

static char path[64];

static void pcap_name(const char *tag)
{
    snprintf(path, sizeof path, "/tmp/dirql-%s-%d.pcap", tag, (int)getpid());
}

static void write_bytes(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, len, f) == len && fclose(f) == 0);
}

/* A classic little-endian pcap file, microseconds: header and records, written by hand. */
static size_t pcap_bytes(uint8_t *out, unsigned linktype, const uint32_t times_us[], unsigned n,
                         unsigned caplen_cut)
{
    static const uint32_t header[] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535};
    size_t at = sizeof header;
    memcpy(out, header, at);
    memcpy(out + at, &linktype, 4);
    at += 4;
    for (unsigned i = 0; i < n; i++) {
        struct frame_spec spec = {.kind = FRAME_UDP4, .sequence = i, .len = 100 + i};
        uint32_t len = (uint32_t)frame_build(out + at + 16, 2000, &spec);
        uint32_t record[4] = {times_us[i] / 1000000, times_us[i] % 1000000, len - caplen_cut, len};
        memcpy(out + at, record, 16);
        at += 16 + len - caplen_cut;
    }
    return at;
}

static const uint32_t times[] = {5000000, 5000100, 5001000, 5000900, 5003000};

WIRE_TEST(pcap_replays_a_file_in_its_order, "")
{
    uint8_t bytes[4096];
    char spec[80];
    pcap_name("in");
    write_bytes(bytes, pcap_bytes(bytes, 1, times, 5, 0));
    snprintf(spec, sizeof spec, "pcap:%s,", path);
    open_wire(spec, 2);
    unlink(path);
    wire_link(card.wire, true);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 2);
    CHECK(!wire_finished(card.wire));
    card.room = 100;
    wire_ready(card.wire);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 5);
    CHECK_EQ(card.ledger.received, 5);
    CHECK_EQ(card.ledger.reordered, 0);
    CHECK_EQ(card.last_len, 104);
    CHECK(wire_finished(card.wire));
}

WIRE_TEST(pcap_can_keep_the_distances_of_its_timestamps, "")
{
    uint8_t bytes[4096];
    char spec[80];
    pcap_name("timing");
    write_bytes(bytes, pcap_bytes(bytes, 1, times, 5, 0));
    snprintf(spec, sizeof spec, "pcap:%s,,timing", path);
    open_wire(spec, UINT64_MAX);
    unlink(path);
    wire_link(card.wire, true);
    thread_sleep(500000);
    CHECK_EQ(card.frames, 2);
    thread_sleep(1000000); /* the fourth's time lies before the third's: it follows at once */
    CHECK_EQ(card.frames, 4);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 4);
    thread_sleep(1000000);
    CHECK_EQ(card.frames, 5);
}

WIRE_TEST(pcap_writes_what_the_card_sent, "")
{
    char spec[80];
    pcap_name("out");
    snprintf(spec, sizeof spec, "pcap:,%s", path);
    open_wire(spec, UINT64_MAX);
    wire_link(card.wire, true);
    for (uint64_t i = 0; i < 20; i++) {
        send_frame(i, 60 + 50 * i);
        thread_sleep(1000000);
    }
    CHECK(!wire_finished(card.wire)); /* nothing to read: it never ends a run */
    wire_close(card.wire);
    snprintf(spec, sizeof spec, "pcap:%s,,timing", path);
    memset(&card, 0, sizeof card);
    open_wire(spec, UINT64_MAX);
    unlink(path);
    uint64_t start = host_now();
    wire_link(card.wire, true);
    thread_sleep(100000000);
    CHECK_EQ(card.ledger.received, 20);
    CHECK_EQ(card.last_len, 60 + 50 * 19);
    CHECK(card.last_time - start >= 19000000 && card.last_time - start < 20000000);
}

static void broken_captures(void *unused)
{
    uint8_t bytes[4096];
    char spec[80];
    pcap_name("broken");
    snprintf(spec, sizeof spec, "pcap:%s,", path);
    size_t n = pcap_bytes(bytes, 1, times, 5, 0);
    write_bytes(bytes, n - 30);
    CHECK_HAS(card_refusal(spec), "damaged after packet 4");
    write_bytes(bytes, 10);
    CHECK_HAS(card_refusal(spec), path);
    write_bytes("not a capture file at all", 25);
    CHECK_HAS(card_refusal(spec), path);
    n = pcap_bytes(bytes, 101, times, 2, 0);
    write_bytes(bytes, n);
    CHECK_HAS(card_refusal(spec), "only Ethernet");
    n = pcap_bytes(bytes, 1, times, 5, 20);
    write_bytes(bytes, n);
    CHECK_HAS(card_refusal(spec), "none of its 5 packets");
    unlink(path);
}

TEST(a_broken_capture_file_is_refused_when_it_is_opened, "")
{
    in_machine(broken_captures, true);
}

/* --- tap: the live scheduler, and a kernel that lets us --- */

static int packet_socket, interface_index;

static void tap_up(const char *name)
{
    struct ifreq request = {0};
    strcpy(request.ifr_name, name);
    packet_socket = socket(AF_PACKET, SOCK_RAW, htons(0x88b5));
    CHECK(packet_socket >= 0);
    CHECK_EQ(ioctl(packet_socket, SIOCGIFINDEX, &request), 0);
    interface_index = request.ifr_ifindex;
    CHECK_EQ(ioctl(packet_socket, SIOCGIFFLAGS, &request), 0);
    request.ifr_flags |= IFF_UP;
    CHECK_EQ(ioctl(packet_socket, SIOCSIFFLAGS, &request), 0);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5), .sll_ifindex = interface_index};
    CHECK_EQ(bind(packet_socket, (struct sockaddr *)&address, sizeof address), 0);
}

static char tap_spec[32];

static void tap_both_ways(void *unused)
{
    /* EtherType 0x88b5 is for local experiments (IEEE 802): nobody else sends or answers it. */
    uint8_t frame[100] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 42};
    uint8_t got[2000];
    open_wire(tap_spec, UINT64_MAX);
    wire_link(card.wire, true);
    tap_up(tap_spec + 4);

    wire_send(card.wire, frame, sizeof frame);
    ssize_t n;
    while ((n = recv(packet_socket, got, sizeof got, MSG_DONTWAIT)) < 0)
        thread_sleep(1000000);
    CHECK_EQ(n, sizeof frame);
    CHECK(!memcmp(got, frame, sizeof frame));

    /* Linux may send frames of its own (IPv6 neighbour discovery): ours must be among what comes.
     */
    card.room = 0;
    frame[14] = 77;
    CHECK_EQ(send(packet_socket, frame, sizeof frame, 0), sizeof frame);
    while (!__atomic_load_n(&card.refused, __ATOMIC_RELAXED))
        thread_sleep(1000000);
    for (unsigned i = 0; i < 1000 && !(card.last[12] == 0x88 && card.last[14] == 77); i++) {
        __atomic_store_n(&card.room, 1, __ATOMIC_RELAXED);
        wire_ready(card.wire);
        thread_sleep(1000000);
    }
    CHECK_EQ(card.last_len, sizeof frame);
    CHECK(!memcmp(card.last, frame, sizeof frame));
}

TEST(a_tap_is_a_linux_interface, "")
{
    int fd = open("/dev/net/tun", O_RDWR);
    if (fd < 0)
        SKIP("no /dev/net/tun, or no right to open it");
    struct ifreq request = {0};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &request) < 0)
        SKIP("no right to make a network interface");
    close(fd);
    snprintf(tap_spec, sizeof tap_spec, "tap:dq%d", (int)getpid());
    in_machine(tap_both_ways, false);
}
