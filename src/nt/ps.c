/* SPDX-License-Identifier: MIT */
/* ps.c - system threads, objects by handle or pointer, fast mutexes and critical regions. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/handle.h"
#include "nt/irql.h"
#include "nt/machine.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/thread_internal.h"
#include <stdlib.h>

/* What a thread handle refers to. The thread's memory stays until the handle and all references are gone. */
struct thread_object {
    struct handle_object object;
    struct thread *thread;
    PKSTART_ROUTINE routine;
    PVOID context;
};

static void thread_object_release(struct handle_object *object)
{
    struct thread_object *t = (struct thread_object *)object;
    if (t->thread)
        thread_detach(t->thread);
    free(t);
}

static void *thread_object_pointer(struct handle_object *object)
{
    return ((struct thread_object *)object)->thread;
}

static const struct handle_type thread_type = {"thread", thread_object_release, NULL, thread_object_pointer};

static void system_thread(void *arg)
{
    struct thread_object *t = arg;
    PKSTART_ROUTINE routine = t->routine;
    PVOID context = t->context;
    handle_put(&t->object);
    DRIVER_CALL(routine, context);
}

static NTSTATUS NTAPI nt_PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                              POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                              PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                              PVOID StartContext)
{
    if (!IRQL_EXACT(PASSIVE_LEVEL))
        return STATUS_UNSUCCESSFUL;
    static _Atomic unsigned next_cpu;
    struct thread_object *t = calloc(1, sizeof *t);
    if (!t)
        return STATUS_INSUFFICIENT_RESOURCES;
    handle_object_init(&t->object, &thread_type);
    t->routine = StartRoutine;
    t->context = StartContext;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    HANDLE handle = handle_insert(&t->object);
    if (handle) {
        /* The thread begins with a reference of its own: the driver may close the handle before that. */
        handle_ref(&t->object);
        t->thread = thread_create(next_cpu++ % cpu_count, 8, system_thread, t, "system thread");
        if (t->thread) {
            *ThreadHandle = handle;
            status = STATUS_SUCCESS;
        } else {
            handle_put(&t->object);
            handle_close(handle);
        }
    }
    handle_put(&t->object);
    return status;
}
NT_EXPORT_AS("ntoskrnl.exe", PsCreateSystemThread, nt_PsCreateSystemThread);

static NTSTATUS NTAPI nt_PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    thread_exit(ExitStatus);
}
NT_EXPORT_AS("ntoskrnl.exe", PsTerminateSystemThread, nt_PsTerminateSystemThread);

/* Object pointers: the dispatcher object; a table finds the handle's object again. */
struct reference {
    PVOID pointer;
    struct handle_object *object;
    unsigned count;
};
static struct reference references[256];
static struct host_lock reference_lock;

static NTSTATUS NTAPI nt_ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                                   PVOID *Object, PVOID HandleInformation)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct handle_object *o = handle_get(Handle, NULL);
    if (!o)
        return STATUS_INVALID_HANDLE;
    PVOID t = o->type->pointer ? o->type->pointer(o) : NULL;
    if (!t) {
        handle_put(o);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    host_lock(&reference_lock);
    struct reference *slot = NULL;
    for (size_t i = 0; i < sizeof references / sizeof *references && !slot; i++)
        if (references[i].pointer == t || !references[i].pointer)
            slot = &references[i];
    if (slot) {
        *slot = (struct reference){t, o, slot->pointer == t ? slot->count + 1 : 1};
        *Object = t;
        status = STATUS_SUCCESS;
    }
    host_unlock(&reference_lock);
    if (status != STATUS_SUCCESS)
        handle_put(o);
    return status;
}
NT_EXPORT_AS("ntoskrnl.exe", ObReferenceObjectByHandle, nt_ObReferenceObjectByHandle);

static LONG_PTR NTAPI nt_ObfDereferenceObject(PVOID Object)
{
    struct handle_object *o = NULL;
    unsigned left = 0;
    host_lock(&reference_lock);
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (references[i].pointer == Object) {
            o = references[i].object;
            left = --references[i].count;
            if (!left)
                references[i].pointer = NULL;
            break;
        }
    host_unlock(&reference_lock);
    /* Objects without a handle (the current thread, device objects) live longer than any reference. */
    if (o)
        handle_put(o);
    return left;
}
NT_EXPORT_AS("ntoskrnl.exe", ObfDereferenceObject, nt_ObfDereferenceObject);
#undef ObDereferenceObject
NT_EXPORT_AS("ntoskrnl.exe", ObDereferenceObject, nt_ObfDereferenceObject);

static LONG_PTR NTAPI nt_ObfReferenceObject(PVOID Object)
{
    LONG_PTR count = 1;
    host_lock(&reference_lock);
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (references[i].pointer == Object) {
            handle_ref(references[i].object);
            count = ++references[i].count;
            break;
        }
    host_unlock(&reference_lock);
    return count;
}
NT_EXPORT_AS("ntoskrnl.exe", ObfReferenceObject, nt_ObfReferenceObject);

static PVOID NTAPI nt_KeGetCurrentThread(void)
{
    return thread_current();
}
NT_EXPORT_AS("ntoskrnl.exe", KeGetCurrentThread, nt_KeGetCurrentThread);
NT_EXPORT_AS("ntoskrnl.exe", PsGetCurrentThread, nt_KeGetCurrentThread);

