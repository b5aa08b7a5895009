/* SPDX-License-Identifier: MIT */
/* testimage.h - real driver images for the tests of this room, built when a test asks.
 *
 * Sources lie in src/pe/testdata; each test process builds into a folder of its own below /tmp,
 * which is removed when it has ended. Tests run in the repository's root. */
#pragma once
#include "pe/load.h"

enum testimage_tool {
    TESTIMAGE_GNU,  /* mingw-w64 gcc and ld */
    TESTIMAGE_LLVM, /* clang for the MSVC target, lld-link; the test is skipped without them */
};

/* Builds testdata/SOURCE.c into NAME.sys with extra compiler and linker options ("" for none), and
 * returns its path (never freed). Ends the test if the build fails. */
const char *testimage_build(enum testimage_tool tool, const char *source, const char *name,
                            const char *cflags, const char *ldflags);

/* The folder that the images are built into. */
const char *testimage_folder(void);

/* pe_image_open and pe_load, on plain mmap; both end the test if they fail. Imports come from the
 * NULL-terminated table of testimage_imports, else they are missing. */
struct pe_image *testimage_open(const char *path);
struct pe_loaded *testimage_load(const char *path);

struct testimage_import {
    const char *name; /* NULL: the ordinal */
    unsigned ordinal;
    void *address;
};
extern const struct testimage_import *testimage_imports;

/* The loader that testimage_load uses. */
extern const struct pe_loader testimage_loader;

/* Reads a file; *size receives its length. Never freed. */
unsigned char *testimage_read(const char *path, size_t *size);
