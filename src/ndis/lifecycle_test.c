/* SPDX-License-Identifier: MIT */
/* lifecycle_test.c - AddDevice to RemoveDevice, reset, check for hang, power. */
#include "ndis/fake_miniport.h"
#include "ndis/timer.h"
#include <errno.h>

TEST_NT(an_adapter_lives_in_the_documented_order, "R-222 R-224 R-232 R-251 R-252 R-264 R-268 R-271")
{
    fake.pnp = true;
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    CHECK_EQ(adapter->state, NDIS_HALTED);
    fake_start(adapter);
    CHECK_EQ(adapter->state, NDIS_RUNNING);
    CHECK_STR(fake_log_events(), "options add filter start init pnp5 restart");
    CHECK(fake.add_handle == fake.init_handle);
    CHECK(fake.add_context_seen == adapter->add_device_context && fake.add_context_seen);
    fake.add_context_seen = NULL;
    void *context = adapter->add_device_context;
    fake_finish(adapter);
    CHECK_STR(fake_log_events(), "pause halt remove unload");
    CHECK(fake.add_context_seen == context);
    CHECK_EQ(fake.halt_action, NdisHaltDeviceDisabled);
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 0);
}

TEST_NT(a_failing_add_device_ends_it, "R-227")
{
    char err[200];
    static const struct ndis_adapter_config config;
    fake.pnp = true;
    fake.add_status = NDIS_STATUS_RESOURCES;
    CHECK(!ndis_adapter_add(fake_load(), NULL, &config, err, sizeof(err)));
    CHECK_HAS(err, "MiniportAddDevice failed with status 0xc000009a");
    CHECK_STR(fake_log(), "options add");
}

TEST_NT(an_adapter_may_be_halted_and_started_again_before_remove, "R-228 R-229")
{
    fake.pnp = true;
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    fake_start(adapter);
    ndis_adapter_halt(adapter);
    CHECK_EQ(adapter->state, NDIS_HALTED);
    fake_log();
    fake_start(adapter);
    CHECK_STR(fake_log_events(), "filter start init pnp5 restart");
    CHECK(fake.add_context_seen != NULL);
    fake_finish(adapter);
}

TEST_NT(a_failing_initialize_leaves_the_adapter_halted, "R-269 R-271")
{
    char err[200];
    fake.init_status = NDIS_STATUS_ADAPTER_NOT_FOUND;
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), -EIO);
    CHECK_HAS(err,
              "MiniportInitializeEx failed with status 0xc0010006, NDIS_STATUS_ADAPTER_NOT_FOUND");
    CHECK_EQ(adapter->state, NDIS_HALTED);
    fake_finish(adapter);
    CHECK_STR(fake_log_events(), "init unload"); /* no halt */
}

TEST_NT(pause_and_restart_complete_later, "R-283 R-284")
{
    fake.pend_pause = fake.pend_restart = true;
    struct ndis_adapter *adapter = fake_running();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ndis_adapter_pause(adapter), 0);
        CHECK_EQ(adapter->state, NDIS_PAUSED);
        CHECK_EQ(ndis_adapter_pause(adapter), -EINVAL);
        CHECK_EQ(ndis_adapter_restart(adapter), 0);
        CHECK_EQ(adapter->state, NDIS_RUNNING);
        CHECK_EQ(ndis_adapter_restart(adapter), -EINVAL);
    }
    fake_finish(adapter);
}

TEST_NT(a_failing_restart_leaves_the_adapter_paused, "")
{
    struct ndis_adapter *adapter = fake_running();
    ndis_adapter_pause(adapter);
    fake.restart_status = NDIS_STATUS_RESOURCES;
    CHECK_EQ(ndis_adapter_restart(adapter), -EIO);
    CHECK_EQ(adapter->state, NDIS_PAUSED);
    fake.restart_status = 0;
    CHECK_EQ(ndis_adapter_restart(adapter), 0);
    fake_finish(adapter);
}

TEST_NT(a_restart_that_fails_at_start_halts, "")
{
    char err[200];
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    fake.restart_status = NDIS_STATUS_FAILURE;
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), -EIO);
    CHECK_EQ(adapter->state, NDIS_HALTED);
    CHECK_EQ(fake.halt_action, NdisHaltDeviceInitializationFailed);
    fake_finish(adapter);
}

