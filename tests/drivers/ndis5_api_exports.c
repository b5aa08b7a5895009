/* SPDX-License-Identifier: MIT */
/* ndis5_api_exports.c - ndis5_api.c as one binary for several systems: with BINARY_COMPATIBLE the
 * header's names are the exports that Windows keeps for such drivers. */
#define BINARY_COMPATIBLE 1
#include "ndis5_api.c"
