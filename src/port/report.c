/* SPDX-License-Identifier: MIT */
#include "port/report.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_REGISTRATION "Porting Interrupt Registration to NDIS 6.0"
#define PAGE_HANDLING     "Porting Interrupt Handling to NDIS 6.0"
#define PAGE_DRIVER       "Updating the NDIS 6.0 Miniport Driver Characteristics Structure"
#define PAGE_SUMMARY      "Summary of Changes Required to Port a Miniport Driver to NDIS 6.0"
#define PAGE_MSI          "Supporting Message-Signaled Interrupts in NDIS 6.0"

const struct rule_info rules[RULES] = {
    [RULE_CHARACTERISTICS] = {"characteristics",
                              "the interrupt handlers leave the driver's characteristics",
                              PAGE_DRIVER, "R-399"},
    [RULE_HANDLE] = {"interrupt-handle", "NDIS_MINIPORT_INTERRUPT becomes an NDIS_HANDLE",
                     PAGE_REGISTRATION, "R-397"},
    [RULE_REGISTER] = {"register", "NdisMRegisterInterrupt becomes NdisMRegisterInterruptEx",
                       PAGE_REGISTRATION, "R-397, R-403"},
    [RULE_DEREGISTER] = {"deregister",
                         "NdisMDeregisterInterrupt becomes NdisMDeregisterInterruptEx",
                         PAGE_REGISTRATION, "R-398"},
    [RULE_ISR] = {"isr", "MiniportISR becomes MiniportInterrupt", PAGE_HANDLING, "R-400"},
    [RULE_DPC] = {"dpc", "MiniportHandleInterrupt becomes MiniportInterruptDPC", PAGE_HANDLING,
                  "R-401"},
    [RULE_ENABLE_AFTER_DPC] = {"enable-after-dpc",
                               "the DPC enables the interrupt, as NDIS did after it", PAGE_HANDLING,
                               "R-381, R-420"},
    [RULE_REQUEST_ISR] =
        {"request-isr",
         "RequestIsr FALSE: the driver disables the interrupt and queues the DPC, as NDIS did",
         PAGE_HANDLING, "R-361"},
    [RULE_ENABLE_DISABLE] = {"enable-disable",
                             "the enable and disable handlers are no longer optional",
                             PAGE_REGISTRATION, "R-402"},
    [RULE_SYNCHRONIZE] = {"synchronize",
                          "NdisMSynchronizeWithInterrupt becomes NdisMSynchronizeWithInterruptEx",
                          PAGE_HANDLING, "R-387"},
    [RULE_DIRECT_CALL] = {"direct-call", "the driver's own calls of its handlers", PAGE_HANDLING,
                          "R-400, R-401"},
    [RULE_PROTOTYPE] = {"declaration", "declarations of the handlers", PAGE_HANDLING,
                        "R-400, R-401"},
    [RULE_BUILD] = {"build", "the NDIS version that the driver is built for", PAGE_SUMMARY,
                    "R-417"},
    [RULE_MSI] = {"msi", "message-signaled interrupts", PAGE_MSI, "R-404, R-405"},
    [RULE_BRANCH] = {"branch", "a preprocessor branch that this build leaves out", PAGE_SUMMARY,
                     "R-397"},
    [TRAP_EARLY_DPC] = {"trap-early-interrupt",
                        "ISR and DPC can run from the call of NdisMRegisterInterruptEx on, also "
                        "during initialize and halt",
                        PAGE_HANDLING, "R-356, R-357, R-418"},
    [TRAP_RECOGNIZED] = {"trap-recognized",
                         "NDIS 6 queues the DPC whether or not the interrupt was recognized",
                         PAGE_HANDLING, "R-419"},
    [TRAP_ENABLE_IRQL] = {"trap-enable-irql",
                          "NDIS 6 calls the enable handler at DIRQL, and not after a DPC",
                          PAGE_HANDLING, "R-420"},
    [TRAP_VECTOR_LEVEL] = {"trap-vector-level",
                           "vector, level and mode now come from the assigned resources",
                           PAGE_REGISTRATION, "R-354"},
    [TRAP_SYNC_RESULT] = {"trap-synchronize-result", "the result of a synchronize callback",
                          PAGE_HANDLING, "R-387"},
    [TRAP_SHARED_HEADER] = {"trap-shared-header",
                            "a header outside of the driver's folders changes", PAGE_SUMMARY, ""},
    [REMAINS] = {"remains", "what else of the driver is NDIS 5", PAGE_SUMMARY, "R-407 to R-417"},
    [ERROR_INPUT] = {"input", "a file that cannot be ported", PAGE_SUMMARY, ""},
    [ERROR_PARSE] = {"parse", "the driver does not parse", PAGE_SUMMARY, ""},
    [ERROR_MODEL] = {"undecidable", "a person has to decide", PAGE_SUMMARY, ""},
    [ERROR_RESULT] = {"result", "the port would not compile", PAGE_SUMMARY, ""},
};

