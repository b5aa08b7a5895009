/* SPDX-License-Identifier: MIT */
/* port_proof_test.c - our NDIS 5 drivers ported, compiled and compared with what they were: with a
 * seed on the models, live on QEMU's cards, where a planted difference has to be found as well. */
#include "tests/port.h"
#include <stdlib.h>

static void need_qemu(void)
{
    if (PROGRAM("qemu-system-x86_64", "--version")->status != 0)
        SKIP("no qemu-system-x86_64 (Debian package qemu-system-x86)");
}

/* A file with the one place that says `old` saying `new`: what a person would do, or a mistake. */
static void rewrite(const char *path, const char *old, const char *new)
{
    size_t n;
    char *text = run_read(path, &n), *at = strstr(text, old);
    if (!at || strstr(at + 1, old))
        test_fail(__FILE__, __LINE__, "%s does not say \"%s\" once", path, old);
    const char *result = run_text_of("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    run_write(path, result, strlen(result));
}

/* --- pro1000: NDIS 5.0, serialised, no enable and disable handlers --- */

/* Ported, and what the port leaves to a person written: the two handlers' bodies. */
static const char *port_pro1000(void)
{
    const char *out = run_file("pro1000"), *file = run_text_of("%s/pro1000.c", out);
    struct run *r = DIRQL("port", "-o", out, "tests/drivers/pro1000.c");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->err, "2 left to a person");
    port_compile_check(file, true);
    rewrite(file,
            "static VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE Context)\n{\n"
            "    UNREFERENCED_PARAMETER(Context);\n",
            "static VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE Context)\n{\n"
            "    Write(Context, REG_IMC, ~0u);\n");
    rewrite(file,
            "static VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE Context)\n{\n"
            "    UNREFERENCED_PARAMETER(Context);\n",
            "static VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE Context)\n{\n"
            "    Write(Context, REG_IMS, CAUSES);\n");
    return file;
}

static const char *link_pro1000(const char *file)
{
    const char *sys = run_file("pro1000.sys");
    port_link(&file, 1, sys);
    return sys;
}

static struct run *compare_pro1000(const char *sys, const char *const *more)
{
    const char *args[40] = {"compare", "--porting", run_driver("pro1000.sys"), sys};
    size_t n = 4;
    while (*more)
        args[n++] = *more++;
    return run_dirql(args);
}
#define COMPARE(sys, ...) compare_pro1000(sys, (const char *const[]){__VA_ARGS__, NULL})

TEST(pro1000_behaves_the_same_after_its_port, "R-381 R-400 R-401 R-403")
{
    static const char *const wires[] = {"loopback", "gen:rate=100000,count=1000"};
    static const char *const faults[] = {"link-flap@20ms:5ms", "spurious-interrupt=20",
                                         "surprise-remove@5ms"};
    const char *sys = link_pro1000(port_pro1000());
    for (size_t i = 0; i < 2; i++) {
        struct run *r = COMPARE(sys, "--device", "model:82540em", "--count", "1000", "--net",
                                wires[i], "--seed", i ? "5" : "6", "--cpus", "3");
        CHECK_STATUS(r, 0);
        CHECK_HAS(r->out, "same behaviour");
    }
    for (size_t i = 0; i < 3; i++) {
        struct run *r =
            COMPARE(sys, "--device", "model:82540em", "--count", "1000", "--fault", faults[i]);
        CHECK_STATUS(r, 0);
    }
    struct run *r = DIRQL("run", "--porting", sys, "--device", "model:82540em", "--count", "500",
                          "--seed", "3", "--toggle-interrupts", "--json");
    CHECK_CLEAN(r);
    CHECK_EQ(run_number(r, "frames.received"), 500);
}

TEST(a_port_that_forgets_something_is_found_with_a_seed, "")
{
    const char *file = port_pro1000();
    rewrite(file, "    if (Causes & CAUSE_LSC)\n        IndicateLink(Adapter);\n",
            "    Write(Adapter, REG_IMS, CAUSE_RXT0);\n");
    struct run *r = COMPARE(link_pro1000(file), "--device", "model:82540em", "--count", "100");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "in DPCs, register 0x000d0: written only after");
}

TEST(pro1000_behaves_the_same_after_its_port_on_qemus_card, "R-381")
{
    need_qemu();
    struct run *r = COMPARE(link_pro1000(port_pro1000()), "--device", "qemu:e1000", "--count",
                            "1000", "--json");
    CHECK_STATUS(r, 0);
    CHECK_RUN(r, json_is_true(run_at(r, "live")) && json_is_true(run_at(r, "same")));
}

