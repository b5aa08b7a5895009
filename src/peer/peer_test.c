/* SPDX-License-Identifier: MIT */
/* peer_test.c - plans; what is said of losses, and whom is blamed; answers to others. Steps through
 * a real driver are in tests/traffic_test.c. */
#include "ndis/fake_miniport.h"
#include "nt/nt_test.h"
#include "peer/peer_internal.h"

static char err[512];
static struct peer_plan plan;

static bool parse(const char *text)
{
    err[0] = 0;
    return peer_plan_parse(text, &plan, err, sizeof err);
}

TEST(a_plan_is_a_list_of_steps_with_values, "")
{
    CHECK(parse("dhcp,ping=3,burst=2k,answer=20ms,gateway=10.0.2.2,ping"));
    CHECK_EQ(plan.steps, 6);
    CHECK_STR(plan.row[0].step->name, "dhcp");
    CHECK_EQ(plan.row[1].value, 3);
    CHECK_EQ(plan.row[2].value, 2000);
    CHECK_EQ(plan.row[3].value, 20000000);
    CHECK_EQ(plan.row[4].value, 0x0a000202);
    CHECK_EQ(plan.row[5].value, 10);
    CHECK(parse("link"));
    CHECK_EQ(plan.steps, 1);
}

TEST(a_bad_plan_is_refused_in_one_sentence, "")
{
    CHECK(!parse(""));
    CHECK_HAS(err, "no step");
    CHECK(!parse("dhcp,pong=3"));
    CHECK_HAS(err, "\"pong=3\" is no step; there are: ");
    CHECK_HAS(err, "multicast");
    CHECK(!parse("dhcp=now"));
    CHECK_HAS(err, "dhcp takes no value");
    CHECK(!parse("ping=0"));
    CHECK_HAS(err, "ping=0: must be 1 to 1000000");
    CHECK(!parse("ping="));
    CHECK(!parse("gateway"));
    CHECK_HAS(err, "must be an address such as 10.0.2.2");
    CHECK(!parse("answer=soon"));
    CHECK_HAS(err, "must be a time");
    CHECK(!parse("dhcp,,ping"));
    char many[200] = "";
    for (int i = 0; i <= PEER_STEPS; i++)
        strcat(many, "arp,");
    CHECK(!parse(many));
    CHECK_HAS(err, "more than 32 steps");
}

/* --- judging --- */

static struct peer_config config;
static struct peer_result result;

/* A peer on a fake driver, with nobody at the other end of its cable. */
static struct ndis_adapter *start(bool exact)
{
    struct wire *none = wire_open("none", err, sizeof err);
    struct probe *probe = none ? probe_open(none) : NULL;
    CHECK(probe);
    fake.loop = true;
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    peer_attach(adapter, probe, NULL);
    fake_start(adapter);
    fake_indicate_link(true);
    peer.config = &config;
    peer.exact = exact;
    peer.window = exact ? WIRE_MANY : WIRE_FEW;
    memcpy(peer.us.mac, "\x52\x54\x00\x12\x34\x56", 6);
    return adapter;
}

static struct peer_flow *flow;

/* A flow of ten frames each way of which so many came through. */
static void judge(uint64_t out, uint64_t taken, uint64_t in)
{
    result = (struct peer_result){.step = "burst"};
    flow = peer_flow_new(10, 10, peer_usual_length);
    flow->out_sent = flow->in_sent = 10;
    flow->sends.completed = 10;
    flow->out.received = out;
    flow->in_taken = taken;
    flow->in.received = in;
    peer_judge_flow(&result, flow);
}

TEST_NT(on_an_exact_card_every_loss_is_the_drivers, "")
{
    struct ndis_adapter *adapter = start(true);
    judge(10, 10, 10);
    CHECK_EQ(result.outcome, PEER_PASSED);
    CHECK_STR(result.text, "");
    judge(9, 10, 10);
    CHECK_EQ(result.outcome, PEER_FAILED);
    CHECK_STR(result.text, "; out: 1 lost");
    judge(10, 10, 8);
    CHECK_EQ(result.outcome, PEER_FAILED);
    CHECK_STR(result.text, "; in: 2 lost");
    judge(10, 4, 4); /* the others still wait on the cable */
    CHECK_EQ(result.outcome, PEER_FAILED);
    CHECK_HAS(result.text, "the card took 4 of 10");
    CHECK_EQ(peer.lost, 3);
    fake_finish(adapter);
}

