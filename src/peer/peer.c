/* SPDX-License-Identifier: MIT */
/* peer.c - the plan, and what every step uses. */
#include "peer/peer_internal.h"
#include "net/options.h"
#include "nt/machine.h"
#include "nt/report.h"
#include "pci/regs.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct peer peer;

static struct peer_result results[PEER_STEPS];
static size_t result_count;

const char *const peer_outcome_names[] = {"passed", "failed", "inconclusive", "skipped"};

/* --- the plan --- */

extern const struct peer_step *const __start_dirql_peer_steps[] __attribute__((weak));
extern const struct peer_step *const __stop_dirql_peer_steps[] __attribute__((weak));

static const struct peer_step *find(const char *name, size_t len)
{
    for (const struct peer_step *const *s = __start_dirql_peer_steps; s < __stop_dirql_peer_steps;
         s++)
        if (strlen((*s)->name) == len && !memcmp((*s)->name, name, len))
            return *s;
    return NULL;
}

static void list_steps(char *out, size_t room)
{
    size_t used = 0;
    for (const struct peer_step *const *s = __start_dirql_peer_steps; s < __stop_dirql_peer_steps;
         s++)
        if (used < room)
            used += (size_t)snprintf(out + used, room - used, "%s%s", used ? ", " : "", (*s)->name);
}

/* value: what follows the '=', NULL if there is none. */
static bool parse_value(const struct peer_step *step, const char *value, uint64_t *out, char *err,
                        size_t err_len)
{
    char text[64];
    uint32_t address = 0;
    const struct option kinds[] = {
        [PEER_COUNT] = {step->name, OPTION_NUMBER, out, .min = 1, .max = step->most},
        [PEER_TIME] = {step->name, OPTION_TIME, out, .min = 1, .max = step->most},
        [PEER_ADDRESS] = {step->name, OPTION_IPV4, &address},
    };
    *out = step->usual;
    if (!value && (step->takes == PEER_NO_VALUE || step->usual))
        return true;
    if (step->takes == PEER_NO_VALUE) {
        snprintf(err, err_len, "%s takes no value, found \"%s\"", step->name, value);
        return false;
    }
    snprintf(text, sizeof text, "%s=%s", step->name, value ? value : "");
    if (!options_parse("traffic", text, &kinds[step->takes], 1, err, err_len))
        return false;
    if (step->takes == PEER_ADDRESS)
        *out = address;
    return true;
}

bool peer_plan_parse(const char *text, struct peer_plan *plan, char *err, size_t err_len)
{
    plan->steps = 0;
    for (const char *at = text; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
        char row[64];
        size_t len = strcspn(at, ","), name_len = strcspn(at, ",=");
        const struct peer_step *step = find(at, name_len);
        if (!step || len >= sizeof row) {
            char names[256];
            list_steps(names, sizeof names);
            snprintf(err, err_len, "\"%.*s\" is no step; there are: %s", (int)len, at, names);
            return false;
        }
        if (plan->steps == PEER_STEPS) {
            snprintf(err, err_len, "more than %d steps", PEER_STEPS);
            return false;
        }
        snprintf(row, sizeof row, "%.*s", (int)len, at);
        struct peer_plan_row *r = &plan->row[plan->steps++];
        r->step = step;
        if (!parse_value(step, len > name_len ? row + name_len + 1 : NULL, &r->value, err, err_len))
            return false;
    }
    if (!plan->steps)
        snprintf(err, err_len, "no step is given");
    return plan->steps;
}

/* --- results --- */

void peer_fact(struct peer_result *result, const char *name, uint64_t number)
{
    if (result->facts < PEER_FACTS)
        result->fact[result->facts++] = (struct peer_fact){.name = name, .number = number};
}

void peer_fact_text(struct peer_result *result, const char *name, const char *text)
{
    peer_fact(result, name, 0);
    struct peer_fact *fact = &result->fact[result->facts - 1];
    snprintf(fact->text, sizeof fact->text, "%s", text);
}

static void say(struct peer_result *result, const char *fmt, va_list ap)
{
    size_t used = strlen(result->text);
    vsnprintf(result->text + used, sizeof result->text - used, fmt, ap);
}

void peer_say(struct peer_result *result, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(result, fmt, ap);
    va_end(ap);
}

void peer_skip(struct peer_result *result, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(result, fmt, ap);
    va_end(ap);
    result->outcome = PEER_SKIPPED;
}

void peer_outcome(struct peer_result *result, enum peer_outcome outcome)
{
    if (outcome == PEER_FAILED && (peer.config->faults || peer_over()))
        outcome = PEER_INCONCLUSIVE;
    if (result->outcome != PEER_FAILED && outcome != PEER_PASSED)
        result->outcome = outcome;
}

