/* SPDX-License-Identifier: MIT */
/* ntifs.h - mingw-w64's, over our wdm.h. */
#ifndef DDK_NTIFS_H
#define DDK_NTIFS_H
#include_next <ntifs.h>
#endif
