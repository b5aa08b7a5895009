/* SPDX-License-Identifier: MIT */
/* seh_api.c - what drivers call: the compiler's handler, raising, unwinding, walking.
 *
 * Exports whose caller may be continued later enter through seh_entry.S, which keeps the vector
 * registers; NAME_from() below is their body. */
#include "pe/seh_parts.h"
#include "nt/export.h"
#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_EXECUTE 1 /* in place of a filter's rva: EXCEPTION_EXECUTE_HANDLER */

static struct pe_call *record_of(DISPATCHER_CONTEXT *dc)
{
    struct pe_call *call = (void *)((char *)dc - offsetof(struct pe_call, dispatcher));
    return call->magic == PE_CALL_MAGIC ? call : NULL;
}

static uint64_t call_block(DISPATCHER_CONTEXT *dc, ULONG rva, uint64_t first, PVOID frame)
{
    struct pe_call call = {.magic = PE_CALL_MAGIC, .kind = PE_CALL_FILTER, .outer = record_of(dc)};
    return pe_call_driver(&call, (void *)(dc->ImageBase + rva), first, (uintptr_t)frame, 0, 0);
}

/* The number of scopes, cut where the table would leave the image. */
static ULONG scope_count(const DISPATCHER_CONTEXT *dc)
{
    const SCOPE_TABLE *table = dc->HandlerData;
    const struct pe_loaded *l = pe_image_by_address((uintptr_t)table);
    if (!l)
        return 0;
    size_t room = l->size - (size_t)((const uint8_t *)table - l->base);
    size_t most = room < sizeof *table ? 0 : (room - sizeof *table) / sizeof table->ScopeRecord[0];
    return most && table->Count < most ? table->Count : (ULONG)most;
}

/* Where in the function the frame is. A return address belongs to its call, which is before it:
 * compilers may begin the next scope right behind a call. */
static ULONG position(DISPATCHER_CONTEXT *dc)
{
    const struct pe_call *call = record_of(dc);
    return (ULONG)(dc->ControlPc - dc->ImageBase) - (call && call->after_call ? 1 : 0);
}

static bool covers(const SCOPE_TABLE *table, ULONG i, ULONG pc)
{
    return pc >= table->ScopeRecord[i].BeginAddress && pc < table->ScopeRecord[i].EndAddress;
}

static EXCEPTION_DISPOSITION search_scopes(EXCEPTION_RECORD *record, PVOID frame, CONTEXT *context,
                                           DISPATCHER_CONTEXT *dc)
{
    const SCOPE_TABLE *table = dc->HandlerData;
    ULONG pc = position(dc), count = scope_count(dc);
    EXCEPTION_POINTERS pointers = {record, context};
    for (ULONG i = dc->ScopeIndex; i < count; i++) {
        ULONG filter = table->ScopeRecord[i].HandlerAddress;
        ULONG target = table->ScopeRecord[i].JumpTarget;
        if (!covers(table, i, pc) || !target)
            continue;
        LONG answer = 1;
        if (filter != FILTER_EXECUTE)
            answer = (LONG)call_block(dc, filter, (uintptr_t)&pointers, frame);
        if (answer < 0)
            return ExceptionContinueExecution;
        if (answer > 0) {
            const struct pe_call *call = record_of(dc);
            pe_unwind_to(call ? call->start : context, call && call->start_after_call,
                         (uintptr_t)frame, dc->ImageBase + target, record,
                         (ULONG)record->ExceptionCode);
        }
    }
    return ExceptionContinueSearch;
}

/* A jump out of a __finally's scope runs the block, a jump within does not: is `target` in a scope
 * of the same block? */
static bool stays_inside(const SCOPE_TABLE *table, ULONG count, ULONG i, ULONG target)
{
    for (ULONG j = 0; j < count; j++)
        if (covers(table, j, target) &&
            table->ScopeRecord[j].HandlerAddress == table->ScopeRecord[i].HandlerAddress &&
            table->ScopeRecord[j].JumpTarget == table->ScopeRecord[i].JumpTarget)
            return true;
    return false;
}

