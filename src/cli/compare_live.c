/* SPDX-License-Identifier: MIT */
/* compare_live.c - puts live runs side by side.
 *
 * Nobody can have a live run again, so numbers that follow from timing are shown and nothing more.
 * Judged is what every run of a driver has in common (frames, grants, what is left behind), and
 * what a driver ever did in any of its runs (rules broken, registers touched, answers given): the
 * more runs, the less of that is chance. */
#include "cli/compare_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run of a side. */
static struct compare_side run_of(const struct compare_side *s, size_t i)
{
    return (struct compare_side){.report = i ? s->again[i - 1] : s->report, .runs = 1};
}

/* --- what all runs have in common --- */

/* What something was in the runs of a side: each value once, in order. */
struct values {
    char *text[COMPARE_RUNS];
    size_t count;
};

/* Takes the value over. */
static void add_value(struct values *v, char *value)
{
    size_t at = 0;
    while (at < v->count && strcmp(v->text[at], value) < 0)
        at++;
    if (at < v->count && !strcmp(v->text[at], value)) {
        free(value);
        return;
    }
    memmove(&v->text[at + 1], &v->text[at], (v->count - at) * sizeof v->text[0]);
    v->text[at] = value;
    v->count++;
}

/* "fine or broken"; frees the values. */
static char *joined(struct values *v)
{
    char *all = strdup("");
    for (size_t i = 0; i < v->count; i++) {
        char *longer = compare_text("%s%s%s", all, i ? " or " : "", v->text[i]);
        free(v->text[i]);
        free(all);
        all = longer;
    }
    v->count = 0;
    return all;
}

static char *all_values(const struct compare_side *s, const char *path,
                        char *(*of)(const struct compare_side *run))
{
    struct values v = {.count = 0};
    for (size_t i = 0; i < s->runs; i++) {
        struct compare_side run = run_of(s, i);
        add_value(&v, of ? of(&run) : compare_shown(&run, path));
    }
    return joined(&v);
}

/* The same value in each run, or the same values. */
static struct compare_row *same(struct compare_table *t, const char *what,
                                const struct compare_side *b, const struct compare_side *a,
                                const char *path)
{
    return compare_judge(t, what, all_values(b, path, NULL), all_values(a, path, NULL));
}

/* --- numbers --- */

struct range {
    long long least, most;
};

/* Over all runs, of compare_number(path), compare_sum(member), or the like. */
static struct range range_of(const struct compare_side *s,
                             long long (*of)(const struct compare_side *run, const char *),
                             const char *name)
{
    struct range r = {0};
    for (size_t i = 0; i < s->runs; i++) {
        struct compare_side run = run_of(s, i);
        long long n = of(&run, name);
        r.least = !i || n < r.least ? n : r.least;
        r.most = !i || n > r.most ? n : r.most;
    }
    return r;
}

static char *range_text(struct range r)
{
    return r.least == r.most ? compare_text("%lld", r.least)
                             : compare_text("%lld to %lld", r.least, r.most);
}

enum judgement { SHOWN, WHETHER_ANY };

static void number(struct compare_table *t, const char *what, struct range b, struct range a,
                   enum judgement judgement)
{
    char *before = range_text(b), *after = range_text(a), *difference = NULL;
    if (judgement == WHETHER_ANY && (b.most > 0) != (a.most > 0))
        difference = compare_text("%s: %s before, %s after", what, before, after);
    compare_add(t, strdup(what), before, after, difference);
}

/* --- interrupts --- */

static long long claimed(const struct compare_side *run, const char *unused)
{
    return compare_sum(run, "isr") - compare_sum(run, "spurious");
}

