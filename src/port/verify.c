/* SPDX-License-Identifier: MIT */
/* verify.c - the result is parsed before anything is written: with the 6.0 interfaces visible, it
 * must have no error, and no warning that the driver did not have before. */
#include "port/command.h"
#include "port/cursor.h"
#include "port/jobs.h"
#include "port/rewrite.h"
#include <string.h>

static const char not_written[] =
    "this is a form that dirql port does not know: nothing was written";
static const char not_public[] =
    "what NDIS calls, and what the new functions call, has to be public";
static const char name_of_ndis_6[] = "NDIS 6 has this name too, and a half-ported driver sees "
                                     "both: rename the driver's own, or leave "
                                     "it out where NDIS_SUPPORT_NDIS6 is set, then port again";

static const char own_ndis_6[] =
    "the driver asks for NDIS_SUPPORT_NDIS6, which is set once NDIS 6's interfaces are "
    "visible, and has other code there: if that is its NDIS 6, port that build instead";

/* "#if NDIS_SUPPORT_NDIS6": a driver that is written for both. */
static bool has_own_ndis_6(const struct project *p)
{
    place_list found = {0};
    find_name(p, "NDIS_SUPPORT_NDIS6", &found);
    for (size_t i = 0; i < found.count; i++)
        if (tok(found.item[i].s, found.item[i].token)->directive)
            return true;
    return false;
}

static struct CXUnsavedFile *unsaved(struct project *p)
{
    struct CXUnsavedFile *files = arena_alloc((p->sources.count + 1) * sizeof *files);
    for (size_t i = 0; i < p->sources.count; i++) {
        size_t len;
        files[i].Filename = p->sources.item[i]->path;
        files[i].Contents = source_result(p->sources.item[i], &len);
        if (p->without_casts)
            files[i].Contents = text_without_casts(files[i].Filename, files[i].Contents, len);
        files[i].Length = len;
    }
    return files;
}

/* Warnings of before, to tell which are new: by their text. */
static bool known_before(const struct unit *u, const char *text)
{
    for (size_t i = 0; i < u->diagnostics.count; i++)
        if (!strcmp(u->diagnostics.item[i].text, text))
            return true;
    return false;
}

/* --- branches that this build leaves out ---
 *
 * Compiled the other way round, where the condition is simple: before and after the port. */

struct branch {
    struct source *s;
    size_t offset;
    const char *flag; /* with which it is compiled; NULL if that cannot be told */
    struct unit *u;
    size_t job; /* of the driver as it was; the next is its port */
};
typedef LIST(struct branch) branch_list;

/* The flag with which the branch around a token is compiled: "-DNAME=1" or "-UNAME"; NULL if its
 * condition is not that simple. */
static const char *flag_of_branch(const struct source *s, size_t token)
{
    int depth = 0;
    bool otherwise = false;
    for (size_t i = token; i-- > 0;) {
        if (!tok(s, i)->first)
            continue;
        if (tok_is(s, i + 1, "endif")) {
            depth++;
        } else if (tok_is(s, i + 1, "elif") && depth == 0) {
            return NULL;
        } else if (tok_is(s, i + 1, "else")) {
            otherwise |= depth == 0;
        } else if (tok_is(s, i + 1, "if") || tok_is(s, i + 1, "ifdef") ||
                   tok_is(s, i + 1, "ifndef")) {
            if (depth-- > 0)
                continue;
            bool negated = tok_is(s, i + 1, "ifndef");
            size_t name = i + 2;
            if (tok_is(s, name, "!") && ++name)
                negated = !negated;
            if (tok_is(s, name, "defined"))
                name += tok_is(s, name + 1, "(") ? 2 : 1;
            size_t last = tok_is(s, name + 1, ")") ? name + 1 : name;
            if (!tok_is_name(s, name) || (last + 1 < s->tokens.code.count &&
                                          tok(s, last + 1)->directive && !tok(s, last + 1)->first))
                return NULL;
            return negated == otherwise ? arena_format("-D%s=1", tok_text(s, name))
                                        : arena_format("-U%s", tok_text(s, name));
        }
    }
    return NULL;
}

static const char *first_error(const struct parse_job *j)
{
    if (!j->parsed)
        return "libclang cannot parse it";
    for (size_t i = 0; i < j->diagnostics.count; i++) {
        const struct diagnostic *d = &j->diagnostics.item[i];
        if (d->error)
            return arena_format("%s (line %u)", d->text, d->line);
    }
    return NULL;
}

/* Every edit in a branch is looked at, whoever made it. */
static void add_edited_branches(struct project *p)
{
    for (size_t i = 0; i < p->sources.count; i++) {
        struct source *s = p->sources.item[i];
        for (size_t k = 0; k < s->edits.count; k++) {
            size_t t = token_after(s, s->edits.item[k].begin);
            if (t != NO_TOKEN && !tok(s, t)->directive && in_left_out_branch(p, s, t))
                *list_add(&p->left_out) = (struct place){s, t};
        }
    }
}

