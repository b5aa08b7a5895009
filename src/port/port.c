/* SPDX-License-Identifier: MIT */
#include "port/diff.h"
#include "port/casing.h"
#include "port/project.h"
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void rewrite(struct project *p)
{
    static void (*const steps[])(struct project *) = {
        rewrite_handles,
        rewrite_isr,
        rewrite_dpc,
        rewrite_enable_disable,
        rewrite_synchronizations,
        rewrite_deregistrations,
        rewrite_msi,
        rewrite_registrations,
        report_several,
        rewrite_characteristics,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !project_failed(p); i++)
        steps[i](p);
}

static void find_conflicts(struct project *p)
{
    for (size_t i = 0; i < p->sources.count; i++)
        if (p->sources.item[i]->conflict)
            report_add(p->report, FINDING_ERROR, ERROR_RESULT, p->sources.item[i]->path, 0, 0, "%s",
                       p->sources.item[i]->conflict)
                ->hint = "this is a form that dirql port does not know: nothing was written";
}

/* Is it in the folder of a file that the user named, or below that? */
static bool is_near(const struct project *p, const struct source *s)
{
    for (size_t i = 0; i < p->sources.count; i++) {
        const struct source *named = p->sources.item[i];
        size_t folder = (size_t)(strrchr(named->real, '/') - named->real) + 1;
        if (named->named && !strncmp(s->real, named->real, folder))
            return true;
    }
    return false;
}

/* Headers that other drivers may include as well. */
static void report_shared(struct project *p)
{
    const struct source *first = NULL;
    struct text names = {0};
    for (size_t i = 0; i < p->sources.count; i++) {
        const struct source *s = p->sources.item[i];
        if (!s->edits.count || is_near(p, s))
            continue;
        text_printf(&names, "%s%s", first ? ", " : "", s->path);
        first = first ? first : s;
    }
    if (first)
        report_at(p->report, FINDING_TRAP, TRAP_SHARED_HEADER, first, first->edits.item[0].begin,
                  "in no folder of the named files, and changed: %s. Whatever else includes it has "
                  "to be ported too",
                  text_string(&names))
            ->hint = "port each driver that shares it from the same original (-o DIR), and compare "
                     "what becomes of it";
}

static void drop_edits(struct project *p)
{
    for (size_t i = 0; i < p->sources.count; i++)
        p->sources.item[i]->edits.count = 0;
    for (size_t i = 0; i < p->build_files.count; i++)
        p->build_files.item[i]->edits.count = 0;
    /* What was done is undone: only the reasons remain. */
    size_t kept = 0;
    for (size_t i = 0; i < p->report->findings.count; i++)
        if (p->report->findings.item[i].severity == FINDING_ERROR)
            p->report->findings.item[kept++] = p->report->findings.item[i];
    p->report->findings.count = kept;
}

static const char *all_diffs(struct project *p)
{
    struct text t = {0};
    for (size_t i = 0; i < p->sources.count; i++)
        text_puts(&t, diff_of(p->sources.item[i]));
    for (size_t i = 0; i < p->build_files.count; i++)
        text_puts(&t, diff_of(p->build_files.item[i]));
    return text_string(&t);
}

static void count_edits(struct project *p)
{
    for (size_t i = 0; i < p->sources.count + p->build_files.count; i++) {
        const struct source *s =
            i < p->sources.count ? p->sources.item[i] : p->build_files.item[i - p->sources.count];
        p->report->edits += (unsigned)s->edits.count;
        p->report->files_changed += s->edits.count > 0;
    }
}

static void summary(const struct report *r, const struct port_options *o)
{
    unsigned left = report_count(r, FINDING_PERSON), errors = report_count(r, FINDING_ERROR);
    if (errors)
        fprintf(stderr, "\ndirql port: nothing is written: %u error%s\n", errors,
                errors == 1 ? "" : "s");
    else
        fprintf(stderr, "\ndirql port: %u edits in %u of %u files%s; %u left to a person\n",
                r->edits, r->files_changed, r->files_read,
                r->edits && o->output == PORT_DIFF ? " (not written: -i or -o DIR does)" : "",
                left);
}

static void print(struct project *p, const char *diff)
{
    const struct port_options *o = p->options;
    json_t *root = NULL;
    if (o->format == PORT_TEXT) {
        if (o->output == PORT_DIFF) {
            fputs(diff, stdout);
            fflush(stdout);
        }
        report_text(p->report, o->color, stderr);
        summary(p->report, o);
        return;
    }
    root = o->format == PORT_JSON ? report_json(p->report) : report_sarif(p->report, "1");
    if (o->format == PORT_JSON && o->output == PORT_DIFF)
        json_object_set_new(root, "diff", report_string(diff));
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(root);
}

int port_run(const struct port_options *options)
{
    struct report report = {0};
    struct project p = {.options = options, .report = &report};
    double start = now();
    const char *why = NULL;
    bool parsed = project_parse(&p), something = false;
    if (parsed) {
        model_build(&p);
        something = model_resolve(&p);
    }
    if (something)
        rewrite(&p);
    if (parsed && !project_failed(&p))
        rewrite_build_files(&p);
    find_conflicts(&p);
    if (something && !project_failed(&p) && result_verify(&p))
        report_shared(&p);
    if (parsed)
        report_remains(&p);
    if (project_failed(&p))
        drop_edits(&p);
    count_edits(&p);
    const char *diff = options->output == PORT_DIFF ? all_diffs(&p) : "";
    if (!project_failed(&p) && options->output != PORT_DIFF && !result_write(&p, &why)) {
        report_add(&report, FINDING_ERROR, ERROR_INPUT, NULL, 0, 0, "%s", why)->hint =
            "no file was changed";
        drop_edits(&p);
    }
    report.seconds = now() - start;
    print(&p, diff);
    int status = PORT_FINE;
    for (size_t i = 0; i < report.findings.count; i++)
        if (report.findings.item[i].severity == FINDING_ERROR)
            status = report.findings.item[i].rule == ERROR_INPUT || status == PORT_USAGE
                         ? PORT_USAGE
                         : PORT_UNDECIDABLE;
    if (!status && report_count(&report, FINDING_PERSON))
        status = PORT_LEFT;
    project_close(&p);
    casing_close(&p);
    arena_free();
    return status;
}
