/* SPDX-License-Identifier: MIT */
/* seh_attach.c - connects unwinding, exceptions and symbols to the kernel's hooks. */
#include "pe/seh.h"
#include "pe/symbols.h"
#include "nt/callstack.h"
#include "nt/report.h"

/* KMODE_EXCEPTION_NOT_HANDLED: the status, where, and the first two parameters (WDK, bug check
 * 0x1E). */
__attribute__((noreturn)) static void unhandled(EXCEPTION_RECORD *record, CONTEXT *context)
{
    const EXCEPTION_RECORD *cause = record->ExceptionRecord;
    bugcheck(0x1E, (uint32_t)record->ExceptionCode, (uintptr_t)record->ExceptionAddress,
             record->NumberParameters > 0 ? record->ExceptionInformation[0] : 0,
             record->NumberParameters > 1 ? record->ExceptionInformation[1] : 0,
             cause ? "the driver raised exception 0x%08x, and handling it led to 0x%08x"
                   : "the driver raised exception 0x%08x, which none of its handlers took",
             (uint32_t)(cause ? cause : record)->ExceptionCode, (uint32_t)record->ExceptionCode);
}

void pe_seh_attach(void)
{
    pe_seh_host = (struct pe_seh_host){nt_export_caller, nt_resume, unhandled};
    driver_unwind_step = pe_unwind_step;
    driver_dispatch_exception = pe_exception;
    report_symbolise = pe_symbolise;
}
