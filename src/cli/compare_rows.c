/* SPDX-License-Identifier: MIT */
/* compare_rows.c - puts two runs side by side and says in which rows they differ.
 *
 * Judged is what a network, a protocol or a device can see. Not judged, but shown, are counts that
 * follow from timing: how many interrupts and DPCs it took, and how often a register was written.
 */
#include "cli/compare.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many times the interrupts for the same work are no matter of timing any more. */
#define INTERRUPT_FACTOR 2
#define INTERRUPT_FLOOR  16

static char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *fmt, ...)
{
    char *s;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    return s;
}

/* Takes all strings over. */
static struct compare_row *row(struct compare_table *t, char *what, char *before, char *after,
                               char *difference)
{
    struct compare_row *more = realloc(t->rows, (t->count + 1) * sizeof *more);
    if (!more)
        abort();
    t->rows = more;
    more[t->count] = (struct compare_row){what, before, after, difference, NULL};
    t->differences += difference != NULL;
    return &more[t->count++];
}

/* Judged by what is shown. */
static struct compare_row *judged(struct compare_table *t, const char *what, char *before,
                                  char *after)
{
    char *difference =
        strcmp(before, after) ? text("%s: %s before, %s after", what, before, after) : NULL;
    return row(t, strdup(what), before, after, difference);
}

/* One more line under the difference, if there is one. Takes the line over. */
static void detail(struct compare_row *r, char *line)
{
    if (r->difference) {
        char *longer = text("%s%s%s", r->detail ? r->detail : "", r->detail ? "\n" : "", line);
        free(r->detail);
        r->detail = longer;
    }
    free(line);
}

/* A string or number of a report, at a path such as "interrupt.bus". */
static const json_t *at(const struct compare_side *s, const char *path)
{
    const json_t *j = s->report;
    while (j && *path) {
        char key[32];
        size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        j = json_object_get(j, key);
        path += n + (path[n] == '.');
    }
    return j;
}

static long long number(const struct compare_side *s, const char *path)
{
    return (long long)json_integer_value(at(s, path));
}

static char *shown(const struct compare_side *s, const char *path)
{
    const json_t *j = at(s, path);
    if (json_is_string(j))
        return strdup(json_string_value(j));
    return json_is_integer(j) ? text("%lld", (long long)json_integer_value(j)) : strdup("-");
}

static long long sum(const struct compare_side *s, const char *member)
{
    long long total = 0;
    size_t i;
    json_t *m;
    json_array_foreach((json_t *)at(s, "messages"), i, m) total +=
        (long long)json_integer_value(json_object_get(m, member));
    return total;
}

/* --- interrupts --- */

static char *granted(const struct compare_side *s)
{
    long long messages = number(s, "interrupt.messages");
    char *bus = shown(s, "interrupt.bus");
    char *all = messages ? text("%s, %lld", bus, messages) : strdup(bus);
    free(bus);
    return all;
}

static bool far_apart(long long a, long long b)
{
    long long less = a < b ? a : b, more = a < b ? b : a;
    return more > INTERRUPT_FLOOR && more > INTERRUPT_FACTOR * less;
}

static void interrupts(struct compare_table *t, const struct compare_side *b,
                       const struct compare_side *a)
{
    detail(judged(t, "interrupts granted", granted(b), granted(a)),
           text("--interrupt=line (or msi, msix) grants both the same"));
    judged(t, "interrupts registered", shown(b, "interrupt.registered"),
           shown(a, "interrupt.registered"));
    judged(t, "interrupts deregistered", shown(b, "interrupt.deregistered"),
           shown(a, "interrupt.deregistered"));

    long long before = sum(b, "isr"), after = sum(a, "isr");
    row(t, strdup("service routine calls"), text("%lld", before), text("%lld", after),
        far_apart(before, after)
            ? text("service routine calls: %lld before, %lld after, more than a factor of %d",
                   before, after, INTERRUPT_FACTOR)
            : NULL);
    row(t, strdup("interrupts acknowledged"), text("%lld", before - sum(b, "spurious")),
        text("%lld", after - sum(a, "spurious")), NULL);
    bool lost = (sum(b, "spurious") != 0) != (sum(a, "spurious") != 0);
    row(t, strdup("interrupts not claimed"), text("%lld", sum(b, "spurious")),
        text("%lld", sum(a, "spurious")),
        lost ? text("interrupts not claimed: %lld before, %lld after", sum(b, "spurious"),
                    sum(a, "spurious"))
             : NULL);
    row(t, strdup("DPCs"), text("%lld", sum(b, "dpc")), text("%lld", sum(a, "dpc")), NULL);
}

/* --- frames --- */

