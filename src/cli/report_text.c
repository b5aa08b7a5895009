/* SPDX-License-Identifier: MIT */
/* report_text.c - the report for people. */
#include "cli/cli.h"
#include "cli/traffic.h"
#include "ndis/errorlog.h"
#include <stdio.h>
#include <string.h>

static const char *interrupt_name(const struct session_result *r)
{
    switch (r->adapter.granted) {
    case PCI_INTERRUPT_LINE:
        return "line";
    case PCI_INTERRUPT_MSI:
        return "MSI";
    case PCI_INTERRUPT_MSIX:
        return "MSI-X";
    default:
        return "none";
    }
}

/* 12.3us, 940ns ... */
static const char *duration(uint64_t ns, char *buf, size_t size)
{
    if (!ns)
        snprintf(buf, size, "-");
    else if (ns < 1000)
        snprintf(buf, size, "%lluns", (unsigned long long)ns);
    else if (ns < 1000000)
        snprintf(buf, size, "%.1fus", (double)ns / 1e3);
    else
        snprintf(buf, size, "%.1fms", (double)ns / 1e6);
    return buf;
}

static void print_interrupts(const struct session_result *r)
{
    char a[16], b[16], c[16];
    printf("\ninterrupts: %s", interrupt_name(r));
    if (r->adapter.granted > PCI_INTERRUPT_LINE)
        printf(", %u message%s granted (%u asked for)", r->adapter.granted_messages,
               r->adapter.granted_messages == 1 ? "" : "s", r->adapter.requested_messages);
    else if (r->adapter.requested_messages)
        printf(", instead of %u message%s asked for", r->adapter.requested_messages,
               r->adapter.requested_messages == 1 ? "" : "s");
    printf(", registered %u, deregistered %u\n", r->interrupts.registered, r->interrupts.deregistered);
    if (!r->interrupts.messages)
        return;
    printf("  %-8s %9s %5s %10s %10s %9s %8s %8s %8s\n", r->interrupts.message_based ? "message" : "line",
           "processor", "IRQL", "ISR", "DPC", "spurious", "p50", "p99", "max");
    for (unsigned i = 0; i < r->interrupts.messages; i++) {
        const struct ndis_message_stats *m = &r->interrupts.message[i];
        printf("  %-8u %9u %5u %10llu %10llu %9llu %8s %8s %8s\n", i, m->processor, m->irql,
               (unsigned long long)m->isr, (unsigned long long)m->dpc, (unsigned long long)m->spurious,
               duration(ndis_latency_percentile(m, 50), a, sizeof a),
               duration(ndis_latency_percentile(m, 99), b, sizeof b),
               duration(ndis_latency_percentile(m, 100), c, sizeof c));
    }
    printf("  (latency: from the device's message to the service routine)\n");
}

