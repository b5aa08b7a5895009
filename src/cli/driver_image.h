/* SPDX-License-Identifier: MIT */
/* driver_image.h - from a .sys file to code in the machine's memory, bound to our exports. */
#pragma once
#include "pe/load.h"

/* Loads the image at `path` into physical memory. Imports that nobody has are an error that lists them all, unless
 * `allow_missing`: then a call of one ends the run. NULL and text (perhaps several lines) in err. */
struct pe_loaded *driver_image_load(const char *path, uint64_t cookie_seed, bool allow_missing, char *err,
                                    size_t err_len);
void driver_image_unload(struct pe_loaded *loaded);