static void interrupts(struct compare_table *t, const struct compare_side *b,
                       const struct compare_side *a)
{
    struct compare_row *granted =
        compare_judge(t, "interrupts granted", all_values(b, NULL, compare_granted),
                      all_values(a, NULL, compare_granted));
    compare_detail(granted, strdup("--interrupt=line (or msi, msix) grants both the same"));
    same(t, "interrupts registered", b, a, "interrupt.registered");
    same(t, "interrupts deregistered", b, a, "interrupt.deregistered");
    number(t, "service routine calls", range_of(b, compare_sum, "isr"),
           range_of(a, compare_sum, "isr"), WHETHER_ANY);
    number(t, "interrupts acknowledged", range_of(b, claimed, NULL), range_of(a, claimed, NULL),
           WHETHER_ANY);
    /* On a line, one that nobody claims may be one that a DPC was quicker to look after. */
    number(t, "interrupts not claimed", range_of(b, compare_sum, "spurious"),
           range_of(a, compare_sum, "spurious"), SHOWN);
    number(t, "DPCs", range_of(b, compare_sum, "dpc"), range_of(a, compare_sum, "dpc"),
           WHETHER_ANY);
}

/* --- frames --- */

/* Whether every frame of every run came through: then there is something to compare byte by byte.
 */
