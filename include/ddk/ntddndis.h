/* SPDX-License-Identifier: MIT */
/* ntddndis.h - OIDs and the structures they carry: mingw-w64's, for the driver's NDIS version.
 *
 * The sizes of these structures grow with NDIS_SUPPORT_NDIS61/620/630, so the version must be
 * known first; mingw-w64's header alone knows only the user-mode UM_NDISxx macros.
 *
 * A half-ported driver's NDIS_REQUEST_TYPE has the enumerators of 5.x, or a switch over an
 * NDIS_REQUEST's type would lack one; 6.0's stands beside it. */
#ifndef DDK_NTDDNDIS_H
#define DDK_NTDDNDIS_H
#include "ndis/version.h"
#if DDK_HALF_PORTED
#define NdisRequestMethod /* the last enumerator */
#endif
#include_next <ntddndis.h>
#if DDK_HALF_PORTED
#undef NdisRequestMethod
#define NdisRequestMethod ((NDIS_REQUEST_TYPE)(NdisRequestGeneric4 + 1))
#endif
#include "ndis/ntddndis_more.h"
#endif
