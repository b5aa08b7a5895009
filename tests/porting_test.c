/* SPDX-License-Identifier: MIT */
/* porting_test.c - dirql run --porting: a driver whose interrupt code is ported to NDIS 6 while the
 * rest is NDIS 5.1 still (tests/drivers/half_ported.c) goes through its whole life. */
#include "tests/run.h"

#define HALF run_driver("half_ported.sys")

static struct run *porting(const char *driver, const char *const *more)
{
    const char *args[32] = {"run", driver, "--porting", "--json", "--count", "300"};
    size_t n = 6;
    while (*more && n < 31)
        args[n++] = *more++;
    return run_dirql(args);
}
#define PORTING(driver, ...) porting(driver, (const char *const[]){__VA_ARGS__, NULL})

/* What is left of a chapter whose title contains `part`; NULL: it is not listed. */
static const char *left_of(const struct run *r, const char *part)
{
    for (size_t i = 0; i < run_count(r, "porting"); i++)
        if (strstr(run_string(r, run_text_of("porting.%zu.chapter", i)), part))
            return run_string(r, run_text_of("porting.%zu.left", i));
    return NULL;
}

TEST(a_half_ported_driver_runs_with_every_kind_of_interrupt, "R-397 R-398 R-400 R-401 R-404")
{
    static const struct {
        const char *interrupt, *type;
    } kinds[] = {{"line", "line"}, {"msi", "message"}, {"msix", "message"}};
    static const char *const how[] = {"Spread=0", "Spread=1", "Deserialized=1"};
    for (int k = 0; k < 3; k++)
        for (int h = 0; h < 3; h++)
            for (int seed = 0; seed < 2; seed++) {
                struct run *r = PORTING(HALF, "--interrupt", kinds[k].interrupt, "--set", how[h],
                                        "--toggle-interrupts", seed ? "--seed=1" : "--quiet");
                CHECK_CLEAN(r);
                CHECK_STR(run_string(r, "ndis"), "5.1");
                CHECK_STR(run_string(r, "interrupt.bus"), kinds[k].interrupt);
                CHECK_STR(run_string(r, "interrupt.type"), kinds[k].type);
                CHECK_RUN(r, run_number(r, "interrupt.registered") == 1 &&
                                 run_number(r, "interrupt.deregistered") == 1);
                CHECK_RUN(r, run_number(r, "frames.received") == 300);
                CHECK_RUN(r, run_number(r, "messages.0.isr") > 0 &&
                                 run_number(r, "messages.0.dpc") > 0);
            }
}

TEST(what_is_still_ndis_5_is_listed_by_chapter, "R-399 R-407 R-408 R-409 R-410 R-411 R-413 R-415")
{
    struct run *r = PORTING(HALF, "--seed=1");
    CHECK_STR(left_of(r, "Miniport Driver Initialization"),
              "NdisMInitializeWrapper, NdisMRegisterMiniport (now NdisMRegisterMiniportDriver)");
    CHECK_STR(left_of(r, "Unload"), "MiniportDriverUnload is missing");
    CHECK_HAS(left_of(r, "Adapter Initialization"), "NdisMSetAttributesEx");
    CHECK_STR(left_of(r, "Halt"), "MiniportHalt");
    CHECK_STR(left_of(r, "Pause and Restart"), "MiniportPause, MiniportRestart are missing");
    CHECK_STR(left_of(r, "Send and Receive"),
              "MiniportSendPackets, MiniportReturnPacket, MiniportTransferData, "
              "NdisAllocatePacketPool, NdisAllocateBufferPool, NdisMSendComplete, "
              "NdisMIndicateReceivePacket");
    CHECK_STR(left_of(r, "OID Request"), "MiniportQueryInformation, MiniportSetInformation");
    CHECK_STR(left_of(r, "Check for Hang and Reset"), "MiniportReset");
    /* Ported, or never used. */
    CHECK_RUN(r, !left_of(r, "Interrupt") && !left_of(r, "DMA") && !left_of(r, "Status") &&
                     !left_of(r, "Plug and Play"));
    CHECK_RUN(r, run_count(r, "porting") == 8);
    CHECK_RUN(r, run_count(r, "ported") == 4);
    CHECK_STR(run_string(r, "ported.0"), "NdisMRegisterInterruptEx");
    CHECK_STR(run_string(r, "ported.3"), "NdisMQueueDpc");

    r = DIRQL("run", HALF, "--porting", "--count", "10", "--seed=1");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "porting: it uses NdisMRegisterInterruptEx, NdisMDeregisterInterruptEx, "
                      "NdisMSynchronizeWithInterruptEx, NdisMQueueDpc of NDIS 6; Windows would not "
                      "load it yet.\n");
    CHECK_HAS(r->out, "\n  Porting Miniport Adapter Halt Operations to NDIS 6.0:\n        "
                      "MiniportHalt\n");
}

TEST(without_porting_a_half_ported_driver_is_refused_and_told_why, "R-417")
{
    static const char *const seeds[] = {"--quiet", "--seed=1"};
    for (int i = 0; i < 2; i++) {
        struct run *r = DIRQL("run", HALF, "--json", seeds[i]);
        CHECK_STATUS(r, 2);
        CHECK_HAS(run_string(r, "error"),
                  "the driver registers as NDIS 5.1 and uses NdisMRegisterInterruptEx of NDIS 6: "
                  "see --porting");
        CHECK_RUN(r, run_count(r, "violations") == 1 && run_count(r, "leaks") == 0);
        CHECK_STR(run_string(r, "violations.0.rule"), "R-417");
        CHECK_HAS(run_string(r, "violations.0.text"), "Windows would not load it");
        CHECK_HAS(run_string(r, "violations.0.stack.0"), "in Register)");
        CHECK_RUN(r, !json_object_get(r->json, "porting"));
    }
}

/* The mode is for half-ported drivers, and changes nothing for others. */
TEST(porting_mode_changes_nothing_for_other_drivers, "")
{
    struct run *r = DIRQL("compare", run_driver("e1000e5.inf"), run_driver("e1000e5.inf"),
                          "--count", "200", "--after=--porting");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "porting chapters left");
    r = PORTING(run_driver("e1000e5.inf"), "--seed=1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_count(r, "porting") == 12 && run_count(r, "ported") == 0);
    CHECK_HAS(left_of(r, "Interrupt Operations"), "NdisMRegisterInterrupt, ");
    r = PORTING(run_driver("e1000e.inf"), "--seed=1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_count(r, "porting") == 0 && run_count(r, "ported") == 0);
    r = DIRQL("run", run_driver("e1000e.inf"), "--porting", "--count", "10", "--seed=1");
    CHECK_HAS(r->out, "porting: the driver registers as NDIS 6.20, nothing is left\n");
}

TEST(info_knows_a_half_ported_driver, "")
{
    struct run *r = DIRQL("info", HALF);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "NDIS           5.x (NdisMRegisterMiniport), half ported: "
                      "NdisMRegisterInterruptEx is NDIS 6 (dirql run --porting)\n");
    r = DIRQL("info", HALF, "--json");
    CHECK_RUN(r, json_is_true(run_at(r, "half_ported")));
    r = DIRQL("info", run_driver("faulty5.sys"), "--json");
    CHECK_RUN(r, json_is_false(run_at(r, "half_ported")));
}