TEST_NT(a_card_that_may_lose_frames_is_given_few_or_not_judged, "")
{
    struct ndis_adapter *adapter = start(false);
    judge(10, 10, 8); /* eight at a time: there was room */
    CHECK_EQ(result.outcome, PEER_FAILED);
    peer.window = 64;
    judge(10, 10, 8);
    CHECK_EQ(result.outcome, PEER_INCONCLUSIVE);
    CHECK_HAS(result.text, "this card may lose frames by itself");
    judge(10, 10, 0); /* not a single one */
    CHECK_EQ(result.outcome, PEER_FAILED);
    judge(10, 4, 4);
    CHECK_EQ(result.outcome, PEER_INCONCLUSIVE);
    fake_finish(adapter);
}

TEST_NT(damage_and_repetition_are_the_drivers_on_every_card, "")
{
    struct ndis_adapter *adapter = start(false);
    peer.window = 64;
    result = (struct peer_result){0};
    flow = peer_flow_new(0, 2, peer_usual_length);
    uint8_t frame[2000];
    for (uint64_t i = 0; i < 2; i++) {
        size_t n = peer_flow_build(flow, i, false, frame, sizeof frame);
        flow->in_sent++;
        CHECK(peer_flow_taken(frame, n));
        frame[50] ^= (uint8_t)i;
        CHECK(peer_flow_received(frame, n));
        if (i == 0)
            CHECK(peer_flow_received(frame, n));
    }
    peer_judge_flow(&result, flow);
    CHECK_EQ(result.outcome, PEER_FAILED);
    CHECK_STR(result.text, "; in: 1 damaged (UDP checksum); in: 1 twice");
    fake_finish(adapter);
}

TEST_NT(what_a_fault_loses_is_nobodys_fault, "")
{
    config.faults = true;
    struct ndis_adapter *adapter = start(true);
    judge(0, 10, 0);
    CHECK_EQ(result.outcome, PEER_INCONCLUSIVE);
    CHECK_HAS(result.text, "out: 10 lost");
    fake_finish(adapter);
}

TEST_NT(sends_that_fail_or_hang_are_said, "")
{
    struct ndis_adapter *adapter = start(true);
    judge(10, 10, 10);
    flow->sends.completed = 7;
    flow->sends.failed = 2;
    flow->out.received = 7;
    peer_judge_flow(&result, flow);
    CHECK_EQ(result.outcome, PEER_INCONCLUSIVE);
    CHECK_HAS(result.text, "of 10 sends the driver failed 2 and still has 1");
    fake_indicate_link(false);
    result = (struct peer_result){0};
    peer_judge_flow(&result, flow);
    CHECK_HAS(result.text, "the link is down");
    fake_finish(adapter);
}

static size_t ping_length(uint64_t sequence)
{
    return sequence == 3 ? 60 : 42;
}

TEST_NT(padding_is_looked_at, "")
{
    struct ndis_adapter *adapter = start(true);
    uint8_t frame[64] = {0};
    flow = peer_flow_new(4, 0, ping_length);
    flow->shorter = true;
    for (uint64_t i = 0; i < 4; i++) {
        size_t n = peer_flow_build(flow, i, true, frame, sizeof frame);
        CHECK_EQ(n, i == 3 ? 60 : 42);
        CHECK(peer_flow_sent(frame, i == 1 ? n : 60)); /* the second one as it is */
        memset(frame, 0, sizeof frame);
        frame[50] = i == 1; /* what the third one is padded with */
    }
    CHECK_EQ(flow->out.received, 4);
    CHECK_EQ(flow->out.corrupt, 0);
    CHECK_EQ(flow->unpadded, 1);
    CHECK_EQ(flow->dirty, 1);
    fake_finish(adapter);
}

/* --- talking --- */

static const struct ipv4_end other = {{0x02, 0, 0, 0, 0, 9}, 0x0a000002};

static void judge_talk(uint64_t asked, uint64_t cable, uint64_t answers, uint64_t up)
{
    result = (struct peer_result){.step = "ping"};
    peer_talk_begin();
    peer.talk.asked = peer.talk.sends->completed = asked;
    peer.talk.on_cable = cable;
    peer.talk.answers_on_cable = answers;
    peer.talk.answers_up = up;
    peer_judge_talk(&result);
}