static void unwind_scopes(EXCEPTION_RECORD *record, PVOID frame, DISPATCHER_CONTEXT *dc)
{
    const SCOPE_TABLE *table = dc->HandlerData;
    ULONG pc = position(dc), count = scope_count(dc);
    ULONG target = (ULONG)(dc->TargetIp - dc->ImageBase);
    bool last = record->ExceptionFlags & EXCEPTION_TARGET_UNWIND;
    for (ULONG i = dc->ScopeIndex; i < count; i++) {
        if (!covers(table, i, pc))
            continue;
        if (last && stays_inside(table, count, i, target))
            return;
        if (table->ScopeRecord[i].JumpTarget) {
            /* The __except block that the unwind leads to: what encloses it stays. */
            if (last && table->ScopeRecord[i].JumpTarget == target)
                return;
            continue;
        }
        dc->ScopeIndex = i + 1; /* before the call: an exception in the block goes on behind it */
        call_block(dc, table->ScopeRecord[i].HandlerAddress, TRUE, frame);
    }
}

EXCEPTION_DISPOSITION NTAPI __C_specific_handler(EXCEPTION_RECORD *ExceptionRecord,
                                                 PVOID EstablisherFrame, CONTEXT *ContextRecord,
                                                 DISPATCHER_CONTEXT *DispatcherContext)
{
    if (!(ExceptionRecord->ExceptionFlags & EXCEPTION_UNWIND))
        return search_scopes(ExceptionRecord, EstablisherFrame, ContextRecord, DispatcherContext);
    unwind_scopes(ExceptionRecord, EstablisherFrame, DispatcherContext);
    return ExceptionContinueSearch;
}
NT_EXPORT("ntoskrnl.exe", __C_specific_handler);

/* ---- raising ---- */

__attribute__((noreturn)) static void raise_from_caller(EXCEPTION_RECORD *record,
                                                        const struct pe_vector_state *vectors)
{
    CONTEXT context;
    if (pe_caller_context(&context, vectors)) {
        record->ExceptionAddress = (PVOID)context.Rip;
        pe_raise(record, &context);
    }
    pe_seh_host.unhandled(record, &context);
    abort();
}

__attribute__((noreturn)) static void raise_status(NTSTATUS status,
                                                   const struct pe_vector_state *vectors)
{
    EXCEPTION_RECORD record = {.ExceptionCode = status, .ExceptionFlags = EXCEPTION_NONCONTINUABLE};
    raise_from_caller(&record, vectors);
}

void pe_raise_status(NTSTATUS status)
{
    raise_status(status, NULL);
}

