/* SPDX-License-Identifier: MIT */
/* port_test.c - dirql port on small drivers, one trap of style or meaning each, and on our own
 * NDIS 5.1 driver from the port to the run.
 *
 * tests/port/NAME/ is a driver; tests/port/NAME/expected/ the files that change, and the report.
 * After a change of the tool that is meant, PORT_WRITE=1 writes them anew: read the difference. */
#include "tests/port.h"
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOLDEN(name, requirements)                                                                 \
    TEST(port_##name, requirements)                                                                \
    {                                                                                              \
        golden(#name, true);                                                                       \
    }
/* One that no compiler on a file system with case can compile. */
#define GOLDEN_TEXT(name, requirements)                                                            \
    TEST(port_##name, requirements)                                                                \
    {                                                                                              \
        golden(#name, false);                                                                      \
    }

struct listing {
    const char *name[32];
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct listing list(const char *folder)
{
    struct listing l = {.count = 0};
    DIR *d = opendir(folder);
    CHECK(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.' && strcmp(e->d_name, "expected") && strcmp(e->d_name, "options") &&
            l.count < 32)
            l.name[l.count++] = run_text_of("%s", e->d_name);
    closedir(d);
    qsort(l.name, l.count, sizeof *l.name, by_name);
    return l;
}

static void same_file(const char *got, const char *expected)
{
    size_t n, m;
    const char *a = run_read(got, &n), *b = run_read(expected, &m);
    if (n == m && !memcmp(a, b, n))
        return;
    struct run *diff = PROGRAM("diff", "-u", expected, got);
    test_fail(__FILE__, __LINE__, "%s differs from %s:\n%s", got, expected, diff->out);
}

/* Ports the files to `out`; "status N" and the report. */
static const char *port_to(const char *folder, const struct listing *files, const char *out)
{
    const char *args[64] = {"port", "-o", out};
    size_t n = 3;
    if (!access(run_text_of("%s/options", folder), R_OK))
        args[n++] = strtok(run_read(run_text_of("%s/options", folder), NULL), "\n");
    for (size_t i = 0; i < files->count; i++)
        if (!strstr(files->name[i], ".h"))
            args[n++] = run_text_of("%s/%s", folder, files->name[i]);
    args[n++] = "--";
    args[n++] = "-DNDIS_MINIPORT_DRIVER=1";
    args[n++] = "-DNDIS51_MINIPORT=1";
    struct run *r = run_dirql(args);
    return run_text_of("status %d\n%s", r->status, r->err);
}

static void golden(const char *name, bool compile)
{
    const char *folder = run_text_of("tests/port/%s", name);
    const char *expected = run_text_of("%s/expected", folder), *out = run_file("out");
    struct listing files = list(folder);
    const char *report = port_to(folder, &files, out);
    bool write = getenv("PORT_WRITE") != NULL;
    if (write) {
        mkdir(expected, 0777);
        run_write(run_text_of("%s/report", expected), report, strlen(report));
    }
    run_write(run_file("report"), report, strlen(report));
    same_file(run_file("report"), run_text_of("%s/report", expected));
    for (size_t i = 0; i < files.count; i++) {
        const char *in = run_text_of("%s/%s", folder, files.name[i]);
        const char *got = run_text_of("%s/%s", out, files.name[i]);
        const char *want = run_text_of("%s/%s", expected, files.name[i]);
        size_t n, m;
        if (write) {
            const char *a = run_read(in, &n), *b = run_read(got, &m);
            if (n != m || memcmp(a, b, n))
                run_write(want, b, m);
        }
        same_file(got, access(want, R_OK) ? in : want);
        if (compile) {
            port_compile_check(in, false);
            port_compile_check(got, true);
        }
    }
    /* The second time nothing is left to do. */
    for (size_t i = 0; i < files.count; i++) {
        size_t n, m;
        const char *got = run_text_of("%s/%s", out, files.name[i]);
        if (!strstr(got, "driver.c"))
            continue;
        const char *before = run_read(got, &n);
        struct run *again =
            DIRQL("port", "-i", got, "--", "-DNDIS_MINIPORT_DRIVER=1", "-DNDIS51_MINIPORT=1");
        CHECK_STATUS(again, 0);
        CHECK_HAS(again->err, "nothing to do");
        const char *after = run_read(got, &m);
        CHECK(n == m && !memcmp(before, after, n));
    }
}

/* What a person would do, in the words of different people. */
GOLDEN(wdk_sample, "R-397 R-398 R-399 R-400 R-401 R-402 R-403")
GOLDEN(gnu_style, "R-419")
GOLDEN(crlf_and_tabs, "")
GOLDEN(tabs_and_casts, "R-361")
GOLDEN(old_style, "")
GOLDEN(old_style_comments, "")
GOLDEN(not_utf8, "")
GOLDEN(cplusplus, "")
GOLDEN(cplusplus_members, "")
GOLDEN(cplusplus_calls, "R-400")
GOLDEN(cplusplus_files, "R-402")
GOLDEN(cplusplus_classes, "R-402")
GOLDEN(cplusplus_methods, "R-400 R-420")
GOLDEN(cplusplus_mask, "R-402")
GOLDEN_TEXT(windows_names, "")

/* The characteristics. */
GOLDEN(initialisers, "R-399")
GOLDEN(not_zeroed, "R-399")
GOLDEN(wan, "R-399")
GOLDEN(connection_oriented, "R-399")

/* The ISR and its two results. TargetProcessors is there for further DPCs. */
GOLDEN(macros_and_loops, "R-400")
GOLDEN(several_returns, "R-400 R-406")
GOLDEN(dpc_of_unrecognized, "R-419")
GOLDEN(one_read_for_the_other, "R-419")
GOLDEN(isr_other_build, "R-419")
GOLDEN(isr_other_goto, "R-400 R-419")
GOLDEN(isr_other_condition, "R-400 R-419")
GOLDEN(macros, "R-400")
GOLDEN(types, "R-400 R-401")
GOLDEN(no_dpc, "R-401")
GOLDEN(typed_handlers, "R-400 R-401")
GOLDEN(handlers_synchronized, "R-387 R-402")
GOLDEN(direct_calls, "R-400 R-401")
GOLDEN(direct_calls_twice, "R-400")
GOLDEN(direct_calls_in_expressions, "R-400 R-401")
GOLDEN(called_by_macro, "R-400 R-401")
GOLDEN(called_by_unused_macro, "R-400 R-401")
GOLDEN(calls_in_other_builds, "R-400 R-401")
GOLDEN(called_by_pointer, "R-400 R-401")
GOLDEN(called_in_other_words, "R-400 R-401")
GOLDEN(value_of_another_type, "R-400 R-401")
GOLDEN(isr_without_results, "R-400")
GOLDEN(isr_sets_pointer, "R-400")

/* What NDIS did around the DPC, and instead of the ISR. */
GOLDEN(enable_after_dpc, "R-420")
GOLDEN(enable_takes_a_lock, "R-420")
GOLDEN(no_isr_requested, "R-361")
GOLDEN(isr_requested_if_shared, "R-361")
GOLDEN(registered_again, "R-361 R-397")
GOLDEN(macro_statements, "R-361")
GOLDEN(control_macros, "R-397 R-400")
GOLDEN(shared_without_request, "R-351 R-361")
GOLDEN(mask_unknown, "R-402")
GOLDEN(mask_synchronized, "R-402")
GOLDEN(mask_callbacks, "R-402")
GOLDEN(mask_by_flag, "R-402")
GOLDEN(mask_shadow, "R-402")
GOLDEN(mask_pair, "R-402")
GOLDEN(mask_member, "R-402")
GOLDEN(mask_names_mislead, "R-402")
GOLDEN(mask_takes_a_lock, "R-402")

/* Registration and the object. */
GOLDEN(branches, "R-397")
GOLDEN(other_build, "R-361")
GOLDEN(registered_in_a_condition, "R-397")
GOLDEN(two_interrupts, "R-397 R-403")
GOLDEN(interrupts_by_helper, "R-397 R-403")
GOLDEN(object_by_pointer, "R-398")
GOLDEN(locals_for_the_call, "")
GOLDEN(dead_code, "")
GOLDEN(void_callbacks, "")
GOLDEN(callback_results, "")
GOLDEN(callback_by_parameter, "R-387")
GOLDEN(before_ndis, "")
GOLDEN(msi, "R-404 R-405")
GOLDEN(msi_array, "R-404 R-405")
GOLDEN(msi_granted, "R-404 R-405")
GOLDEN(msi_files, "R-402 R-404 R-405")
GOLDEN(msi_no_isr, "R-361 R-404 R-405")
GOLDEN(msi_cplusplus, "R-404 R-405")
GOLDEN(build_files, "R-417")

/* --- our own driver --- */

static const char *const e1000e5[] = {"adapter.c",   "config.c", "driver.c", "hw.c",
                                      "interrupt.c", "oid.c",    "phy.c",    "receive.c",
                                      "transmit.c",  "worker.c"};
#define E1000E5 (sizeof e1000e5 / sizeof *e1000e5)

static struct run *port_e1000e5(const char *option, const char *value)
{
    const char *args[32] = {"port", option, value};
    size_t n = value ? 3 : 2;
    for (size_t i = 0; i < E1000E5; i++)
        args[n++] = run_text_of("drivers/e1000e5/%s", e1000e5[i]);
    return run_dirql(args);
}

TEST(our_5_1_driver_is_ported_as_reviewed, "R-397 R-398 R-399 R-400 R-401 R-402 R-403 R-418 R-420")
{
    static const char *const changed[] = {"driver.c", "interrupt.c", "e1000e5.h"};
    const char *out = run_file("out");
    struct run *r = port_e1000e5("-o", out);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "0 left to a person");
    for (size_t i = 0; i < 3; i++) {
        const char *got = run_text_of("%s/e1000e5/%s", out, changed[i]);
        const char *want = run_text_of("tests/port/e1000e5.expected/%s", changed[i]);
        if (getenv("PORT_WRITE")) {
            size_t n;
            const char *bytes = run_read(got, &n);
            run_write(want, bytes, n);
        }
        same_file(got, want);
    }
    for (size_t i = 0; i < E1000E5; i++)
        if (strcmp(e1000e5[i], "driver.c") && strcmp(e1000e5[i], "interrupt.c"))
            same_file(run_text_of("%s/e1000e5/%s", out, e1000e5[i]),
                      run_text_of("drivers/e1000e5/%s", e1000e5[i]));
}

TEST(the_diff_is_what_patch_applies, "")
{
    const char *out = run_file("out"), *copy = run_file("copy"), *patch = run_file("port.diff");
    struct run *r = port_e1000e5("--diff", NULL);
    CHECK_STATUS(r, 0);
    run_write(patch, r->out, strlen(r->out));
    port_e1000e5("-o", out);
    CHECK_STATUS(PROGRAM("mkdir", "-p", run_text_of("%s/drivers", copy)), 0);
    CHECK_STATUS(PROGRAM("cp", "-r", "drivers/e1000e5", run_text_of("%s/drivers", copy)), 0);
    struct run *applied = PROGRAM("git", "apply", "--unsafe-paths", "-p1",
                                  run_text_of("--directory=%s", copy), patch);
    if (applied->status == 127)
        SKIP("no git to apply the diff with");
    CHECK_STATUS(applied, 0);
    same_file(run_text_of("%s/drivers/e1000e5/interrupt.c", copy),
              run_text_of("%s/e1000e5/interrupt.c", out));
    same_file(run_text_of("%s/drivers/e1000e5/driver.c", copy),
              run_text_of("%s/e1000e5/driver.c", out));
    same_file(run_text_of("%s/drivers/e1000e5/e1000e5.h", copy),
              run_text_of("%s/e1000e5/e1000e5.h", out));
}

TEST(our_ported_driver_behaves_as_before, "R-381 R-401 R-420")
{
    const char *out = run_file("out"), *sys = run_file("ported.sys");
    CHECK_STATUS(port_e1000e5("-o", out), 0);
    const char *files[E1000E5];
    for (size_t i = 0; i < E1000E5; i++)
        files[i] = run_text_of("%s/e1000e5/%s", out, e1000e5[i]);
    port_link(files, E1000E5, sys);
    struct run *r = DIRQL("run", "--porting", sys, "--seed", "3", "--count", "500",
                          "--toggle-interrupts", "--json");
    CHECK_CLEAN(r);
    CHECK_EQ(run_number(r, "frames.received"), 500);
    r = DIRQL("compare", "--porting", run_driver("e1000e5.sys"), sys, "--seed", "3", "--count",
              "500");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "same behaviour");
}

TEST(our_ported_driver_takes_messages_or_the_line, "R-404 R-405")
{
    const char *out = run_file("out"), *sys = run_file("msi.sys");
    const char *args[32] = {"port", "--msi", "-o", out}, *files[E1000E5];
    for (size_t i = 0; i < E1000E5; i++) {
        args[4 + i] = run_text_of("drivers/e1000e5/%s", e1000e5[i]);
        files[i] = run_text_of("%s/e1000e5/%s", out, e1000e5[i]);
    }
    struct run *r = run_dirql(args);
    CHECK_STATUS(r, 3); /* the INF is a person's */
    CHECK_HAS(r->err, "messages need MSISupported in the INF");
    port_link(files, E1000E5, sys);
    static const char *const kinds[] = {"msi", "line"};
    for (size_t i = 0; i < 2; i++) {
        r = DIRQL("run", "--porting", sys, "--interrupt", kinds[i], "--seed", "4", "--count", "300",
                  "--toggle-interrupts", "--json");
        CHECK_CLEAN(r);
        CHECK_EQ(run_number(r, "frames.received"), 300);
        CHECK(run_sum(r, "messages", "isr") > 0);
    }
}

TEST(what_is_still_ndis_5_is_counted_by_chapter,
     "R-407 R-408 R-409 R-410 R-411 R-412 R-413 R-414 R-415 R-416")
{
    static const struct {
        const char *chapter, *name;
    } left[] = {
        {"Setting the miniport adapter attributes", "NDIS_ATTRIBUTE_DESERIALIZE"},
        {"Setting the miniport adapter attributes", "NdisMSetAttributesEx"},
        {"Porting miniport driver initialization", "NdisMRegisterMiniport"},
        {"Porting halt and shutdown", "HaltHandler"},
        {"Porting OID request handling", "QueryInformationHandler"},
        {"Porting check-for-hang and reset operations", "ResetHandler"},
        {"Porting Plug and Play, pause and restart", "PnPEventNotifyHandler"},
        {"Porting status indications", "NdisMIndicateStatus"},
        {"Porting send and receive operations", "NdisMIndicateReceivePacket"},
        {"Porting miniport driver initialization", "NdisMRegisterUnloadHandler"},
    };
    struct run *r = port_e1000e5("--json", NULL);
    CHECK_STATUS(r, 0);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        size_t k, found = 0;
        json_t *chapter;
        json_array_foreach(run_at(r, "remains"), k, chapter)
        {
            if (strcmp(json_string_value(json_object_get(chapter, "chapter")), left[i].chapter))
                continue;
            found = (size_t)json_integer_value(
                json_object_get(json_object_get(chapter, "names"), left[i].name));
        }
        if (!found)
            test_fail(__FILE__, __LINE__, "%s is not counted in \"%s\"", left[i].name,
                      left[i].chapter);
    }
    /* Nothing of the interrupt chapters is left. */
    CHECK(!strstr(r->out, "Porting interrupt registration\""));
}
