/* SPDX-License-Identifier: MIT */
/* talk.c - questions to the far end, and its answers; and the other way round.
 *
 * A question is one frame; its answer is known by kind, address and number. Both are counted where
 * they pass the cable and where they pass the driver, so that silence can be told apart: nothing
 * went out, nobody answered, or the answer did not come up. */
#include "peer/peer_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void peer_talk_begin(void)
{
    struct peer_sends *sends = calloc(1, sizeof *sends);
    if (!sends) {
        fprintf(stderr, "dirql: out of memory\n");
        abort();
    }
    host_lock(&peer.lock);
    peer.talk = (struct peer_talk){.sends = sends};
    memset(&peer.question, 0, sizeof peer.question);
    host_unlock(&peer.lock);
}

/* Whether a message answers some question of this talk; *last: the one that was asked last. */
static bool answers(const struct ipv4_message *m, bool *last)
{
    const struct peer_question *q = &peer.question;
    *last = false;
    if (m->kind != q->kind)
        return false;
    switch (m->kind) {
    case IPV4_ARP_REPLY:
        return *last = m->from.ip == q->ip;
    case IPV4_ECHO_REPLY:
        *last = m->sequence == q->sequence;
        return m->from.ip == q->ip && m->id == q->id;
    case IPV4_DHCP_REPLY:
        *last = m->dhcp.type == q->type || m->dhcp.type == DHCP_NAK;
        return m->dhcp.xid == q->id && !memcmp(m->dhcp.mac, peer.us.mac, 6);
    default:
        return false;
    }
}

/* An echo brings back what was sent. */
static bool damaged(const struct ipv4_message *m, bool last)
{
    const struct peer_question *q = &peer.question;
    if (m->wrong)
        return true;
    return last && m->kind == IPV4_ECHO_REPLY &&
           (m->data_len != q->len - IPV4_ECHO_HEAD ||
            memcmp(m->data, q->bytes + IPV4_ECHO_HEAD, m->data_len));
}

void peer_talk_sent(const void *frame, size_t len)
{
    const struct peer_question *q = &peer.question;
    if (q->kind && len >= q->len && !memcmp(frame, q->bytes, q->len))
        peer.talk.on_cable++;
}

void peer_talk_taken(const void *frame, size_t len)
{
    struct ipv4_message m;
    bool last;
    if (!ipv4_read(frame, len, &m) || !answers(&m, &last))
        return;
    peer.talk.answers_on_cable++;
    peer.talk.damaged_on_cable += damaged(&m, last);
}

/* What somebody asks of us becomes a frame that is owed. */
static void owe(const struct ipv4_message *m)
{
    if (peer.owed_count == sizeof peer.owed / sizeof peer.owed[0] || m->wrong)
        return;
    struct peer_owed *owed = &peer.owed[peer.owed_count];
    if (m->kind == IPV4_ARP_REQUEST)
        owed->len = ipv4_build_arp(owed->bytes, true, &peer.us, &m->from);
    else if (m->data_len <= sizeof owed->bytes - IPV4_ECHO_HEAD)
        owed->len = ipv4_build_echo(owed->bytes, true, &peer.us, &m->from, m->id, m->sequence,
                                    m->data, m->data_len);
    else
        return;
    peer.owed_count++;
}

void peer_talk_received(const void *frame, size_t len)
{
    struct ipv4_message m;
    bool last;
    if (!ipv4_read(frame, len, &m))
        return;
    bool asks = m.kind == IPV4_ARP_REQUEST || m.kind == IPV4_ECHO_REQUEST;
    if (asks && peer.us.ip && m.to.ip == peer.us.ip)
        owe(&m);
    if (!answers(&m, &last))
        return;
    peer.talk.answers_up++;
    peer.talk.damaged_up += damaged(&m, last);
    if (last && !damaged(&m, last) && !peer.answered) {
        peer.answered = true;
        peer.answered_at = host_now();
        peer.answer = m;
        peer.answer.data = NULL;
    }
}

void peer_answer_others(void)
{
    struct peer_owed owed;
    for (;;) {
        host_lock(&peer.lock);
        bool any = peer.owed_count;
        if (any) {
            owed = peer.owed[0];
            memmove(peer.owed, peer.owed + 1, --peer.owed_count * sizeof owed);
        }
        host_unlock(&peer.lock);
        if (!any)
            return;
        if (peer_send(owed.bytes, owed.len, NULL)) {
            if (owed.bytes[13] == 0x06)
                peer.arps_answered++;
            else
                peer.pings_answered++;
        }
    }
}

bool peer_ask(uint64_t timeout_ns)
{
    host_lock(&peer.lock);
    peer.answered = false;
    host_unlock(&peer.lock);
    uint64_t until = host_now() + timeout_ns;
    bool sent = false;
    while (!peer_over() && host_now() < until) {
        if (!sent && (sent = peer_send(peer.question.bytes, peer.question.len, peer.talk.sends)))
            peer.talk.asked++;
        host_lock(&peer.lock);
        bool answered = peer.answered;
        host_unlock(&peer.lock);
        if (answered)
            return true;
        uint64_t now = host_now(), left = now < until ? until - now : 0;
        uint64_t look =
            sent ? SECOND / 10 : SECOND / 1000; /* whether the run is over, or there is room */
        peer_wait(left < look ? left : look);
    }
    return false;
}

void peer_judge_talk(struct peer_result *result)
{
    const struct peer_talk *t = &peer.talk;
    uint64_t lost_out = beyond(t->sends->completed, t->on_cable);
    uint64_t lost_in = beyond(t->answers_on_cable, t->answers_up);
    uint64_t damaged_in = beyond(t->damaged_up, t->damaged_on_cable);
    uint64_t pending = beyond(t->asked, t->sends->completed + t->sends->failed);
    if (lost_out) {
        peer_say(result,
                 "; %llu of %llu questions were sent, says the driver, and never reached the cable",
                 (unsigned long long)lost_out, (unsigned long long)t->asked);
        peer_outcome(result, peer.exact || !t->on_cable ? PEER_FAILED : PEER_INCONCLUSIVE);
    }
    if (lost_in) {
        peer_say(result, "; the card took %llu answers from the cable, the driver brought %llu up",
                 (unsigned long long)t->answers_on_cable, (unsigned long long)t->answers_up);
        peer_outcome(result, peer.exact || !t->answers_up ? PEER_FAILED : PEER_INCONCLUSIVE);
    }
    if (damaged_in) {
        peer_say(result, "; %llu answers were damaged on their way up",
                 (unsigned long long)damaged_in);
        peer_outcome(result, PEER_FAILED);
    }
    if (t->sends->failed || pending) {
        peer_say(result, "; of its sends the driver failed %llu and still has %llu",
                 (unsigned long long)t->sends->failed, (unsigned long long)pending);
        peer_outcome(result, PEER_INCONCLUSIVE);
    }
    peer.lost += lost_out + lost_in;
    peer.corrupt += damaged_in;
}
