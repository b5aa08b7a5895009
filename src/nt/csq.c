/* SPDX-License-Identifier: MIT */
/* csq.c - cancel-safe queues: IRPs that wait in a driver's queue and may be cancelled there (WDK:
 * Cancel-Safe IRP Queues).
 *
 * The driver has the list and the lock; the queue decides who gets an IRP: whoever takes its cancel
 * routine away owns it. Irp->Tail.Overlay.DriverContext[3] belongs to the queue, as the page says,
 * and leads the cancel routine back to it. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/io.h"
#include "nt/irql.h"
#include "nt/wdk.h"

#define CONTEXT_SLOT 3 /* of DriverContext */

static VOID initialize(PIO_CSQ csq, ULONG type, PVOID insert, PIO_CSQ_REMOVE_IRP remove,
                       PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire,
                       PIO_CSQ_RELEASE_LOCK release, PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    *csq = (IO_CSQ){.Type = type,
                    .CsqInsertIrp = (PIO_CSQ_INSERT_IRP)insert,
                    .CsqRemoveIrp = remove,
                    .CsqPeekNextIrp = peek,
                    .CsqAcquireLock = acquire,
                    .CsqReleaseLock = release,
                    .CsqCompleteCanceledIrp = complete};
}

NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                               PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                               PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                               PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                               PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                               PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    initialize(Csq, IO_TYPE_CSQ, (PVOID)CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp, CsqAcquireLock,
               CsqReleaseLock, CsqCompleteCanceledIrp);
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", IoCsqInitialize);

NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp,
                                 PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                 PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                                 PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                 PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    initialize(Csq, IO_TYPE_CSQ_EX, (PVOID)CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp,
               CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", IoCsqInitializeEx);

static KIRQL lock(PIO_CSQ csq)
{
    KIRQL irql = PASSIVE_LEVEL;
    DRIVER_CALL(csq->CsqAcquireLock, csq, &irql);
    return irql;
}

static void unlock(PIO_CSQ csq, KIRQL irql)
{
    DRIVER_CALL(csq->CsqReleaseLock, csq, irql);
}

/* With the queue's lock held: the IRP leaves the queue, and the caller's context no longer leads to
 * it. */
static void take_out(PIO_CSQ csq, PIRP irp)
{
    PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[CONTEXT_SLOT];
    DRIVER_CALL(csq->CsqRemoveIrp, csq, irp);
    irp->Tail.Overlay.DriverContext[CONTEXT_SLOT] = NULL;
    /* Both structures begin with their type. */
    if (context && context->Type == IO_TYPE_CSQ_IRP_CONTEXT)
        context->Irp = NULL;
}

static VOID NTAPI cancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    PIO_CSQ_IRP_CONTEXT context = Irp->Tail.Overlay.DriverContext[CONTEXT_SLOT];
    PIO_CSQ csq = context->Type == IO_TYPE_CSQ_IRP_CONTEXT ? context->Csq : (PIO_CSQ)context;
    KIRQL irql = lock(csq);
    take_out(csq, Irp);
    unlock(csq, irql);
    DRIVER_CALL(csq->CsqCompleteCanceledIrp, csq, Irp);
}

NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context,
                                PVOID InsertContext)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (Context)
        *Context = (IO_CSQ_IRP_CONTEXT){.Type = IO_TYPE_CSQ_IRP_CONTEXT, .Irp = Irp, .Csq = Csq};
    Irp->Tail.Overlay.DriverContext[CONTEXT_SLOT] = Context ? (PVOID)Context : (PVOID)Csq;
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql = lock(Csq);
    if (Csq->Type == IO_TYPE_CSQ_EX) {
        status = (NTSTATUS)DRIVER_CALL(Csq->CsqInsertIrp, Csq, Irp, InsertContext);
        if (!NT_SUCCESS(status)) {
            Irp->Tail.Overlay.DriverContext[CONTEXT_SLOT] = NULL;
            if (Context)
                Context->Irp = NULL;
            unlock(Csq, irql);
            return status;
        }
    } else {
        DRIVER_CALL(Csq->CsqInsertIrp, Csq, Irp);
    }
    IoMarkIrpPending(Irp);
    irp_cancel_routine(Irp, cancel);
    /* Cancelled before the routine was there: whoever takes it back completes the IRP. */
    if (Irp->Cancel && irp_cancel_routine(Irp, NULL)) {
        take_out(Csq, Irp);
        unlock(Csq, irql);
        DRIVER_CALL(Csq->CsqCompleteCanceledIrp, Csq, Irp);
        return status;
    }
    unlock(Csq, irql);
    return status;
}
NT_EXPORT("ntoskrnl.exe", IoCsqInsertIrpEx);

VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    IoCsqInsertIrpEx(Csq, Irp, Context, NULL);
}
NT_EXPORT("ntoskrnl.exe", IoCsqInsertIrp);

PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    IRQL_MAX(DISPATCH_LEVEL);
    KIRQL irql = lock(Csq);
    PIRP irp = NULL;
    do
        irp = (PIRP)DRIVER_CALL(Csq->CsqPeekNextIrp, Csq, irp, PeekContext);
    while (irp && !irp_cancel_routine(irp, NULL)); /* else it is being cancelled: the next one */
    if (irp)
        take_out(Csq, irp);
    unlock(Csq, irql);
    return irp;
}
NT_EXPORT("ntoskrnl.exe", IoCsqRemoveNextIrp);

PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    IRQL_MAX(DISPATCH_LEVEL);
    KIRQL irql = lock(Csq);
    PIRP irp = Context->Irp;
    if (irp && irp_cancel_routine(irp, NULL))
        take_out(Csq, irp);
    else
        irp = NULL; /* gone, or being cancelled */
    unlock(Csq, irql);
    return irp;
}
NT_EXPORT("ntoskrnl.exe", IoCsqRemoveIrp);
