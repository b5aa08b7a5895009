/* SPDX-License-Identifier: MIT */
/* tap.h - attaching to a Linux tap interface. */
#pragma once
#include <stddef.h>

/* A descriptor of the tap interface `name`, made if it does not exist: non-blocking, one whole Ethernet frame a read or
 * write. -1 and one sentence in err; always in the deterministic scheduler, as an interface lives in real time. */
int tap_attach(const char *name, char *err, size_t err_len);
