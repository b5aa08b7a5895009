/* SPDX-License-Identifier: MIT */
/* faulty5_test.c - NDIS 5.1 drivers that misbehave: tests/drivers/faulty5.c makes one mistake, and
 * the report names it, the function that made it and the line: live and with a seed, as JSON and as
 * text. */
#include "tests/faulty.h"

#define DRIVER "faulty5.sys"

/* One mistake and its report: a violation of `rule`, or what `rule` says is left behind, or (rule
 * NULL) bug check `code`. `function` NULL: no driver code can be named. */
struct mistake {
    const char *test;
    const char *option; /* of the run, or NULL */
    const char *rule;
    long long code;
    const char *text, *function;
};
#define VIOLATION(test, option, rule, text, function)                                              \
    {                                                                                              \
        test, option, rule, 0, text, function                                                      \
    }
#define BUGCHECK(test, option, code, text, function)                                               \
    {                                                                                              \
        test, option, NULL, code, text, function                                                   \
    }
#define LEAK(test, kind, text, function)                                                           \
    {                                                                                              \
        test, NULL, "leak: " kind, 0, text, function                                               \
    }

/* Of 20 frames one is at the right place for every mistake. */
static struct run *run_one(const struct mistake *m, const char *format, const char *seed)
{
    return DIRQL("run", run_driver(DRIVER), "--set", run_text_of("Test=%s", m->test), "--net",
                 "loopback", "--count", "20", format, seed ? "--seed" : "--quiet",
                 seed ? seed : "--quiet", m->option ? "--set" : "--quiet",
                 m->option ? m->option : "--quiet");
}

static void check_json(const struct mistake *m, const struct run *r)
{
    if (!m->rule)
        check_bugcheck(r, m->code, m->text, m->function);
    else if (!strncmp(m->rule, "leak: ", 6))
        check_leak(r, m->text, run_text_of("faulty5!%s+0x", m->function));
    else
        check_violation(r, m->rule, m->text, m->function);
    CHECK_RUN(r, run_count(r, "violations") + run_count(r, "leaks") == (m->rule ? 1 : 0));
    CHECK_RUN(r, json_is_null(json_object_get(r->json, "bugcheck")) == (m->rule != NULL));
}

static void check_text(const struct mistake *m, const struct run *r)
{
    bool leak = m->rule && !strncmp(m->rule, "leak: ", 6);
    CHECK_STATUS(r, m->rule ? 3 : 4);
    CHECK_HAS(r->out, m->text);
    if (leak)
        CHECK_HAS(r->out, run_text_of("\nleft behind:\n  %s: ", m->rule + 6));
    else if (m->rule)
        CHECK_HAS(r->out, run_text_of("\nviolations:\n  %s: ", m->rule));
    else
        CHECK_HAS(r->out, run_text_of("\nbug check 0x%llX ", m->code));
    if (m->function)
        CHECK_HAS(r->out, run_text_of("%sat faulty5!%s+0x", leak ? "" : "\n        ", m->function));
    CHECK_HAS(r->out, leak      ? "\nfaulty5.sys: 0 violations, 1 thing left behind ("
                      : m->rule ? "\nfaulty5.sys: 1 violation, 0 things left behind ("
                                : "\nfaulty5.sys: crashed (");
}

static void check_all(const struct mistake *mistakes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%s\n", mistakes[i].test); /* whose report follows, if it is not as it should be */
        check_json(&mistakes[i], run_one(&mistakes[i], "--json", NULL));
        const struct run *r = run_one(&mistakes[i], "--json", "7");
        check_json(&mistakes[i], r);
        CHECK_STR(run_one(&mistakes[i], "--json", "7")->out, r->out); /* byte for byte */
        check_text(&mistakes[i], run_one(&mistakes[i], "--quiet", "7"));
    }
}
#define CHECK_ALL(...)                                                                             \
    do {                                                                                           \
        static const struct mistake mistakes[] = {__VA_ARGS__};                                    \
        check_all(mistakes, sizeof mistakes / sizeof *mistakes);                                   \
    } while (0)

/* Every test below is worth something only if this driver is otherwise a good one. */
TEST(a_5_x_driver_without_a_fault_is_fine, "")
{
    static const char *const kinds[] = {"Deserialized=0", "Deserialized=1", "ByLookahead=1"};
    for (int i = 0; i < 3; i++) {
        struct run *r =
            DIRQL("run", run_driver(DRIVER), "--json", "--count", "300", "--set", kinds[i]);
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.received") == 300);
        r = DIRQL("run", run_driver(DRIVER), "--json", "--count", "300", "--set", kinds[i],
                  "--seed", "1");
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.received") == 300);
    }
}