static bool intact(const struct compare_side *s)
{
    static const char *const counts[] = {"frames.lost", "frames.corrupt", "frames.duplicates",
                                         "frames.failed"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (range_of(s, compare_number, counts[i]).most)
            return false;
    return true;
}

/* The card may lose frames by itself, and in one of the runs it had the opportunity. */
static bool doubtful(const struct compare_side *s)
{
    for (size_t i = 0; i < s->runs; i++) {
        struct compare_side run = run_of(s, i);
        if (json_is_true(compare_at(&run, "frames.doubtful")))
            return true;
    }
    return false;
}

static char *digests(const struct compare_side *s, const char *direction, const char *which)
{
    struct values v = {.count = 0};
    char frames[48], digest[48];
    snprintf(frames, sizeof frames, "digest.%s.frames", direction);
    snprintf(digest, sizeof digest, "digest.%s.%s", direction, which);
    for (size_t i = 0; i < s->runs; i++) {
        struct compare_side run = run_of(s, i);
        char *hash = compare_shown(&run, digest);
        add_value(&v, compare_text("%lld (%.8s)", compare_number(&run, frames), hash));
        free(hash);
    }
    return joined(&v);
}

static void bytes(struct compare_table *t, const char *what, const char *direction,
                  const struct compare_side *b, const struct compare_side *a, bool judge)
{
    char *before = digests(b, direction, "any_order"), *after = digests(a, direction, "any_order");
    char *b_order = digests(b, direction, "ordered"), *a_order = digests(a, direction, "ordered");
    char *difference = NULL;
    if (judge && strcmp(before, after))
        difference =
            compare_text("%s: not the same bytes: %s before, %s after", what, before, after);
    else if (judge && strcmp(b_order, a_order))
        difference = compare_text("%s: the same frames, but a flow in another order", what);
    free(b_order);
    free(a_order);
    compare_add(t, strdup(what), before, after, difference);
}

static void frames(struct compare_table *t, const struct compare_side *b,
                   const struct compare_side *a, bool determined)
{
    bool whole = determined && intact(b) && intact(a);
    enum judgement losses = doubtful(b) || doubtful(a) ? SHOWN : WHETHER_ANY;
    static const struct {
        const char *path, *what;
    } counts[] = {{"frames.failed", "sends failed"},
                  {"frames.corrupt", "frames damaged"},
                  {"frames.duplicates", "frames twice"},
                  {"frames.excess", "frames with bytes behind their end"}};
    number(t, "sends completed", range_of(b, compare_number, "frames.sent"),
           range_of(a, compare_number, "frames.sent"), WHETHER_ANY);
    number(t, "frames received", range_of(b, compare_number, "frames.received"),
           range_of(a, compare_number, "frames.received"), WHETHER_ANY);
    number(t, "frames lost", range_of(b, compare_number, "frames.lost"),
           range_of(a, compare_number, "frames.lost"), losses);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        number(t, counts[i].what, range_of(b, compare_number, counts[i].path),
               range_of(a, compare_number, counts[i].path), WHETHER_ANY);
    bytes(t, whole ? "frames onto the wire (digest)" : "frames onto the wire (not judged)", "out",
          b, a, whole);
    bytes(t, whole ? "frames to the protocol (digest)" : "frames to the protocol (not judged)",
          "in", b, a, whole);
}

/* What came of each step of --traffic; both had the same steps. */
static void steps(struct compare_table *t, const struct compare_side *b,
                  const struct compare_side *a)
{
    size_t count = json_array_size(compare_at(b, "traffic"));
    for (size_t k = 0; k < count; k++) {
        struct values before = {.count = 0}, after = {.count = 0};
        const char *name = "";
        for (int side = 0; side < 2; side++)
            for (size_t i = 0; i < (side ? a : b)->runs; i++) {
                struct compare_side run = run_of(side ? a : b, i);
                const json_t *step = json_array_get(compare_at(&run, "traffic"), k);
                const char *result = json_string_value(json_object_get(step, "result"));
                add_value(side ? &after : &before, strdup(result ? result : "-"));
                name = step ? json_string_value(json_object_get(step, "step")) : name;
            }
        char *what = compare_text("traffic, %s", name);
        compare_judge(t, what, joined(&before), joined(&after));
        free(what);
    }
}

/* --- rules --- */

static const json_t *place_in(const json_t *violation)
{
    return json_array_get(json_object_get(violation, "stack"), 0);
}

/* Adds what is new, by rule and place; leaks are texts. */
static void add_new(json_t *all, const json_t *more)
{
    size_t i, k;
    json_t *one, *known;
    json_array_foreach((json_t *)more, i, one)
    {
        bool found = false;
        json_array_foreach(all, k, known)
        {
            found |=
                json_is_string(one)
                    ? json_equal(one, known)
                    : json_equal(json_object_get(one, "rule"), json_object_get(known, "rule")) &&
                          (!place_in(one) || json_equal(place_in(one), place_in(known)));
        }
        if (!found)
            json_array_append(all, one);
    }
}

/* A report with everything that was found in any run. */
static struct compare_side together(const struct compare_side *s)
{
    json_t *violations = json_array(), *leaks = json_array(), *bugcheck = NULL;
    for (size_t i = 0; i < s->runs; i++) {
        const json_t *report = run_of(s, i).report;
        add_new(violations, json_object_get(report, "violations"));
        add_new(leaks, json_object_get(report, "leaks"));
        if (!json_is_object(bugcheck))
            bugcheck = json_object_get(report, "bugcheck");
    }
    return (struct compare_side){.report = json_pack("{s:o, s:o, s:O?}", "violations", violations,
                                                     "leaks", leaks, "bugcheck", bugcheck),
                                 .runs = 1};
}

static char *leak_count(const struct compare_side *run)
{
    return compare_text("%zu", json_array_size(compare_at(run, "leaks")));
}

static void findings(struct compare_table *t, const struct compare_side *b,
                     const struct compare_side *a)
{
    struct compare_side all_b = together(b), all_a = together(a);
    struct compare_row *r = same(t, "bug check", b, a, "bugcheck.name");
    compare_detail_bugcheck(r, "before", &all_b);
    compare_detail_bugcheck(r, "after", &all_a);
    r = compare_judge(t, "rules broken", compare_rules(&all_b), compare_rules(&all_a));
    compare_detail_rules(r, "before", &all_b, &all_a);
    compare_detail_rules(r, "after", &all_a, &all_b);
    r = compare_judge(t, "left behind", all_values(b, NULL, leak_count),
                      all_values(a, NULL, leak_count));
    compare_detail_leaks(r, "before", &all_b);
    compare_detail_leaks(r, "after", &all_a);
    json_decref(all_b.report);
    json_decref(all_a.report);
    if (compare_at(b, "porting") || compare_at(a, "porting"))
        compare_add(t, strdup("porting chapters left"),
                    compare_text("%zu", json_array_size(compare_at(b, "porting"))),
                    compare_text("%zu", json_array_size(compare_at(a, "porting"))), NULL);
}

/* --- answers --- */

static bool answered_alike(const struct compare_oid *b, const struct compare_oid *a)
{
    if (b->answer_count > COMPARE_VALUES || a->answer_count > COMPARE_VALUES)
        return true; /* nobody knows */
    for (unsigned i = 0; i < b->answer_count; i++)
        for (unsigned k = 0; k < a->answer_count; k++)
            if (b->answers[i].status == a->answers[k].status &&
                b->answers[i].digest == a->answers[k].digest)
                return true;
    return false;
}

static char *answer_text(const struct compare_answer *answer)
{
    return answer->digest ? compare_text("0x%x with bytes (%08x)", (unsigned)answer->status,
                                         (unsigned)(answer->digest >> 32))
                          : compare_text("0x%x", (unsigned)answer->status);
}

static const struct compare_oid *find_oid(const struct compare_oids *all,
                                          const struct compare_oid *oid)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->oids[i].oid == oid->oid && !strcmp(all->oids[i].kind, oid->kind))
            return &all->oids[i];
    return NULL;
}

