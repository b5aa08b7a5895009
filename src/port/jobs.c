/* SPDX-License-Identifier: MIT */
#include "port/jobs.h"
#include "port/cursor.h"
#include "port/parallel.h"
#include "port/prefix.h"
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* One parse of one file: the fast way, or as its flags say. */
struct task {
    struct parse_job *job;
    flag_list flags;
    const struct prefix *prefix;
    bool fast, good, fits; /* without an error; its macros are those of the prefix */
    bool learnt;           /* what the prefix should have been: */
    macro_list macros;
};
typedef LIST(struct task) task_list;

struct run {
    struct project *p;
    task_list *tasks;
    pthread_mutex_t look; /* while another looks at its result: the arena is for one thread */
};

bool has_error(CXTranslationUnit tu)
{
    bool error = false;
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu) && !error; i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        error = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
        clang_disposeDiagnostic(d);
    }
    return error;
}

static diagnostic_list diagnostics_of(CXTranslationUnit tu)
{
    diagnostic_list out = {0};
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu); i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        enum CXDiagnosticSeverity severity = clang_getDiagnosticSeverity(d);
        if (severity >= CXDiagnostic_Warning) {
            struct diagnostic *new = list_add(&out);
            CXFile file;
            clang_getFileLocation(clang_getDiagnosticLocation(d), &file, &new->line, &new->column,
                                  NULL);
            new->error = severity >= CXDiagnostic_Error;
            new->text = cursor_string(clang_getDiagnosticSpelling(d));
            new->path = file ? cursor_string(clang_getFileName(file)) : NULL;
        }
        clang_disposeDiagnostic(d);
    }
    return out;
}

/* Whether the result is what the flags alone would give. */
static bool is_final(struct project *p, struct task *t, CXTranslationUnit tu)
{
    if (!t->fast) {
        t->learnt = t->prefix && tu && prefix_learn(t->prefix, tu, &t->macros);
        return true;
    }
    t->good = tu && !has_error(tu);
    t->fits = !t->good || !t->prefix || prefix_fits(p, t->prefix, &t->job->flags, tu);
    return t->good && t->fits;
}

/* What is not kept is given back at once: the next parse of this thread takes the same memory. */
static void parse(void *context, size_t item, unsigned worker)
{
    struct run *r = context;
    struct task *t = &r->tasks->item[item];
    struct parse_job *j = t->job;
    CXTranslationUnit tu;
    if (clang_parseTranslationUnit2(r->p->indexes.item[worker], j->u->s->path, t->flags.item,
                                    (int)t->flags.count, j->files, j->file_count,
                                    CXTranslationUnit_DetailedPreprocessingRecord, &tu))
        tu = NULL;
    pthread_mutex_lock(&r->look);
    bool final = is_final(r->p, t, tu);
    if (final && tu)
        j->diagnostics = diagnostics_of(tu);
    pthread_mutex_unlock(&r->look);
    j->parsed = final && tu;
    j->tu = final && !j->check ? tu : NULL;
    if (tu && !j->tu)
        clang_disposeTranslationUnit(tu);
}

/* An index for each worker: libclang says nothing of sharing one among threads that parse. They
 * live as long as what is parsed with them. */
static void prepare(struct project *p)
{
    if (p->indexes.count)
        return;
    /* Parsing allocates some 10 MB a file. Heaps that grow by pages make the threads wait for each
     * other at every step, in the kernel; and libclang would start one more thread for each file.
     */
    mallopt(M_TOP_PAD, 64 << 20);
    setenv("LIBCLANG_NOTHREADS", "1", 1);
    while (p->indexes.count < parallel_workers())
        *list_add(&p->indexes) = clang_createIndex(1, 0);
}

static void run(struct project *p, task_list *tasks)
{
    struct run r = {p, tasks, PTHREAD_MUTEX_INITIALIZER};
    parallel(tasks->count, parse, &r);
}

/* x86 vector intrinsics are a third of the text that a driver includes, and kernels have no use for
 * them. */
static flag_list lean(const flag_list *flags)
{
    flag_list f = flags_and(flags, "-D__IMMINTRIN_H");
    *list_add(&f) = "-D__X86INTRIN_H";
    return f;
}

/* The name in -DNAME=1 or -UNAME. */
static const char *macro_of(const char *flag)
{
    return arena_copy(flag + 2, strcspn(flag + 2, "="));
}

static void add_fast(struct project *p, struct parse_job *job, task_list *out)
{
    struct task *t = list_add(out);
    t->job = job;
    t->fast = true;
    t->flags = lean(&job->flags);
    if (!job->u->packs) /* that would be for Windows' headers too */
        t->prefix = prefix_for(p, &t->flags, &job->u->macros);
    if (job->extra)
        *list_add(&t->flags) = job->extra;
}

static void add_plain(struct parse_job *job, task_list *out)
{
    struct task *t = list_add(out);
    t->job = job;
    t->flags = job->extra ? flags_and(&job->flags, job->extra) : job->flags;
}

/* A flag that means nothing to Windows' headers needs no prefix of its own. */
static void add_prefixes(struct project *p, task_list *tasks)
{
    prefix_make(p);
    for (size_t i = 0; i < tasks->count; i++) {
        struct task *t = &tasks->item[i];
        const char *extra = t->job->extra, *file = t->prefix ? prefix_file(t->prefix) : NULL;
        if (!file || (extra && prefix_mentions(t->prefix, macro_of(extra)))) {
            t->prefix = NULL;
            continue;
        }
        *list_add(&t->flags) = "-include-pch";
        *list_add(&t->flags) = file;
    }
}

/* Runs the fast ones. Those that have to be parsed again go to `again`, or, if only the prefix was
 * wrong, to `misfits`. */
static void run_fast(struct project *p, task_list *tasks, task_list *again, task_list *misfits)
{
    add_prefixes(p, tasks);
    run(p, tasks);
    for (size_t i = 0; i < tasks->count; i++) {
        const struct task *t = &tasks->item[i];
        if (t->good && t->fits)
            continue;
        add_plain(t->job, t->fits ? again : misfits);
        if (!t->fits)
            misfits->item[misfits->count - 1].prefix = t->prefix;
    }
}

/* Files that do not define what it seemed: parsed in full, the first tells what the others may
 * define too. */
static void run_misfits(struct project *p, task_list misfits, task_list *again)
{
    for (unsigned round = 0; misfits.count > 1 && round < 3; round++) {
        task_list first = {.item = misfits.item, .count = 1}, others = {0}, left = {0};
        run(p, &first);
        if (!first.item->learnt) {
            misfits.item++;
            misfits.count--;
            break;
        }
        macro_list macros = first.item->macros;
        first.item->job->u->macros = macros;
        for (size_t i = 1; i < misfits.count; i++) {
            misfits.item[i].job->u->macros = macros;
            add_fast(p, misfits.item[i].job, &others);
        }
        run_fast(p, &others, again, &left);
        misfits = left;
    }
    for (size_t i = 0; i < misfits.count; i++)
        *list_add(again) = misfits.item[i];
}

void parse_soon(struct project *p, const struct parse_job *job)
{
    flag_list flags = lean(&job->flags);
    prefix_for(p, &flags, &job->u->macros);
}

void parse_all(struct project *p, struct parse_job *jobs, size_t count)
{
    task_list fast = {0}, again = {0}, misfits = {0};
    prepare(p);
    for (size_t i = 0; i < count; i++)
        add_fast(p, &jobs[i], &fast);
    run_fast(p, &fast, &again, &misfits);
    run_misfits(p, misfits, &again);
    run(p, &again);
}
