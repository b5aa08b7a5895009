/* SPDX-License-Identifier: MIT */
/* csq_test.c - cancel-safe queues and IoCancelIrp, with a driver's routines played by the test. */
#include "nt/io.h"
#include "nt/irql.h"
#include "nt/nt_test.h"

static LIST_ENTRY list;
static KSPIN_LOCK list_lock;
static unsigned locked, cancelled_count;
static PIRP cancelled;
static NTSTATUS insert_status;
static PVOID insert_context;

static VOID NTAPI insert(PIO_CSQ csq, PIRP irp)
{
    InsertTailList(&list, &irp->Tail.Overlay.ListEntry);
}

static NTSTATUS NTAPI insert_ex(PIO_CSQ csq, PIRP irp, PVOID context)
{
    insert_context = context;
    if (NT_SUCCESS(insert_status))
        insert(csq, irp);
    return insert_status;
}

static VOID NTAPI take(PIO_CSQ csq, PIRP irp)
{
    CHECK_EQ(locked, 1);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

/* The IRP behind `irp` (or the first) whose tag is the context; NULL context takes any. */
static PIRP NTAPI peek(PIO_CSQ csq, PIRP irp, PVOID context)
{
    CHECK_EQ(locked, 1);
    for (LIST_ENTRY *e = irp ? irp->Tail.Overlay.ListEntry.Flink : list.Flink; e != &list;
         e = e->Flink) {
        PIRP next = CONTAINING_RECORD(e, IRP, Tail.Overlay.ListEntry);
        if (!context || next->UserBuffer == context)
            return next;
    }
    return NULL;
}

static VOID NTAPI acquire(PIO_CSQ csq, PKIRQL irql)
{
    *irql = KeAcquireSpinLockRaiseToDpc(&list_lock);
    locked++;
}

static VOID NTAPI release(PIO_CSQ csq, KIRQL irql)
{
    locked--;
    KeReleaseSpinLock(&list_lock, irql);
}

static VOID NTAPI complete_cancelled(PIO_CSQ csq, PIRP irp)
{
    CHECK_EQ(locked, 0);
    cancelled = irp;
    cancelled_count++;
}

static IO_CSQ queue;

static void make(void)
{
    InitializeListHead(&list);
    CHECK_EQ(IoCsqInitialize(&queue, insert, take, peek, acquire, release, complete_cancelled),
             STATUS_SUCCESS);
}

static PIRP irp_of(uintptr_t tag)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    /* As it is when a driver has it: passed on once. */
    irp->CurrentLocation--;
    irp->Tail.Overlay.CurrentStackLocation--;
    irp->UserBuffer = (PVOID)tag;
    return irp;
}

TEST_NT(csq_gives_irps_back_in_the_drivers_order, "")
{
    make();
    PIRP a = irp_of(1), b = irp_of(2), c = irp_of(3);
    IoCsqInsertIrp(&queue, a, NULL);
    IoCsqInsertIrp(&queue, b, NULL);
    IoCsqInsertIrp(&queue, c, NULL);
    CHECK(IoGetCurrentIrpStackLocation(a)->Control & SL_PENDING_RETURNED);
    CHECK(a->CancelRoutine != NULL);
    CHECK(IoCsqRemoveNextIrp(&queue, (PVOID)2) == b);
    CHECK(!b->CancelRoutine && !b->Tail.Overlay.DriverContext[3]);
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == a);
    CHECK(IoCsqRemoveNextIrp(&queue, (PVOID)2) == NULL);
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == c);
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == NULL);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_EQ(cancelled_count, 0);
}

TEST_NT(csq_completes_what_is_cancelled_and_never_gives_it_out, "")
{
    make();
    PIRP a = irp_of(1), b = irp_of(2);
    IoCsqInsertIrp(&queue, a, NULL);
    IoCsqInsertIrp(&queue, b, NULL);
    CHECK(IoCancelIrp(a));
    CHECK(cancelled == a && cancelled_count == 1);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK(!IoCancelIrp(a)); /* once */
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == b);
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == NULL);
}

TEST_NT(csq_completes_an_irp_that_was_cancelled_before_it_came, "")
{
    make();
    PIRP a = irp_of(1);
    CHECK(!IoCancelIrp(a));
    IoCsqInsertIrp(&queue, a, NULL);
    CHECK(cancelled == a && cancelled_count == 1);
    CHECK(IsListEmpty(&list));
    CHECK_EQ(locked, 0);
}

TEST_NT(csq_skips_an_irp_whose_cancel_routine_already_runs, "")
{
    make();
    PIRP a = irp_of(1), b = irp_of(2);
    IO_CSQ_IRP_CONTEXT context;
    IoCsqInsertIrp(&queue, a, &context);
    IoCsqInsertIrp(&queue, b, NULL);
    irp_cancel_routine(a, NULL); /* IoCancelIrp got this far on another processor */
    CHECK(IoCsqRemoveIrp(&queue, &context) == NULL);
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == b);
}

TEST_NT(csq_context_finds_one_irp_until_it_is_gone, "")
{
    make();
    PIRP a = irp_of(1), b = irp_of(2);
    IO_CSQ_IRP_CONTEXT first, second;
    IoCsqInsertIrp(&queue, a, &first);
    IoCsqInsertIrp(&queue, b, &second);
    CHECK(IoCsqRemoveIrp(&queue, &second) == b);
    CHECK(IoCsqRemoveIrp(&queue, &second) == NULL);
    CHECK(IoCancelIrp(a));
    CHECK(cancelled == a);
    CHECK(IoCsqRemoveIrp(&queue, &first) == NULL);
}

TEST_NT(csq_ex_returns_what_the_driver_says_of_an_insertion, "")
{
    InitializeListHead(&list);
    CHECK_EQ(IoCsqInitializeEx(&queue, insert_ex, take, peek, acquire, release, complete_cancelled),
             STATUS_SUCCESS);
    PIRP a = irp_of(1);
    insert_status = STATUS_UNSUCCESSFUL;
    CHECK_EQ(IoCsqInsertIrpEx(&queue, a, NULL, (PVOID)7), STATUS_UNSUCCESSFUL);
    CHECK(insert_context == (PVOID)7);
    CHECK(!a->CancelRoutine && !(IoGetCurrentIrpStackLocation(a)->Control & SL_PENDING_RETURNED));
    insert_status = STATUS_PENDING;
    CHECK_EQ(IoCsqInsertIrpEx(&queue, a, NULL, NULL), STATUS_PENDING);
    CHECK(IoCsqRemoveNextIrp(&queue, NULL) == a);
}
