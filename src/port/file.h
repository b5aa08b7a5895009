/* SPDX-License-Identifier: MIT */
/* file.h - whole files: read at once, and written beside their place, for a rename to put there. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* The bytes of a regular file of at most 64 MiB, NUL behind them; NULL and a sentence in *why. */
char *file_read(const char *path, size_t *len, const char **why);

/* The name of a new file in the same folder, with these bytes on the disk; NULL, nothing left, and
 * "name: reason" in *why. */
const char *file_write_beside(const char *path, mode_t mode, const char *bytes, size_t len,
                              const char **why);

/* A canonical path without the current folder, if it is in that. */
const char *file_below_here(const char *path);

/* Those that the file lies in. */
bool file_make_folders(const char *path);
