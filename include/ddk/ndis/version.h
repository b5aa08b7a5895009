/* SPDX-License-Identifier: MIT */
/* version.h - which NDIS a driver is written for, and what that makes visible.
 *
 * A driver selects its version by macros, before it includes ndis.h (WDK: "Specifying NDIS
 * Version Information"):
 *
 *   NDIS_MINIPORT_DRIVER and one of NDIS40_MINIPORT NDIS50_MINIPORT NDIS51_MINIPORT
 *       NDIS60_MINIPORT NDIS61_MINIPORT NDIS620_MINIPORT NDIS630_MINIPORT     a miniport
 *   one of NDIS40 NDIS50 NDIS51 NDIS60 NDIS61 NDIS620 NDIS630                 a protocol or filter
 *   NDIS_WRAPPER                                                            NDIS itself: all of it
 *
 * Derived here: NDIS_{MINIPORT,PROTOCOL,FILTER}_{MAJOR,MINOR}_VERSION, NDIS_LEGACY_{MINIPORT,
 * PROTOCOL,DRIVER} (5.x packets are visible) and NDIS_SUPPORT_NDIS6, 61, 620, 630. The last ones
 * also choose the layout of ntddndis.h, so that header includes this one first. */
#ifndef DDK_NDIS_VERSION_H
#define DDK_NDIS_VERSION_H

#include <sdkddkver.h>

/* The DDKs' name for this family of systems, for miniports shared with Windows 95. */
#define NDIS_NT 1

/* Run-time versions, as NdisGetVersion returns them: major in the high word. */
#define NDIS_RUNTIME_VERSION_60  ((6 << 16) | 0)
#define NDIS_RUNTIME_VERSION_61  ((6 << 16) | 1)
#define NDIS_RUNTIME_VERSION_620 ((6 << 16) | 20)
#define NDIS_RUNTIME_VERSION_630 ((6 << 16) | 30)

#ifndef NDIS_WDM
#define NDIS_WDM 0
#endif

#ifndef NDIS_WRAPPER

#if defined(NDIS_MINIPORT_MAJOR_VERSION) || defined(NDIS_MINIPORT_MINOR_VERSION) ||                \
    defined(NDIS_PROTOCOL_MAJOR_VERSION) || defined(NDIS_PROTOCOL_MINOR_VERSION) ||                \
    defined(NDIS_FILTER_MAJOR_VERSION) || defined(NDIS_FILTER_MINOR_VERSION)
#error                                                                                             \
    "NDIS_*_MAJOR_VERSION and NDIS_*_MINOR_VERSION belong to ndis.h; define NDISxx_MINIPORT instead"
#endif

#ifdef NDIS_MINIPORT_DRIVER
#if defined(NDIS630_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 6
#define NDIS_MINIPORT_MINOR_VERSION 30
#elif defined(NDIS620_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 6
#define NDIS_MINIPORT_MINOR_VERSION 20
#elif defined(NDIS61_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 6
#define NDIS_MINIPORT_MINOR_VERSION 1
#elif defined(NDIS60_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 6
#define NDIS_MINIPORT_MINOR_VERSION 0
#elif defined(NDIS51_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 5
#define NDIS_MINIPORT_MINOR_VERSION 1
#elif defined(NDIS50_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 5
#define NDIS_MINIPORT_MINOR_VERSION 0
#elif defined(NDIS40_MINIPORT)
#define NDIS_MINIPORT_MAJOR_VERSION 4
#define NDIS_MINIPORT_MINOR_VERSION 0
#else
#error "NDIS_MINIPORT_DRIVER needs a version: NDIS40/50/51/60/61/620/630_MINIPORT"
#endif

