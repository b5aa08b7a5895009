/* SPDX-License-Identifier: MIT */
/* faulty_test.c - drivers that misbehave: tests/drivers/faulty.c makes one mistake, and the report
 * names it, the function that made it and the line. */
#include "tests/faulty.h"

#define SOURCE "tests/drivers/faults.h" /* of NullWrite */
#define FAULTY(test, ...)                                                                          \
    faulty_run("faulty.sys", test, (const char *const[]){__VA_ARGS__, NULL})

/* Every test below is worth something only if this driver is otherwise a good one. */
TEST(faulty_without_a_fault_is_fine, "")
{
    static const char *const kinds[] = {"line", "msi", "msix"};
    for (int i = 0; i < 3; i++) {
        struct run *r = DIRQL("run", run_driver("faulty.sys"), "--json", "--net", "none", "--count",
                              "50", "--interrupt", kinds[i], "--toggle-interrupts");
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.sent") == 50);
        r = DIRQL("run", run_driver("faulty.sys"), "--json", "--net", "none", "--count", "50",
                  "--interrupt", kinds[i], "--seed", "1");
        CHECK_CLEAN(r);
    }
}

/* Handles and addresses in reports included. */
TEST(a_bad_run_with_a_seed_prints_the_same_bytes_again, "")
{
    static const char *const tests[] = {"KeepInterrupt", "DeregisterTwice", "LeakTimer",
                                        "LeakConfiguration"};
    for (int i = 0; i < 4; i++)
        CHECK_STR(FAULTY(tests[i], "--seed", "5")->out, FAULTY(tests[i], "--seed", "5")->out);
}

/* --- crashes --- */

TEST(a_null_write_is_a_bug_check_with_its_line, "")
{
    struct run *r = FAULTY("NullWrite", "--seed", "1");
    check_bugcheck(r, 0x50, "wrote to 0x0", "NullWrite");
    check_parameter(r, 0, "0x0");
    check_parameter(r, 2, "0x1");
    /* The very line. */
    char *source = run_read(SOURCE, NULL), *here = strstr(source, "/* the line of NullWrite */");
    CHECK(here);
    int line = 1;
    for (const char *p = source; p < here; p++)
        line += *p == '\n';
    CHECK_HAS(run_string(r, "bugcheck.stack.0"), run_text_of("(faults.h:%d)", line));
    CHECK_HAS(run_string(r, "bugcheck.stack.1"), "faulty!MinimalInitialize+0x");

    /* And as text. */
    r = DIRQL("run", run_driver("faulty.sys"), "--set", "Test=NullWrite", "--net", "none");
    CHECK_STATUS(r, 4);
    CHECK_HAS(r->out, "bug check 0x50 PAGE_FAULT_IN_NONPAGED_AREA (0x0, ");
    CHECK_HAS(r->out, run_text_of("        at faulty!NullWrite+0x0 (faults.h:%d)\n", line));
    CHECK_HAS(r->out, "\nfaulty.sys: crashed (");
}

TEST(a_null_write_at_raised_irql_is_0xd1, "")
{
    struct run *r = FAULTY("NullWriteInDpc", "--interrupt", "msi");
    check_bugcheck(r, 0xD1, "wrote to 0x0", "NullWrite");
    CHECK_EQ(run_number(r, "bugcheck.irql"), 2);
    CHECK_HAS(run_string(r, "bugcheck.stack.1"), "faulty!MessageDpc+0x");
    r = FAULTY("NullWriteInIsr", "--interrupt", "line", "--seed", "1");
    check_bugcheck(r, 0xD1, "wrote to 0x0", "NullWrite");
    CHECK(run_number(r, "bugcheck.irql") > 2);
    CHECK_HAS(run_string(r, "bugcheck.stack.1"), "faulty!Isr+0x");
}

TEST(a_wild_jump_is_a_bug_check_with_the_caller, "")
{
    struct run *r = FAULTY("WildJump", "--seed", "1");
    check_bugcheck(r, 0x50, "jumped to 0x1234", "WildJump");
    check_parameter(r, 0, "0x1234");
    check_bugcheck(FAULTY("WildJumpInDpc", "--cpus", "1"), 0xD1, "jumped to 0x1234", "WildJump");
}