/* --- the interrupt --- */

TEST(a_5_x_interrupt_registered_wrongly_is_reported, "R-349")
{
    CHECK_ALL(
        VIOLATION("RegisterEarly", NULL, "R-349", "before NdisMSetAttributes", "RegisterEarly"),
        VIOLATION("RegisterAtDispatch", NULL, "R-349", "at DISPATCH_LEVEL", "RegisterAtDispatch"),
        VIOLATION("RegisterTwice", NULL, "NdisMRegisterInterrupt", "registered already",
                  "RegisterTwice"),
        VIOLATION("RegisterOtherVector", NULL, "NdisMRegisterInterrupt", "vector 0x63, level 0x63",
                  "RegisterOtherVector"));
}

TEST(a_5_x_interrupt_deregistered_wrongly_is_reported, "R-388 R-389")
{
    CHECK_ALL(
        VIOLATION("DeregisterTwice", NULL, "R-388", "deregistered already", "DeregisterTwice"),
        VIOLATION("DeregisterAtDispatch", NULL, "R-388", "at DISPATCH_LEVEL",
                  "DeregisterAtDispatch"),
        VIOLATION("SyncAfterDeregister", NULL, "R-389", "no interrupt is registered there",
                  "SyncAfterDeregister"));
}

TEST(a_5_x_interrupt_deregistered_in_a_work_item_is_reported, "R-388")
{
    struct run *r = faulty_run(DRIVER, "DeregisterOutside", (const char *const[]){NULL});
    check_violation(r, "R-388", "for MiniportInitialize and MiniportHalt only", "DeregisterWorker");
    r = faulty_run(DRIVER, "DeregisterOutside", (const char *const[]){"--seed", "7", NULL});
    check_violation(r, "R-388", "for MiniportInitialize and MiniportHalt only", "DeregisterWorker");
}

TEST(a_5_x_interrupt_left_behind_is_0x7c, "R-428 R-429")
{
    CHECK_ALL(BUGCHECK("KeepInterrupt", NULL, 0x7C,
                       "MiniportHalt returned without NdisMDeregisterInterrupt", "MinimalHalt"),
              BUGCHECK("FailKeepInterrupt", NULL, 0x7C,
                       "MiniportInitialize failed without NdisMDeregisterInterrupt",
                       "MinimalInitialize"));
    struct run *r = faulty_run(DRIVER, "KeepInterrupt", (const char *const[]){"--seed", "1", NULL});
    check_parameter(r, 0, "0x8");
    r = faulty_run(DRIVER, "FailKeepInterrupt", (const char *const[]){"--seed", "1", NULL});
    check_parameter(r, 0, "0xb");
}

TEST(a_5_x_driver_that_does_not_initialise_is_status_2, "")
{
    struct run *r =
        faulty_run(DRIVER, "FailInitialize", (const char *const[]){"--seed", "1", NULL});
    CHECK_STATUS(r, 2);
    CHECK_HAS(run_string(r, "error"), "MiniportInitialize failed with status 0x80010004");
    CHECK_RUN(r, run_count(r, "violations") == 0 && run_count(r, "leaks") == 0);
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1 &&
                     run_number(r, "interrupt.deregistered") == 1);
}

/* --- MiniportISR --- */

TEST(what_a_5_x_service_routine_leaves_undone_is_reported_by_its_name, "R-371 R-366 R-079")
{
    CHECK_ALL(VIOLATION("IsrLeavesParameters", NULL, "R-371",
                        "MiniportISR returned without setting InterruptRecognized", "Isr"),
              VIOLATION("IsrKeepsInterrupt", NULL, "R-067",
                        "does not dismiss the interrupt on its card", "Isr"),
              VIOLATION("LowerIrqlInIsr", NULL, "R-079", "returned at DISPATCH_LEVEL", "Isr"));
}

TEST(what_a_5_x_service_routine_must_not_call_is_reported, "R-376 R-393 R-303")
{
    CHECK_ALL(VIOLATION("StatusInIsr", NULL, "R-393", "as from MiniportISR", "StatusInIsr"),
              VIOLATION("SpinLockInIsr", NULL, "R-303", "cannot be taken above DISPATCH_LEVEL",
                        "SpinLockInIsr"));
}

