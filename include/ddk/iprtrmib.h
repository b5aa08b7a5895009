/* SPDX-License-Identifier: MIT */
/* iprtrmib.h - kernel code gets it through netioapi.h, which needs nothing of it; mingw-w64's would
 * bring in all of windows.h. */
#ifndef DDK_IPRTRMIB_H
#define DDK_IPRTRMIB_H

#ifndef ANY_SIZE
#define ANY_SIZE 1
#endif

#endif