TEST_NT_BUGCHECK(completing_a_pause_that_nobody_asked_for_is_a_bug_check, "R-436", 0x7C, 0x1F)
{
    NdisMPauseComplete(fake_running());
}

TEST_NT_BUGCHECK(completing_a_restart_that_nobody_asked_for_is_a_bug_check, "R-436", 0x7C, 0x1F)
{
    NdisMRestartComplete(fake_running(), NDIS_STATUS_SUCCESS);
}

TEST_NT_BUGCHECK(a_pause_that_never_completes_is_a_bug_check, "R-437", 0x7C, 0x25)
{
    ndis_timeouts.operation = 50;
    fake.never_pause = true;
    ndis_adapter_pause(fake_running());
}

static void leave_timer(struct fake *f)
{
    static KEVENT never;
    event_init(&never, true, false);
    thread_wait(&never, UINT64_MAX);
}

TEST_NT_BUGCHECK(a_halt_that_never_returns_is_a_bug_check, "R-437", 0x7C, 0x25)
{
    ndis_timeouts.operation = 50;
    fake.in_halt = leave_timer;
    ndis_adapter_halt(fake_running());
}

/* A driver that polls for ever: loop: mov ecx, 10; call KeStallExecutionProcessor; jmp loop. */
static void poll_for_ever(struct fake *f)
{
    static uint8_t code[] = {0x48, 0x83, 0xEC, 0x28,                   /* sub rsp, 28h */
                             0xB9, 10,   0,    0,    0,                /* mov ecx, 10 */
                             0x48, 0xB8, 0,    0,    0, 0, 0, 0, 0, 0, /* mov rax, thunk */
                             0xFF, 0xD0,                               /* call rax */
                             0xEB, 0xED};                              /* jmp to mov ecx */
    void *thunk = nt_export_bind(nt_export_find("hal.dll", "KeStallExecutionProcessor"));
    memcpy(code + 11, &thunk, sizeof thunk);
    DRIVER_CALL(nt_test_driver(code, sizeof code));
}

static void initialize_for_ever(void *unused)
{
    char err[200];
    ndis_timeouts.operation = 50;
    fake.in_init = poll_for_ever;
    ndis_adapter_start(fake_add(NULL, NULL), err, sizeof err);
}

/* The report is about the driver's thread, not about the keeper that looked at the clock. */
static void check_initialize_for_ever(bool deterministic)
{
    nt_test_run(initialize_for_ever, deterministic, true, 0x7C, 0x25);
    CHECK_HAS(report_bugcheck()->text, "MiniportInitializeEx took longer than 50 ms");
    CHECK_HAS(report_bugcheck()->stack, "0x");
    CHECK_EQ(report_bugcheck()->processor, 0);
    CHECK_EQ(report_bugcheck()->irql, PASSIVE_LEVEL);
}

TEST(an_initialize_that_never_returns_is_named_with_its_stack_live, "R-437")
{
    check_initialize_for_ever(false);
}

TEST(an_initialize_that_never_returns_is_named_with_its_stack_seed, "R-437")
{
    check_initialize_for_ever(true);
}

/* --- attributes --- */

TEST_NT(initialize_must_set_registration_and_general_attributes, "R-003")
{
    char err[200];
    fake.no_general = true;
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), -EIO);
    CHECK_EQ(nt_test_violations("R-003"), 1);
    CHECK_EQ(fake.halt_action, NdisHaltDeviceInitializationFailed);
    CHECK_EQ(adapter->state, NDIS_HALTED);
}

TEST_NT(general_attributes_come_after_registration_attributes, "R-003")
{
    fake.general_first = true;
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(nt_test_violations("NdisMSetMiniportAttributes"), 1);
    fake_finish(adapter);
}

TEST_NT(attributes_are_copied, "")
{
    struct ndis_adapter *adapter = fake_running();
    ULONG bytes;
    uint8_t mac[6];
    NDIS_OID list[2];
    CHECK_EQ(
        ndis_oid(adapter, NdisRequestQueryInformation, OID_802_3_CURRENT_ADDRESS, mac, 6, &bytes),
        NDIS_STATUS_SUCCESS);
    CHECK(!memcmp(mac, "\x52\x54\x00\x12\x34\x56", 6));
    CHECK_EQ(ndis_oid(adapter, NdisRequestQueryInformation, OID_GEN_SUPPORTED_LIST, list,
                      sizeof(list), &bytes),
             NDIS_STATUS_SUCCESS);
    CHECK_EQ(bytes, 8);
    CHECK_EQ(list[1], OID_GEN_CURRENT_PACKET_FILTER);
    CHECK_EQ(
        ndis_oid(adapter, NdisRequestQueryInformation, OID_GEN_SUPPORTED_LIST, list, 4, &bytes),
        NDIS_STATUS_BUFFER_TOO_SHORT);
    CHECK_EQ(bytes, 8);
    fake_finish(adapter);
}