TEST(a_fault_in_5_x_interrupt_code_is_0xd1, "")
{
    CHECK_ALL(BUGCHECK("NullWriteInIsr", NULL, 0xD1, "wrote to 0x0", "NullWrite"),
              BUGCHECK("NullWriteInDpc", NULL, 0xD1, "wrote to 0x0", "NullWrite"),
              BUGCHECK("NullWrite", NULL, 0x50, "wrote to 0x0", "NullWrite"));
}

/* Where the loop is found is a matter of the host's clock, so these runs are not compared. */
TEST(a_loop_in_5_x_interrupt_code_is_0x133, "")
{
    static const struct mistake loops[] = {
        BUGCHECK("LoopInIsr", NULL, 0x133, "makes no progress at DIRQL", "Loop"),
        BUGCHECK("LoopInDpc", NULL, 0x133, "makes no progress at DISPATCH_LEVEL", "Loop")};
    static const char *const seeds[] = {"--quiet", "--seed=7"};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            check_json(&loops[i],
                       faulty_run(DRIVER, loops[i].test,
                                  (const char *const[]){"--watchdog", "3", seeds[k], NULL}));
}

/* --- MiniportHandleInterrupt --- */

TEST(a_paged_call_in_a_5_x_dpc_is_reported, "R-104 R-312 R-313 R-434 R-435")
{
    CHECK_ALL(VIOLATION("PagedPoolInDpc", NULL, "Irql",
                        "ExAllocatePoolWithTag called at DISPATCH_LEVEL", "PagedPoolInDpc"),
              VIOLATION("StallInDpc", NULL, "R-103", "2000 us", "StallInDpc"),
              BUGCHECK("WaitInDpc", NULL, 0x7C, "NdisWaitEvent was called at DISPATCH_LEVEL",
                       "WaitInDpc"),
              BUGCHECK("SleepInDpc", NULL, 0xA, "NdisMSleep", "SleepInDpc"),
              BUGCHECK("SharedMemoryInDpc", NULL, 0x7C,
                       "NdisMAllocateSharedMemory(4096 bytes) was called at DISPATCH_LEVEL",
                       "SharedMemoryInDpc"));
}

/* --- received packets --- */

TEST(a_packet_that_the_stack_has_is_not_the_drivers, "")
{
    CHECK_ALL(VIOLATION("IndicateAgain", NULL, "NdisMIndicateReceivePacket", "is indicated again",
                        "IndicateAgain"),
              VIOLATION("IndicateTwice", NULL, "NdisMIndicateReceivePacket", "is indicated again",
                        "IndicateTwice"),
              VIOLATION("IndicateTwice", "Deserialized=1", "NdisMIndicateReceivePacket",
                        "is indicated again", "IndicateTwice"),
              VIOLATION("FreeIndicated", NULL, "NdisFreePacket",
                        "MiniportReturnPacket has not given it back", "FreeIndicated"));
}

TEST(a_packet_that_is_freed_is_not_the_drivers, "")
{
    CHECK_ALL(
        VIOLATION("IndicateFreed", NULL, "NdisMIndicateReceivePacket", "or is freed",
                  "IndicateFreed"),
        VIOLATION("FreePacketTwice", NULL, "NdisFreePacket", "is freed already", "FreePacketTwice"),
        VIOLATION(
            "WriteFreedPacket", NULL, "NdisFreePacket",
            "was written to after NdisFreePacket, at offset 4 of the NDIS_PACKET; it had been "
            "allocated at faulty5!ExtraPacket+0x",
            "WriteFreedPacket"),
        BUGCHECK("ReadFreedPacket", NULL, 0xD1, "a pointer found in freed memory",
                 "ReadFreedPacket"),
        BUGCHECK("ReadFreedField", NULL, 0xD1, "a pointer found in freed memory",
                 "ReadFreedField"));
}

TEST(a_packet_says_where_its_header_ends, "")
{
    CHECK_ALL(VIOLATION("IndicateWithoutHeaderSize", NULL, "NdisMIndicateReceivePacket",
                        "with HeaderSize 0 in its out-of-band data", "IndicateWithoutHeaderSize"));
}

TEST(an_impossible_lookahead_is_reported, "")
{
    CHECK_ALL(VIOLATION("LookaheadShort", "ByLookahead=1", "NdisMEthIndicateReceive",
                        "with a lookahead of 20 bytes; of a packet of ", "Look"),
              VIOLATION("LookaheadBeyond", "ByLookahead=1", "NdisMEthIndicateReceive",
                        "with a lookahead of 200 bytes of a packet of 100", "Look"),
              VIOLATION("LookaheadHeader", "ByLookahead=1", "NdisMEthIndicateReceive",
                        "with a header of 12 bytes", "Look"),
              BUGCHECK("LookaheadNowhere", "ByLookahead=1", 0xD1,
                       "NdisMEthIndicateReceive was given a bad pointer", "LookaheadNowhere"));
}

