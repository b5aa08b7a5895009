/* SPDX-License-Identifier: MIT */
#include "ndis/ndis_test.h"

#undef NdisAllocateSpinLock
#undef NdisAcquireSpinLock
#undef NdisReleaseSpinLock
#undef NdisStallExecution
#undef NdisInterlockedInsertTailList
#undef NdisInterlockedRemoveHeadList
#undef NdisInterlockedAddUlong
VOID NTAPI NdisAllocateSpinLock(PNDIS_SPIN_LOCK SpinLock);
VOID NTAPI NdisAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock);
VOID NTAPI NdisReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock);
VOID NTAPI NdisStallExecution(UINT MicrosecondsToStall);
PLIST_ENTRY NTAPI NdisInterlockedInsertTailList(PLIST_ENTRY, PLIST_ENTRY, PNDIS_SPIN_LOCK);
PLIST_ENTRY NTAPI NdisInterlockedRemoveHeadList(PLIST_ENTRY, PNDIS_SPIN_LOCK);
ULONG NTAPI NdisInterlockedAddUlong(PULONG, ULONG, PNDIS_SPIN_LOCK);

TEST_NT(ndis_event_stays_set_until_reset, "R-320")
{
    NDIS_EVENT event;
    NdisInitializeEvent(&event);
    CHECK(!NdisWaitEvent(&event, 5));
    NdisSetEvent(&event);
    CHECK(NdisWaitEvent(&event, 0));
    CHECK(NdisWaitEvent(&event, 5));
    NdisResetEvent(&event);
    CHECK(!NdisWaitEvent(&event, 1));
    CHECK_NO_VIOLATION();
}

TEST_NT_BUGCHECK(waiting_for_an_ndis_event_at_dispatch_stops, "R-312 R-435", 0x7c, 0x14)
{
    NDIS_EVENT event;
    NdisInitializeEvent(&event);
    irql_raise(DISPATCH_LEVEL);
    NdisWaitEvent(&event, 1);
}

TEST_NT(sleeping_takes_at_least_its_time, "R-313")
{
    uint64_t before = host_now();
    NdisMSleep(2000);
    CHECK(host_now() - before >= 2000000);
    CHECK_NO_VIOLATION();
}

TEST_NT(sleeping_over_30_seconds_is_reported, "R-313")
{
    if (!host_deterministic())
        return;
    NdisMSleep(30000001);
    CHECK_EQ(nt_test_violations("R-313"), 1);
}

TEST_NT(stalling_over_50_microseconds_is_reported, "R-314")
{
    NdisStallExecution(50);
    CHECK_NO_VIOLATION();
    NdisStallExecution(51);
    CHECK_EQ(nt_test_violations("R-314"), 1);
}

TEST_NT(spin_lock_exports_raise_and_restore, "")
{
    NDIS_SPIN_LOCK lock;
    NdisAllocateSpinLock(&lock);
    NdisAcquireSpinLock(&lock);
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    NdisReleaseSpinLock(&lock);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    LIST_ENTRY head, a, b;
    InitializeListHead(&head);
    CHECK(!NdisInterlockedInsertTailList(&head, &a, &lock));
    CHECK(NdisInterlockedInsertTailList(&head, &b, &lock) == &a);
    CHECK(NdisInterlockedRemoveHeadList(&head, &lock) == &a);
    CHECK(NdisInterlockedRemoveHeadList(&head, &lock) == &b);
    CHECK(!NdisInterlockedRemoveHeadList(&head, &lock));
    ULONG n = 5;
    CHECK_EQ(NdisInterlockedAddUlong(&n, 3, &lock), 5);
    CHECK_EQ(n, 8);
    CHECK_NO_VIOLATION();
}

/* --- reader/writer locks --- */

