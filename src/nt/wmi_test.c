/* SPDX-License-Identifier: MIT */
/* wmi_test.c - providers of WMI data come and go. */
#include "nt/wmi.h"
#include "nt/nt_test.h"

static PDEVICE_OBJECT object(uintptr_t n)
{
    return (PDEVICE_OBJECT)(n << 12);
}

TEST_NT(wmi_providers_are_registered_until_they_leave, "")
{
    CHECK_EQ(IoWMIRegistrationControl(object(1), WMIREG_ACTION_DEREGISTER),
             STATUS_INVALID_PARAMETER);
    CHECK_EQ(IoWMIRegistrationControl(object(1), 0), STATUS_INVALID_PARAMETER);
    CHECK_EQ(IoWMIRegistrationControl(object(1), WMIREG_ACTION_REGISTER), STATUS_SUCCESS);
    /* A trace provider: a callback, and flags. */
    CHECK_EQ(IoWMIRegistrationControl(object(2), 0x80010000 | WMIREG_ACTION_REGISTER),
             STATUS_SUCCESS);
    CHECK_EQ(IoWMIRegistrationControl(object(1), WMIREG_ACTION_UPDATE_GUIDS), STATUS_SUCCESS);
    CHECK_EQ(IoWMIRegistrationControl(object(3), WMIREG_ACTION_REREGISTER),
             STATUS_INVALID_PARAMETER);
    CHECK_EQ(IoWMIRegistrationControl(object(1), WMIREG_ACTION_DEREGISTER), STATUS_SUCCESS);
    CHECK_EQ(wmi_report_leaks(), 1);
    CHECK_EQ(wmi_report_leaks(), 0);
}

TEST_NT(a_trace_message_without_a_session_goes_nowhere, "")
{
    static const GUID class = {1, 2, 3, {4}};
    ULONG value = 5;
    CHECK_EQ(WmiTraceMessage(0, 0x2b, &class, 10, &value, sizeof(value), NULL, 0),
             STATUS_INVALID_HANDLE);
}
