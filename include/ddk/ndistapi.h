/* SPDX-License-Identifier: MIT */
/* ndistapi.h - telephony for WAN and connection-oriented miniports: mingw-w64's.
 *
 * That one defines NDIS_VAR_DATA_DESC again, with another type of Offset, though ntddndis.h has it:
 * here its definition becomes a structure that nobody uses, which ends at the pointer's name (the
 * only use of that name there). And NDIS_TAPI_EVENT's parameters are ULONG_PTRs (WDK (NDIS 5):
 * "NDIS_TAPI_EVENT"): handles pass through them. */
#ifndef DDK_NDISTAPI_H
#define DDK_NDISTAPI_H
#include <ndis.h>
#define _NDIS_VAR_DATA_DESC                                                                        \
    DdkMingw_NDIS_VAR_DATA_DESC                                                                    \
    {                                                                                              \
        struct
#define PNDIS_VAR_DATA_DESC                                                                        \
    Pointer;                                                                                       \
    }                                                                                              \
    DdkMingw_NDIS_VAR_DATA_DESC
#define ulParam1 ulParam1 __attribute__((__mode__(__pointer__)))
#define ulParam2 ulParam2 __attribute__((__mode__(__pointer__)))
#define ulParam3 ulParam3 __attribute__((__mode__(__pointer__)))
#include_next <ndistapi.h>
#undef ulParam1
#undef ulParam2
#undef ulParam3
#undef _NDIS_VAR_DATA_DESC
#undef PNDIS_VAR_DATA_DESC
#endif
