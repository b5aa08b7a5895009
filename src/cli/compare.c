/* SPDX-License-Identifier: MIT */
/* compare.c - dirql compare: two drivers of one card, the same traffic, side by side.
 *
 * Each driver runs in a process of its own (a session owns its process), as `dirql run` would run
 * it, with a seed and a trace; what is compared are the two reports and the two traces. Where there
 * can be no seed, both run live, by turns, and again while they differ: compare_live.c. */
#include "cli/compare.h"
#include "cli/cli.h"
#include "cli/json_text.h"
#include "device/device.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS 64 /* of compare and run together */
/* Of each driver at most, unless the user says how many; and if nothing differs but registers,
 * which a driver may touch in one run and not in the next, as its work happens to come. */
#define LIVE_RUNS        3
#define LIVE_RUNS_CHANCE 10

struct compare_config {
    bool json;
    const char *keep;
    bool seeded;
    bool live;
    const char *live_because; /* what keeps real time, "qemu:rtl8139"; NULL: the user wants it */
    unsigned runs;            /* 0: not said */
    char **common;            /* options for both runs */
    char **only[2];           /* for BEFORE alone, for AFTER alone */
    size_t common_count, only_count[2];
    const char *driver[2];
    size_t driver_count;
};

static const char *const side_name[2] = {"before", "after"};

static bool add_only(struct compare_config *c, int side, const char *option, char *err, size_t n)
{
    if (strncmp(option, "--", 2)) {
        snprintf(err, n, "\"%s\" is no option of dirql run; write --%s=--set=KEY=VALUE", option,
                 side_name[side]);
        return false;
    }
    c->only[side][c->only_count[side]++] = (char *)option;
    return true;
}

static bool set_before(void *config, const char *a, char *err, size_t n)
{
    return add_only(config, 0, a, err, n);
}

static bool set_after(void *config, const char *a, char *err, size_t n)
{
    return add_only(config, 1, a, err, n);
}

static bool set_keep(void *config, const char *a, char *err, size_t n)
{
    ((struct compare_config *)config)->keep = a;
    return true;
}

static bool set_live(void *config, const char *a, char *err, size_t n)
{
    ((struct compare_config *)config)->live = true;
    return true;
}

static bool set_runs(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, COMPARE_RUNS, &v, err, n))
        return false;
    ((struct compare_config *)config)->runs = (unsigned)v;
    return true;
}

static bool set_json(void *config, const char *a, char *err, size_t n)
{
    ((struct compare_config *)config)->json = true;
    return true;
}

static const struct cli_option options[] = {
    {"before", "OPTION", NULL,
     "An option of dirql run for BEFORE alone, e.g. --before=--set=InterruptRate=8000.",
     set_before},
    {"after", "OPTION", NULL,
     "An option of dirql run for AFTER alone, e.g. --after=--interrupt=msix.", set_after},
    {"keep", "DIR", NULL, "Leave the reports and traces of both runs in DIR.", set_keep},
    {"live", NULL, NULL,
     "Compare live runs although the device could be run with a seed: real time, and processors "
     "that really run at once.",
     set_live},
    {"runs", "N", NULL,
     "While live runs differ, run both drivers again, up to N times each (default 3, or 10 if it "
     "is only registers).",
     set_runs},
    {"json", NULL, NULL, "Print the comparison as one JSON object, with both reports in it.",
     set_json},
};
#define OWN (sizeof options / sizeof *options)

/* --- the command line: our own options, and all of dirql run's --- */

/* What compare gives each run itself. */
static bool is_ours(const char *name)
{
    return !strcmp(name, "json") || !strcmp(name, "trace") || !strcmp(name, "quiet");
}

static char *joined(const char *name, const char *argument)
{
    char *s;
    if (asprintf(&s, argument ? "--%s=%s" : "--%s", name, argument) < 0)
        abort();
    return s;
}

