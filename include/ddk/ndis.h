/* SPDX-License-Identifier: MIT */
/* ndis.h - NDIS 5.0 to 6.30 for drivers, on top of mingw-w64's ntddk.h and ntddndis.h.
 *
 * Include it where a driver for Windows includes the WDK's: same names, same layouts, same imports.
 * The version is chosen before (ndis/version.h). The same files describe the host's side of the
 * calls, where NTAPI is ms_abi and NDIS_WRAPPER makes everything visible.
 *
 * One concept per file in ndis/; this one only orders them. */
#ifndef _NDIS_
#define _NDIS_

#include "ndis/version.h"

#include <ntddk.h>
#include <netevent.h>

#if !defined(_WINDEF_H) && !defined(_WINDEF_)
typedef unsigned int UINT, *PUINT;
#endif

typedef int NDIS_STATUS, *PNDIS_STATUS;

#include <ntddndis.h>

#ifdef __cplusplus
extern "C" { /* as in the WDK's: many miniports are written in C++ */
#endif

#include "xfilter.h"

#include "ndis/status.h"
#include "ndis/base.h"
#include "ndis/sync.h"
#include "ndis/timer.h"
#include "ndis/config.h"
#include "ndis/pnp.h"
#include "ndis/connection.h"
#if NDIS_SUPPORT_NDIS6
#include "ndis/netbuffer.h"
#include "ndis/nblinfo.h"
#include "ndis/oid.h"
#include "ndis/offload.h"
#include "ndis/miniport.h"
#include "ndis/interrupt.h"
#include "ndis/protocol.h"
#include "ndis/filter.h"
#endif
#if NDIS_LEGACY_DRIVER
#include "ndis/packet.h"
#include "ndis/offload5.h"
#include "ndis/miniport5.h"
#include "ndis/block5.h"
#include "ndis/connection5.h"
#include "ndis/protocol5.h"
#endif
#include "ndis/dma.h"
#include "ndis/processor.h"
#include "ndis/device.h"
#include "ndis/intermediate.h"

#ifdef __cplusplus
}
#endif

#endif /* _NDIS_ */