const char *peer_duration(uint64_t ns, char text[16])
{
    if (ns < 1000)
        snprintf(text, 16, "%lluns", (unsigned long long)ns);
    else if (ns < 1000000)
        snprintf(text, 16, "%.1fus", (double)ns / 1e3);
    else
        snprintf(text, 16, "%.1fms", (double)ns / 1e6);
    return text;
}

const struct peer_result *peer_results(size_t *count)
{
    *count = result_count;
    return results;
}

void peer_counts(struct peer_counts *c)
{
    *c = (struct peer_counts){
        .sent = peer.sends.completed,
        .failed = peer.sends.failed,
        .received = peer.received,
        .lost = peer.lost,
        .corrupt = peer.corrupt,
        .duplicates = peer.duplicates,
        .elapsed_ns = peer.started ? (peer.ended ? peer.ended : host_now()) - peer.started : 0};
}

/* --- frames --- */

static void on_receive(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info)
{
    host_lock(&peer.lock);
    peer.received++;
    if (peer.digest)
        frame_digest_add(peer.digest, frame, len);
    if (!peer_flow_received(frame, len))
        peer_talk_received(frame, len);
    host_unlock(&peer.lock);
    event_set(&peer.event);
}

/* With the card's lock held, maybe: no event is set here. */
static bool on_cable(void *ctx, const void *frame, size_t len)
{
    host_lock(&peer.lock);
    bool ours = peer_flow_sent(frame, len);
    if (!ours)
        peer_talk_sent(frame, len);
    host_unlock(&peer.lock);
    return ours;
}

static void on_taken(void *ctx, const void *frame, size_t len)
{
    host_lock(&peer.lock);
    if (!peer_flow_taken(frame, len))
        peer_talk_taken(frame, len);
    host_unlock(&peer.lock);
}

static void on_sent(void *ctx, NDIS_STATUS status)
{
    struct peer_sends *sends = ctx;
    bool fine = status == NDIS_STATUS_SUCCESS;
    __atomic_fetch_add(fine ? &peer.sends.completed : &peer.sends.failed, 1, __ATOMIC_RELAXED);
    if (sends)
        __atomic_fetch_add(fine ? &sends->completed : &sends->failed, 1, __ATOMIC_RELAXED);
    event_set(&peer.event);
}

unsigned peer_send_many(const struct ndis_frame *frames, unsigned n, struct peer_sends *sends)
{
    return ndis_send(peer.adapter, frames, n, on_sent, sends);
}

bool peer_send(const void *frame, size_t len, struct peer_sends *sends)
{
    return peer_send_many(&(struct ndis_frame){frame, len}, 1, sends) == 1;
}

void peer_attach(struct ndis_adapter *adapter, struct probe *probe, struct frame_digest *digest)
{
    peer.adapter = adapter;
    peer.probe = probe;
    peer.digest = digest;
    event_init(&peer.event, false, false);
    if (probe) {
        probe->sent = on_cable;
        probe->wire.taken = on_taken;
    }
    ndis_set_receive(adapter, on_receive, NULL);
}

/* --- running --- */

bool peer_over(void)
{
    const struct pci_function *card = ndis_adapter_function(peer.adapter);
    return machine_interrupted() || (card && card->surprise_removed) ||
           (peer.config->deadline && host_now() >= peer.config->deadline);
}

void peer_wait(uint64_t ns)
{
    thread_wait(&peer.event, ns);
    peer_answer_others();
}

void peer_settle_card(void)
{
    struct pci_function *card = ndis_adapter_function(peer.adapter);
    if (card)
        pci_config_read(card, PCI_REG_COMMAND, 2);
}

static void run_step(const struct peer_plan_row *row)
{
    struct peer_result unused = {0};
    struct peer_result *result = row->step->silent ? &unused : &results[result_count];
    *result = (struct peer_result){.step = row->step->name, .outcome = PEER_PASSED};
    if (!peer.probe) {
        peer_skip(result, "there is no cable, as there is no card");
    } else {
        peer_settle_card();
        row->step->run(row->value, result);
    }
    if (row->step->silent)
        return;
    result_count++;
    if (peer_over() && result->outcome == PEER_INCONCLUSIVE)
        peer_say(result, " (the run was ended)");
    RULE("traffic", result->outcome != PEER_FAILED, "%s: %s", result->step, result->text);
}

void peer_run(const struct peer_config *config)
{
    struct ndis_adapter_report about;
    ndis_adapter_report(peer.adapter, &about);
    peer.config = config;
    peer.mtu = about.mtu;
    memcpy(peer.us.mac, about.mac, 6);
    if (peer.probe) {
        peer.exact = peer.probe->wire.exact && !config->faults;
        peer.window = config->window ? config->window : wire_window(&peer.probe->wire);
    }
    peer.started = host_now();
    for (unsigned i = 0; i < config->plan->steps && !peer_over(); i++)
        run_step(&config->plan->row[i]);
    peer.ended = host_now();
}
