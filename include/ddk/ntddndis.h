/* SPDX-License-Identifier: MIT */
/* ntddndis.h - OIDs and the structures they carry: mingw-w64's, for the driver's NDIS version.
 *
 * The sizes of these structures grow with NDIS_SUPPORT_NDIS61/620/630, so the version must be
 * known first; mingw-w64's header alone knows only the user-mode UM_NDISxx macros. */
#ifndef DDK_NTDDNDIS_H
#define DDK_NTDDNDIS_H
#include "ndis/version.h"
#include_next <ntddndis.h>
#include "ndis/ntddndis_more.h"
#endif
