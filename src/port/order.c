/* SPDX-License-Identifier: MIT */
/* order.c - is ndis.h read before a place in a header? Only then NDIS_HANDLE is known there. */
#include "port/rewrite.h"
#include <string.h>

static const char *base_name(const char *path)
{
    const char *base = path;
    for (; *path; path++)
        if (*path == '/' || *path == '\\')
            base = path + 1;
    return base;
}

struct order {
    struct project *p;
    const struct unit *u;
    const struct source *target;
    size_t token;
    bool ndis, reached;
    LIST(const struct source *) seen;
};

/* The driver's file that the name means; of several with one name, one that is not read yet. */
static const struct source *included_source(const struct order *o, const char *name)
{
    for (size_t i = 0; i < o->u->includes.count; i++) {
        const struct source *s = o->u->includes.item[i];
        bool seen = false;
        for (size_t k = 0; k < o->seen.count; k++)
            seen |= o->seen.item[k] == s;
        if (!seen && !strcasecmp(base_name(s->path), base_name(name)))
            return s;
    }
    return NULL;
}

static void read_in_order(struct order *o, const struct source *s)
{
    *list_add(&o->seen) = s;
    for (size_t i = 0; i + 2 < s->tokens.code.count && !o->reached && !o->ndis; i++) {
        bool quoted;
        if (s == o->target && i > o->token)
            break;
        const char *name = tok(s, i)->first ? included_name(s, i, &quoted) : NULL;
        if (!name || in_left_out_branch(o->p, s, i))
            continue;
        const struct source *next = included_source(o, name);
        if (!strcasecmp(base_name(name), "ndis.h"))
            o->ndis = true;
        else if (next)
            read_in_order(o, next);
    }
    o->reached |= s == o->target;
}

static bool flags_include_ndis(const struct unit *u)
{
    for (size_t i = 1; i < u->flags.count; i++)
        if (!strcmp(u->flags.item[i - 1], "-include") &&
            !strcasecmp(base_name(u->flags.item[i]), "ndis.h"))
            return true;
    return false;
}

bool ndis_read_before(struct project *p, const struct source *s, size_t token)
{
    for (size_t i = 0; i < p->units.count; i++) {
        const struct unit *u = &p->units.item[i];
        struct order o = {.p = p, .u = u, .target = s, .token = token};
        if (!unit_has(u, s) || flags_include_ndis(u))
            continue;
        read_in_order(&o, u->s);
        if (!o.ndis)
            return false;
    }
    return true;
}
