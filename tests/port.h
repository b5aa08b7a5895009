/* SPDX-License-Identifier: MIT */
/* port.h - tests of dirql port: a driver's file is compiled as the driver would be. */
#pragma once
#include "tests/run.h"

/* The test fails if the file has an error or a warning. `ported`: with -DNDIS60=1. Headers and
 * build files are passed over. */
void port_compile_check(const char *path, bool ported);

/* Compiles and links a half-ported driver. */
void port_link(const char *const *files, size_t count, const char *sys);

/* The number in an environment variable, PORT_SEEDS or PORT_SEED. */
size_t port_number(const char *name, size_t otherwise);
