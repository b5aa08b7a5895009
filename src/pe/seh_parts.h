/* SPDX-License-Identifier: MIT */
/* seh_parts.h - how seh.c, seh_api.c and seh_entry.S share the work; nobody else includes it. */
#pragma once
#include "pe/seh.h"

enum pe_call_kind {
    PE_CALL_SEARCH, /* a language handler, looking for who wants the exception */
    PE_CALL_UNWIND, /* a language handler, unwinding its frame */
    PE_CALL_FILTER, /* a filter or __finally block, on behalf of one of the above */
};

#define PE_CALL_MAGIC 0x6c6c61635f657064ULL

/* A call from here into driver code. The record's address lies at a fixed place in the caller's
 * frame (seh_entry.S), so that a walk that arrives there finds out how to go on. */
struct pe_call {
    uint64_t magic;
    enum pe_call_kind kind;
    DISPATCHER_CONTEXT dispatcher;
    bool after_call;      /* dispatcher.ControlPc is a return address, not a faulting instruction */
    const CONTEXT *start; /* SEARCH: where the exception happened */
    bool start_after_call; /* SEARCH: the same for *start */
    const CONTEXT *frame;  /* UNWIND: the frame being unwound */
    struct pe_call *outer; /* FILTER: the record of the handler that calls it, or NULL */
};

/* Calls a driver function (ms_abi) under a record. */
uint64_t pe_call_driver(const struct pe_call *call, void *function, uint64_t a, uint64_t b,
                        uint64_t c, uint64_t d);
/* The return address of that call, and where the record's address lies from rsp there. */
extern const char pe_call_return[];
#define PE_CALL_RECORD_OFFSET 0x28

/* The registers that an export's entry keeps before host code can change them. */
struct pe_vector_state {
    ULONG mxcsr;
    ULONG unused[3];
    M128A xmm[10]; /* xmm6 to xmm15 */
};

/* The context of the driver code that called the current export. False: no driver did. */
bool pe_caller_context(CONTEXT *context, const struct pe_vector_state *vectors);

/* Dispatches an exception raised by a call; continues, unwinds, or ends in pe_seh_host.unhandled.
 */
__attribute__((noreturn)) void pe_raise(EXCEPTION_RECORD *record, CONTEXT *context);

/* Unwinds from *start to `target_frame` (0: all of it) and continues at target_ip with rax =
 * return_value. */
__attribute__((noreturn)) void pe_unwind_to(const CONTEXT *start, bool after_call,
                                            uint64_t target_frame, uint64_t target_ip,
                                            EXCEPTION_RECORD *record, uint64_t return_value);