static bool parse(const struct cli_command *self, int argc, char **argv, struct compare_config *c)
{
    const struct cli_command *run = cli_command_find("run");
    struct option longs[OPTIONS + 2] = {0};
    size_t n = 0;
    int k;
    for (size_t i = 0; i < OWN; i++)
        longs[n++] =
            (struct option){options[i].name, options[i].argument ? required_argument : no_argument,
                            NULL, (int)i + 256};
    for (size_t i = 0; i < run->option_count && n < OPTIONS; i++)
        if (!is_ours(run->options[i].name))
            longs[n++] = (struct option){run->options[i].name,
                                         run->options[i].argument || run->options[i].choices
                                             ? required_argument
                                             : no_argument,
                                         NULL, (int)i + 512};
    longs[n] = (struct option){"help", no_argument, NULL, 'h'};
    optind = 1;
    opterr = 0;
    while ((k = getopt_long(argc, argv, "-:h", longs, NULL)) != -1) {
        if (k == 'h') {
            cli_help(self);
            exit(EXIT_FINE);
        } else if (k >= 512) {
            const char *name = run->options[k - 512].name;
            c->seeded |= !strcmp(name, "seed");
            c->common[c->common_count++] = joined(name, optarg);
        } else if (k >= 256) {
            char err[400];
            if (!options[k - 256].set(c, optarg, err, sizeof err)) {
                cli_error("--%s: %s", options[k - 256].name, err);
                return false;
            }
        } else if (k == 1) {
            if (c->driver_count < 2)
                c->driver[c->driver_count] = optarg;
            c->driver_count++;
        } else {
            cli_error(k == ':' ? "%s needs an argument (dirql help compare)"
                               : "there is no option %s (dirql help compare, dirql help run)",
                      argv[optind - 1]);
            return false;
        }
    }
    for (; optind < argc; optind++, c->driver_count++)
        if (c->driver_count < 2)
            c->driver[c->driver_count] = argv[optind];
    if (c->driver_count != 2) {
        cli_error("which two drivers? %zu given (dirql help compare)", c->driver_count);
        return false;
    }
    return true;
}

/* The argument of an option that both or one of the runs have; NULL if none has it. */
static const char *argument_of(char **options, size_t count, const char *name)
{
    size_t n = strlen(name);
    const char *last = NULL;
    for (size_t i = 0; i < count; i++)
        if (!strncmp(options[i], "--", 2) && !strncmp(options[i] + 2, name, n) &&
            options[i][2 + n] == '=')
            last = options[i] + 2 + n + 1;
    return last;
}

/* The two that something else has brought to real time: a card, or a network. */
static const char *real_time(char **options, size_t count)
{
    const char *device = argument_of(options, count, "device");
    const char *net = argument_of(options, count, "net");
    return device && device_is_live(device) ? device : net && wire_spec_is_live(net) ? net : NULL;
}

/* Live or with a seed? False after saying what does not go together. */
static bool choose_time(struct compare_config *c)
{
    bool seeded_alone = argument_of(c->only[0], c->only_count[0], "seed") ||
                        argument_of(c->only[1], c->only_count[1], "seed");
    if (c->live && (c->seeded || seeded_alone)) {
        cli_error("--live and --seed: a live run has no seed");
        return false;
    }
    /* With a seed that the user wants, the run itself says why that cannot be. */
    if (!c->live && !c->seeded && !seeded_alone) {
        c->live_because = real_time(c->common, c->common_count);
        for (int side = 0; side < 2 && !c->live_because; side++)
            c->live_because = real_time(c->only[side], c->only_count[side]);
        c->live = c->live_because;
    }
    if (c->runs && !c->live) {
        cli_error("--runs is for live runs; with a seed each run is like the other");
        return false;
    }
    return true;
}

/* Whether every run has the same frames: so many, and none from a far end that is alive. */
static bool frames_determined(const struct compare_config *c)
{
    for (int side = -1; side < 2; side++) {
        char **options = side < 0 ? c->common : c->only[side];
        size_t count = side < 0 ? c->common_count : c->only_count[side];
        const char *net = argument_of(options, count, "net");
        if (argument_of(options, count, "time") || argument_of(options, count, "traffic") ||
            argument_of(options, count, "fault") ||
            (net && (wire_spec_is_live(net) || !strncmp(net, "user", 4))))
            return false;
    }
    return true;
}

/* --- the two runs --- */

struct place {
    char report[4096], messages[4096], trace[4096];
};

/* "before.json", and "before-2.json" of the second run. */
static struct place place_of(const char *dir, int side, size_t run)
{
    struct place p;
    char again[16] = "";
    if (run)
        snprintf(again, sizeof again, "-%zu", run + 1);
    snprintf(p.report, sizeof p.report, "%s/%s%s.json", dir, side_name[side], again);
    snprintf(p.messages, sizeof p.messages, "%s/%s%s.messages", dir, side_name[side], again);
    snprintf(p.trace, sizeof p.trace, "%s/%s%s.trace", dir, side_name[side], again);
    return p;
}

