/* SPDX-License-Identifier: MIT */
/* export.c - the export table and its thunks. */
#include "nt/export.h"
#include "nt/export_internal.h"
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/processor.h"
#include "nt/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

extern const struct nt_export *const __start_nt_exports[] __attribute__((weak));
extern const struct nt_export *const __stop_nt_exports[] __attribute__((weak));

/* Code of one thunk: mov r11, thunk; jmp [rip]; address of thunk_enter. */
#define STUB_BYTES 32
#define PAGE       4096
static uint8_t *stubs; /* executable, written through a second mapping */
static uint8_t *stubs_writable;
static size_t stubs_used, stubs_size;

const struct nt_export *const *nt_export_rows(size_t *count)
{
    *count = (size_t)(__stop_nt_exports - __start_nt_exports);
    return __start_nt_exports;
}

/* "hal", "ntoskrnl", "wdfldr.sys" ... in one spelling. */
static bool same_module(const char *a, const char *b)
{
    static const char *const kernel[] = {"ntoskrnl.exe", "hal.dll", "ntkrnlmp.exe"};
    bool ka = false, kb = false;
    for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++) {
        ka |= !strcasecmp(a, kernel[i]);
        kb |= !strcasecmp(b, kernel[i]);
    }
    return (ka && kb) || !strcasecmp(a, b);
}

const struct nt_export *nt_export_find(const char *module, const char *name)
{
    size_t n;
    const struct nt_export *const *rows = nt_export_rows(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i]->name, name) && same_module(rows[i]->module, module))
            return rows[i];
    return NULL;
}

/* No page is writable and executable: code is written through a second mapping of the same memory. */
static bool stubs_grow(void)
{
    size_t bytes = 64 * PAGE;
    int fd = memfd_create("dirql-thunks", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)bytes))
        return false;
    stubs_writable = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    stubs = mmap(NULL, bytes, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    close(fd);
    stubs_used = 0;
    stubs_size = bytes;
    return stubs_writable != MAP_FAILED && stubs != MAP_FAILED;
}

static void *stub_new(const char *module, const char *name, void *entry)
{
    if (stubs_used + STUB_BYTES > stubs_size && !stubs_grow())
        return NULL;
    struct thunk *thunk = malloc(sizeof *thunk);
    if (!thunk)
        return NULL;
    *thunk = (struct thunk){.entry = entry, .module = module, .name = name};
    uint8_t *code = stubs_writable + stubs_used;
    void *target = (void *)thunk_enter;
    memcpy(code, "\x49\xBB", 2);
    memcpy(code + 2, &thunk, 8);
    memcpy(code + 10, "\xFF\x25\0\0\0\0", 6);
    memcpy(code + 16, &target, 8);
    void *stub = stubs + stubs_used;
    stubs_used += STUB_BYTES;
    return stub;
}

static struct host_lock stub_lock;

/* One thunk a function, so that a driver that compares addresses finds them equal. */
static void *bind(const struct nt_export *row)
{
    static void **bound;
    size_t n;
    const struct nt_export *const *rows = nt_export_rows(&n);
    if (row->is_data)
        return row->entry;
    if (!bound && !(bound = calloc(n, sizeof *bound)))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (rows[i] != row)
            continue;
        if (!bound[i])
            bound[i] = stub_new(row->module, row->name, row->entry);
        return bound[i];
    }
    return NULL;
}

void *nt_export_bind(const struct nt_export *row)
{
    host_lock(&stub_lock);
    void *stub = bind(row);
    host_unlock(&stub_lock);
    return stub;
}

void *nt_export_pointer(const char *module, const char *name, void *entry)
{
    host_lock(&stub_lock);
    void *stub = stub_new(module, name, entry);
    host_unlock(&stub_lock);
    return stub;
}

static __attribute__((ms_abi, noreturn)) void missing_called(void)
{
    const struct thunk *thunk = (cpu_current()->shadow_top - 1)->thunk;
    bugcheck(0x1E, 0xC0000139u /* STATUS_ENTRYPOINT_NOT_FOUND */, 0, 0, 0,
             "the driver called %s!%s, which dirql does not implement", thunk->module, thunk->name);
}

void *nt_export_missing(const char *module, const char *name)
{
    char *m = strdup(module), *n = strdup(name);
    if (!m || !n)
        return NULL;
    host_lock(&stub_lock);
    void *stub = stub_new(m, n, (void *)missing_called);
    host_unlock(&stub_lock);
    return stub;
}
