/* SPDX-License-Identifier: MIT */
/* report.h - what a port did, could not do and leaves to a person, with places and reasons.
 *
 * Every finding belongs to a rule, which names the page of Microsoft's guide "Porting NDIS 5.x
 * Drivers to NDIS 6.0" and the requirement it comes from. Printed in the form of a compiler's
 * diagnostics, as JSON, or as SARIF 2.1.0. */
#pragma once
#include "port/source.h"
#include <jansson.h>
#include <stdio.h>

enum severity {
    FINDING_DONE,    /* an edit, and why: "note" */
    FINDING_TRAP,    /* what behaves differently from now on: "warning" */
    FINDING_PERSON,  /* work that is left to a person: "warning" */
    FINDING_REMAINS, /* what else of the driver is NDIS 5: "note" */
    FINDING_ERROR,   /* why nothing was ported: "error" */
};

enum rule {
    RULE_CHARACTERISTICS,
    RULE_HANDLE,
    RULE_REGISTER,
    RULE_DEREGISTER,
    RULE_ISR,
    RULE_DPC,
    RULE_ENABLE_AFTER_DPC,
    RULE_REQUEST_ISR,
    RULE_ENABLE_DISABLE,
    RULE_SYNCHRONIZE,
    RULE_DIRECT_CALL,
    RULE_PROTOTYPE,
    RULE_BUILD,
    RULE_MSI,
    RULE_BRANCH,
    TRAP_EARLY_DPC,
    TRAP_RECOGNIZED,
    TRAP_ENABLE_IRQL,
    TRAP_VECTOR_LEVEL,
    TRAP_SYNC_RESULT,
    TRAP_SHARED_HEADER,
    REMAINS,
    ERROR_INPUT,
    ERROR_PARSE,
    ERROR_MODEL,
    ERROR_RESULT,
    RULES
};

struct rule_info {
    const char *id, *summary, *page, *requirement;
};
extern const struct rule_info rules[RULES];

struct finding {
    enum severity severity;
    enum rule rule;
    const char *path; /* NULL: of the whole run */
    unsigned line, column;
    const char *text;
    const char *hint; /* what to do, or NULL */
};

/* What remains of NDIS 5, per chapter of the guide. */
struct remainder {
    const char *chapter, *requirement;
    LIST(struct {
        const char *name;
        unsigned count;
    })
    names;
    unsigned count;
};

struct report {
    LIST(struct finding) findings;
    LIST(struct remainder) remains;
    unsigned edits, files_changed, files_read, lines_read;
    double seconds;
};

struct finding *report_at(struct report *r, enum severity severity, enum rule rule,
                          const struct source *s, size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
struct finding *report_add(struct report *r, enum severity severity, enum rule rule,
                           const char *path, unsigned line, unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
unsigned report_count(const struct report *r, enum severity severity);

void report_text(const struct report *r, bool color, FILE *out);
/* A JSON string of any bytes (null of NULL): drivers' comments are not always UTF-8. */
json_t *report_string(const char *text);
json_t *report_json(const struct report *r);
json_t *report_sarif(const struct report *r, const char *version);