static void registration_twice(struct fake *f)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
    attributes.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    attributes.Header.Revision = 1;
    attributes.Header.Size = 4;
    CHECK_EQ(NdisMSetMiniportAttributes(f->init_handle, &attributes), NDIS_STATUS_BAD_VERSION);
    attributes.Header.Type = 1;
    CHECK_EQ(NdisMSetMiniportAttributes(f->init_handle, &attributes),
             NDIS_STATUS_INVALID_PARAMETER);
}

TEST_NT(attributes_with_a_bad_header_are_refused, "R-026")
{
    fake.in_init = registration_twice;
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(nt_test_violations("R-026"), 2);
    fake_finish(adapter);
}

/* --- what is left behind --- */

static VOID NTAPI timer_function(PVOID a, PVOID b, PVOID c, PVOID d)
{
}

static NDIS_HANDLE set_timer(NDIS_HANDLE handle)
{
    NDIS_TIMER_CHARACTERISTICS chars = {0};
    ndis_header_set(&chars.Header, NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS,
                    NDIS_TIMER_CHARACTERISTICS_REVISION_1,
                    NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1);
    chars.AllocationTag = 0x656b6166;
    chars.TimerFunction = timer_function;
    NDIS_HANDLE timer;
    CHECK_EQ(NdisAllocateTimerObject(handle, &chars, &timer), NDIS_STATUS_SUCCESS);
    LARGE_INTEGER due = {.QuadPart = -600000000ll};
    NdisSetTimerObject(timer, due, 0, NULL);
    return timer;
}

static void init_with_timer(struct fake *f)
{
    set_timer(f->init_handle);
}

TEST_NT_BUGCHECK(a_timer_left_at_halt_is_a_bug_check, "R-432", 0x7C, 0x09)
{
    fake.in_init = init_with_timer;
    ndis_adapter_halt(fake_running());
}

TEST_NT_BUGCHECK(a_timer_left_by_a_failed_initialize_is_a_bug_check, "R-432", 0x7C, 0x0C)
{
    char err[200];
    fake.in_init = init_with_timer;
    fake.init_status = NDIS_STATUS_FAILURE;
    ndis_adapter_start(fake_add(NULL, NULL), err, sizeof(err));
}

TEST_NT_BUGCHECK(a_timer_left_by_a_halt_out_of_initialize_is_a_bug_check, "R-430 R-432", 0x7C, 0x0E)
{
    char err[200];
    fake.in_init = init_with_timer;
    fake.no_general = true;
    ndis_adapter_start(fake_add(NULL, NULL), err, sizeof(err));
}

static void init_with_leak(struct fake *f)
{
    NDIS_CONFIGURATION_OBJECT config = {0};
    NDIS_HANDLE handle;
    ndis_header_set(&config.Header, NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT,
                    NDIS_CONFIGURATION_OBJECT_REVISION_1,
                    NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1);
    config.NdisHandle = f->init_handle;
    NdisAllocateIoWorkItem(f->init_handle);
    (void)handle;
}

TEST_NT(what_halt_leaves_is_reported, "R-275")
{
    fake.in_init = init_with_leak;
    struct ndis_adapter *adapter = fake_running();
    fake_finish(adapter);
    const char *const *texts;
    CHECK_EQ(report_leaks(&texts), 1);
    CHECK_HAS(texts[0], "work item");
}

/* --- reset and check for hang --- */

TEST_NT(check_for_hang_is_called_every_two_seconds_and_true_resets, "R-288")
{
    fake.hang = true;
    struct ndis_adapter *adapter = fake_running();
    adapter->hang_next = host_now() + 1000000;
    ndis_keeper_poke(adapter);
    while (!__atomic_load_n(&fake.hang_count, __ATOMIC_RELAXED))
        thread_sleep(1000000);
    CHECK_EQ(fake.reset_count, 0);
    fake.hang_now = true;
    adapter->hang_next = host_now() + 1000000;
    ndis_keeper_poke(adapter);
    while (!__atomic_load_n(&fake.reset_count, __ATOMIC_RELAXED))
        thread_sleep(1000000);
    ndis_adapter_pause(adapter); /* waits for the keeper to leave */
    CHECK(adapter->hang_next > host_now() + 1500000000ull);
    CHECK(adapter->hang_next <= host_now() + 2000000000ull);
    fake_finish(adapter);
}

