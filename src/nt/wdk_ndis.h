/* SPDX-License-Identifier: MIT */
/* wdk_ndis.h - wdk.h plus NDIS: every version that a driver may be written for (5.0 to 6.30). */
#pragma once
#include "nt/wdk.h"
#include <ndis.h>
