/* SPDX-License-Identifier: MIT */
#include <ndis.h>

BOOLEAN NTAPI CountEvent(PVOID Context);
