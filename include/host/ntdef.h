/* SPDX-License-Identifier: MIT */
/* FASTCALL is nothing on x64 Windows, where there is one calling convention; for the host that convention has a name. */
#pragma once
#include_next <ntdef.h>
#undef FASTCALL
#define FASTCALL __attribute__((ms_abi))