static char *frames_of(const struct compare_side *s, const char *direction)
{
    char path[48], digest[48];
    snprintf(path, sizeof path, "digest.%s.frames", direction);
    snprintf(digest, sizeof digest, "digest.%s.ordered", direction);
    char *hash = shown(s, digest), *all = text("%lld (%.8s)", number(s, path), hash);
    free(hash);
    return all;
}

static bool same_digest(const struct compare_side *b, const struct compare_side *a,
                        const char *direction, const char *which)
{
    char path[48];
    snprintf(path, sizeof path, "digest.%s.%s", direction, which);
    char *x = shown(b, path), *y = shown(a, path);
    bool same = !strcmp(x, y);
    free(x);
    free(y);
    return same;
}

static void frames(struct compare_table *t, const struct compare_side *b,
                   const struct compare_side *a)
{
    static const struct {
        const char *direction, *what;
    } directions[] = {{"out", "frames onto the wire (digest)"},
                      {"in", "frames to the protocol (digest)"}};
    static const char *const counts[][2] = {{"frames.sent", "sends completed"},
                                            {"frames.received", "test frames received"},
                                            {"frames.lost", "frames lost"},
                                            {"frames.corrupt", "frames damaged"},
                                            {"frames.duplicates", "frames twice"}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        judged(t, counts[i][1], shown(b, counts[i][0]), shown(a, counts[i][0]));
    for (size_t i = 0; i < 2; i++) {
        const char *d = directions[i].direction, *what = directions[i].what;
        char *before = frames_of(b, d), *after = frames_of(a, d), *difference = NULL;
        if (!same_digest(b, a, d, "any_order") || !same_digest(b, a, d, "frames"))
            difference = text("%s: not the same bytes: %s before, %s after", what, before, after);
        else if (!same_digest(b, a, d, "ordered"))
            difference = text("%s: the same frames, but a flow in another order", what);
        row(t, strdup(what), before, after, difference);
    }
}

/* --- rules --- */

/* "R-101 x2, R-305", or "none". Reports list each rule and place once; here places do not count,
 * for two drivers have no places in common. */
static char *rules(const struct compare_side *s)
{
    char *list = strdup("");
    size_t i, k;
    json_t *v, *w;
    const json_t *all = at(s, "violations");
    json_array_foreach((json_t *)all, i, v)
    {
        const char *rule = json_string_value(json_object_get(v, "rule"));
        bool first = true;
        json_array_foreach((json_t *)all, k,
                           w) if (k < i &&
                                  !strcmp(rule, json_string_value(json_object_get(w, "rule"))))
            first = false;
        if (!first)
            continue;
        char *longer = text("%s%s%s", list, *list ? ", " : "", rule);
        free(list);
        list = longer;
    }
    if (!*list) {
        free(list);
        list = strdup("none");
    }
    return list;
}

static bool breaks(const struct compare_side *s, const char *rule)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)at(s, "violations"), i, v)
    {
        if (!strcmp(rule, json_string_value(json_object_get(v, "rule"))))
            return true;
    }
    return false;
}

static const char *first_of(const json_t *stack)
{
    const char *frame = json_string_value(json_array_get(stack, 0));
    return frame ? frame : "";
}

/* What only `s` breaks, as its report has it, and where. */
static void detail_rules(struct compare_row *r, const char *side, const struct compare_side *s,
                         const struct compare_side *other)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)at(s, "violations"), i, v)
    {
        const char *rule = json_string_value(json_object_get(v, "rule"));
        const char *place = first_of(json_object_get(v, "stack"));
        if (!breaks(other, rule))
            detail(r,
                   text("%s: %s: %s%s%s", side, rule, json_string_value(json_object_get(v, "text")),
                        *place ? ", at " : "", place));
    }
}

static void detail_leaks(struct compare_row *r, const char *side, const struct compare_side *s)
{
    size_t i;
    json_t *leak;
    json_array_foreach((json_t *)at(s, "leaks"), i, leak)
    {
        const char *line = json_string_value(leak);
        detail(r, text("%s: %.*s", side, (int)strcspn(line, "\n"), line));
    }
}

static void detail_bugcheck(struct compare_row *r, const char *side, const struct compare_side *s)
{
    const char *why = json_string_value(at(s, "bugcheck.text"));
    const char *place = first_of(at(s, "bugcheck.stack"));
    if (why)
        detail(r, text("%s: %s%s%s", side, why, *place ? ", at " : "", place));
}

