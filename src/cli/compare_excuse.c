/* SPDX-License-Identifier: MIT */
/* compare_excuse.c - rules that the driver before its port breaks with parameters of
 * NdisMRegisterInterrupt, which NdisMRegisterInterruptEx does not have.
 *
 * A port cannot keep such a mistake, and a comparison that called that a difference would never
 * say that the port is right. */
#include "cli/compare_internal.h"
#include <stdlib.h>
#include <string.h>

/* Where the storage lies, RequestIsr of a shared line, InterruptMode; vector, level. */
static bool of_the_old_call(const char *rule)
{
    static const char *const rules[] = {"R-350", "R-351", "R-354", "NdisMRegisterInterrupt"};
    for (size_t i = 0; rule && i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rule, rules[i]))
            return true;
    return false;
}

/* Whether the driver registers its interrupt the 6.0 way. */
static bool calls_ex(const struct compare_side *s)
{
    const char *ndis = json_string_value(compare_at(s, "ndis"));
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)compare_at(s, "ported"), i, name)
    {
        if (!strcmp(json_string_value(name), "NdisMRegisterInterruptEx"))
            return true;
    }
    return ndis && atoi(ndis) >= 6;
}

/* The report without those, in which a driver that broke no other is fine. NULL if it has none. */
static json_t *excused(const json_t *report)
{
    json_t *kept = json_array(), *violation;
    size_t i;
    json_array_foreach(json_object_get(report, "violations"), i, violation)
    {
        if (!of_the_old_call(json_string_value(json_object_get(violation, "rule"))))
            json_array_append(kept, violation);
    }
    const char *status = json_string_value(json_object_get(report, "status"));
    bool none = json_array_size(kept) == i;
    bool fine = status && !strcmp(status, "broken") && !json_array_size(kept) &&
                !json_array_size(json_object_get(report, "leaks"));
    json_t *copy = none ? NULL : json_copy((json_t *)report);
    if (copy)
        json_object_set(copy, "violations", kept);
    if (copy && fine)
        json_object_set_new(copy, "status", json_string("fine"));
    json_decref(kept);
    return copy;
}

struct compare_side compare_excuse(const struct compare_side *before,
                                   const struct compare_side *after, bool *any)
{
    struct compare_side side = *before;
    *any = false;
    for (size_t i = 0; i < COMPARE_RUNS; i++) {
        json_t **report = i ? &side.again[i - 1] : &side.report;
        json_t *other = *report && calls_ex(after) && !calls_ex(before) ? excused(*report) : NULL;
        *any |= other != NULL;
        *report = other ? other : json_incref(*report);
    }
    return side;
}

void compare_excuse_free(struct compare_side *side)
{
    json_decref(side->report);
    for (size_t i = 1; i < COMPARE_RUNS; i++)
        json_decref(side->again[i - 1]);
}
