/* SPDX-License-Identifier: MIT */
#include "nt/export.h"
#include "nt/handle.h"
#include "nt/nt_test.h"
#include "nt/pool.h"
#include "nt/thread.h"

NTSTATUS NTAPI ZwClose(HANDLE Handle);

#define NAME(text)                                                                                 \
    &(UNICODE_STRING)                                                                              \
    {                                                                                              \
        sizeof(text) - 2, sizeof(text), (PWSTR)text                                                \
    }

TEST_NT(a_named_event_is_one_for_all_and_starts_signaled, "")
{
    HANDLE a, b, c;
    PKEVENT event = IoCreateNotificationEvent(NAME(L"\\BaseNamedObjects\\One"), &a);
    CHECK(event && a);
    CHECK_EQ(thread_wait(event, 0), STATUS_SUCCESS);
    CHECK_EQ(thread_wait(event, 0), STATUS_SUCCESS); /* a notification event stays */
    event_clear(event);
    CHECK(IoCreateNotificationEvent(NAME(L"\\BaseNamedObjects\\ONE"), &b) == event);
    CHECK_EQ(thread_wait(event, 0), STATUS_TIMEOUT); /* opened, not made anew */
    CHECK(IoCreateSynchronizationEvent(NAME(L"\\BaseNamedObjects\\Two"), &c) != event);
    CHECK_EQ(ZwClose(a), STATUS_SUCCESS);
    event_set(event);
    CHECK_EQ(thread_wait(event, 0), STATUS_SUCCESS); /* b keeps it */
    CHECK_EQ(ZwClose(b), STATUS_SUCCESS);
    event = IoCreateNotificationEvent(NAME(L"\\BaseNamedObjects\\One"), &a);
    CHECK_EQ(thread_wait(event, 0), STATUS_SUCCESS); /* a new one */
    CHECK_EQ(ZwClose(a), STATUS_SUCCESS);
    CHECK_EQ(ZwClose(c), STATUS_SUCCESS);
    CHECK_EQ(handle_report_leaks(), 0);
    CHECK_EQ(nt_pool_report_leaks(), 0);
}

TEST_NT(a_synchronization_event_lets_one_through, "")
{
    HANDLE a;
    PKEVENT event = IoCreateSynchronizationEvent(NULL, &a);
    CHECK_EQ(thread_wait(event, 0), STATUS_SUCCESS);
    CHECK_EQ(thread_wait(event, 0), STATUS_TIMEOUT);
    CHECK_EQ(handle_report_leaks(), 1); /* nobody closed it */
}

TEST_NT(an_event_handle_leads_to_the_event_and_a_reference_keeps_it, "")
{
    size_t n;
    const struct nt_export *const *rows = nt_export_rows(&n);
    NTSTATUS(NTAPI * reference)(HANDLE, ACCESS_MASK, PVOID, KPROCESSOR_MODE, PVOID *, PVOID) = NULL;
    LONG_PTR(NTAPI * dereference)(PVOID) = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(rows[i]->name, "ObReferenceObjectByHandle"))
            reference = rows[i]->entry;
        if (!strcmp(rows[i]->name, "ObfDereferenceObject"))
            dereference = rows[i]->entry;
    }
    HANDLE a;
    PVOID object = NULL;
    PKEVENT event = IoCreateNotificationEvent(NAME(L"\\BaseNamedObjects\\One"), &a);
    CHECK_EQ(reference(a, 0, NULL, KernelMode, &object, NULL), STATUS_SUCCESS);
    CHECK(object == event);
    CHECK_EQ(ZwClose(a), STATUS_SUCCESS);
    event_clear(event);
    CHECK_EQ(thread_wait(event, 0), STATUS_TIMEOUT);
    dereference(event);
    CHECK_EQ(nt_pool_report_leaks(), 0);
    CHECK_EQ(reference(a, 0, NULL, KernelMode, &object, NULL), STATUS_INVALID_HANDLE);
}
