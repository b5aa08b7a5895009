/* SPDX-License-Identifier: MIT */
/* wdk.h - the Windows types, for host code.
 *
 * The host compiles the very headers that drivers compile (mingw-w64's ntddk.h and ntddndis.h),
 * through the shims in include/host: LONG is 32 bits, WCHAR 16, NTAPI is ms_abi. So each layout
 * exists once, and the compiler checks that host and driver agree on it.
 *
 * Call only functions that this project implements; the headers' inline functions that touch
 * privileged registers (KeGetCurrentIrql, KeRaiseIrql ...) are for drivers. */
#pragma once

#define _NTSYSTEM_
#define _NTHALDLL_
#define _NTOSKRNL_
/* We are NDIS: ntddndis.h and ndis.h show every version's names, in their largest layout. */
#define NDIS_WRAPPER 1
#ifndef NTDDI_VERSION
#define NTDDI_VERSION 0x06020000
#define _WIN32_WINNT  0x0602
#define WINVER        0x0602
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wattributes"
#include <ntddk.h>
#include <ntddndis.h>
#pragma GCC diagnostic pop
#undef __declspec