/* In the child: becomes `dirql run`. */
static void run_child(const struct compare_config *c, int side, const struct place *place)
{
    char **argv = calloc(c->common_count + c->only_count[side] + 8, sizeof *argv);
    size_t n = 0;
    if (!argv || !freopen(place->report, "w", stdout) || !freopen(place->messages, "w", stderr))
        _exit(EXIT_USAGE);
    argv[n++] = "run";
    argv[n++] = "--json";
    argv[n++] = "--quiet";
    argv[n++] = joined("trace", place->trace);
    if (!c->seeded && !c->live)
        argv[n++] = "--seed=1";
    for (size_t i = 0; i < c->common_count; i++)
        argv[n++] = c->common[i];
    for (size_t i = 0; i < c->only_count[side]; i++)
        argv[n++] = c->only[side][i];
    argv[n++] = (char *)c->driver[side];
    int status = cli_command_find("run")->run((int)n, argv);
    fflush(NULL);
    _exit(status);
}

static pid_t start(const struct compare_config *c, int side, const struct place *place)
{
    unlink(place->trace); /* of an earlier --keep */
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        run_child(c, side, place);
    return child;
}

static void copy_messages(const char *path)
{
    char line[1024];
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        fputs(line, stderr);
    if (f)
        fclose(f);
}

/* Waits for a run. NULL after saying why there is no report. */
static json_t *report_of(const struct compare_config *c, int side, pid_t child,
                         const struct place *place)
{
    json_error_t where;
    json_t *report = NULL;
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && WIFEXITED(status))
        report = json_load_file(place->report, 0, &where);
    if (report && WEXITSTATUS(status) == EXIT_USAGE) {
        const char *why = json_string_value(json_object_get(report, "error"));
        cli_error("%s, %s, could not be run: %s", side_name[side], c->driver[side],
                  why ? why : "it does not say why");
        json_decref(report);
        report = NULL;
    } else if (!report) {
        copy_messages(place->messages);
        if (child < 0)
            cli_error("cannot start the run of %s", c->driver[side]);
        else if (WIFSIGNALED(status))
            cli_error("the run of %s ended with signal %d", c->driver[side], WTERMSIG(status));
        else
            cli_error("%s, %s, could not be run", side_name[side], c->driver[side]);
    }
    return report;
}

/* Waits for a run and reads what it left. False after saying why there is nothing to compare. */
static bool finish(const struct compare_config *c, int side, pid_t child, const struct place *place,
                   struct compare_side *s)
{
    char err[4400];
    json_t *report = report_of(c, side, child, place);
    if (!report)
        return false;
    *(s->runs ? &s->again[s->runs - 1] : &s->report) = report;
    s->runs++;
    if (access(place->trace, R_OK)) /* a driver that did not load leaves none */
        return true;
    if (c->live ? compare_path_add(place->trace, &s->path, err, sizeof err) &&
                      compare_oids_add(place->trace, &s->oids, err, sizeof err)
                : compare_path_read(place->trace, &s->path, err, sizeof err))
        return true;
    cli_error("%s", err);
    return false;
}

static void forget(const struct compare_config *c, const struct place *place)
{
    if (c->keep)
        return;
    unlink(place->report);
    unlink(place->messages);
    unlink(place->trace);
}

/* Each driver once more. With a seed both at once: neither is in the other's way. */
static bool run_both(const struct compare_config *c, const char *dir, struct compare_side *sides)
{
    struct place places[2] = {place_of(dir, 0, sides[0].runs), place_of(dir, 1, sides[1].runs)};
    pid_t children[2];
    bool fine = true;
    for (int side = 0; side < 2; side++) {
        children[side] = start(c, side, &places[side]);
        if (c->live)
            fine = fine && finish(c, side, children[side], &places[side], &sides[side]);
    }
    for (int side = 0; side < 2; side++) {
        if (!c->live)
            fine &= finish(c, side, children[side], &places[side], &sides[side]);
        forget(c, &places[side]);
    }
    return fine;
}

/* --- the verdict --- */