TEST(other_exceptions_are_bug_check_0x1e, "")
{
    struct run *r = FAULTY("DivideByZero", "--seed", "1");
    check_bugcheck(r, 0x1E, "divided by zero", "DivideByZero");
    check_parameter(r, 0, "0xffffffffc0000094");
    r = FAULTY("Breakpoint", "--cpus", "1");
    check_bugcheck(r, 0x1E, "breakpoint", "Breakpoint");
    check_parameter(r, 0, "0xffffffff80000003");
}

TEST(a_debugger_goes_on_at_a_breakpoint, "")
{
    check_violation(FAULTY("Breakpoint", "--seed", "1", "--debugger"), "DbgBreakPoint",
                    "executed a breakpoint", "Breakpoint");
    check_violation(FAULTY("DebugBreak", "--cpus", "1", "--debugger"), "DbgBreakPoint",
                    "called DbgBreakPoint", "DebugBreak");
    struct run *r = FAULTY("DebugBreak", "--seed", "1");
    check_bugcheck(r, 0x1E, "called DbgBreakPoint", "DebugBreak");
    check_parameter(r, 0, "0x80000003");
}

TEST(a_kernel_stack_overflow_is_bug_check_0x7f, "")
{
    struct run *r = FAULTY("StackOverflow", "--seed", "1");
    check_bugcheck(r, 0x7F, "overflowed its kernel stack", "Deeper");
    check_parameter(r, 0, "0x8");
    check_bugcheck(FAULTY("StackOverflow", "--cpus", "2"), 0x7F, "overflowed its kernel stack",
                   "Deeper");
}

TEST(a_bad_pointer_to_an_export_is_the_drivers_fault, "")
{
    check_bugcheck(FAULTY("BadPointer", "--seed", "1"), 0x50, "KeSetEvent was given a bad pointer",
                   "BadPointer");
    check_bugcheck(FAULTY("BadPointer", "--cpus", "2"), 0x50, "KeSetEvent was given a bad pointer",
                   "BadPointer");
}

TEST(an_exception_that_the_driver_handles_is_none, "")
{
    CHECK_CLEAN(FAULTY("Caught", "--seed", "1"));
    CHECK_CLEAN(FAULTY("Caught", "--cpus", "2"));
    CHECK_CLEAN(FAULTY("CaughtInDpc", "--interrupt", "msi"));
    CHECK_CLEAN(FAULTY("CaughtInDpc", "--seed", "1", "--interrupt", "line"));
}

TEST(the_watchdog_ends_an_endless_loop_with_its_stack, "")
{
    struct run *r = FAULTY("LoopAtDispatch", "--watchdog", "1");
    check_bugcheck(r, 0x133, "makes no progress at DISPATCH_LEVEL", "Loop");
    CHECK_HAS(run_string(r, "bugcheck.stack.1"), "faulty!LoopAtDispatch+0x");
    check_bugcheck(FAULTY("LoopInIsr", "--watchdog", "1", "--interrupt", "msi"), 0x133,
                   "makes no progress at DIRQL", "Loop");
}

TEST(the_watchdog_sees_a_loop_in_the_deterministic_scheduler, "")
{
    check_bugcheck(FAULTY("LoopAtPassive", "--watchdog", "1", "--seed", "1"), 0x133,
                   "makes no progress at PASSIVE_LEVEL", "Loop");
    check_bugcheck(FAULTY("LoopInDpc", "--watchdog", "1", "--seed", "1"), 0x133,
                   "makes no progress at DISPATCH_LEVEL", "Loop");
}

/* --- what NDIS stops the machine for --- */

TEST(an_interrupt_left_at_halt_is_0x7c_0x08, "R-179 R-428")
{
    struct run *r = FAULTY("KeepInterrupt", "--seed", "1");
    check_bugcheck(r, 0x7C, "MiniportHaltEx returned without NdisMDeregisterInterruptEx", NULL);
    check_parameter(r, 0, "0x8");
    check_bugcheck(FAULTY("KeepInterrupt", "--interrupt", "msi"), 0x7C,
                   "NdisMDeregisterInterruptEx", NULL);
}

TEST(an_interrupt_left_by_a_failed_initialize_is_0x7c_0x0b, "R-022 R-180 R-429")
{
    struct run *r = FAULTY("FailKeepInterrupt", "--seed", "1");
    check_bugcheck(r, 0x7C, "MiniportInitializeEx failed without NdisMDeregisterInterruptEx", NULL);
    check_parameter(r, 0, "0xb");
}