TEST(indications_are_closed_before_the_handler_returns, "")
{
    static const char *const seeds[] = {"--quiet", "--seed=7"};
    for (int i = 0; i < 2; i++) {
        struct run *r = faulty_run(DRIVER, "LookaheadNotComplete",
                                   (const char *const[]){"--set", "ByLookahead=1", seeds[i], NULL});
        check_violation(r, "NdisMEthIndicateReceiveComplete",
                        "MiniportHandleInterrupt indicated receives", "HandleInterrupt");
    }
}

/* --- sends --- */

TEST(a_5_x_send_is_completed_once, "")
{
    CHECK_ALL(VIOLATION("CompleteTwice", NULL, "NdisMSendComplete", "whose send is not pending",
                        "CompleteTwice"),
              VIOLATION("CompleteTwice", "Deserialized=1", "NdisMSendComplete",
                        "whose send is not pending", "CompleteTwice"),
              VIOLATION("CompleteAndReturn", NULL, "NdisMSendComplete", "completed twice",
                        "MinimalSendPackets"),
              VIOLATION("CompleteOther", NULL, "NdisMSendComplete",
                        "never given to the driver to send", "CompleteOther"),
              VIOLATION("CompletePending", NULL, "NdisMSendComplete", "with NDIS_STATUS_PENDING",
                        "CompletePending"),
              VIOLATION("ResourcesWhenDeserialized", "Deserialized=1",
                        "NdisMSendResourcesAvailable", "it queues packets itself",
                        "ResourcesWhenDeserialized"));
}

TEST(a_5_x_send_that_is_never_completed_is_0x7c_0x27, "R-439")
{
    struct run *r = faulty_run(DRIVER, "NeverComplete", (const char *const[]){"--seed", "1", NULL});
    check_bugcheck(r, 0x7C, "1 packet(s) were never completed with NdisMSendComplete",
                   "MinimalHalt");
    check_parameter(r, 0, "0x27");
}

/* --- left behind --- */

TEST(what_a_5_x_driver_leaves_behind_is_listed_once, "")
{
    CHECK_ALL(LEAK("LeakPool", "pool", "333 bytes, tag 'test'", "LeakPool"),
              LEAK("LeakPacketPool", "packet pool",
                   "24 packets, made by NdisAllocatePacketPool at ", "LeakPacketPool"),
              LEAK("LeakPoolAndPackets", "packet pool", "24 packets, 2 not freed, allocated at ",
                   "LeakPoolAndPackets"),
              LEAK("LeakBufferPool", "buffer pool", "", "LeakBufferPool"),
              LEAK("LeakBuffer", "MDL (NDIS_BUFFER)", "allocated at ", "LeakBuffer"),
              LEAK("LeakSharedMemory", "shared memory", "5000 bytes", "LeakSharedMemory"),
              LEAK("LeakMapping", "mapped I/O space", "length 0x20000, made by NdisMMapIoSpace",
                   "MinimalInitialize"));
}

TEST(what_a_5_x_driver_must_undo_in_halt_is_a_rule, "R-432 R-443")
{
    CHECK_ALL(
        VIOLATION("LeakPacket", NULL, "NdisFreePacketPool",
                  "of its 24 packets 1 not freed, allocated at faulty5!LeakPacket+0x",
                  "LeakPacket"),
        VIOLATION("LeakMapRegisters", NULL, "NdisMFreeMapRegisters",
                  "MiniportHalt returned without NdisMFreeMapRegisters of its 8 map registers",
                  "MinimalHalt"),
        VIOLATION("LeaveShutdownHandler", NULL, "NdisMDeregisterAdapterShutdownHandler",
                  "MiniportHalt returned without", "MinimalHalt"),
        BUGCHECK("LeaveTimerSet", NULL, 0x7C, "MiniportHalt returned while timer ", "MinimalHalt"),
        BUGCHECK("FreeSetTimer", NULL, 0xC7, "freed with an armed timer in it", "MinimalHalt"),
        BUGCHECK("FreeMemoryTwice", NULL, 0xC2, "freed twice", "FreeMemoryTwice"));
}