struct finding *report_add(struct report *r, enum severity severity, enum rule rule,
                           const char *path, unsigned line, unsigned column, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = arena_alloc((size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    for (size_t i = 0; i < r->findings.count; i++) {
        struct finding *f = &r->findings.item[i];
        if (f->rule == rule && f->line == line && f->column == column && !strcmp(f->text, text) &&
            (f->path == path || (f->path && path && !strcmp(f->path, path))))
            return f; /* a header's, from another translation unit */
    }
    struct finding *f = list_add(&r->findings);
    *f = (struct finding){severity, rule, path, line, column, text, NULL};
    return f;
}

struct finding *report_at(struct report *r, enum severity severity, enum rule rule,
                          const struct source *s, size_t offset, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = arena_alloc((size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return report_add(r, severity, rule, s->path, source_line(s, offset), source_column(s, offset),
                      "%s", text);
}

unsigned report_count(const struct report *r, enum severity severity)
{
    unsigned n = 0;
    for (size_t i = 0; i < r->findings.count; i++)
        n += r->findings.item[i].severity == severity;
    return n;
}

static const char *const level[] = {"note", "warning", "warning", "note", "error"};
static const char *const kind[] = {"done", "trap", "person", "remains", "error"};

/* By file in order of first mention, then line. */
static const struct report *sorting;
static size_t file_rank(const char *path)
{
    for (size_t i = 0; path && i < sorting->findings.count; i++)
        if (sorting->findings.item[i].path && !strcmp(sorting->findings.item[i].path, path))
            return i;
    return SIZE_MAX;
}

static int by_place(const void *a, const void *b)
{
    const struct finding *x = *(const struct finding *const *)a,
                         *y = *(const struct finding *const *)b;
    size_t i = file_rank(x->path), j = file_rank(y->path);
    if (i != j)
        return i < j ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x < y ? -1 : x > y;
}

static const struct finding **sorted(const struct report *r)
{
    const struct finding **list = arena_alloc((r->findings.count + 1) * sizeof *list);
    for (size_t i = 0; i < r->findings.count; i++)
        list[i] = &r->findings.item[i];
    sorting = r;
    qsort(list, r->findings.count, sizeof *list, by_place);
    return list;
}

void report_text(const struct report *r, bool color, FILE *out)
{
    static const char *const paint[] = {"\033[36m", "\033[35m", "\033[35m", "\033[36m", "\033[31m"};
    const struct finding **list = sorted(r);
    for (size_t i = 0; i < r->findings.count; i++) {
        const struct finding *f = list[i];
        if (f->path && f->line)
            fprintf(out, "%s:%u:%u: ", f->path, f->line, f->column);
        else
            fprintf(out, "%s: ", f->path ? f->path : "dirql port");
        fprintf(out, "%s%s:%s %s [%s%s%s]\n", color ? paint[f->severity] : "", level[f->severity],
                color ? "\033[0m" : "", f->text, rules[f->rule].id,
                *rules[f->rule].requirement ? ", " : "", rules[f->rule].requirement);
        if (f->hint)
            fprintf(out, "    %s\n", f->hint);
    }
    bool pages = false;
    for (size_t i = 0; i < RULES; i++) {
        bool used = false;
        for (size_t k = 0; k < r->findings.count && !used; k++)
            used = r->findings.item[k].rule == i && r->findings.item[k].severity != FINDING_ERROR &&
                   *rules[i].requirement;
        if (used)
            fprintf(out, "%s  %-22s %s\n", pages ? "" : "\npages of Microsoft's guide:\n",
                    rules[i].id, rules[i].page);
        pages |= used;
    }
    if (r->remains.count) {
        fprintf(out, "\nstill NDIS 5 (chapters of \"Porting NDIS 5.x Drivers to NDIS 6.0\"):\n");
        for (size_t i = 0; i < r->remains.count; i++) {
            const struct remainder *m = &r->remains.item[i];
            fprintf(out, *m->requirement ? "  %s (%s): %u\n       " : "  %s%s: %u\n       ",
                    m->chapter, m->requirement, m->count);
            for (size_t j = 0; j < m->names.count; j++)
                fprintf(out, "%s %s %u", j ? "," : "", m->names.item[j].name,
                        m->names.item[j].count);
            fputc('\n', out);
        }
    }
}

json_t *report_string(const char *text)
{
    json_t *valid = json_string(text);
    if (valid || !text)
        return valid ? valid : json_null();
    struct text t = {0}; /* not UTF-8: each byte as the character of ISO 8859-1 that it is */
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        char two[2] = {(char)(0xc0 | *c >> 6), (char)(0x80 | (*c & 0x3f))};
        if (*c < 0x80)
            text_add(&t, (const char *)c, 1);
        else
            text_add(&t, two, 2);
    }
    return json_string(text_string(&t));
}

json_t *report_json(const struct report *r)
{
    json_t *findings = json_array(), *remains = json_array();
    const struct finding **list = sorted(r);
    for (size_t i = 0; i < r->findings.count; i++) {
        const struct finding *f = list[i];
        const struct rule_info *rule = &rules[f->rule];
        json_array_append_new(
            findings, json_pack("{s:s, s:s, s:o, s:i, s:i, s:o, s:o, s:s, s:s}", "kind",
                                kind[f->severity], "rule", rule->id, "file", report_string(f->path),
                                "line", (int)f->line, "column", (int)f->column, "text",
                                report_string(f->text), "hint", report_string(f->hint), "page",
                                rule->page, "requirement", rule->requirement));
    }
    for (size_t i = 0; i < r->remains.count; i++) {
        const struct remainder *m = &r->remains.item[i];
        json_t *names = json_object();
        for (size_t j = 0; j < m->names.count; j++)
            json_object_set_new(names, m->names.item[j].name, json_integer(m->names.item[j].count));
        json_array_append_new(remains, json_pack("{s:s, s:s, s:i, s:o}", "chapter", m->chapter,
                                                 "requirement", m->requirement, "count",
                                                 (int)m->count, "names", names));
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o}", "edits", (int)r->edits,
                     "files_changed", (int)r->files_changed, "files_read", (int)r->files_read,
                     "lines_read", (int)r->lines_read, "left_to_a_person",
                     (int)report_count(r, FINDING_PERSON), "errors",
                     (int)report_count(r, FINDING_ERROR), "findings", findings, "remains", remains);
}

static json_t *sarif_rules(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < RULES; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}}", "id", rules[i].id,
                                        "shortDescription", "text", rules[i].summary, "help",
                                        "text", arena_format("Microsoft, \"%s\"", rules[i].page),
                                        "properties", "requirement", rules[i].requirement));
    return list;
}