TEST(a_timer_left_set_at_halt_is_0x7c_0x09, "R-277 R-432")
{
    struct run *r = FAULTY("LeaveTimerSet", "--seed", "1");
    check_bugcheck(r, 0x7C, "timer", NULL);
    check_parameter(r, 0, "0x9");
}

TEST(an_oid_completed_twice_is_0x7c_0x26, "R-438")
{
    struct run *r = FAULTY("CompleteOidTwice", "--seed", "1");
    check_bugcheck(r, 0x7C, "not pending", "CompleteOidTwice");
    check_parameter(r, 0, "0x26");
}

TEST(a_wait_in_a_dpc_is_0x7c_0x14, "R-104 R-312 R-435")
{
    struct run *r = FAULTY("WaitInDpc", "--interrupt", "msi");
    check_bugcheck(r, 0x7C, "NdisWaitEvent was called at DISPATCH_LEVEL", "WaitInDpc");
    check_parameter(r, 0, "0x14");
}

TEST(a_driver_that_does_not_initialise_is_status_2, "R-269")
{
    struct run *r = FAULTY("FailInitialize", "--seed", "1");
    CHECK_STATUS(r, 2);
    CHECK_STR(run_string(r, "status"), "no-driver");
    CHECK_HAS(run_string(r, "error"), "MiniportInitializeEx failed with status 0x80010004");
    CHECK_RUN(r, run_count(r, "violations") == 0 && run_count(r, "leaks") == 0);
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1 &&
                     run_number(r, "interrupt.deregistered") == 1);
    r = DIRQL("run", run_driver("faulty.sys"), "--set", "Test=FailInitialize", "--net", "none");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "dirql: MiniportInitializeEx failed with status 0x80010004");
    CHECK_HAS(r->out, "faulty.sys: did not initialise (");
}

/* --- registration --- */

TEST(registering_at_dispatch_level_is_refused, "R-004")
{
    check_violation(FAULTY("RegisterAtDispatch", "--seed", "1"), "Irql_Interrupt_Function",
                    "NdisMRegisterInterruptEx at DISPATCH_LEVEL", "RegisterAtDispatch");
}

TEST(a_wrong_header_is_refused_with_what_was_expected, "R-023 R-025 R-026")
{
    check_violation(FAULTY("WrongType", "--seed", "1"), "R-026",
                    "Header.Type is 0x80, expected 0x84", NULL);
    check_violation(FAULTY("WrongSize", "--seed", "1"), "R-026",
                    "Header.Size is 4, expected at least", NULL);
    check_violation(FAULTY("WrongRevision", "--seed", "1"), "R-026",
                    "Header.Revision is 0, expected", NULL);
    struct run *r = FAULTY("WrongSize", "--seed", "1");
    CHECK_HAS(run_string(r, "violations.0.stack.0"), "in RegisterInterrupt)");
    /* Without a second try there is no driver. */
    r = FAULTY("WrongSize", "--seed", "1", "--set", "Retry=0");
    CHECK_STATUS(r, 2);
    CHECK_RUN(r, run_count(r, "violations") == 1 && run_number(r, "interrupt.registered") == 0);
}

TEST(a_missing_handler_is_refused, "R-006 R-008 R-030 R-082")
{
    check_violation(FAULTY("NoDpcHandler", "--seed", "1"), "R-006", "DPC (nil)", NULL);
    check_violation(FAULTY("NoDpcHandler", "--interrupt", "msi"), "R-006", "DPC (nil)", NULL);
    check_violation(FAULTY("NoMessageHandlers", "--seed", "1"), "R-030", "MsiSupported is TRUE",
                    NULL);
}

TEST(message_handlers_without_msisupported_are_reported, "R-031 R-032")
{
    check_violation(FAULTY("HandlersWithoutMsi", "--seed", "1"), "R-032", "MsiSupported is FALSE",
                    NULL);
}

TEST(a_line_cannot_be_registered_over_message_resources, "R-241")
{
    check_violation(FAULTY("LineOnly", "--interrupt", "msi"), "R-241", "1 message resources", NULL);
    struct run *r = FAULTY("LineOnly", "--interrupt", "msix", "--seed", "1", "--set", "Retry=0");
    CHECK_STATUS(r, 2);
    CHECK_STR(run_string(r, "violations.0.rule"), "R-241");
    /* On a line the same driver is a good one. */
    r = FAULTY("LineOnly", "--interrupt", "line");
    CHECK_CLEAN(r);
}

