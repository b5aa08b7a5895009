/* SPDX-License-Identifier: MIT */
/* seh.h - structured exception handling for driver code: __try, __except, __finally.
 *
 * An exception starts at a driver instruction (a fault, reported by the host) or in an export
 * (ExRaiseStatus and friends). The driver's frames are searched from there for a language handler
 * that wants it; then the frames up to that handler are unwound, which runs their __finally blocks,
 * and the handler's block continues.
 *
 * Host frames end a search: an exception does not pass from a driver's callback through the export
 * that called it. Only the frames of this file do, so that exceptions inside filters and __finally
 * blocks (nested exceptions, collided unwinds) behave as on Windows.
 *
 * No state is kept outside the stack: an NT thread may block in a filter. Source: Microsoft, "x64
 * exception handling" (language-specific handler, DISPATCHER_CONTEXT, scope tables as compilers
 * emit them); winnt.h names as in the Windows SDK documentation. */
#pragma once
#include "pe/unwind.h"

#define EXCEPTION_UNWINDING       0x02
#define EXCEPTION_EXIT_UNWIND     0x04
#define EXCEPTION_STACK_INVALID   0x08
#define EXCEPTION_NESTED_CALL     0x10
#define EXCEPTION_TARGET_UNWIND   0x20
#define EXCEPTION_COLLIDED_UNWIND 0x40
#define EXCEPTION_UNWIND          (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)

typedef struct _DISPATCHER_CONTEXT {
    ULONG64 ControlPc;
    ULONG64 ImageBase;
    PRUNTIME_FUNCTION FunctionEntry;
    ULONG64 EstablisherFrame;
    ULONG64 TargetIp;
    PCONTEXT ContextRecord;
    PEXCEPTION_ROUTINE LanguageHandler;
    PVOID HandlerData;
    PVOID HistoryTable;
    ULONG ScopeIndex;
    ULONG Fill0;
} DISPATCHER_CONTEXT, *PDISPATCHER_CONTEXT;
_Static_assert(sizeof(DISPATCHER_CONTEXT) == 0x50, "DISPATCHER_CONTEXT size");

typedef struct _SCOPE_TABLE {
    ULONG Count;
    struct {
        ULONG BeginAddress;
        ULONG EndAddress;
        ULONG HandlerAddress; /* filter, 1 for EXCEPTION_EXECUTE_HANDLER, or the __finally block */
        ULONG JumpTarget;     /* the __except block; 0 for __finally */
    } ScopeRecord[];
} SCOPE_TABLE, *PSCOPE_TABLE;

/* What this file needs from the kernel around it; pe_seh_attach() sets it. */
struct pe_seh_host {
    /* The driver frame that called the current export; false if none did. */
    bool (*caller)(CONTEXT *context);
    void (*resume)(const CONTEXT *context) __attribute__((noreturn));
    /* Nobody handled an exception that an export raised. */
    void (*unhandled)(EXCEPTION_RECORD *record, CONTEXT *context) __attribute__((noreturn));
};
extern struct pe_seh_host pe_seh_host;

/* Dispatches an exception that happened at *context, which lies in driver code. Does not return if
 * a handler takes it; true if a filter wants to continue at *context (which it may have changed);
 * false if nobody wants it. Runs on the stack of the driver code, below its frames. */
bool pe_dispatch_exception(EXCEPTION_RECORD *record, CONTEXT *context);

/* The same, and continues if a filter says so: returns only if nobody handles the exception. */
void pe_exception(EXCEPTION_RECORD *record, CONTEXT *context);

/* For host code in an export that wants to raise in its caller. Registers xmm6-15 of the caller are
 * not known then and read as zero in a handler's frame, unless frames in between saved them. */
__attribute__((noreturn)) void pe_raise_status(NTSTATUS status);

/* Links unwinding, dispatch and symbols to the hooks of nt/callstack.h and nt/report.h. Once,
 * before the machine runs; pe_attach() does it. */
void pe_seh_attach(void);