json_t *report_sarif(const struct report *r, const char *version)
{
    json_t *results = json_array();
    const struct finding **list = sorted(r);
    for (size_t i = 0; i < r->findings.count; i++) {
        const struct finding *f = list[i];
        json_t *result =
            json_pack("{s:s, s:i, s:s, s:{s:o}, s:{s:s}}", "ruleId", rules[f->rule].id, "ruleIndex",
                      (int)f->rule, "level", level[f->severity], "message", "text",
                      report_string(f->hint ? arena_format("%s. %s", f->text, f->hint) : f->text),
                      "properties", "kind", kind[f->severity]);
        if (f->path) {
            json_t *place =
                json_pack("{s:{s:o}}", "artifactLocation", "uri", report_string(f->path));
            if (f->line)
                json_object_set_new(place, "region",
                                    json_pack("{s:i, s:i}", "startLine", (int)f->line,
                                              "startColumn", (int)f->column));
            json_object_set_new(result, "locations",
                                json_pack("[{s:o}]", "physicalLocation", place));
        }
        json_array_append_new(results, result);
    }
    for (size_t i = 0; i < r->remains.count; i++)
        json_array_append_new(
            results, json_pack("{s:s, s:i, s:s, s:{s:s}}", "ruleId", rules[REMAINS].id, "ruleIndex",
                               REMAINS, "level", "note", "message", "text",
                               arena_format("%s: %u places are still NDIS 5",
                                            r->remains.item[i].chapter, r->remains.item[i].count)));
    return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:o}]}", "$schema",
                     "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs",
                     "tool", "driver", "name", "dirql port", "version", version, "rules",
                     sarif_rules(), "results", results);
}
