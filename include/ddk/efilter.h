/* SPDX-License-Identifier: MIT */
/* efilter.h - drivers for Windows NT and 2000 ask for it; what they take from it is in xfilter.h.
 */
#ifndef DDK_EFILTER_H
#define DDK_EFILTER_H
#include <xfilter.h>
#endif
