/* SPDX-License-Identifier: MIT */
/* export.h - the functions that drivers can import.
 *
 * Adding an API: write `RET NTAPI KeSomething(...)` in the file of its concept, check the contract
 * first (IRQL, arguments), and put NT_EXPORT("ntoskrnl.exe", KeSomething) under it. Add its name to
 * exports.txt (a test compares). Nothing else: the loader finds the row, and gives the driver a
 * thunk (export.c) that records who called, runs the function with interrupts off, and opens an
 * interrupt window when it returns.
 *
 * Data exports (variables such as NDIS's _NdisSystemProcessorCount or KeTickCount) use NT_EXPORT_DATA. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct nt_export {
    const char *module; /* "ntoskrnl.exe", "hal.dll", "ndis.sys", "netio.sys" ... */
    const char *name;
    void *entry;        /* the function, or the address of the variable */
    bool is_data;
};

#define NT_EXPORT_ROW(mod, label, sym, data)                                                       \
    static const struct nt_export nt_row_##label = {mod, #label, (void *)(sym), data};             \
    __attribute__((section("nt_exports"), used, retain))                                           \
    static const struct nt_export *const nt_ref_##label = &nt_row_##label

#define NT_EXPORT(mod, fn)           NT_EXPORT_ROW(mod, fn, fn, false)
/* The Windows name differs from ours, e.g. memcpy: NT_EXPORT_AS("ntoskrnl.exe", memcpy, nt_memcpy). */
#define NT_EXPORT_AS(mod, label, fn) NT_EXPORT_ROW(mod, label, fn, false)
#define NT_EXPORT_DATA(mod, label, var) NT_EXPORT_ROW(mod, label, &(var), true)

/* The row of a name, or NULL. Module names compare without case; "hal.dll" and "ntoskrnl.exe" are one
 * namespace, as functions moved between the two over Windows versions. */
const struct nt_export *nt_export_find(const char *module, const char *name);

/* All rows, in link order. */
const struct nt_export *const *nt_export_rows(size_t *count);

/* What to write into a driver's import table for a row: the thunk of a function (one per row, made on
 * first use), the address itself for data. Any thread. */
void *nt_export_bind(const struct nt_export *row);

/* A thunk that no import names: for a function pointer in a structure that drivers call through.
 * `name` (a constant) is what reports call it. NULL: no memory. */
void *nt_export_pointer(const char *module, const char *name, void *entry);

/* What to write there for an import that nobody implements: a thunk that ends the run with a report
 * naming module and name. Both strings are copied. */
void *nt_export_missing(const char *module, const char *name);