static void print_indented(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        printf("        at %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* What an administrator would find in Windows' event viewer. */
static void print_error_log(void)
{
    const char *const *texts;
    size_t n = ndis_error_log(&texts);
    if (n)
        printf("\nthe driver's error log:\n");
    for (size_t i = 0; i < n; i++)
        printf("  %s\n", texts[i]);
}

static void print_findings(const struct session_result *r)
{
    const struct violation_record *v;
    size_t n = report_violations(&v);
    if (n)
        printf("\nviolations:\n");
    for (size_t i = 0; i < n; i++) {
        printf("  %s: %s", v[i].rule, v[i].text);
        printf(v[i].count > 1 ? " (%u times)\n" : "\n", v[i].count);
        print_indented(v[i].stack);
    }
    const char *const *leaks;
    n = report_leaks(&leaks);
    if (n)
        printf("\nleft behind:\n");
    for (size_t i = 0; i < n; i++) { /* one line, and then the rest of a stack */
        size_t first = strcspn(leaks[i], "\n");
        printf("  %.*s\n", (int)first, leaks[i]);
        if (leaks[i][first])
            print_indented(leaks[i] + first + 1);
    }
    const struct bugcheck_record *b = report_bugcheck();
    if (!b)
        return;
    printf("\nbug check 0x%X %s (0x%llx, 0x%llx, 0x%llx, 0x%llx)\n  %s\n  processor %u, IRQL %u\n", b->code,
           bugcheck_name(b->code), (unsigned long long)b->parameter[0], (unsigned long long)b->parameter[1],
           (unsigned long long)b->parameter[2], (unsigned long long)b->parameter[3], b->text, b->processor, b->irql);
    print_indented(b->stack);
}

static void print_frames(const struct session_result *r)
{
    double seconds = (double)r->elapsed_ns / 1e9;
    printf("\nframes: %llu sent, %llu received, %llu lost", (unsigned long long)r->sent,
           (unsigned long long)r->received, (unsigned long long)r->lost);
    if (r->failed)
        printf(", %llu sends failed", (unsigned long long)r->failed);
    if (r->corrupt)
        printf(", %llu damaged", (unsigned long long)r->corrupt);
    if (r->excess)
        printf(", %llu with bytes behind their end", (unsigned long long)r->excess);
    if (r->duplicates)
        printf(", %llu twice", (unsigned long long)r->duplicates);
    if (seconds > 0)
        printf("; %.2f s, %.0f frames/s", seconds, (double)(r->sent > r->received ? r->sent : r->received) / seconds);
    putchar('\n');
    if (r->lost && r->doubtful)
        printf("  (this card may lose frames by itself, which is not held against the driver; with "
               "--window %u it has room for all)\n",
               WIRE_FEW);
    if (r->round_trips)
        printf("registers: %llu accesses waited for QEMU, %.2f for each frame received\n",
               (unsigned long long)r->round_trips,
               (double)r->round_trips / (double)(r->received ? r->received : 1));
}

static void print_steps(const struct session_result *r)
{
    if (r->step_count)
        printf("\ntraffic:\n");
    for (size_t i = 0; i < r->step_count; i++)
        printf("  %-10s %-13s %s\n", r->steps[i].step, peer_outcome_names[r->steps[i].outcome],
               r->steps[i].text);
}

static size_t unclear_steps(const struct session_result *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->step_count; i++)
        n += r->steps[i].outcome == PEER_INCONCLUSIVE;
    return n;
}

static void print_verdict(const struct session_config *c, const struct session_result *r)
{
    const struct violation_record *v;
    const char *const *l;
    size_t violations = report_violations(&v), leaks = report_leaks(&l);
    printf("\n%s: ", r->driver[0] ? r->driver : c->driver);
    switch (session_status(r)) {
    case EXIT_FINE:
        printf(r->interrupted ? "interrupted, and halted cleanly" : "fine");
        if (unclear_steps(r))
            printf(", but %zu step%s inconclusive", unclear_steps(r),
                   unclear_steps(r) == 1 ? " is" : "s are");
        break;
    case EXIT_BROKEN:
        printf("%zu violation%s, %zu thing%s left behind", violations, violations == 1 ? "" : "s", leaks,
               leaks == 1 ? "" : "s");
        break;
    case EXIT_CRASHED:
        printf("crashed");
        break;
    case EXIT_NO_DRIVER:
        printf("did not %s", r->ndis_major ? "initialise" : "load");
        break;
    default:
        printf("could not be run");
    }
    printf(" (%zu rules checked)\n", r->rules_checked);
}

static void print_porting(const struct session_config *c, const struct session_result *r)
{
    if (!c->porting || !r->ndis_major)
        return;
    if (r->ndis_major >= 6) {
        printf("\nporting: the driver registers as NDIS %u.%u, nothing is left\n", r->ndis_major, r->ndis_minor);
        return;
    }
    if (r->ported_count) {
        printf("\nporting: it uses");
        for (size_t i = 0; i < r->ported_count; i++)
            printf("%s %s", i ? "," : "", r->ported[i]);
        printf(" of NDIS 6; Windows would not load it yet.\n");
    } else {
        printf("\nporting: it uses no interrupt function of NDIS 6 yet.\n");
    }
    printf("Still NDIS 5, by chapter of Microsoft's \"Porting a Miniport Driver to NDIS 6.0\":\n");
    for (size_t i = 0; i < r->porting_chapters; i++)
        printf("  %s:\n        %s\n", r->porting[i].title, r->porting[i].left);
}

void report_print_text(const struct session_config *c, const struct session_result *r)
{
    if (r->error[0])
        cli_error("%s", r->error);
    if (r->end == SESSION_ENVIRONMENT)
        return;
    if (r->ndis_major)
        printf("%s: NDIS %u.%u on %s, %u processor%s, %s scheduler\n", r->driver, r->ndis_major, r->ndis_minor,
               r->device, c->cpus, c->cpus == 1 ? "" : "s", c->deterministic ? "deterministic" : "live");
    if (r->initialised) {
        print_interrupts(r);
        print_steps(r);
        print_frames(r);
    }
    print_error_log();
    print_findings(r);
    print_porting(c, r);
    print_verdict(c, r);
}