#define ENTRY(name)                                                                                \
    extern char name##_entry[];                                                                    \
    NT_EXPORT_AS("ntoskrnl.exe", name, name##_entry)

__attribute__((used)) VOID NTAPI ExRaiseStatus_from(NTSTATUS Status, PVOID b, PVOID c, PVOID d,
                                                    PVOID e, PVOID f,
                                                    const struct pe_vector_state *vectors)
{
    raise_status(Status, vectors);
}
ENTRY(ExRaiseStatus);
NT_EXPORT_AS("ntoskrnl.exe", RtlRaiseStatus, ExRaiseStatus_entry);

__attribute__((used)) VOID NTAPI ExRaiseAccessViolation_from(PVOID a, PVOID b, PVOID c, PVOID d,
                                                             PVOID e, PVOID f,
                                                             const struct pe_vector_state *vectors)
{
    raise_status(STATUS_ACCESS_VIOLATION, vectors);
}
ENTRY(ExRaiseAccessViolation);

__attribute__((used)) VOID NTAPI ExRaiseDatatypeMisalignment_from(
    PVOID a, PVOID b, PVOID c, PVOID d, PVOID e, PVOID f, const struct pe_vector_state *vectors)
{
    raise_status(STATUS_DATATYPE_MISALIGNMENT, vectors);
}
ENTRY(ExRaiseDatatypeMisalignment);

__attribute__((used)) VOID NTAPI RtlRaiseException_from(EXCEPTION_RECORD *ExceptionRecord, PVOID b,
                                                        PVOID c, PVOID d, PVOID e, PVOID f,
                                                        const struct pe_vector_state *vectors)
{
    /* The driver's record: a filter reads what the driver put there. */
    raise_from_caller(ExceptionRecord, vectors);
}
ENTRY(RtlRaiseException);

/* ---- contexts and unwinding ---- */

__attribute__((used)) VOID NTAPI RtlCaptureContext_from(CONTEXT *ContextRecord, PVOID b, PVOID c,
                                                        PVOID d, PVOID e, PVOID f,
                                                        const struct pe_vector_state *vectors)
{
    /* Volatile registers are no longer known, and the caller cannot rely on them after a call. */
    pe_caller_context(ContextRecord, vectors);
}
ENTRY(RtlCaptureContext);

VOID NTAPI RtlRestoreContext(CONTEXT *ContextRecord, EXCEPTION_RECORD *ExceptionRecord)
{
    pe_seh_host.resume(ContextRecord);
}
NT_EXPORT("ntoskrnl.exe", RtlRestoreContext);

__attribute__((noreturn)) static void unwind_from_caller(PVOID frame, PVOID ip,
                                                         EXCEPTION_RECORD *record, PVOID value,
                                                         const struct pe_vector_state *vectors)
{
    CONTEXT context;
    EXCEPTION_RECORD own = {.ExceptionCode = STATUS_UNWIND};
    if (pe_caller_context(&context, vectors))
        pe_unwind_to(&context, true, (uintptr_t)frame, (uintptr_t)ip, record, (uintptr_t)value);
    pe_seh_host.unhandled(record ? record : &own, &context);
    abort();
}

__attribute__((used)) VOID NTAPI RtlUnwindEx_from(PVOID TargetFrame, PVOID TargetIp,
                                                  EXCEPTION_RECORD *ExceptionRecord,
                                                  PVOID ReturnValue, CONTEXT *OriginalContext,
                                                  PVOID HistoryTable,
                                                  const struct pe_vector_state *vectors)
{
    unwind_from_caller(TargetFrame, TargetIp, ExceptionRecord, ReturnValue, vectors);
}
ENTRY(RtlUnwindEx);

__attribute__((used)) VOID NTAPI RtlUnwind_from(PVOID TargetFrame, PVOID TargetIp,
                                                EXCEPTION_RECORD *ExceptionRecord,
                                                PVOID ReturnValue, PVOID e, PVOID f,
                                                const struct pe_vector_state *vectors)
{
    unwind_from_caller(TargetFrame, TargetIp, ExceptionRecord, ReturnValue, vectors);
}
ENTRY(RtlUnwind);

/* What the compiler calls for a jump out of a __finally block (MSVC, "Termination-handler syntax").
 */
__attribute__((used)) VOID NTAPI _local_unwind_from(PVOID TargetFrame, PVOID TargetIp, PVOID c,
                                                    PVOID d, PVOID e, PVOID f,
                                                    const struct pe_vector_state *vectors)
{
    unwind_from_caller(TargetFrame, TargetIp, NULL, NULL, vectors);
}
ENTRY(_local_unwind);

PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase,
                                               PVOID HistoryTable)
{
    struct pe_loaded *l;
    const struct pe_runtime_function *f = pe_function_lookup(ControlPc, &l);
    if (l)
        *ImageBase = (uintptr_t)l->base;
    return (PRUNTIME_FUNCTION)f;
}
NT_EXPORT("ntoskrnl.exe", RtlLookupFunctionEntry);

PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(ULONG HandlerType, ULONG64 ImageBase, ULONG64 ControlPc,
                                          PRUNTIME_FUNCTION FunctionEntry, CONTEXT *ContextRecord,
                                          PVOID *HandlerData, PULONG64 EstablisherFrame,
                                          PKNONVOLATILE_CONTEXT_POINTERS ContextPointers)
{
    struct pe_frame frame = {0};
    struct pe_loaded *l = pe_image_by_address(ControlPc);
    ContextRecord->Rip = ControlPc;
    if (!l || !pe_unwind_frame(l, (const void *)FunctionEntry, HandlerType, ContextRecord, &frame,
                               ContextPointers))
        ContextRecord->Rip = 0; /* ends every walk */
    *HandlerData = frame.handler_data;
    *EstablisherFrame = frame.establisher;
    return (PEXCEPTION_ROUTINE)frame.handler;
}
NT_EXPORT("ntoskrnl.exe", RtlVirtualUnwind);

PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage)
{
    const struct pe_loaded *l = pe_image_by_address((uintptr_t)PcValue);
    *BaseOfImage = l ? l->base : NULL;
    return *BaseOfImage;
}
NT_EXPORT("ntoskrnl.exe", RtlPcToFileHeader);