static HANDLE NTAPI nt_PsGetCurrentThreadId(void)
{
    return (HANDLE)(uintptr_t)(thread_current()->id * 4);
}
NT_EXPORT_AS("ntoskrnl.exe", PsGetCurrentThreadId, nt_PsGetCurrentThreadId);

/* Drivers run in the system process, whose identifier is 4. */
static HANDLE NTAPI nt_PsGetCurrentProcessId(void)
{
    return (HANDLE)(uintptr_t)4;
}
NT_EXPORT_AS("ntoskrnl.exe", PsGetCurrentProcessId, nt_PsGetCurrentProcessId);

static KPRIORITY NTAPI nt_KeSetPriorityThread(PVOID Thread, KPRIORITY Priority)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct thread *t = Thread;
    if (!RULE("KeSetPriorityThread", Priority > LOW_PRIORITY && Priority <= HIGH_PRIORITY,
              "KeSetPriorityThread(%d): priorities are 1 to 31", (int)Priority))
        return t->priority;
    host_lock(&dispatcher_lock);
    KPRIORITY old = t->priority;
    if (t->state == THREAD_READY) {
        RemoveEntryList(&t->ready_entry);
        if (IsListEmpty(&t->cpu->ready[old]))
            t->cpu->ready_mask &= ~(1u << old);
        t->priority = Priority;
        thread_make_ready(t, false);
    } else {
        t->priority = Priority;
        if (t->state == THREAD_RUNNING && t->cpu->ready_mask >> Priority > 1) { /* a better one is ready */
            t->cpu->reschedule = true;
            cpu_request(t->cpu, DISPATCH_LEVEL);
        }
    }
    host_unlock(&dispatcher_lock);
    return old;
}
NT_EXPORT_AS("ntoskrnl.exe", KeSetPriorityThread, nt_KeSetPriorityThread);

static VOID NTAPI nt_KeEnterCriticalRegion(void)
{
    thread_current()->critical++;
}
NT_EXPORT_AS("ntoskrnl.exe", KeEnterCriticalRegion, nt_KeEnterCriticalRegion);

static VOID NTAPI nt_KeLeaveCriticalRegion(void)
{
    struct thread *t = thread_current();
    if (RULE("KeLeaveCriticalRegion", t->critical > 0, "KeLeaveCriticalRegion without KeEnterCriticalRegion"))
        t->critical--;
}
NT_EXPORT_AS("ntoskrnl.exe", KeLeaveCriticalRegion, nt_KeLeaveCriticalRegion);

/* FAST_MUTEX: Count 1 = free; the event wakes one waiter. Raises to APC_LEVEL (WDK: ExAcquireFastMutex). */
static VOID NTAPI nt_ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    if (!IRQL_MAX(APC_LEVEL))
        return;
    KIRQL old = irql_raise(APC_LEVEL);
    RULE("R-441", FastMutex->Owner != (PVOID)thread_current(),
         "fast mutex %p acquired by the thread that holds it: a deadlock", (void *)FastMutex);
    if (__atomic_sub_fetch(&FastMutex->Count, 1, __ATOMIC_ACQUIRE) < 0)
        thread_wait(&FastMutex->Event, UINT64_MAX);
    FastMutex->Owner = (PVOID)thread_current();
    FastMutex->OldIrql = old;
}
NT_EXPORT_AS("ntoskrnl.exe", ExAcquireFastMutex, nt_ExAcquireFastMutex);

static BOOLEAN NTAPI nt_ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    if (!IRQL_MAX(APC_LEVEL))
        return FALSE;
    LONG one = 1;
    if (!__atomic_compare_exchange_n(&FastMutex->Count, &one, 0, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return FALSE;
    FastMutex->OldIrql = irql_raise(APC_LEVEL);
    FastMutex->Owner = (PVOID)thread_current();
    return TRUE;
}
NT_EXPORT_AS("ntoskrnl.exe", ExTryToAcquireFastMutex, nt_ExTryToAcquireFastMutex);

static VOID NTAPI nt_ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    RULE("R-441", FastMutex->Owner == (PVOID)thread_current(),
         "fast mutex %p released by a thread that does not hold it", (void *)FastMutex);
    KIRQL old = (KIRQL)FastMutex->OldIrql;
    FastMutex->Owner = NULL;
    if (__atomic_add_fetch(&FastMutex->Count, 1, __ATOMIC_RELEASE) <= 0)
        event_set(&FastMutex->Event);
    irql_lower(old);
}
NT_EXPORT_AS("ntoskrnl.exe", ExReleaseFastMutex, nt_ExReleaseFastMutex);

/* Floating point in kernel code: x64 needs no saving (WDK: KeSaveFloatingPointState). */
static NTSTATUS NTAPI nt_KeSaveFloatingPointState(PVOID Save)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", KeSaveFloatingPointState, nt_KeSaveFloatingPointState);
NT_EXPORT_AS("ntoskrnl.exe", KeRestoreFloatingPointState, nt_KeSaveFloatingPointState);

static VOID NTAPI nt_DbgBreakPoint(void)
{
    if (!machine_breakpoint("called DbgBreakPoint"))
        bugcheck(0x1E, (uint32_t)STATUS_BREAKPOINT, 0, 0, 0,
                 "the driver called DbgBreakPoint, and no debugger is attached");
}
NT_EXPORT_AS("ntoskrnl.exe", DbgBreakPoint, nt_DbgBreakPoint);
NT_EXPORT_AS("ntoskrnl.exe", DbgBreakPointWithStatus, nt_DbgBreakPoint);