/* The chip acknowledges when its cause is read: one that keeps it is asked again and again. */
TEST(an_isr_that_does_not_acknowledge_is_found_on_qemus_card, "")
{
    need_qemu();
    const char *file = port_pro1000();
    rewrite(file, "    ULONG Causes = Read(Adapter, REG_ICR);\n",
            "    ULONG Causes = CAUSES;\n\n    Write(Adapter, REG_IMC, ~0u);\n");
    rewrite(file, "    ULONG Causes = (ULONG)InterlockedExchange(&Adapter->Pending, 0);\n",
            "    ULONG Causes = (ULONG)InterlockedExchange(&Adapter->Pending, 0);\n\n"
            "    Read(Adapter, REG_ICR);\n    Write(Adapter, REG_IMS, CAUSES);\n");
    struct run *r =
        COMPARE(link_pro1000(file), "--device", "qemu:e1000", "--count", "200", "--runs", "2");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "qemu:e1000 keeps its own time");
    CHECK_HAS(r->out, " in 2 live runs of each:");
    CHECK_HAS(r->out, "at DIRQL, register 0x000c0, reads: read only before");
    CHECK_HAS(r->out, "at DIRQL, register 0x000d8: written only after");
    CHECK_HAS(r->out, "in DPCs, register 0x000d0: written only after");
}

/* --- line5: NDIS 5.1, with and without an ISR of its own --- */

/* So many that whatever may happen in a DPC (a packet given back in it, say) happens on both sides.
 */
#define COUNT "2000"

TEST(a_driver_without_request_isr_behaves_the_same_after_its_port, "R-361 R-381 R-420")
{
    static const char *const settings[][3] = {{"Shared=0", "Deserialized=0", "ByLookahead=0"},
                                              {"Shared=0", "Deserialized=1", "ByLookahead=0"},
                                              {"Shared=1", "Deserialized=0", "ByLookahead=1"},
                                              {"Shared=1", "Deserialized=1", "ByLookahead=0"}};
    const char *out = run_file("line5"), *sys = run_file("line5.sys");
    const char *file = run_text_of("%s/line5.c", out);
    struct run *r = DIRQL("port", "-o", out, "tests/drivers/line5.c");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "LineInterrupt is new and does that [request-isr, R-361]");
    port_compile_check(file, true);
    port_link(&file, 1, sys);
    for (size_t i = 0; i < 4; i++) {
        const char *const *set = settings[i];
        r = DIRQL("compare", "--porting", run_driver("line5.sys"), sys, "--count", COUNT, "--seed",
                  i % 2 ? "8" : "9", "--set", set[0], "--set", set[1], "--set", set[2]);
        CHECK_STATUS(r, 0);
        r = DIRQL("run", "--porting", sys, "--count", "300", "--toggle-interrupts", "--json",
                  "--set", set[0], "--set", set[1], "--set", set[2]);
        CHECK_CLEAN(r);
        CHECK_EQ(run_number(r, "frames.received"), 300);
    }
}

/* RequestIsr and SharedInterrupt are `how`; ported with --msi. */
static struct run *port_line5_for_messages(const char *how)
{
    static const char *const headers[] = {"minimal5.h", "card.h"};
    size_t n;
    const char *file = run_file("line5.c"), *text = run_read("tests/drivers/line5.c", &n);
    run_write(file, text, n);
    for (size_t i = 0; i < 2; i++) {
        text = run_read(run_text_of("tests/drivers/%s", headers[i]), &n);
        run_write(run_file(headers[i]), text, n);
    }
    rewrite(file, "Adapter->Shared, Adapter->Shared", how);
    return DIRQL("port", "--msi", "-i", file);
}

TEST(line_handlers_serve_messages_too, "R-033 R-110 R-361 R-404 R-405")
{
    static const char *const how[] = {"TRUE, TRUE", "FALSE, FALSE"};
    static const char *const kinds[] = {"line", "msi", "msix"};
    const char *file = run_file("line5.c"), *sys = run_file("line5.sys");
    for (size_t i = 0; i < 2; i++) {
        CHECK_STATUS(port_line5_for_messages(how[i]), 3); /* the INF is a person's */
        if (i) /* and what the ISR did that nothing calls now */
            rewrite(file, "static BOOLEAN NTAPI LineIsr(", "BOOLEAN NTAPI LineIsr(");
        port_link(&file, 1, sys);
        for (size_t k = 0; k < 3; k++) {
            struct run *r = DIRQL("run", "--porting", sys, "--interrupt", kinds[k], "--seed", "4",
                                  "--count", "300", "--toggle-interrupts", "--json");
            CHECK_CLEAN(r);
            CHECK_EQ(run_number(r, "frames.received"), 300);
            CHECK(run_sum(r, "messages", "isr") > 0);
        }
    }
    struct run *r = port_line5_for_messages("Adapter->Shared, Adapter->Shared");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "with --msi the ISR has to be one: RequestIsr is TRUE as well as FALSE here");
}

