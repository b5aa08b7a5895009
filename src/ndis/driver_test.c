/* SPDX-License-Identifier: MIT */
/* driver_test.c - registration, headers, versions, unload. */
#include "ndis/fake_miniport.h"
#include "ndis/worker.h"

static struct ndis_driver *load(char *err, size_t err_len)
{
    err[0] = '\0';
    return ndis_driver_load(fake_driver_entry, "fake", NULL, 0, err, err_len);
}

TEST_NT(drivers_of_every_version_register, "R-029")
{
    static const unsigned minors[] = {0, 1, 20, 30};
    char err[200];
    for (unsigned i = 0; i < 4; i++) {
        fake.minor = minors[i];
        struct ndis_driver *driver = load(err, sizeof(err));
        CHECK_STR(err, "");
        unsigned major, minor;
        ndis_driver_version(driver, &major, &minor);
        CHECK_EQ(major, 6);
        CHECK_EQ(minor, minors[i]);
        ndis_driver_unload(driver);
        CHECK_STR(fake_log(), "unload");
    }
}

TEST_NT(an_unknown_version_is_refused_with_bad_version, "R-026")
{
    char err[200];
    fake.minor = 40;
    CHECK(!load(err, sizeof(err)));
    CHECK_HAS(err, "0xc0010004"); /* NDIS_STATUS_BAD_VERSION */
    CHECK_EQ(nt_test_violations("R-026"), 1);
}

TEST_NT(a_size_too_small_for_its_revision_is_refused_and_says_what_was_expected, "R-026 R-028")
{
    char err[200];
    fake.header_size = 40;
    CHECK(!load(err, sizeof(err)));
    CHECK_HAS(err, "0xc0010005"); /* NDIS_STATUS_BAD_CHARACTERISTICS */
    const struct violation_record *v;
    CHECK_EQ(report_violations(&v), 1);
    CHECK_HAS(v[0].text, "Header.Size is 40, expected at least");
}

TEST_NT(a_revision_of_zero_is_refused, "R-026")
{
    char err[200];
    NDIS_OBJECT_HEADER header = {NDIS_OBJECT_TYPE_DEFAULT, 0, 64};
    static const struct ndis_revision revisions[] = {{1, 16}, {2, 32}};
    CHECK(!ndis_header_check(&header, "X", NDIS_OBJECT_TYPE_DEFAULT, revisions, 2));
    header.Revision = 1;
    CHECK(ndis_header_check(&header, "X", NDIS_OBJECT_TYPE_DEFAULT, revisions, 2));
    /* A later revision is read as the last one that is known. */
    header.Revision = 9;
    CHECK(ndis_header_check(&header, "X", NDIS_OBJECT_TYPE_DEFAULT, revisions, 2));
    header.Size = 31;
    CHECK(!ndis_header_check(&header, "X", NDIS_OBJECT_TYPE_DEFAULT, revisions, 2));
    header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    CHECK(!ndis_header_check(&header, "X", NDIS_OBJECT_TYPE_DEFAULT, revisions, 2));
    CHECK(load(err, sizeof(err)) != NULL);
}

TEST_NT_BUGCHECK(a_bad_header_where_nothing_is_returned_is_a_bug_check, "R-027", 0x7C, 0x21)
{
    struct ndis_adapter *adapter = fake_running();
    NDIS_STATUS_INDICATION status = {0};
    NdisMIndicateStatusEx(adapter, &status);
}

TEST_NT(set_options_runs_inside_registration_and_gives_the_pnp_handlers, "R-217 R-218 R-219 R-220")
{
    char err[200];
    fake.pnp = true;
    struct ndis_driver *driver = load(err, sizeof(err));
    CHECK_STR(fake_log(), "options");
    CHECK(driver->has_pnp);
    CHECK(driver->pnp.MiniportAddDeviceHandler != NULL);
    CHECK(!driver->in_set_options);
}

