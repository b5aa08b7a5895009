/* SPDX-License-Identifier: MIT */
/* io.c - device objects and IRPs, as far as a network driver meets them. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/io.h"
#include "nt/irql.h"
#include "nt/pool.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/wdk.h"

#define TAG_IO     0x206F4920u /* " Io " */
#define TYPE_DEV   3           /* IO_TYPE_DEVICE */
#define TYPE_IRP   6           /* IO_TYPE_IRP */

/* --- device objects --- */

NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize, PUNICODE_STRING DeviceName,
                              DEVICE_TYPE DeviceType, ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                              PDEVICE_OBJECT *DeviceObject)
{
    IRQL_MAX(APC_LEVEL);
    PDEVICE_OBJECT d = nt_pool_alloc(sizeof *d + DeviceExtensionSize, TAG_IO);
    if (!d)
        return STATUS_INSUFFICIENT_RESOURCES;
    d->Type = TYPE_DEV;
    d->Size = (USHORT)(sizeof *d + DeviceExtensionSize);
    d->ReferenceCount = 0;
    d->DriverObject = DriverObject;
    d->NextDevice = DriverObject->DeviceObject;
    d->Flags = DO_DEVICE_INITIALIZING | (Exclusive ? DO_EXCLUSIVE : 0) | (DeviceName ? DO_DEVICE_HAS_NAME : 0);
    d->Characteristics = DeviceCharacteristics;
    d->DeviceExtension = DeviceExtensionSize ? d + 1 : NULL;
    d->DeviceType = DeviceType;
    d->StackSize = 1;
    DriverObject->DeviceObject = d;
    *DeviceObject = d;
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", IoCreateDevice);

VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    IRQL_MAX(APC_LEVEL);
    PDEVICE_OBJECT *link = &DeviceObject->DriverObject->DeviceObject;
    while (*link && *link != DeviceObject)
        link = &(*link)->NextDevice;
    if (RULE("IoDeleteDevice", *link != NULL, "IoDeleteDevice(%p): not a device of this driver",
             (void *)DeviceObject)) {
        *link = DeviceObject->NextDevice;
        nt_pool_free(DeviceObject);
    }
}
NT_EXPORT("ntoskrnl.exe", IoDeleteDevice);

/* Names and links lead from user mode to a device; no user mode is here, so they are checked and done. */
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return SymbolicLinkName->Length && DeviceName->Length ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
NT_EXPORT("ntoskrnl.exe", IoCreateSymbolicLink);

NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return SymbolicLinkName->Length ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}
NT_EXPORT("ntoskrnl.exe", IoDeleteSymbolicLink);

/* --- IRPs --- */

PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    IRQL_MAX(DISPATCH_LEVEL);
    size_t bytes = sizeof(IRP) + (size_t)StackSize * sizeof(IO_STACK_LOCATION);
    PIRP irp = nt_pool_alloc(bytes, TAG_IO);
    if (!irp)
        return NULL;
    irp->Type = TYPE_IRP;
    irp->Size = (USHORT)bytes;
    irp->StackCount = StackSize;
    irp->CurrentLocation = (CHAR)(StackSize + 1);
    irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + StackSize;
    return irp;
}
NT_EXPORT("ntoskrnl.exe", IoAllocateIrp);

VOID NTAPI IoFreeIrp(PIRP Irp)
{
    IRQL_MAX(DISPATCH_LEVEL);
    nt_pool_free(Irp);
}
NT_EXPORT("ntoskrnl.exe", IoFreeIrp);

NTSTATUS FASTCALL IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (--Irp->CurrentLocation <= 0)
        bugcheck(0x35, (uintptr_t)Irp, 0, 0, 0, "IoCallDriver: IRP %p has no stack location left", (void *)Irp);
    PIO_STACK_LOCATION stack = --Irp->Tail.Overlay.CurrentStackLocation;
    stack->DeviceObject = DeviceObject;
    PDRIVER_DISPATCH major = DeviceObject->DriverObject->MajorFunction[stack->MajorFunction];
    if (!major) { /* what the kernel fills in where a driver has no routine */
        Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
        IofCompleteRequest(Irp, IO_NO_INCREMENT);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return (NTSTATUS)DRIVER_CALL(major, DeviceObject, Irp);
}
NT_EXPORT("ntoskrnl.exe", IofCallDriver);