/* --- e1000e5: NDIS 5.1, deserialised, with all handlers --- */

static const char *const e1000e5[] = {"adapter.c",   "config.c", "driver.c", "hw.c",
                                      "interrupt.c", "oid.c",    "phy.c",    "receive.c",
                                      "transmit.c",  "worker.c"};
#define E1000E5 (sizeof e1000e5 / sizeof *e1000e5)

/* The ported interrupt.c; all others beside it. */
static const char *port_e1000e5(void)
{
    const char *out = run_file("out"), *args[32] = {"port", "-o", out};
    for (size_t i = 0; i < E1000E5; i++)
        args[3 + i] = run_text_of("drivers/e1000e5/%s", e1000e5[i]);
    CHECK_STATUS(run_dirql(args), 0);
    return run_text_of("%s/e1000e5/interrupt.c", out);
}

static const char *link_e1000e5(void)
{
    const char *files[E1000E5], *sys = run_file("ported.sys");
    for (size_t i = 0; i < E1000E5; i++)
        files[i] = run_text_of("%s/e1000e5/%s", run_file("out"), e1000e5[i]);
    port_link(files, E1000E5, sys);
    return sys;
}

static struct run *compare_live(const char *sys, const char *option, const char *value)
{
    return DIRQL("compare", "--porting", run_driver("e1000e5.sys"), sys, "--count", "500", option,
                 value, "--runs", "3");
}

TEST(our_ported_driver_behaves_as_before_on_qemus_card, "R-381 R-401 R-420")
{
    need_qemu();
    port_e1000e5();
    const char *sys = link_e1000e5();
    struct run *r = compare_live(sys, "--device", "qemu:e1000e");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "live:   qemu:e1000e keeps its own time, so that there is no seed");
    CHECK_HAS(r->out, "\n\nthe same, as far as a live run can tell\n");
    r = DIRQL("compare", "--porting", run_driver("e1000e5.sys"), sys, "--device", "qemu:e1000e",
              "--net", "user");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "traffic, ping");
}

TEST(our_ported_driver_behaves_as_before_live, "R-381 R-401 R-420")
{
    port_e1000e5();
    struct run *r = DIRQL("compare", "--porting", run_driver("e1000e5.sys"), link_e1000e5(),
                          "--live", "--count", "500", "--json");
    CHECK_STATUS(r, 0);
    CHECK_RUN(r, json_is_true(run_at(r, "live")));
    CHECK_HAS(run_string(r, "commands.before"), "dirql run --porting --count=500 ");
    size_t i, judged = 0;
    json_t *row;
    json_array_foreach(run_at(r, "rows"), i, row)
    {
        const char *what = json_string_value(json_object_get(row, "what"));
        const char *after = json_string_value(json_object_get(row, "after"));
        judged += !strcmp(what, "OIDs asked and set") && atoi(after) > 20;
        judged += !strcmp(what, "registers read elsewhere") && atoi(after) > 10;
        judged += !strcmp(what, "frames onto the wire (digest)");
        judged += !strcmp(what, "at DIRQL, register 0x000c0, reads");
    }
    CHECK_RUN(r, judged == 4);
}

TEST(an_isr_that_forgets_a_cause_is_found_on_qemus_card, "")
{
    need_qemu();
    const char *file = port_e1000e5();
    rewrite(file,
            "    if (!Adapter->Blocked) {\n        HwWrite(&Adapter->Hw, E1000_IMS, "
            "INTERRUPT_CAUSES);\n        if (Adapter->Missed != 0) {\n            HwWrite",
            "    if (!Adapter->Blocked) {\n        HwWrite(&Adapter->Hw, E1000_IMS, "
            "INTERRUPT_CAUSES & ~E1000_INT_LSC);\n        if (Adapter->Missed != 0) {\n"
            "            HwWrite");
    struct run *r = compare_live(link_e1000e5(), "--device", "qemu:e1000e");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "\n1 difference in 3 live runs of each:\n  at DIRQL, register 0x000d0");
}