/* What only one of the two was asked is a matter of NDIS' versions, or of the moment (a status that
 * changed). An answer that follows from the moment (the link's state) was given on both sides at
 * some time, so that one in common is enough. */
static void answers(struct compare_table *t, const struct compare_oids *b,
                    const struct compare_oids *a)
{
    size_t differ = 0;
    char *lines = strdup("");
    for (size_t i = 0; i < b->count; i++) {
        const struct compare_oid *x = &b->oids[i], *y = find_oid(a, x);
        if (!y || answered_alike(x, y))
            continue;
        char *before = answer_text(&x->answers[0]), *after = answer_text(&y->answers[0]);
        char *longer = compare_text("%s%s%s of OID 0x%08x: %s before, %s after", lines,
                                    *lines ? "\n" : "", x->kind, (unsigned)x->oid, before, after);
        free(before);
        free(after);
        free(lines);
        lines = longer;
        differ++;
    }
    struct compare_row *r = compare_add(
        t, strdup("OIDs asked and set"), compare_text("%zu", b->count),
        compare_text("%zu", a->count),
        differ ? compare_text("answers to OID requests: %zu are others", differ) : NULL);
    if (differ)
        compare_detail(r, strdup(lines));
    free(lines);
}

/* --- registers --- */

/* So many times is a value no accident, if it is also so large a part of all that was written. */
#define USUAL_TIMES 16
#define USUAL_PART  10

/* What one side usually writes and the other never does. A register that takes ever new values is
 * an index or an address, and whichever causes come together once in a while are acknowledged
 * together. */
static bool has_usual_value_of(const struct compare_access *w, const struct compare_access *other)
{
    if (w->reads || w->value_count > COMPARE_VALUES || other->value_count > COMPARE_VALUES)
        return true;
    for (unsigned i = 0; i < other->value_count; i++) {
        bool found = other->times[i] < USUAL_TIMES || other->times[i] * USUAL_PART < other->count;
        for (unsigned k = 0; k < w->value_count; k++)
            found |= w->values[k] == other->values[i];
        if (!found)
            return false;
    }
    return true;
}

/* In the interrupt path: who touches it, and what is usually written. */
static void one_register(struct compare_table *t, const struct compare_access *b,
                         const struct compare_access *a)
{
    const struct compare_access *either = b ? b : a;
    char *what = compare_place(either), *difference = NULL;
    char *before = compare_values(b), *after = compare_values(a);
    if (!b || !a)
        difference = compare_text("%s: %s only %s", what, either->reads ? "read" : "written",
                                  b ? "before" : "after");
    else if (!has_usual_value_of(a, b) || !has_usual_value_of(b, a))
        difference = compare_text("%s: other values: %s before, %s after", what, before, after);
    compare_add(t, what, before, after, difference);
    t->chances += difference != NULL;
}

