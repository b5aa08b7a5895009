/* SPDX-License-Identifier: MIT */
/* seh.c - dispatching and unwinding.
 *
 * A walk goes from frame to frame with pe_unwind_frame(). Where it reaches pe_call_return, driver
 * code was called by this file, and the call's record says where the walk continues:
 *   - out of a filter or handler of a search: at the exception that was searched for (a nested
 *     exception);
 *   - out of a __finally block of an unwind: at the frame that was being unwound, behind the scopes
 *     that are done (a collided unwind).
 * Any other address outside of images ends the walk. */
#include "pe/seh_parts.h"
#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAMES 1024
#define MAX_NESTED                                                                                 \
    16 /* a filter that raises is asked about its own exception: without end, if it raises again   \
        */

struct pe_seh_host pe_seh_host;

/* A walk over driver frames. */
struct walk {
    CONTEXT context;
    uint64_t last_frame;   /* frames only go up */
    uint32_t scope_index;  /* for the next frame: scopes before it are done */
    unsigned nested;       /* exceptions that are being handled below this one */
    uint64_t nested_frame; /* frames up to this one handle a nested exception */
    bool collided;         /* the next frame was being unwound already */
    bool after_call;       /* context.Rip is a return address */
};

enum step { STEP_FRAME, STEP_END };

/* Moves the walk out of host frames; STEP_END if no driver frame follows. */
static enum step enter_driver(struct walk *w)
{
    for (int i = 0; i < MAX_FRAMES; i++) {
        if (pe_image_by_address(w->context.Rip))
            return STEP_FRAME;
        if (w->context.Rip != (uintptr_t)pe_call_return)
            return STEP_END;
        const struct pe_call *call = *(struct pe_call **)(w->context.Rsp + PE_CALL_RECORD_OFFSET);
        while (call && call->magic == PE_CALL_MAGIC && call->kind == PE_CALL_FILTER)
            call = call->outer;
        if (!call || call->magic != PE_CALL_MAGIC)
            return STEP_END;
        if (call->kind == PE_CALL_SEARCH) {
            if (++w->nested > MAX_NESTED)
                return STEP_END;
            if (call->dispatcher.EstablisherFrame > w->nested_frame)
                w->nested_frame = call->dispatcher.EstablisherFrame;
            w->context = *call->start;
            w->after_call = call->start_after_call;
        } else {
            w->scope_index = call->dispatcher.ScopeIndex;
            w->collided = true;
            w->context = *call->frame;
            w->after_call = call->after_call;
        }
        w->last_frame = 0;
    }
    return STEP_END;
}

/* One frame: `before` and w->context are its own and its caller's registers. */
static bool next_frame(struct walk *w, unsigned kinds, CONTEXT *before, struct pe_call *call)
{
    DISPATCHER_CONTEXT *dc = &call->dispatcher;
    struct pe_loaded *l;
    struct pe_frame frame;
    const struct pe_runtime_function *f = pe_function_lookup(w->context.Rip, &l);
    *before = w->context;
    if (!pe_unwind_frame(l, f, kinds, &w->context, &frame, NULL))
        return false;
    if (frame.establisher & 7 || frame.establisher < w->last_frame)
        return false;
    w->last_frame = frame.establisher;
    memset(dc, 0, sizeof *dc);
    dc->ControlPc = before->Rip;
    dc->ImageBase = (uintptr_t)l->base;
    dc->FunctionEntry = (PRUNTIME_FUNCTION)f;
    dc->EstablisherFrame = frame.establisher;
    dc->LanguageHandler = (PEXCEPTION_ROUTINE)frame.handler;
    dc->HandlerData = frame.handler_data;
    dc->ScopeIndex = w->scope_index;
    w->scope_index = 0;
    call->after_call = w->after_call;
    w->after_call = true;
    return true;
}

static EXCEPTION_DISPOSITION call_handler(struct pe_call *call, EXCEPTION_RECORD *record,
                                          CONTEXT *context)
{
    DISPATCHER_CONTEXT *dc = &call->dispatcher;
    return (EXCEPTION_DISPOSITION)pe_call_driver(call, (void *)dc->LanguageHandler,
                                                 (uintptr_t)record, dc->EstablisherFrame,
                                                 (uintptr_t)context, (uintptr_t)dc);
}

__attribute__((noreturn)) static void give_up(EXCEPTION_RECORD *cause, CONTEXT *context,
                                              NTSTATUS status)
{
    EXCEPTION_RECORD record = {.ExceptionCode = status,
                               .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                               .ExceptionRecord = cause,
                               .ExceptionAddress = (PVOID)context->Rip};
    pe_seh_host.unhandled(&record, context);
    abort();
}

