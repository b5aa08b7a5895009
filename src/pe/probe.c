/* SPDX-License-Identifier: MIT */
/* probe.c - ProbeForRead, ProbeForWrite: whether a buffer that came from user mode is one.
 *
 * There is no user mode here: what a host program hands to a driver plays that part. Memory of the
 * kernel, which is all that lies in physical memory, is no user buffer; nor is what is not mapped.
 * What is wrong is raised as an exception in the driver, whose __try has to be there. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/physmem.h"
#include "pe/seh.h"
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096u

/* Whether the byte can be read, and then written with what it is: asked of the host, so that a bad
 * pointer is an answer and not a fault. */
static bool accessible(uintptr_t address, bool write)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)address, 1};
    pid_t self = getpid();
    return process_vm_readv(self, &here, 1, &there, 1, 0) == 1 &&
           (!write || process_vm_writev(self, &here, 1, &there, 1, 0) == 1);
}

static void probe(const volatile void *pointer, SIZE_T length, ULONG alignment, bool write)
{
    uintptr_t first = (uintptr_t)pointer, last = first + length - 1;
    if (!length)
        return;
    if (alignment && first & (alignment - 1))
        pe_raise_status(STATUS_DATATYPE_MISALIGNMENT);
    bool fine = last >= first;
    for (uintptr_t at = first; fine && at <= last; at = (at | (PAGE - 1)) + 1)
        fine = !physmem_contains((const void *)at) && accessible(at, write);
    if (!fine)
        pe_raise_status(STATUS_ACCESS_VIOLATION);
}

VOID NTAPI ProbeForRead(CONST VOID *Address, SIZE_T Length, ULONG Alignment)
{
    IRQL_MAX(APC_LEVEL);
    probe(Address, Length, Alignment, false);
}
NT_EXPORT("ntoskrnl.exe", ProbeForRead);

VOID NTAPI ProbeForWrite(PVOID Address, SIZE_T Length, ULONG Alignment)
{
    IRQL_MAX(APC_LEVEL);
    probe(Address, Length, Alignment, true);
}
NT_EXPORT("ntoskrnl.exe", ProbeForWrite);