/* Branches with edits, once for each file and flag. */
static branch_list find_branches(struct project *p)
{
    branch_list out = {0};
    add_edited_branches(p);
    for (size_t i = 0; i < p->left_out.count; i++) {
        struct source *s = p->left_out.item[i].s;
        const char *flag = flag_of_branch(s, p->left_out.item[i].token);
        struct unit *u = NULL;
        bool known = false;
        for (size_t k = 0; k < out.count; k++)
            known |= out.item[k].s == s &&
                     !strcmp(out.item[k].flag ? out.item[k].flag : "", flag ? flag : "");
        for (size_t k = 0; k < p->units.count && !u; k++)
            u = unit_has(&p->units.item[k], s) ? &p->units.item[k] : NULL;
        if (!known && u)
            *list_add(&out) =
                (struct branch){s, tok(s, p->left_out.item[i].token)->begin, flag, u, 0};
    }
    return out;
}

static void report_branch(struct project *p, const struct branch *b, const struct parse_job *jobs)
{
    const char *error;
    if (!b->flag)
        report_at(p->report, FINDING_TRAP, RULE_BRANCH, b->s, b->offset,
                  "this branch is left out of this build: ported by its text, and not compiled")
            ->hint = "compile the result with the flags of the other build";
    else if ((error = first_error(&jobs[b->job])))
        report_at(p->report, FINDING_TRAP, RULE_BRANCH, b->s, b->offset,
                  "this branch is left out of this build, and with %s the driver did not parse: "
                  "%s. It is ported by its text",
                  b->flag, error);
    else if ((error = first_error(&jobs[b->job + 1])))
        report_at(p->report, FINDING_ERROR, ERROR_RESULT, b->s, b->offset,
                  "this branch is left out of this build; with %s the ported file has a new "
                  "error: %s",
                  b->flag, error)
            ->hint = not_written;
    else
        report_at(p->report, FINDING_DONE, RULE_BRANCH, b->s, b->offset,
                  "this branch is left out of this build; with %s the ported file compiles as well",
                  b->flag);
}

/* --- all of it --- */

static void report_unit(struct project *p, const struct unit *u, const struct parse_job *j)
{
    if (!j->parsed) {
        report_add(p->report, FINDING_ERROR, ERROR_RESULT, u->s->path, 0, 0,
                   "libclang cannot parse the ported file")
            ->hint = not_written;
        return;
    }
    for (size_t i = 0; i < j->diagnostics.count; i++) {
        const struct diagnostic *d = &j->diagnostics.item[i];
        if (!d->error && known_before(u, d->text))
            continue;
        report_add(p->report, d->error ? FINDING_ERROR : FINDING_PERSON, ERROR_RESULT,
                   d->path ? d->path : u->s->path, d->line, d->column,
                   "the ported file (its line %u) has a new %s: %s", d->line,
                   d->error ? "error" : "warning", d->text)
            ->hint = !d->error ? NULL
                     : strstr(d->text, "private member") || strstr(d->text, "protected member")
                         ? not_public
                     : strstr(d->text, "redefinition") ? name_of_ndis_6
                     : has_own_ndis_6(p)               ? own_ndis_6
                                                       : not_written;
    }
}

bool result_verify(struct project *p)
{
    branch_list branches = find_branches(p);
    struct CXUnsavedFile *files = unsaved(p);
    unsigned file_count = (unsigned)p->sources.count;
    struct parse_job *jobs = arena_alloc((p->units.count + 2 * branches.count) * sizeof *jobs);
    size_t count = 0;
    for (; count < p->units.count; count++) {
        struct unit *u = &p->units.item[count];
        jobs[count] = (struct parse_job){.u = u,
                                         .check = true,
                                         .flags = flags_and(&u->flags, FLAG_FOR_RESULT),
                                         .files = files,
                                         .file_count = file_count};
    }
    for (size_t i = 0; i < branches.count; i++) {
        struct branch *b = &branches.item[i];
        if (!b->flag)
            continue;
        b->job = count;
        jobs[count++] =
            (struct parse_job){.u = b->u, .check = true, .flags = b->u->flags, .extra = b->flag};
        jobs[count++] = (struct parse_job){.u = b->u,
                                           .check = true,
                                           .flags = flags_and(&b->u->flags, FLAG_FOR_RESULT),
                                           .extra = b->flag,
                                           .files = files,
                                           .file_count = file_count};
    }
    parse_all(p, jobs, count);
    for (size_t i = 0; i < p->units.count; i++)
        report_unit(p, &p->units.item[i], &jobs[i]);
    for (size_t i = 0; i < branches.count && !project_failed(p); i++)
        report_branch(p, &branches.item[i], jobs);
    return !project_failed(p);
}