static void findings(struct compare_table *t, const struct compare_side *b,
                     const struct compare_side *a)
{
    struct compare_row *r =
        judged(t, "bug check", shown(b, "bugcheck.name"), shown(a, "bugcheck.name"));
    detail_bugcheck(r, "before", b);
    detail_bugcheck(r, "after", a);
    r = judged(t, "rules broken", rules(b), rules(a));
    detail_rules(r, "before", b, a);
    detail_rules(r, "after", a, b);
    r = judged(t, "left behind", text("%zu", json_array_size(at(b, "leaks"))),
               text("%zu", json_array_size(at(a, "leaks"))));
    detail_leaks(r, "before", b);
    detail_leaks(r, "after", a);
    if (at(b, "porting") || at(a, "porting"))
        row(t, strdup("porting chapters left"), text("%zu", json_array_size(at(b, "porting"))),
            text("%zu", json_array_size(at(a, "porting"))), NULL);
}

/* --- registers --- */

static char *values_of(const struct compare_access *w)
{
    if (!w)
        return strdup("never");
    if (w->reads)
        return text("%llu x", (unsigned long long)w->count);
    char *all = text("%llu x", (unsigned long long)w->count);
    if (w->value_count > COMPARE_VALUES) {
        free(all);
        return text("%llu x, varies", (unsigned long long)w->count);
    }
    for (unsigned i = 0; i < w->value_count; i++) {
        char *longer = text("%s%s 0x%llx", all, i ? "," : "", (unsigned long long)w->values[i]);
        free(all);
        all = longer;
    }
    return all;
}

/* Are the values a matter of what the driver wants, not of where it is? At DIRQL registers are
 * masks. In a DPC, a register that takes a new value with every other write is an index into a
 * ring. */
static bool settled(const struct compare_access *w)
{
    return w->value_count <= COMPARE_VALUES &&
           (w->context == COMPARE_DIRQL || w->count >= 2 * w->value_count);
}

static bool same_values(const struct compare_access *b, const struct compare_access *a)
{
    return b->value_count == a->value_count &&
           !memcmp(b->values, a->values, b->value_count * sizeof b->values[0]);
}

/* "at DIRQL, register 0x000c0", with "bar1+0x..." in the other ranges. */
static char *place_of(const struct compare_access *w)
{
    bool first = !strcmp(w->range, "bar0");
    return text("%s, register %s%s0x%05llx%s", compare_context_name(w->context),
                first ? "" : w->range, first ? "" : "+", (unsigned long long)w->offset,
                w->reads ? ", reads" : "");
}

static void one_register(struct compare_table *t, const struct compare_access *b,
                         const struct compare_access *a)
{
    const struct compare_access *either = b ? b : a;
    char *what = place_of(either);
    char *before = values_of(b), *after = values_of(a), *difference = NULL;
    if (!b || !a)
        difference = text("%s: %s only %s", what, either->reads ? "read" : "written",
                          b ? "before" : "after");
    else if (!either->reads && settled(b) && settled(a) && !same_values(b, a))
        difference = text("%s: other values: %s before, %s after", what, before, after);
    row(t, what, before, after, difference);
}

static void registers(struct compare_table *t, const struct compare_path *b,
                      const struct compare_path *a)
{
    size_t i = 0, k = 0;
    while (i < b->count || k < a->count) { /* both are in order: merge */
        const struct compare_access *x = i < b->count ? &b->accesses[i] : NULL;
        const struct compare_access *y = k < a->count ? &a->accesses[k] : NULL;
        int order = !x ? 1 : !y ? -1 : compare_path_order(x, y);
        one_register(t, order <= 0 ? x : NULL, order >= 0 ? y : NULL);
        i += order <= 0;
        k += order >= 0;
    }
}

bool compare_initialised(const struct compare_side *s)
{
    const char *status = json_string_value(at(s, "status"));
    return status && strcmp(status, "no-driver");
}

void compare_fill(struct compare_table *t, const struct compare_side *b,
                  const struct compare_side *a)
{
    *t = (struct compare_table){0};
    row(t, strdup("NDIS"), shown(b, "ndis"), shown(a, "ndis"), NULL);
    judged(t, "outcome", shown(b, "status"), shown(a, "status"));
    if (!compare_initialised(b) || !compare_initialised(a))
        return; /* all else would differ too, and say nothing */
    findings(t, b, a);
    interrupts(t, b, a);
    frames(t, b, a);
    registers(t, &b->path, &a->path);
    if (b->path.not_kept || a->path.not_kept)
        row(t, strdup("events not in the trace"),
            text("%llu", (unsigned long long)b->path.not_kept),
            text("%llu", (unsigned long long)a->path.not_kept), NULL);
}

void compare_table_free(struct compare_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->rows[i].what);
        free(t->rows[i].before);
        free(t->rows[i].after);
        free(t->rows[i].difference);
        free(t->rows[i].detail);
    }
    free(t->rows);
    *t = (struct compare_table){0};
}