static bool wants_completion(const IO_STACK_LOCATION *s, const IRP *irp)
{
    if (!s->CompletionRoutine)
        return false;
    return (irp->Cancel && (s->Control & SL_INVOKE_ON_CANCEL)) ||
           (NT_SUCCESS(irp->IoStatus.Status) ? s->Control & SL_INVOKE_ON_SUCCESS
                                             : s->Control & SL_INVOKE_ON_ERROR);
}

VOID FASTCALL IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    IRQL_MAX(DISPATCH_LEVEL);
    RULE("0xC9", Irp->IoStatus.Status != STATUS_PENDING,
         "IRP %p completed with STATUS_PENDING (bug check 0xC9/0x20F)", (void *)Irp);
    if (Irp->CurrentLocation > Irp->StackCount + 1)
        bugcheck(0x44, (uintptr_t)Irp, 0, 0, 0, "IRP %p completed, which was completed before", (void *)Irp);
    /* Completion routines, from the driver that completes upwards. */
    while (Irp->CurrentLocation <= Irp->StackCount) {
        PIO_STACK_LOCATION s = Irp->Tail.Overlay.CurrentStackLocation++;
        Irp->CurrentLocation++;
        PDEVICE_OBJECT above =
            Irp->CurrentLocation <= Irp->StackCount ? Irp->Tail.Overlay.CurrentStackLocation->DeviceObject : NULL;
        Irp->PendingReturned = (s->Control & SL_PENDING_RETURNED) != 0;
        if (wants_completion(s, Irp)) {
            if ((NTSTATUS)DRIVER_CALL(s->CompletionRoutine, above, Irp, s->Context) ==
                STATUS_MORE_PROCESSING_REQUIRED)
                return;
        } else if (Irp->PendingReturned && Irp->CurrentLocation <= Irp->StackCount) {
            IoMarkIrpPending(Irp); /* what a completion routine would do */
        }
    }
    Irp->CurrentLocation = (CHAR)(Irp->StackCount + 2);
    if (Irp->UserIosb)
        *Irp->UserIosb = Irp->IoStatus;
    if (Irp->UserEvent)
        event_set(Irp->UserEvent);
}
NT_EXPORT("ntoskrnl.exe", IofCompleteRequest);

/* --- cancelling --- */

static KSPIN_LOCK cancel_lock;

VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql)
{
    *Irql = KeAcquireSpinLockRaiseToDpc(&cancel_lock);
}
NT_EXPORT("ntoskrnl.exe", IoAcquireCancelSpinLock);

VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql)
{
    KeReleaseSpinLock(&cancel_lock, Irql);
}
NT_EXPORT("ntoskrnl.exe", IoReleaseCancelSpinLock);

BOOLEAN NTAPI IoCancelIrp(PIRP Irp)
{
    IRQL_MAX(DISPATCH_LEVEL);
    KIRQL irql;
    IoAcquireCancelSpinLock(&irql);
    __atomic_store_n(&Irp->Cancel, TRUE, __ATOMIC_SEQ_CST);
    PDRIVER_CANCEL routine = irp_cancel_routine(Irp, NULL);
    if (!routine) {
        IoReleaseCancelSpinLock(irql);
        return FALSE;
    }
    Irp->CancelIrql = irql;
    /* An IRP that nobody has passed on has no current stack location. */
    PDEVICE_OBJECT device =
        Irp->CurrentLocation <= Irp->StackCount ? IoGetCurrentIrpStackLocation(Irp)->DeviceObject : NULL;
    DRIVER_CALL(routine, device, Irp);
    return TRUE;
}
NT_EXPORT("ntoskrnl.exe", IoCancelIrp);

BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR MajorVersion, UCHAR MinorVersion)
{
    /* WDM 6.2 is Windows 8. */
    return MajorVersion < 6 || (MajorVersion == 6 && MinorVersion <= 2);
}
NT_EXPORT("ntoskrnl.exe", IoIsWdmVersionAvailable);