TEST(registering_twice_is_refused, "")
{
    check_violation(FAULTY("RegisterTwice", "--seed", "1"), "NdisMRegisterInterruptEx",
                    "registered already", "RegisterTwice");
}

TEST(deregistering_wrongly_is_reported, "R-172 R-174")
{
    check_violation(FAULTY("DeregisterTwice", "--seed", "1"), "R-174", "deregistered already",
                    "DeregisterTwice");
    check_violation(FAULTY("DeregisterAtDispatch", "--interrupt", "msi"), "Irql_Interrupt_Function",
                    "NdisMDeregisterInterruptEx at DISPATCH_LEVEL", "DeregisterAtDispatch");
}

TEST(a_dpc_cannot_be_queued_after_deregistration, "R-163")
{
    check_violation(FAULTY("QueueDpcAfterDeregister", "--seed", "1"), "R-163",
                    "no interrupt is registered", "QueueDpcAfterDeregister");
}

TEST(synchronizing_with_no_interrupt_is_reported, "R-149 R-151")
{
    check_violation(FAULTY("SyncAfterDeregister", "--seed", "1"), "NdisMDeregisterInterruptEx",
                    "R-151", "SyncAfterDeregister");
    check_violation(FAULTY("SyncUnknownMessage", "--interrupt", "msi"), "R-149", "message 7 of 1",
                    "SyncUnknownMessage");
    /* With a line the number means nothing. */
    CHECK_CLEAN(FAULTY("SyncUnknownMessage", "--interrupt", "line"));
}

/* --- in interrupt code --- */

TEST(a_spin_lock_in_an_isr_is_reported, "R-303 R-440")
{
    struct run *r = FAULTY("SpinLockInIsr", "--interrupt", "msi");
    check_violation(r, "R-303", "a spin lock cannot be taken above DISPATCH_LEVEL",
                    "SpinLockInIsr");
    CHECK_HAS(run_string(r, "violations.0.stack.1"), "faulty!MessageIsr+0x");
    check_violation(FAULTY("SpinLockInIsr", "--interrupt", "line", "--seed", "1"), "R-303",
                    "0xC4/0x42", "SpinLockInIsr");
}

TEST(an_isr_that_returns_at_another_irql_is_reported, "R-079 R-442")
{
    check_violation(FAULTY("LowerIrqlInIsr", "--seed", "1"), "R-079", "returned at DISPATCH_LEVEL",
                    NULL);
}

TEST(a_status_indication_in_an_isr_is_reported, "R-080 R-298")
{
    struct run *r = FAULTY("StatusInIsr", "--seed", "1");
    CHECK_STATUS(r, 3);
    bool found = false;
    for (size_t i = 0; i < run_count(r, "violations"); i++) {
        found |= !strcmp(run_string(r, run_text_of("violations.%zu.rule", i)), "R-080");
        check_stack(r, run_text_of("violations.%zu.stack", i), "StatusInIsr");
    }
    CHECK_RUN(r, found);
}

TEST(a_long_stall_in_a_dpc_is_reported, "R-103 R-314")
{
    check_violation(FAULTY("StallInDpc", "--seed", "1"), "R-314", "2000 us", "StallInDpc");
}

/* --- left behind --- */

TEST(what_a_driver_leaves_behind_is_listed, "R-275")
{
    check_leak(FAULTY("LeakPool", "--seed", "1"), "pool: 333 bytes, tag 'test'",
               "faulty!LeakPool+0x");
    check_leak(FAULTY("LeakTimer", "--seed", "1"), "timer object", "in NewTimer)");
    check_leak(FAULTY("LeakConfiguration", "--seed", "1"), "configuration handle",
               "in OpenConfiguration)");
    check_leak(FAULTY("LeakMapping", "--interrupt", "msi"), "mapped I/O space", "in MapRegisters)");
    struct run *r = DIRQL("run", run_driver("faulty.sys"), "--set", "Test=LeakPool", "--net",
                          "none", "--count", "1");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "\nleft behind:\n  pool: 333 bytes");
    CHECK_HAS(r->out, "faulty.sys: 0 violations, 1 thing left behind (");
}
