/* SPDX-License-Identifier: MIT */
/* compare_rows.c - puts two runs side by side and says in which rows they differ.
 *
 * Judged is what a network, a protocol or a device can see. Not judged, but shown, are counts that
 * follow from timing: how many interrupts and DPCs it took, and how often a register was written.
 */
#include "cli/compare_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many times the interrupts for the same work are no matter of timing any more. */
#define INTERRUPT_FACTOR 2
#define INTERRUPT_FLOOR  16

char *compare_text(const char *fmt, ...)
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

struct compare_row *compare_add(struct compare_table *t, char *what, char *before, char *after,
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

struct compare_row *compare_judge(struct compare_table *t, const char *what, char *before,
                                  char *after)
{
    char *difference =
        strcmp(before, after) ? compare_text("%s: %s before, %s after", what, before, after) : NULL;
    return compare_add(t, strdup(what), before, after, difference);
}

void compare_detail(struct compare_row *r, char *line)
{
    if (r->difference) {
        char *longer =
            compare_text("%s%s%s", r->detail ? r->detail : "", r->detail ? "\n" : "", line);
        free(r->detail);
        r->detail = longer;
    }
    free(line);
}

const json_t *compare_at(const struct compare_side *s, const char *path)
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

long long compare_number(const struct compare_side *s, const char *path)
{
    return (long long)json_integer_value(compare_at(s, path));
}

char *compare_shown(const struct compare_side *s, const char *path)
{
    const json_t *j = compare_at(s, path);
    if (json_is_string(j))
        return strdup(json_string_value(j));
    return json_is_integer(j) ? compare_text("%lld", (long long)json_integer_value(j))
                              : strdup("-");
}

long long compare_sum(const struct compare_side *s, const char *member)
{
    long long total = 0;
    size_t i;
    json_t *m;
    json_array_foreach((json_t *)compare_at(s, "messages"), i, m) total +=
        (long long)json_integer_value(json_object_get(m, member));
    return total;
}

/* --- interrupts --- */

char *compare_granted(const struct compare_side *s)
{
    long long messages = compare_number(s, "interrupt.messages");
    char *bus = compare_shown(s, "interrupt.bus");
    char *all = messages ? compare_text("%s, %lld", bus, messages) : strdup(bus);
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
    compare_detail(compare_judge(t, "interrupts granted", compare_granted(b), compare_granted(a)),
                   compare_text("--interrupt=line (or msi, msix) grants both the same"));
    compare_judge(t, "interrupts registered", compare_shown(b, "interrupt.registered"),
                  compare_shown(a, "interrupt.registered"));
    compare_judge(t, "interrupts deregistered", compare_shown(b, "interrupt.deregistered"),
                  compare_shown(a, "interrupt.deregistered"));

    long long before = compare_sum(b, "isr"), after = compare_sum(a, "isr");
    compare_add(
        t, strdup("service routine calls"), compare_text("%lld", before),
        compare_text("%lld", after),
        far_apart(before, after)
            ? compare_text(
                  "service routine calls: %lld before, %lld after, more than a factor of %d",
                  before, after, INTERRUPT_FACTOR)
            : NULL);
    compare_add(t, strdup("interrupts acknowledged"),
                compare_text("%lld", before - compare_sum(b, "spurious")),
                compare_text("%lld", after - compare_sum(a, "spurious")), NULL);
    bool lost = (compare_sum(b, "spurious") != 0) != (compare_sum(a, "spurious") != 0);
    compare_add(t, strdup("interrupts not claimed"),
                compare_text("%lld", compare_sum(b, "spurious")),
                compare_text("%lld", compare_sum(a, "spurious")),
                lost ? compare_text("interrupts not claimed: %lld before, %lld after",
                                    compare_sum(b, "spurious"), compare_sum(a, "spurious"))
                     : NULL);
    compare_add(t, strdup("DPCs"), compare_text("%lld", compare_sum(b, "dpc")),
                compare_text("%lld", compare_sum(a, "dpc")), NULL);
}

/* --- frames --- */

static char *frames_of(const struct compare_side *s, const char *direction)
{
    char path[48], digest[48];
    snprintf(path, sizeof path, "digest.%s.frames", direction);
    snprintf(digest, sizeof digest, "digest.%s.ordered", direction);
    char *hash = compare_shown(s, digest),
         *all = compare_text("%lld (%.8s)", compare_number(s, path), hash);
    free(hash);
    return all;
}

static bool same_digest(const struct compare_side *b, const struct compare_side *a,
                        const char *direction, const char *which)
{
    char path[48];
    snprintf(path, sizeof path, "digest.%s.%s", direction, which);
    char *x = compare_shown(b, path), *y = compare_shown(a, path);
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
        compare_judge(t, counts[i][1], compare_shown(b, counts[i][0]),
                      compare_shown(a, counts[i][0]));
    for (size_t i = 0; i < 2; i++) {
        const char *d = directions[i].direction, *what = directions[i].what;
        char *before = frames_of(b, d), *after = frames_of(a, d), *difference = NULL;
        if (!same_digest(b, a, d, "any_order") || !same_digest(b, a, d, "frames"))
            difference =
                compare_text("%s: not the same bytes: %s before, %s after", what, before, after);
        else if (!same_digest(b, a, d, "ordered"))
            difference = compare_text("%s: the same frames, but a flow in another order", what);
        compare_add(t, strdup(what), before, after, difference);
    }
}

/* --- rules --- */

/* Reports list each rule and place once; here places do not count, for two drivers have no places
 * in common. */
char *compare_rules(const struct compare_side *s)
{
    char *list = strdup("");
    size_t i, k;
    json_t *v, *w;
    const json_t *all = compare_at(s, "violations");
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
        char *longer = compare_text("%s%s%s", list, *list ? ", " : "", rule);
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
    json_array_foreach((json_t *)compare_at(s, "violations"), i, v)
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

void compare_detail_rules(struct compare_row *r, const char *side, const struct compare_side *s,
                          const struct compare_side *other)
{
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)compare_at(s, "violations"), i, v)
    {
        const char *rule = json_string_value(json_object_get(v, "rule"));
        const char *place = first_of(json_object_get(v, "stack"));
        if (!breaks(other, rule))
            compare_detail(r, compare_text("%s: %s: %s%s%s", side, rule,
                                           json_string_value(json_object_get(v, "text")),
                                           *place ? ", at " : "", place));
    }
}

