/* SPDX-License-Identifier: MIT */
/* wmi.h - drivers' registrations as providers of WMI data (IoWMIRegistrationControl). */
#pragma once
#include "nt/wdk.h"
#include <stddef.h>

/* WDK: wdm.h declares it only with RUN_WPP. */
NTSTATUS __attribute__((ms_abi))
WmiTraceMessage(TRACEHANDLE LoggerHandle, ULONG MessageFlags, LPCGUID MessageGuid,
                USHORT MessageNumber, ...);

/* After the driver's unload: reports and forgets what it left registered. Returns how many. */
size_t wmi_report_leaks(void);
