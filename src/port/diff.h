/* SPDX-License-Identifier: MIT */
/* diff.h - a source and its edits as a unified diff, which `patch -p1` applies. */
#pragma once
#include "port/source.h"

/* "" if nothing changes. The edits stay. */
const char *diff_of(struct source *s);
