/* SPDX-License-Identifier: MIT */
/* report_json.c - the report for programs: one object, documented in docs/json.md. */
#include "cli/json_text.h"
#include "cli/session.h"
#include "ndis/errorlog.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *interrupt(const struct session_result *r)
{
    enum pci_interrupt_kind kind = r->adapter.granted;
    const char *type = kind == PCI_INTERRUPT_NONE ? "none" : kind == PCI_INTERRUPT_LINE ? "line" : "message";
    const char *bus = kind == PCI_INTERRUPT_MSI ? "msi" : kind == PCI_INTERRUPT_MSIX ? "msix" : type;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "type", type, "bus", bus, "messages",
                     number(kind > PCI_INTERRUPT_LINE ? r->adapter.granted_messages : 0), "requested",
                     number(r->adapter.requested_messages), "registered", number(r->interrupts.registered),
                     "deregistered", number(r->interrupts.deregistered));
}

static json_t *messages(const struct session_result *r)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < r->interrupts.messages; i++) {
        const struct ndis_message_stats *m = &r->interrupts.message[i];
        json_array_append_new(
            list, json_pack("{s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}}", "id", (int)i, "processor",
                            (int)m->processor, "irql", (int)m->irql, "isr", number(m->isr), "dpc", number(m->dpc),
                            "spurious", number(m->spurious), "throttled", number(m->throttled), "latency_ns",
                            "p50", number(ndis_latency_percentile(m, 50)), "p99",
                            number(ndis_latency_percentile(m, 99)), "max",
                            number(ndis_latency_percentile(m, 100))));
    }
    return list;
}

static json_t *violations(void)
{
    const struct violation_record *v;
    size_t n = report_violations(&v);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:i}", "rule", v[i].rule, "text", json_text(v[i].text), "stack",
                                              json_text_lines(v[i].stack), "count", (int)v[i].count));
    return list;
}

static json_t *strings(const char *const *texts, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_text(texts[i]));
    return list;
}

static json_t *leaks(void)
{
    const char *const *texts;
    size_t n = report_leaks(&texts);
    return strings(texts, n);
}

/* What an administrator would find in Windows' event viewer. */
static json_t *error_log(void)
{
    const char *const *texts;
    size_t n = ndis_error_log(&texts);
    return strings(texts, n);
}

static json_t *crash(void)
{
    const struct bugcheck_record *b = report_bugcheck();
    if (!b)
        return json_null();
    json_t *parameters = json_array();
    for (int i = 0; i < 4; i++) {
        char text[32];
        snprintf(text, sizeof text, "0x%llx", (unsigned long long)b->parameter[i]);
        json_array_append_new(parameters, json_string(text));
    }
    return json_pack("{s:i, s:s, s:o, s:o, s:o, s:i, s:i}", "code", (int)b->code, "name", bugcheck_name(b->code),
                     "parameters", parameters, "text", json_text(b->text), "stack", json_text_lines(b->stack), "processor",
                     (int)b->processor, "irql", (int)b->irql);
}

/* What came of each step of --traffic. */
static json_t *traffic(const struct session_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->step_count; i++) {
        const struct peer_result *step = &r->steps[i];
        json_t *row = json_pack("{s:s, s:s, s:o}", "step", step->step, "result",
                                peer_outcome_names[step->outcome], "text", json_text(step->text));
        for (unsigned f = 0; f < step->facts; f++)
            json_object_set_new(row, step->fact[f].name,
                                step->fact[f].text[0] ? json_text(step->fact[f].text)
                                                      : number(step->fact[f].number));
        json_array_append_new(list, row);
    }
    return list;
}

/* What is still 5.x of the driver, with --porting. */
static json_t *porting(const struct session_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->porting_chapters; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "chapter", r->porting[i].title, "left", r->porting[i].left));
    return list;
}

static json_t *ported(const struct session_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->ported_count; i++)
        json_array_append_new(list, json_string(r->ported[i]));
    return list;
}

/* Two runs with equal digests moved the same frames, byte for byte. */
static json_t *digest(const struct frame_digest *d)
{
    char ordered[24], any_order[24];
    snprintf(ordered, sizeof ordered, "%016llx", (unsigned long long)frame_digest_ordered(d));
    snprintf(any_order, sizeof any_order, "%016llx", (unsigned long long)d->any_order);
    return json_pack("{s:o, s:o, s:s, s:s}", "frames", number(d->frames), "bytes", number(d->bytes), "ordered", ordered,
                     "any_order", any_order);
}

void report_print_json(const struct session_config *c, const struct session_result *r)
{
    static const char *const status[] = {"fine", "environment", "no-driver", "broken", "crashed"};
    static const char *const reached[] = {"nothing", "wire",    "card", "image",
                                          "driver",  "adapter", "end"};
    char ndis[16];
    snprintf(ndis, sizeof ndis, "%u.%u", r->ndis_major, r->ndis_minor);
    json_t *root =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}, s:o, s:o, "
                  "s:o, s:o, s:s, s:b}",
                  "driver", json_text(r->driver[0] ? r->driver : c->driver), "ndis",
                  r->ndis_major ? json_string(ndis) : json_null(), "device", json_text(c->device),
                  "interrupt", interrupt(r), "messages", messages(r), "frames", "sent",
                  number(r->sent), "received", number(r->received), "lost", number(r->lost),
                  "corrupt", number(r->corrupt), "duplicates", number(r->duplicates), "excess",
                  number(r->excess), "failed", number(r->failed), "doubtful", r->doubtful,
                  "violations", violations(), "leaks", leaks(), "bugcheck", crash(),
                  "rules_checked", number(r->rules_checked), "status", status[session_status(r)],
                  "interrupted", r->interrupted);
    json_object_set_new(root, "reached", json_string(reached[r->reached]));
    json_object_set_new(root, "wire", json_pack("{s:o, s:o, s:o}", "to", number(r->wire_to), "from",
                                                number(r->wire_from), "dropped", number(r->wire_dropped)));
    json_object_set_new(root, "round_trips", number(r->round_trips));
    json_object_set_new(root, "traffic", traffic(r));
    if (c->porting) {
        json_object_set_new(root, "porting", porting(r));
        json_object_set_new(root, "ported", ported(r));
    }
    json_object_set_new(root, "digest", c->deterministic || c->trace ? json_pack("{s:o, s:o}", "out", digest(&r->out), "in", digest(&r->in))
                                                         : json_null());
    json_object_set_new(root, "error_log", error_log());
    json_object_set_new(root, "error", r->error[0] ? json_text(r->error) : json_null());
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(root);
}
