/* SPDX-License-Identifier: MIT */
/* export_internal.h - one thunk: what stands between a driver's import and our function. */
#pragma once
#include "nt/processor_asm.h"
#include <stdint.h>

struct thunk {
    void *entry; /* THUNK_ENTRY: what entry.S calls */
    const char *module, *name;
};