/* Everywhere else, in two rows: an initialisation touches every register that there is. */
struct elsewhere {
    size_t before, after, differ;
    char *lines;
};

static void note_elsewhere(struct elsewhere *e, const struct compare_access *b,
                           const struct compare_access *a)
{
    e->before += b != NULL;
    e->after += a != NULL;
    if (b && a)
        return;
    char *place = compare_place(b ? b : a);
    char *longer = compare_text("%s%s%s: only %s", e->lines ? e->lines : "", e->lines ? "\n" : "",
                                place, b ? "before" : "after");
    free(place);
    free(e->lines);
    e->lines = longer;
    e->differ++;
}

static void add_elsewhere(struct compare_table *t, const char *what, struct elsewhere *e,
                          bool complete)
{
    struct compare_row *r =
        compare_add(t, compare_text("%s elsewhere%s", what, complete ? "" : " (not judged)"),
                    compare_text("%zu", e->before), compare_text("%zu", e->after),
                    complete && e->differ
                        ? compare_text("%s elsewhere: %zu by one of the two only", what, e->differ)
                        : NULL);
    t->chances += r->difference != NULL;
    if (e->lines)
        compare_detail(r, strdup(e->lines));
    free(e->lines);
}

static void registers(struct compare_table *t, const struct compare_path *b,
                      const struct compare_path *a)
{
    struct elsewhere writes = {0}, reads = {0};
    size_t i = 0, k = 0;
    while (i < b->count || k < a->count) { /* both are in order: merge */
        const struct compare_access *x = i < b->count ? &b->accesses[i] : NULL;
        const struct compare_access *y = k < a->count ? &a->accesses[k] : NULL;
        int order = !x ? 1 : !y ? -1 : compare_path_order(x, y);
        const struct compare_access *either = order <= 0 ? x : y;
        i += order <= 0;
        k += order >= 0;
        x = order <= 0 ? x : NULL;
        y = order >= 0 ? y : NULL;
        if (either->context == COMPARE_ELSEWHERE)
            note_elsewhere(either->reads ? &reads : &writes, x, y);
        else
            one_register(t, x, y);
    }
    /* A trace that lost its beginning has lost the initialisation. */
    bool complete = !b->not_kept && !a->not_kept;
    add_elsewhere(t, "registers written", &writes, complete);
    add_elsewhere(t, "registers read", &reads, complete);
    if (!complete)
        compare_add(t, strdup("events not in the traces"),
                    compare_text("%llu", (unsigned long long)b->not_kept),
                    compare_text("%llu", (unsigned long long)a->not_kept), NULL);
}

static void fill(struct compare_table *t, const struct compare_side *b,
                 const struct compare_side *a, bool determined, bool excused)
{
    *t = (struct compare_table){0};
    compare_add(t, strdup("NDIS"), compare_shown(b, "ndis"), compare_shown(a, "ndis"), NULL);
    same(t, "outcome", b, a, "status");
    if (!compare_initialised(b) || !compare_initialised(a))
        return; /* all else would differ too, and say nothing */
    same(t, "got as far as", b, a, "reached");
    findings(t, b, a);
    compare_add_excuse(t, excused);
    interrupts(t, b, a);
    frames(t, b, a, determined);
    steps(t, b, a);
    answers(t, &b->oids, &a->oids);
    registers(t, &b->path, &a->path);
}

void compare_live_fill(struct compare_table *t, const struct compare_side *before,
                       const struct compare_side *after, bool determined)
{
    bool excused;
    struct compare_side b = compare_excuse(before, after, &excused);
    fill(t, &b, after, determined, excused);
    compare_excuse_free(&b);
}