void compare_detail_leaks(struct compare_row *r, const char *side, const struct compare_side *s)
{
    size_t i;
    json_t *leak;
    json_array_foreach((json_t *)compare_at(s, "leaks"), i, leak)
    {
        const char *line = json_string_value(leak);
        compare_detail(r, compare_text("%s: %.*s", side, (int)strcspn(line, "\n"), line));
    }
}

void compare_detail_bugcheck(struct compare_row *r, const char *side, const struct compare_side *s)
{
    const char *why = json_string_value(compare_at(s, "bugcheck.text"));
    const char *place = first_of(compare_at(s, "bugcheck.stack"));
    if (why)
        compare_detail(r, compare_text("%s: %s%s%s", side, why, *place ? ", at " : "", place));
}

static void findings(struct compare_table *t, const struct compare_side *b,
                     const struct compare_side *a)
{
    struct compare_row *r = compare_judge(t, "bug check", compare_shown(b, "bugcheck.name"),
                                          compare_shown(a, "bugcheck.name"));
    compare_detail_bugcheck(r, "before", b);
    compare_detail_bugcheck(r, "after", a);
    r = compare_judge(t, "rules broken", compare_rules(b), compare_rules(a));
    compare_detail_rules(r, "before", b, a);
    compare_detail_rules(r, "after", a, b);
    r = compare_judge(t, "left behind",
                      compare_text("%zu", json_array_size(compare_at(b, "leaks"))),
                      compare_text("%zu", json_array_size(compare_at(a, "leaks"))));
    compare_detail_leaks(r, "before", b);
    compare_detail_leaks(r, "after", a);
    if (compare_at(b, "porting") || compare_at(a, "porting"))
        compare_add(t, strdup("porting chapters left"),
                    compare_text("%zu", json_array_size(compare_at(b, "porting"))),
                    compare_text("%zu", json_array_size(compare_at(a, "porting"))), NULL);
}

/* --- registers --- */

char *compare_values(const struct compare_access *w)
{
    if (!w)
        return strdup("never");
    if (w->reads)
        return compare_text("%llu x", (unsigned long long)w->count);
    char *all = compare_text("%llu x", (unsigned long long)w->count);
    if (w->value_count > COMPARE_VALUES) {
        free(all);
        return compare_text("%llu x, varies", (unsigned long long)w->count);
    }
    for (unsigned i = 0; i < w->value_count; i++) {
        char *longer =
            compare_text("%s%s 0x%llx", all, i ? "," : "", (unsigned long long)w->values[i]);
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

char *compare_place(const struct compare_access *w)
{
    bool first = !strcmp(w->range, "bar0");
    return compare_text("%s, register %s%s0x%05llx%s", compare_context_name(w->context),
                        first ? "" : w->range, first ? "" : "+", (unsigned long long)w->offset,
                        w->reads ? ", reads" : "");
}

static void one_register(struct compare_table *t, const struct compare_access *b,
                         const struct compare_access *a)
{
    const struct compare_access *either = b ? b : a;
    char *what = compare_place(either);
    char *before = compare_values(b), *after = compare_values(a), *difference = NULL;
    if (!b || !a)
        difference = compare_text("%s: %s only %s", what, either->reads ? "read" : "written",
                                  b ? "before" : "after");
    else if (!either->reads && settled(b) && settled(a) && !same_values(b, a))
        difference = compare_text("%s: other values: %s before, %s after", what, before, after);
    compare_add(t, what, before, after, difference);
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
    const char *status = json_string_value(compare_at(s, "status"));
    return status && strcmp(status, "no-driver");
}

static void fill(struct compare_table *t, const struct compare_side *b,
                 const struct compare_side *a, bool excused)
{
    *t = (struct compare_table){0};
    compare_add(t, strdup("NDIS"), compare_shown(b, "ndis"), compare_shown(a, "ndis"), NULL);
    compare_judge(t, "outcome", compare_shown(b, "status"), compare_shown(a, "status"));
    if (!compare_initialised(b) || !compare_initialised(a))
        return; /* all else would differ too, and say nothing */
    findings(t, b, a);
    compare_add_excuse(t, excused);
    interrupts(t, b, a);
    frames(t, b, a);
    registers(t, &b->path, &a->path);
    if (b->path.not_kept || a->path.not_kept)
        compare_add(t, strdup("events not in the trace"),
                    compare_text("%llu", (unsigned long long)b->path.not_kept),
                    compare_text("%llu", (unsigned long long)a->path.not_kept), NULL);
}

void compare_add_excuse(struct compare_table *t, bool any)
{
    if (any)
        compare_add(t, strdup("parameters of NdisMRegisterInterrupt"), strdup("broke a rule"),
                    strdup("there are none"), NULL);
}

void compare_fill(struct compare_table *t, const struct compare_side *before,
                  const struct compare_side *after)
{
    bool excused;
    struct compare_side b = compare_excuse(before, after, &excused);
    fill(t, &b, after, excused);
    compare_excuse_free(&b);
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