/* A 6.x miniport needs the Windows that brought its version; ntddndis.h depends on it too. */
#if (NDIS_MINIPORT_MAJOR_VERSION == 6) && defined(NTDDI_VERSION) &&                                \
    ((NDIS_MINIPORT_MINOR_VERSION == 30 && NTDDI_VERSION < 0x06020000) ||                          \
     (NDIS_MINIPORT_MINOR_VERSION == 20 && NTDDI_VERSION < 0x06010000) ||                          \
     (NDIS_MINIPORT_MINOR_VERSION <= 1 && NTDDI_VERSION < 0x06000000))
#error "NTDDI_VERSION is older than the Windows of this NDIS version"
#endif
#endif /* NDIS_MINIPORT_DRIVER */

#if defined(NDIS630)
#define NDIS_PROTOCOL_MAJOR_VERSION 6
#define NDIS_PROTOCOL_MINOR_VERSION 30
#elif defined(NDIS620)
#define NDIS_PROTOCOL_MAJOR_VERSION 6
#define NDIS_PROTOCOL_MINOR_VERSION 20
#elif defined(NDIS61)
#define NDIS_PROTOCOL_MAJOR_VERSION 6
#define NDIS_PROTOCOL_MINOR_VERSION 1
#elif defined(NDIS60)
#define NDIS_PROTOCOL_MAJOR_VERSION 6
#define NDIS_PROTOCOL_MINOR_VERSION 0
#elif defined(NDIS51)
#define NDIS_PROTOCOL_MAJOR_VERSION 5
#define NDIS_PROTOCOL_MINOR_VERSION 1
#elif defined(NDIS50)
#define NDIS_PROTOCOL_MAJOR_VERSION 5
#define NDIS_PROTOCOL_MINOR_VERSION 0
#elif defined(NDIS40)
#define NDIS_PROTOCOL_MAJOR_VERSION 4
#define NDIS_PROTOCOL_MINOR_VERSION 0
#elif !defined(NDIS_MINIPORT_DRIVER)
#define NDIS40                      1
#define NDIS_PROTOCOL_MAJOR_VERSION 4
#define NDIS_PROTOCOL_MINOR_VERSION 0
#endif

#if defined(NDIS_PROTOCOL_MAJOR_VERSION) && (NDIS_PROTOCOL_MAJOR_VERSION == 6)
#define NDIS_FILTER_MAJOR_VERSION NDIS_PROTOCOL_MAJOR_VERSION
#define NDIS_FILTER_MINOR_VERSION NDIS_PROTOCOL_MINOR_VERSION
#endif

#define DDK_MINIPORT_IS(major, minor)                                                              \
    (NDIS_MINIPORT_MAJOR_VERSION > (major) ||                                                      \
     (NDIS_MINIPORT_MAJOR_VERSION == (major) && NDIS_MINIPORT_MINOR_VERSION >= (minor)))

#ifndef NDIS_SUPPORT_NDIS630
#if (defined(NDIS_MINIPORT_MAJOR_VERSION) && DDK_MINIPORT_IS(6, 30)) || defined(NDIS630) ||        \
    defined(UM_NDIS630)
#define NDIS_SUPPORT_NDIS630 1
#else
#define NDIS_SUPPORT_NDIS630 0
#endif
#endif

#ifndef NDIS_SUPPORT_NDIS620
#if (defined(NDIS_MINIPORT_MAJOR_VERSION) && DDK_MINIPORT_IS(6, 20)) || defined(NDIS620) ||        \
    defined(UM_NDIS620) || NDIS_SUPPORT_NDIS630
#define NDIS_SUPPORT_NDIS620 1
#else
#define NDIS_SUPPORT_NDIS620 0
#endif
#endif

#ifndef NDIS_SUPPORT_NDIS61
#if (defined(NDIS_MINIPORT_MAJOR_VERSION) && DDK_MINIPORT_IS(6, 1)) || defined(NDIS61) ||          \
    defined(UM_NDIS61) || NDIS_SUPPORT_NDIS620
#define NDIS_SUPPORT_NDIS61 1
#else
#define NDIS_SUPPORT_NDIS61 0
#endif
#endif

