/* SPDX-License-Identifier: MIT */
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include "nt/wdk.h"

/* Drivers reach these by import; so does the test. */
static void *entry_of(const char *name)
{
    const struct nt_export *row = nt_export_find("NTOSKRNL.EXE", name);
    CHECK(row != NULL);
    return row->entry;
}

typedef PSLIST_ENTRY(NTAPI *push_fn)(PSLIST_HEADER, PSLIST_ENTRY);
typedef PSLIST_ENTRY(NTAPI *pop_fn)(PSLIST_HEADER);

static SLIST_HEADER head __attribute__((aligned(16)));
static struct {
    SLIST_ENTRY entry;
    unsigned owner;
} __attribute__((aligned(16))) entries[32];

TEST_NT(an_slist_is_last_in_first_out_and_knows_its_depth, "")
{
    push_fn push = (push_fn)entry_of("ExpInterlockedPushEntrySList");
    pop_fn pop = (pop_fn)entry_of("ExpInterlockedPopEntrySList");
    CHECK(!pop(&head));
    CHECK(!push(&head, &entries[0].entry));
    CHECK(push(&head, &entries[1].entry) == &entries[0].entry);
    CHECK_EQ(*(USHORT *)&head, 2);
    CHECK(pop(&head) == &entries[1].entry);
    CHECK(pop(&head) == &entries[0].entry);
    CHECK(!pop(&head));
}

static void juggle(void *arg)
{
    push_fn push = (push_fn)entry_of("InterlockedPushEntrySList");
    pop_fn pop = (pop_fn)entry_of("InterlockedPopEntrySList");
    for (int i = 0; i < 3000; i++) {
        PSLIST_ENTRY e = pop(&head);
        if (!e)
            continue;
        unsigned *owner = (unsigned *)(e + 1);
        CHECK_EQ(__atomic_exchange_n(owner, 1, __ATOMIC_SEQ_CST), 0);
        window(cpu_current());
        __atomic_store_n(owner, 0, __ATOMIC_SEQ_CST);
        push(&head, e);
    }
}

TEST_NT(an_slist_gives_each_entry_to_one_processor, "")
{
    push_fn push = (push_fn)entry_of("InterlockedPushEntrySList");
    for (int i = 0; i < 32; i++)
        push(&head, &entries[i].entry);
    struct thread *t = thread_create(1, 8, juggle, NULL, "juggler");
    juggle(NULL);
    thread_join(t);
    CHECK_EQ(*(USHORT *)&head, 32);
}

typedef PLIST_ENTRY(NTAPI *insert_fn)(PLIST_ENTRY, PLIST_ENTRY, PKSPIN_LOCK);
typedef PLIST_ENTRY(NTAPI *remove_fn)(PLIST_ENTRY, PKSPIN_LOCK);

TEST_NT(interlocked_lists_work_at_any_irql_and_return_the_old_neighbour, "")
{
    insert_fn insert = (insert_fn)entry_of("ExInterlockedInsertTailList");
    remove_fn take = (remove_fn)entry_of("ExInterlockedRemoveHeadList");
    LIST_ENTRY list, a, b;
    KSPIN_LOCK lock = 0;
    InitializeListHead(&list);
    KIRQL old = irql_raise(9);
    CHECK(!insert(&list, &a, &lock));
    CHECK(insert(&list, &b, &lock) == &a);
    CHECK_EQ(irql_current(), 9);
    CHECK(take(&list, &lock) == &a);
    CHECK(take(&list, &lock) == &b);
    CHECK(!take(&list, &lock));
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-303"), 0);
}

TEST(exports_are_found_in_any_spelling_and_hal_is_the_kernel, "")
{
    CHECK(nt_export_find("HAL.DLL", "KeSetEvent") == nt_export_find("ntoskrnl.exe", "KeSetEvent"));
    CHECK(!nt_export_find("ntoskrnl.exe", "NoSuchFunction"));
    const struct nt_export *row = nt_export_find("ntoskrnl.exe", "KeSetEvent");
    CHECK(nt_export_bind(row) == nt_export_bind(row));
    CHECK(nt_export_bind(row) != row->entry); /* a thunk */
}