static bool dispatch(EXCEPTION_RECORD *record, CONTEXT *context, bool after_call)
{
    const CONTEXT start = *context;
    struct walk w = {.context = start, .after_call = after_call};
    struct pe_call call = {.magic = PE_CALL_MAGIC,
                           .kind = PE_CALL_SEARCH,
                           .start = &start,
                           .start_after_call = after_call};
    CONTEXT before;
    for (int i = 0; i < MAX_FRAMES && enter_driver(&w) == STEP_FRAME; i++) {
        if (!next_frame(&w, UNW_FLAG_EHANDLER, &before, &call)) {
            record->ExceptionFlags |= EXCEPTION_STACK_INVALID;
            return false;
        }
        w.collided = false;
        if (!call.dispatcher.LanguageHandler)
            continue;
        if (w.nested_frame)
            record->ExceptionFlags |= EXCEPTION_NESTED_CALL;
        CONTEXT caller = w.context;
        call.dispatcher.ContextRecord = &caller;
        EXCEPTION_DISPOSITION answer = call_handler(&call, record, context);
        if (w.nested_frame && call.dispatcher.EstablisherFrame >= w.nested_frame) {
            record->ExceptionFlags &= ~(ULONG)EXCEPTION_NESTED_CALL;
            w.nested_frame = 0;
        }
        switch (answer) {
        case ExceptionContinueExecution:
            if (record->ExceptionFlags & EXCEPTION_NONCONTINUABLE)
                give_up(record, context, STATUS_NONCONTINUABLE_EXCEPTION);
            return true;
        case ExceptionContinueSearch:
        case ExceptionNestedException:
            break;
        default:
            give_up(record, context, STATUS_INVALID_DISPOSITION);
        }
    }
    return false;
}

bool pe_dispatch_exception(EXCEPTION_RECORD *record, CONTEXT *context)
{
    return dispatch(record, context, false);
}

void pe_exception(EXCEPTION_RECORD *record, CONTEXT *context)
{
    if (pe_dispatch_exception(record, context))
        pe_seh_host.resume(context);
}

void pe_raise(EXCEPTION_RECORD *record, CONTEXT *context)
{
    CONTEXT original = *context;
    if (dispatch(record, context, true))
        pe_seh_host.resume(context);
    pe_seh_host.unhandled(record, &original);
    abort();
}

void pe_unwind_to(const CONTEXT *start, bool after_call, uint64_t target_frame, uint64_t target_ip,
                  EXCEPTION_RECORD *record, uint64_t return_value)
{
    struct walk w = {.context = *start, .after_call = after_call};
    CONTEXT before;
    struct pe_call call = {.magic = PE_CALL_MAGIC, .kind = PE_CALL_UNWIND, .frame = &before};
    EXCEPTION_RECORD own = {.ExceptionCode = STATUS_UNWIND, .ExceptionAddress = (PVOID)start->Rip};
    if (!record)
        record = &own;
    record->ExceptionFlags |= EXCEPTION_UNWINDING | (target_frame ? 0 : EXCEPTION_EXIT_UNWIND);
    for (int i = 0; i < MAX_FRAMES && enter_driver(&w) == STEP_FRAME; i++) {
        bool collided = w.collided;
        w.collided = false;
        if (!next_frame(&w, UNW_FLAG_UHANDLER, &before, &call))
            break;
        uint64_t frame = call.dispatcher.EstablisherFrame;
        if (target_frame && frame > target_frame)
            give_up(record, &before, STATUS_INVALID_UNWIND_TARGET);
        if (call.dispatcher.LanguageHandler) {
            ULONG flags = (frame == target_frame ? EXCEPTION_TARGET_UNWIND : 0) |
                          (collided ? EXCEPTION_COLLIDED_UNWIND : 0);
            /* The handler sees, and may change, the registers that will be continued with. */
            CONTEXT shown = before;
            shown.Rax = return_value;
            call.dispatcher.ContextRecord = &shown;
            call.dispatcher.TargetIp = target_ip;
            record->ExceptionFlags |= flags;
            EXCEPTION_DISPOSITION answer = call_handler(&call, record, &shown);
            record->ExceptionFlags &= ~(ULONG)(EXCEPTION_TARGET_UNWIND | EXCEPTION_COLLIDED_UNWIND);
            if (answer != ExceptionContinueSearch)
                give_up(record, &before, STATUS_INVALID_DISPOSITION);
        }
        if (target_frame && frame == target_frame) {
            before.Rip = target_ip;
            before.Rax = return_value;
            pe_seh_host.resume(&before);
        }
    }
    give_up(record, &w.context, target_frame ? STATUS_INVALID_UNWIND_TARGET : STATUS_UNWIND);
}

bool pe_caller_context(CONTEXT *context, const struct pe_vector_state *vectors)
{
    memset(context, 0, sizeof *context);
    if (!pe_seh_host.caller || !pe_seh_host.caller(context))
        return false;
    context->ContextFlags = CONTEXT_FULL;
    if (vectors) {
        context->MxCsr = context->FltSave.MxCsr = vectors->mxcsr;
        memcpy(&context->Xmm6, vectors->xmm, sizeof vectors->xmm);
    } else {
        context->MxCsr = context->FltSave.MxCsr = INITIAL_MXCSR;
    }
    context->FltSave.ControlWord = INITIAL_FPCSR;
    return true;
}
