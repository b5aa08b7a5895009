/* SPDX-License-Identifier: MIT */
/* unwind.h - from a place in driver code to its caller, with the image's unwind data.
 *
 * Source: Microsoft, "x64 exception handling" (unwind data, prolog and epilog rules). Tables are
 * read from the parsed image and bounds-checked; stack memory is checked before it is read, so that
 * a ruined stack pointer ends a walk and nothing else. All of it is async-signal-safe. */
#pragma once
#include "nt/wdk.h"
#include "pe/load.h"

/* The Windows names that mingw-w64's kernel headers do not have. */
typedef struct _RUNTIME_FUNCTION {
    ULONG BeginAddress;
    ULONG EndAddress;
    ULONG UnwindData;
} RUNTIME_FUNCTION, *PRUNTIME_FUNCTION;

typedef struct _KNONVOLATILE_CONTEXT_POINTERS {
    PM128A FloatingContext[16];
    PULONG64 IntegerContext[16];
} KNONVOLATILE_CONTEXT_POINTERS, *PKNONVOLATILE_CONTEXT_POINTERS;

#define UNW_FLAG_NHANDLER  0
#define UNW_FLAG_EHANDLER  1 /* has an exception handler */
#define UNW_FLAG_UHANDLER  2 /* has a termination handler */
#define UNW_FLAG_CHAININFO 4

/* The function table entry of an address in a loaded image, as it lies in the image's memory; NULL
 * for a leaf function (no entry) and outside all images. *loaded (if not NULL) receives the image.
 */
const struct pe_runtime_function *pe_function_lookup(uint64_t rip, struct pe_loaded **loaded);

/* What one step found. */
struct pe_frame {
    uint64_t establisher; /* the frame's base: rsp after the prolog, or the frame register's base */
    void *handler;        /* language handler, if the wanted kind exists and code is in the body */
    void *handler_data;   /* its data, in the image's memory */
};

/* One step from context->Rip, which lies in `loaded`, with its entry `function` (NULL: leaf), to
 * the caller. `handler_kinds`: UNW_FLAG_*HANDLER to ask for. `pointers` may be NULL. False, and
 * *context is undefined, if unwind data or stack are not readable. */
bool pe_unwind_frame(struct pe_loaded *loaded, const struct pe_runtime_function *function,
                     unsigned handler_kinds, CONTEXT *context, struct pe_frame *frame,
                     KNONVOLATILE_CONTEXT_POINTERS *pointers);

/* One step; false (context unchanged) if Rip is not in a loaded image or the stack is not readable.
 */
bool pe_unwind_step(CONTEXT *context);
