/* SPDX-License-Identifier: MIT */
#include <ndis.h>

BOOLEAN NTAPI CountEvent(NDIS_HANDLE Context);