TEST_NT(a_failing_driver_entry_says_its_status, "")
{
    char err[200];
    fake.entry_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    CHECK(!load(err, sizeof(err)));
    CHECK_HAS(err, "DriverEntry failed with status 0xc0000182");
    CHECK_EQ(nt_test_violations("NdisMRegisterMiniportDriver"), 0);
    fake.keep_driver_registered = true;
    CHECK(!load(err, sizeof(err)));
    CHECK_EQ(nt_test_violations("NdisMRegisterMiniportDriver"), 1);
}

TEST_NT(unloading_without_deregistering_is_reported, "")
{
    char err[200];
    fake.keep_driver_registered = true;
    ndis_driver_unload(load(err, sizeof(err)));
    CHECK_EQ(nt_test_violations("NdisMDeregisterMiniportDriver"), 1);
}

TEST_NT_BUGCHECK(deregistering_with_an_adapter_is_a_bug_check, "", 0x7C, 0x0A)
{
    fake_running();
    NdisMDeregisterMiniportDriver(fake.driver_handle);
}

TEST_NT(a_wrong_handle_is_reported_and_nothing_happens, "R-005")
{
    struct ndis_adapter *adapter = fake_running();
    int nonsense;
    NdisMPauseComplete(&nonsense);
    NdisMPauseComplete(fake.driver_handle);
    NdisMPauseComplete(NULL);
    CHECK_EQ(nt_test_violations("NdisMPauseComplete"), 3);
    fake_finish(adapter);
}

TEST_NT(a_driver_object_has_what_drivers_look_at, "")
{
    char err[200];
    struct ndis_driver *driver = load(err, sizeof(err));
    PDRIVER_OBJECT object = driver->object;
    CHECK_EQ(object->Type, 4);
    CHECK_EQ(object->Size, sizeof(DRIVER_OBJECT));
    CHECK_EQ(object->DriverName.Length, 2 * strlen("\\Driver\\fake"));
    CHECK(object->DriverExtension->DriverObject == object);
    CHECK(object->DriverUnload != NULL);
    CHECK(object->MajorFunction[IRP_MJ_CREATE] != NULL);
}

/* A framework's entry point runs the driver's and then puts itself in front of its unload routine.
 */
static PDRIVER_UNLOAD behind;
static unsigned in_front;

static VOID NTAPI unload_in_front(PDRIVER_OBJECT object)
{
    in_front++;
    behind(object);
}

static NTSTATUS NTAPI framework_entry(PDRIVER_OBJECT object, PUNICODE_STRING path)
{
    NTSTATUS status = fake_driver_entry(object, path);
    CHECK(object->DriverUnload != NULL);
    behind = object->DriverUnload;
    object->DriverUnload = unload_in_front;
    return status;
}

TEST_NT(an_unload_routine_that_driver_entry_puts_in_front_stays_there, "")
{
    char err[200];
    struct ndis_driver *driver =
        ndis_driver_load(framework_entry, "fake", NULL, 0, err, sizeof(err));
    CHECK(driver != NULL);
    ndis_driver_unload(driver);
    CHECK_EQ(in_front, 1);
    CHECK_STR(fake_log(), "unload");
}

static void make_buffer_pool(struct fake *f)
{
    NET_BUFFER_POOL_PARAMETERS p = {.PoolTag = 1};
    ndis_header_set(&p.Header, NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1);
    CHECK(NdisAllocateNetBufferPool(f->driver_handle, &p));
}

TEST_NT(what_is_made_with_the_drivers_handle_may_outlive_an_adapter_but_not_the_driver, "")
{
    fake.in_init = make_buffer_pool;
    struct ndis_adapter *adapter = fake_running();
    ndis_adapter_halt(adapter);
    CHECK_EQ(report_leaks(&(const char *const *){NULL}), 0);
    fake_finish(adapter);
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 1);
    CHECK_HAS(leaks[0], "NET_BUFFER pool");
}

static _Atomic bool worked;

static void slow_work(void *unused)
{
    thread_sleep(20000000);
    worked = true;
}

TEST_NT(the_driver_stays_until_its_work_is_done, "")
{
    char err[200];
    struct ndis_driver *driver = load(err, sizeof(err));
    CHECK(ndis_worker_start(slow_work, NULL, "slow"));
    ndis_driver_unload(driver);
    CHECK(worked);
}