TEST_NT(silence_is_the_drivers_only_if_it_lost_something, "")
{
    struct ndis_adapter *adapter = start(false);
    judge_talk(3, 3, 0, 0);
    CHECK_EQ(result.outcome, PEER_PASSED); /* nobody answered: the step says so itself */
    judge_talk(3, 0, 0, 0);
    CHECK_EQ(result.outcome, PEER_FAILED);
    CHECK_HAS(result.text,
              "3 of 3 questions were sent, says the driver, and never reached the cable");
    judge_talk(3, 3, 3, 0);
    CHECK_EQ(result.outcome, PEER_FAILED);
    CHECK_HAS(result.text, "the card took 3 answers from the cable, the driver brought 0 up");
    judge_talk(10, 10, 10, 9);
    CHECK_EQ(result.outcome, PEER_INCONCLUSIVE);
    peer.exact = true;
    judge_talk(10, 10, 10, 9);
    CHECK_EQ(result.outcome, PEER_FAILED);
    fake_finish(adapter);
}

TEST_NT(others_get_answers_to_arp_and_ping, "")
{
    struct ndis_adapter *adapter = start(true);
    uint8_t frame[1600];
    peer.us.ip = 0x0a000001;
    size_t n = ipv4_build_arp(frame, false, &other, &peer.us);
    host_lock(&peer.lock);
    peer_talk_received(frame, n);
    n = ipv4_build_echo(frame, false, &other, &peer.us, 1, 2, "abc", 3);
    peer_talk_received(frame, n);
    struct ipv4_end nobody = {{0}, 0x0a000063};
    n = ipv4_build_arp(frame, false, &other, &nobody); /* somebody else's */
    peer_talk_received(frame, n);
    CHECK_EQ(peer.owed_count, 2);
    struct ipv4_message m;
    CHECK(ipv4_read(peer.owed[0].bytes, peer.owed[0].len, &m) && m.kind == IPV4_ARP_REPLY);
    CHECK(m.to.ip == other.ip && m.from.ip == peer.us.ip && !memcmp(m.from.mac, peer.us.mac, 6));
    CHECK(ipv4_read(peer.owed[1].bytes, peer.owed[1].len, &m) && m.kind == IPV4_ECHO_REPLY);
    CHECK(m.sequence == 2 && m.data_len == 3 && !memcmp(m.to.mac, other.mac, 6));
    host_unlock(&peer.lock);
    peer_answer_others();
    CHECK(peer.arps_answered == 1 && peer.pings_answered == 1 && !peer.owed_count);
    fake_finish(adapter);
}

/* A question is known again on the cable though the card padded it; its answer only if it fits. */
TEST_NT(a_question_and_its_answer_are_known_again, "")
{
    struct ndis_adapter *adapter = start(true);
    uint8_t frame[1600] = {0};
    peer.us.ip = 0x0a000001;
    peer_talk_begin();
    struct peer_question *q = &peer.question;
    q->kind = IPV4_ECHO_REPLY;
    q->ip = other.ip;
    q->id = 5;
    q->sequence = 6;
    q->len = ipv4_build_echo(q->bytes, false, &peer.us, &other, 5, 6, "abc", 3);
    memcpy(frame, q->bytes, q->len);
    peer_talk_sent(frame, 60);
    frame[30]++;
    peer_talk_sent(frame, 60);
    CHECK_EQ(peer.talk.on_cable, 1);

    size_t n = ipv4_build_echo(frame, true, &other, &peer.us, 5, 6, "abd", 3);
    peer_talk_taken(frame, n);
    CHECK_EQ(peer.talk.damaged_on_cable, 1); /* somebody else's doing */
    peer_talk_received(frame, n);
    CHECK(!peer.answered && peer.talk.damaged_up == 1);
    n = ipv4_build_echo(frame, true, &other, &peer.us, 7, 6, "abc", 3);
    peer_talk_received(frame, n); /* another's question */
    CHECK_EQ(peer.talk.answers_up, 1);
    n = ipv4_build_echo(frame, true, &other, &peer.us, 5, 5, "abc", 3);
    peer_talk_received(frame, n); /* a late one */
    CHECK(!peer.answered && peer.talk.answers_up == 2);
    n = ipv4_build_echo(frame, true, &other, &peer.us, 5, 6, "abc", 3);
    peer_talk_received(frame, n);
    CHECK(peer.answered && peer.talk.answers_up == 3 && peer.answer.sequence == 6);
    fake_finish(adapter);
}