/* As a shell takes it. */
static void print_word(const char *word, FILE *f)
{
    if (!word[strcspn(word, " \t\n\"'\\$*?&|;<>()[]{}~#`!")]) {
        fprintf(f, " %s", word);
        return;
    }
    fprintf(f, " '");
    for (; *word; word++)
        fprintf(f, *word == '\'' ? "'\\''" : "%c", *word);
    fputc('\'', f);
}

/* How to have one of the runs again. */
static void print_command(const struct compare_config *c, int side, FILE *f)
{
    fprintf(f, "dirql run%s", c->seeded || c->live ? "" : " --seed=1");
    for (size_t i = 0; i < c->common_count; i++)
        print_word(c->common[i], f);
    for (size_t i = 0; i < c->only_count[side]; i++)
        print_word(c->only[side][i], f);
    print_word(c->driver[side], f);
}

static void print_difference(const struct compare_row *r)
{
    printf("  %s\n", r->difference);
    for (const char *at = r->detail; at && *at;) {
        size_t n = strcspn(at, "\n");
        printf("      %.*s\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

static void print_verdict(const struct compare_config *c, const struct compare_table *t,
                          size_t runs)
{
    const char *plural = t->differences == 1 ? "" : "s";
    if (!t->differences)
        printf(c->live ? "\nthe same, as far as a live run can tell\n" : "\nsame behaviour\n");
    else if (c->live && runs > 1)
        printf("\n%zu difference%s in %zu live runs of each:\n", t->differences, plural, runs);
    else
        printf("\n%zu difference%s:\n", t->differences, plural);
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].difference)
            print_difference(&t->rows[i]);
}

static void print_text(const struct compare_config *c, const struct compare_table *t, size_t runs)
{
    int what = 0, before = 8;
    for (size_t i = 0; i < t->count; i++) {
        int a = (int)strlen(t->rows[i].what), b = (int)strlen(t->rows[i].before);
        what = a > what ? a : what;
        before = b > before && b <= 40 ? b : before;
    }
    printf("before: ");
    print_command(c, 0, stdout);
    printf("\nafter:  ");
    print_command(c, 1, stdout);
    if (c->live)
        printf("\nlive:   %s%s; judged is what does not depend on the moment, %zu run%s of each",
               c->live_because ? c->live_because : "--live",
               c->live_because ? " keeps its own time, so that there is no seed" : "", runs,
               runs == 1 ? "" : "s");
    printf("\n\n  %-*s  %-*s  %s\n", what, "", before, "before", "after");
    for (size_t i = 0; i < t->count; i++)
        printf("%c %-*s  %-*s  %s\n", t->rows[i].difference ? '!' : ' ', what, t->rows[i].what,
               before, t->rows[i].before, t->rows[i].after);
    print_verdict(c, t, runs);
}

static json_t *command(const struct compare_config *c, int side)
{
    char *line = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&line, &size);
    if (!f)
        abort();
    print_command(c, side, f);
    fclose(f);
    json_t *j = json_string(line);
    free(line);
    return j;
}

/* The reports of all runs but the first. */
static json_t *again(const struct compare_side *s)
{
    json_t *list = json_array();
    for (size_t i = 1; i < s->runs; i++)
        json_array_append(list, s->again[i - 1]);
    return list;
}

static void print_json(const struct compare_config *c, const struct compare_table *t,
                       const struct compare_side *sides)
{
    json_t *rows = json_array(), *differences = json_array();
    for (size_t i = 0; i < t->count; i++) {
        const struct compare_row *r = &t->rows[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:b, s:o}", "what", r->what,
                                              "before", r->before, "after", r->after, "differs",
                                              r->difference != NULL, "detail",
                                              json_text_lines(r->detail ? r->detail : "")));
        if (r->difference)
            json_array_append_new(differences, json_string(r->difference));
    }
    json_t *root = json_pack(
        "{s:b, s:b, s:i, s:o, s:o, s:{s:o, s:o}, s:O, s:O, s:{s:o, s:o}}", "same", !t->differences,
        "live", c->live, "runs", (int)sides[0].runs, "differences", differences, "rows", rows,
        "commands", "before", command(c, 0), "after", command(c, 1), "before", sides[0].report,
        "after", sides[1].report, "again", "before", again(&sides[0]), "after", again(&sides[1]));
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(root);
}

static int print(const struct compare_config *c, const struct compare_table *t,
                 const struct compare_side *sides)
{
    if (c->json)
        print_json(c, t, sides);
    else
        print_text(c, t, sides[0].runs);
    return t->differences ? EXIT_BROKEN : EXIT_FINE;
}