#ifndef NDIS_SUPPORT_NDIS6
#if (defined(NDIS_MINIPORT_MAJOR_VERSION) && DDK_MINIPORT_IS(6, 0)) || defined(NDIS60) ||          \
    defined(UM_NDIS60) || NDIS_SUPPORT_NDIS61
#define NDIS_SUPPORT_NDIS6 1
#else
#define NDIS_SUPPORT_NDIS6 0
#endif
#endif

#ifndef NDIS_LEGACY_MINIPORT
#if defined(NDIS_MINIPORT_MAJOR_VERSION) && (NDIS_MINIPORT_MAJOR_VERSION < 6)
#define NDIS_LEGACY_MINIPORT 1
#else
#define NDIS_LEGACY_MINIPORT 0
#endif
#endif

/* An intermediate driver that is half-ported by NDIS60=1 keeps its 5.x protocol too. */
#ifndef NDIS_LEGACY_PROTOCOL
#if (defined(NDIS_PROTOCOL_MAJOR_VERSION) && (NDIS_PROTOCOL_MAJOR_VERSION < 6)) ||                 \
    (NDIS_LEGACY_MINIPORT && (defined(NDIS51) || defined(NDIS50) || defined(NDIS40)))
#define NDIS_LEGACY_PROTOCOL 1
#else
#define NDIS_LEGACY_PROTOCOL 0
#endif
#endif

#else /* NDIS_WRAPPER */

#define NDIS_SUPPORT_NDIS6   1
#define NDIS_SUPPORT_NDIS61  1
#define NDIS_SUPPORT_NDIS620 1
#define NDIS_SUPPORT_NDIS630 1
#define NDIS_LEGACY_MINIPORT 1
#define NDIS_LEGACY_PROTOCOL 1

#endif /* NDIS_WRAPPER */

#ifndef NDIS_LEGACY_DRIVER
#if NDIS_LEGACY_MINIPORT || NDIS_LEGACY_PROTOCOL
#define NDIS_LEGACY_DRIVER 1
#else
#define NDIS_LEGACY_DRIVER 0
#endif
#endif

/* A 5.x miniport that sees the 6.0 interfaces too: its interrupt is ported, the rest is not
 * (docs/port.md). What it was written against keeps its 5.x form, so that it compiles as before. */
#if NDIS_LEGACY_MINIPORT && NDIS_SUPPORT_NDIS6 && !defined(NDIS_WRAPPER)
#define DDK_HALF_PORTED 1
#else
#define DDK_HALF_PORTED 0
#endif

/* The type of a 6.0 member whose enumeration 6.0 extended: a half-ported driver's switch over it
 * may have cases that its enumeration lacks. C++ needs the enumeration for assignments. */
#if DDK_HALF_PORTED && !defined(__cplusplus)
#define DDK_ENUM_6(Type) ULONG
#else
#define DDK_ENUM_6(Type) Type
#endif

/* The reader/writer lock without "Ex" names ends with NDIS 6.20; older drivers still see it. */
#if defined(NDIS61_MINIPORT) || defined(NDIS60_MINIPORT) || defined(NDIS61) || defined(NDIS60) ||  \
    NDIS_LEGACY_DRIVER
#define NDIS_SUPPORT_60_COMPATIBLE_API 1
#else
#define NDIS_SUPPORT_60_COMPATIBLE_API 0
#endif

/* BINARY_COMPATIBLE (DDKs up to Windows Server 2003): call the exports that the macros of later
 * systems replace, so that one binary runs on all of them. NDIS itself implements those exports. */
#ifdef NDIS_WRAPPER
#undef BINARY_COMPATIBLE
#define BINARY_COMPATIBLE 1
#endif
#ifndef BINARY_COMPATIBLE
#define BINARY_COMPATIBLE 0
#endif

#endif /* DDK_NDIS_VERSION_H */