TEST_NT(reset_completes_at_once_or_later_at_both_irqls, "R-285")
{
    fake.reset = true;
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    fake.pend_reset = true;
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_STR(fake_log(), "reset reset! reset reset!");
    CHECK_EQ(adapter->state, NDIS_RUNNING);
    fake.reset_status = NDIS_STATUS_HARD_ERRORS;
    CHECK_EQ(ndis_adapter_reset(adapter), -EIO);
    fake_finish(adapter);
}

TEST_NT(addressing_reset_restores_filter_and_multicast_list, "")
{
    fake.reset = fake.pend_reset = fake.addressing_reset = true;
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    fake.packet_filter = 0;
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_STR(fake_log(), "reset oid1010e oid1010103"); /* packet filter, 802.3 multicast list */
    CHECK(fake.packet_filter & NDIS_PACKET_TYPE_DIRECTED);
    fake_finish(adapter);
}

TEST_NT(a_driver_may_ask_for_a_reset_from_dispatch_level, "")
{
    fake.reset = true;
    struct ndis_adapter *adapter = fake_running();
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMResetMiniport(adapter);
    irql_lower(old);
    while (!__atomic_load_n(&fake.reset_count, __ATOMIC_RELAXED))
        thread_sleep(1000000);
    fake_finish(adapter);
}

TEST_NT_BUGCHECK(completing_a_reset_that_is_not_pending_is_a_bug_check, "R-433", 0x7C, 0x0F)
{
    fake.reset = true;
    struct ndis_adapter *adapter = fake_running();
    NdisMResetComplete(adapter, NDIS_STATUS_SUCCESS, FALSE);
}

TEST_NT(a_driver_that_gives_up_is_halted_as_failed, "")
{
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(NdisMRemoveMiniport(adapter), NDIS_STATUS_SUCCESS);
    while (ndis_state(adapter) != NDIS_HALTED)
        thread_sleep(1000000);
    CHECK_EQ(fake.halt_action, NdisHaltDeviceFailed);
    fake_finish(adapter);
}

/* --- plug and play, power --- */

TEST_NT(surprise_removal_notifies_then_halts, "R-279")
{
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    ndis_adapter_surprise_remove(adapter);
    CHECK_STR(fake_log_events(), "pnp2 pause halt");
    CHECK_EQ(fake.halt_action, NdisHaltDeviceSurpriseRemoved);
    char err[200];
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), -EINVAL);
    CHECK_HAS(err, "gone");
    fake_finish(adapter);
}

TEST_NT(surprise_removal_of_a_halted_adapter_calls_nothing, "X-14")
{
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    fake_log();
    ndis_adapter_surprise_remove(adapter);
    CHECK_STR(fake_log(), "");
    fake_finish(adapter);
}

TEST_NT(nothing_is_called_after_shutdown, "R-274")
{
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    ndis_adapter_shutdown(adapter);
    CHECK_EQ(fake.shutdown_action, NdisShutdownPowerOff);
    CHECK_EQ(ndis_adapter_pause(adapter), -EINVAL);
    ndis_adapter_halt(adapter);
    ndis_adapter_shutdown(adapter);
    ULONG bytes;
    uint8_t buffer[64];
    CHECK_EQ(ndis_oid(adapter, NdisRequestQueryInformation, OID_GEN_STATISTICS, buffer, 64, &bytes),
             NDIS_STATUS_ADAPTER_NOT_READY);
    fake_finish(adapter);
    CHECK_STR(fake_log(), "shutdown");
}

TEST_NT(sleep_pauses_then_sets_power_and_wake_restarts, "R-294 R-296")
{
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    CHECK_STR(fake_log(), "pause oidfd010101");
    CHECK_EQ(ndis_adapter_restart(adapter), -EINVAL);
    CHECK_EQ(ndis_adapter_wake(adapter), 0);
    CHECK_STR(fake_log(), "oidfd010101 pnp5 restart");
    CHECK_EQ(ndis_adapter_wake(adapter), -EINVAL);
    fake_finish(adapter);
}

