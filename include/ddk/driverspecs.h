/* SPDX-License-Identifier: MIT */
/* driverspecs.h - annotations for drivers; gcc has no use for them, so they are empty.
 *
 * mingw-w64 has most of SAL; here is the rest that real drivers use (WDK: "SAL 2.0 annotations for
 * Windows drivers"). Only names that are still undefined are defined. */
#ifndef DDK_DRIVERSPECS_H
#define DDK_DRIVERSPECS_H
#include <sal.h>
#include_next <driverspecs.h>
#include "ndis/sal_more.h"
#endif
