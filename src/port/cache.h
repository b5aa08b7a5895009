/* SPDX-License-Identifier: MIT */
/* cache.h - files that a run leaves for the next one, and that can be made again.
 *
 * They lie in $XDG_CACHE_HOME/dirql or ~/.cache/dirql; where that cannot be written, in a temporary
 * folder that cache_close() removes. The names of files are the caller's. Several processes may use
 * it at once: a file appears whole or not at all. */
#pragma once
#include "port/text.h"

/* NULL if there is none at all. */
const char *cache_folder(void);

/* The path there for what is made of the key: a number made of it, and the suffix. */
const char *cache_name(const char *key, const char *suffix);

/* Whether the next run finds what this one leaves. */
bool cache_is_kept(void);

/* False, and nothing changed, if it cannot be written. An equal file is left as it is. */
bool cache_write(const char *path, const char *bytes, size_t len);

/* Removes files until `keep` are left of those whose names end with `suffix`, the least recently
 * changed first, and with each what has the same name with another suffix. */
void cache_trim(const char *suffix, size_t keep);

void cache_close(void);
