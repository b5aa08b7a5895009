/* SPDX-License-Identifier: MIT */
/* pool.h - the kernel's pools: memory that drivers own, in physical memory (physmem.h).
 *
 * 16-byte aligned; allocations of a page or more are page-aligned. Fresh memory holds 0xCD.., freed memory
 * 0xDD..; a driver that relies on zeroes or touches freed memory sees it. Overruns into the trailing
 * guard are found when the block is freed. Every block remembers its tag and the driver code that
 * allocated it, so that what is left at unload can be named. Any thread, IRQL <= DISPATCH_LEVEL. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What fresh and what freed memory is filled with. */
#define NT_POOL_FRESH_BYTE 0xCD
#define NT_POOL_FREED_BYTE 0xDD

/* For host code on behalf of a driver, zeroed. NULL when memory is exhausted. */
void *nt_pool_alloc(size_t bytes, uint32_t tag);
/* For what dirql itself keeps in driver-visible memory: never counted as a driver's leak. */
void *nt_pool_alloc_system(size_t bytes, uint32_t tag);
/* NULL is ignored. A pointer that is no pool block is bug check 0xC2 (BAD_POOL_CALLER). */
void nt_pool_free(void *block);
/* As nt_pool_free, but a tag other than 0 must match (bug check 0xC2/0x0A). */
void nt_pool_free_tagged(void *block, uint32_t tag);

/* True if [p, p+n) lies in live pool blocks or other memory a driver may use. */
bool nt_pool_owns(const void *p);

/* Reports (report_leak) every driver block still allocated; returns how many. */
size_t nt_pool_report_leaks(void);
size_t nt_pool_bytes_in_use(void);

/* "NdTm" for 0x6d54644e; not thread-safe, static buffer. */
const char *nt_pool_tag_text(uint32_t tag);