/* Says why a driver did not initialise; whether there is anything to compare. */
static bool initialised(const struct compare_side *sides)
{
    for (int side = 0; side < 2; side++) {
        const char *why = json_string_value(json_object_get(sides[side].report, "error"));
        if (!compare_initialised(&sides[side]))
            cli_error("%s: %s", side_name[side], why ? why : "the driver did not initialise");
    }
    return compare_initialised(&sides[0]) || compare_initialised(&sides[1]);
}

static size_t most_runs(const struct compare_config *c, const struct compare_table *t)
{
    return !c->live                      ? 1
           : c->runs                     ? c->runs
           : t->differences > t->chances ? LIVE_RUNS
                                         : LIVE_RUNS_CHANCE;
}

static int run_and_compare(const struct compare_config *c, const char *dir,
                           struct compare_side *sides)
{
    struct compare_table t = {0};
    do {
        compare_table_free(&t);
        if (!run_both(c, dir, sides))
            return EXIT_USAGE;
        if (sides[0].runs == 1 && !initialised(sides))
            return EXIT_NO_DRIVER;
        if (c->live)
            compare_live_fill(&t, &sides[0], &sides[1], frames_determined(c));
        else
            compare_fill(&t, &sides[0], &sides[1]);
    } while (t.differences && sides[0].runs < most_runs(c, &t));
    int status = print(c, &t, sides);
    compare_table_free(&t);
    return status;
}

static int compare_in(const struct compare_config *c, const char *dir)
{
    struct compare_side sides[2] = {0};
    int status = run_and_compare(c, dir, sides);
    for (int side = 0; side < 2; side++) {
        json_decref(sides[side].report);
        for (size_t i = 1; i < sides[side].runs; i++)
            json_decref(sides[side].again[i - 1]);
        compare_path_free(&sides[side].path);
        compare_oids_free(&sides[side].oids);
    }
    return status;
}

static int compare(int argc, char **argv)
{
    char *room[3][argc + 1], dir[4096];
    struct compare_config c = {.common = room[0], .only = {room[1], room[2]}};
    if (!parse(cli_command_find("compare"), argc, argv, &c) || !choose_time(&c))
        return EXIT_USAGE;
    if (c.keep) {
        if (mkdir(c.keep, 0777) && errno != EEXIST) {
            cli_error("%s: %m", c.keep);
            return EXIT_USAGE;
        }
        return compare_in(&c, c.keep);
    }
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/dirql-compare-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        cli_error("%s: %m", dir);
        return EXIT_USAGE;
    }
    int status = compare_in(&c, dir);
    rmdir(dir);
    return status;
}

CLI_COMMAND(
    compare, .name = "compare", .arguments = "BEFORE.sys|.inf AFTER.sys|.inf",
    .summary = "run two drivers of one card and say whether they behave the same",
    .description =
        "Runs both drivers on the same device, with the same traffic and the same seed (1 "
        "unless --seed says otherwise), and shows side by side: rules broken, interrupts granted "
        "and registered, what became of them, "
        "frames in and out byte for byte, the registers that each writes in its interrupt "
        "path, at DIRQL and in DPCs, and those that it reads at DIRQL, by which many cards "
        "have their interrupt acknowledged.\n"
        "Says \"same behaviour\" and exits with 0, or says what differs and exits with 3. "
        "Numbers that follow from "
        "timing are shown, not judged: DPCs, how often a register is written or read, and "
        "service routine calls up to a factor of 2. Exits with 2 if neither driver "
        "initialises, with 1 if one could not be run at all.\n"
        "A card or a network that keeps real time (QEMU's cards, tap, socket) has no seed: the "
        "drivers then run live, by turns, and what follows from timing is not judged, counts "
        "above all. Judged are outcome, rules broken, what is left behind, grants, frames "
        "byte for byte if all came through, answers to OID requests, and which registers "
        "are written and read, at DIRQL, in DPCs and elsewhere. While anything differs, both "
        "run again, up to --runs times; what a driver did in any of its runs counts. Says "
        "\"the same, as far as a live run can tell\" and exits with 0, or with 3.\n"
        "Takes every option of dirql run, but --trace and --quiet, for both drivers.",
    .options = options, .option_count = OWN, .run = compare);