TEST_NT(rw_lock_reads_and_writes_nest_on_one_processor, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_RW_LOCK_EX *lock = NdisAllocateRWLock(adapter);
    LOCK_STATE_EX a, b;
    NdisAcquireRWLockRead(lock, &a, 0);
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    NdisAcquireRWLockRead(lock, &b, NDIS_RWL_AT_DISPATCH_LEVEL);
    NdisReleaseRWLock(lock, &b);
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    NdisReleaseRWLock(lock, &a);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    NdisAcquireRWLockWrite(lock, &a, 0);
    NdisAcquireRWLockWrite(lock, &b, 0);
    NdisReleaseRWLock(lock, &b);
    NdisReleaseRWLock(lock, &a);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_NO_VIOLATION();
    NdisAcquireRWLockRead(lock, &a, NDIS_RWL_AT_DISPATCH_LEVEL);
    NdisReleaseRWLock(lock, &a);
    CHECK_EQ(nt_test_violations("R-319"), 1);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 1);
    NdisFreeRWLock(lock);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 0);
}

TEST_NT_BUGCHECK(rw_lock_promotion_is_a_self_deadlock, "R-441", 0xc4, 0x1000)
{
    NDIS_RW_LOCK_EX *lock = NdisAllocateRWLock(NULL);
    LOCK_STATE_EX a, b;
    NdisAcquireRWLockRead(lock, &a, 0);
    NdisAcquireRWLockWrite(lock, &b, 0);
}

/* Every processor counts in two variables that only agree while nobody writes. */
static struct {
    NDIS_RW_LOCK old;
    NDIS_RW_LOCK_EX *ex;
    bool use_ex;
    unsigned first, second, torn;
} shared;

#define ROUNDS 300

static void count_shared(void *arg)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool write = i % 3 == 0;
        LOCK_STATE state;
        LOCK_STATE_EX state_ex;
        if (shared.use_ex && write)
            NdisAcquireRWLockWrite(shared.ex, &state_ex, 0);
        else if (shared.use_ex)
            NdisAcquireRWLockRead(shared.ex, &state_ex, 0);
        else
            NdisAcquireReadWriteLock(&shared.old, write, &state);
        if (shared.first != shared.second)
            __atomic_add_fetch(&shared.torn, 1, __ATOMIC_RELAXED);
        if (write) {
            shared.first++;
            KeStallExecutionProcessor(1);
            shared.second++;
        }
        if (shared.use_ex)
            NdisReleaseRWLock(shared.ex, &state_ex);
        else
            NdisReleaseReadWriteLock(&shared.old, &state);
    }
}

static void count_everywhere(bool use_ex)
{
    shared.use_ex = use_ex;
    shared.first = shared.second = shared.torn = 0;
    struct thread *threads[machine_cpus()];
    for (unsigned i = 0; i < machine_cpus(); i++)
        threads[i] = thread_create(i, 8, count_shared, NULL, "counter");
    for (unsigned i = 0; i < machine_cpus(); i++)
        thread_join(threads[i]);
    CHECK_EQ(shared.torn, 0);
    CHECK_EQ(shared.first, machine_cpus() * ROUNDS / 3);
    CHECK_EQ(shared.second, shared.first);
    CHECK_NO_VIOLATION();
}

TEST_NT(rw_locks_keep_writers_alone, "")
{
    NdisInitializeReadWriteLock(&shared.old);
    count_everywhere(false);
    shared.ex = NdisAllocateRWLock(NULL);
    count_everywhere(true);
}

#undef NdisInterlockedPushEntryList
#undef NdisInterlockedPopEntryList
PSINGLE_LIST_ENTRY NTAPI NdisInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                      PSINGLE_LIST_ENTRY ListEntry,
                                                      PNDIS_SPIN_LOCK SpinLock);
PSINGLE_LIST_ENTRY NTAPI NdisInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                     PNDIS_SPIN_LOCK SpinLock);

TEST_NT(a_singly_linked_list_is_last_in_first_out, "")
{
    SINGLE_LIST_ENTRY head = {NULL}, a, b;
    NDIS_SPIN_LOCK lock;
    NdisAllocateSpinLock(&lock);
    CHECK(NdisInterlockedPopEntryList(&head, &lock) == NULL);
    CHECK(NdisInterlockedPushEntryList(&head, &a, &lock) == NULL);
    CHECK(NdisInterlockedPushEntryList(&head, &b, &lock) == &a);
    CHECK(NdisInterlockedPopEntryList(&head, &lock) == &b);
    CHECK(NdisInterlockedPopEntryList(&head, &lock) == &a);
    CHECK(head.Next == NULL);
    CHECK_NO_VIOLATION();
}