TEST_NT(a_sleeping_adapter_is_woken_before_it_is_halted, "R-295")
{
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    fake_log();
    fake_finish(adapter);
    CHECK_STR(fake_log(), "oidfd010101 halt unload");
}

TEST_NT(a_6_30_driver_may_sleep_without_pause, "R-297")
{
    fake.minor = 30;
    fake.no_pause_on_suspend = true;
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    CHECK_EQ(ndis_adapter_wake(adapter), 0);
    CHECK_STR(fake_log(), "oidfd010101 oidfd010101 pnp5");
    fake_finish(adapter);
}

TEST_NT(a_driver_without_power_management_is_halted_for_sleep, "R-229")
{
    fake.not_power_managed = true;
    fake.minor = 1;
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    CHECK_EQ(fake.halt_action, NdisHaltDevicePoweredDown);
    CHECK_EQ(ndis_adapter_wake(adapter), 0);
    CHECK_STR(fake_log_events(), "pause halt init pnp5 restart");
    fake_finish(adapter);
}

TEST_NT_BUGCHECK(a_timer_left_by_an_initialize_that_fails_on_resume_is_a_bug_check, "R-431 R-432",
                 0x7C, 0x11)
{
    fake.not_power_managed = true;
    fake.minor = 1;
    struct ndis_adapter *adapter = fake_running();
    ndis_adapter_sleep(adapter);
    fake.in_init = init_with_timer;
    fake.init_status = NDIS_STATUS_FAILURE;
    ndis_adapter_wake(adapter);
}

TEST_NT(a_6_30_driver_hears_of_a_bug_check_only_if_it_registered_for_it, "R-293")
{
    fake.minor = 30;
    struct ndis_adapter *adapter = fake_running();
    fake_log();
    ndis_bugcheck_shutdown();
    CHECK_STR(fake_log(), "");
    adapter->registration.AttributeFlags |= NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK;
    ndis_bugcheck_shutdown();
    CHECK_STR(fake_log(), "shutdown");
    CHECK_EQ(fake.shutdown_action, NdisShutdownBugCheck);
}

/* --- what is under way when the adapter halts --- */

static struct {
    NDIS_HANDLE dma;
    void *va;
    NDIS_PHYSICAL_ADDRESS pa;
    bool halting, late;
} async;

static VOID NTAPI async_sg(PDEVICE_OBJECT device, PVOID reserved, PSCATTER_GATHER_LIST list,
                           PVOID context)
{
}

static VOID NTAPI async_complete(NDIS_HANDLE context, PVOID va, PNDIS_PHYSICAL_ADDRESS pa,
                                 ULONG length, PVOID request)
{
    thread_sleep(50000000); /* the handler takes its time */
    async.va = va;
    async.pa = *pa;
    async.late = async.halting;
}

static void async_init(struct fake *f)
{
    NDIS_SG_DMA_DESCRIPTION d = {.Flags = NDIS_SG_DMA_64_BIT_ADDRESS,
                                 .MaximumPhysicalMapping = 4096,
                                 .ProcessSGListHandler = async_sg,
                                 .SharedMemAllocateCompleteHandler = async_complete};
    ndis_header_set(&d.Header, NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION,
                    NDIS_SG_DMA_DESCRIPTION_REVISION_1, NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1);
    CHECK_EQ(NdisMRegisterScatterGatherDma(f->init_handle, &d, &async.dma), NDIS_STATUS_SUCCESS);
}

static void async_halt(struct fake *f)
{
    async.halting = true;
    if (async.va)
        NdisMFreeSharedMemory(f->init_handle, 4096, TRUE, async.va, async.pa);
    NdisMDeregisterScatterGatherDma(async.dma);
}

TEST_NT(memory_that_was_asked_for_is_handed_over_before_the_halt, "")
{
    fake.in_init = async_init;
    fake.in_halt = async_halt;
    struct ndis_adapter *adapter = fake_running();
    adapter->registration.AttributeFlags |= NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    CHECK_EQ(ndis_adapter_pause(adapter), 0);
    CHECK_EQ(NdisMAllocateSharedMemoryAsyncEx(async.dma, 4096, TRUE, NULL), NDIS_STATUS_PENDING);
    fake_finish(adapter);
    CHECK(async.va && !async.late);
    CHECK_EQ(report_leaks(&(const char *const *){NULL}), 0);
}
