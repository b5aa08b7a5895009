/* SPDX-License-Identifier: MIT */
/* physmem.h - physical memory: one shared memory object.
 *
 * Everything that a driver can give to a device lies in it. It is mapped once, so virtual to physical is
 * a subtraction, and it can be handed to others (QEMU as guest RAM, VFIO as IOVA = offset) by its file
 * descriptor. Physical address = offset in the object. As in every PC there is no RAM between 640 KiB
 * and 1 MiB: a device that reads or writes there, QEMU's too, finds a graphics card's memory and the
 * firmware. Any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 4096u

#define PC_HOLE_START 0xa0000u
#define PC_HOLE_END   0x100000u

/* Creates it; `bytes` is a multiple of 2 MiB. 0 or -errno. */
int physmem_init(size_t bytes);
int physmem_fd(void);
size_t physmem_size(void);

/* Contiguous, page-aligned, zeroed, read-write; NULL if there is none below `highest` (inclusive last byte)
 * with `alignment` (a power of two, at least a page) that does not cross a multiple of `boundary` (0 = any). */
void *physmem_alloc(size_t bytes, uint64_t highest, size_t alignment, uint64_t boundary);
/* The same, none of it below `lowest`. */
void *physmem_alloc_between(size_t bytes, uint64_t lowest, uint64_t highest, size_t alignment, uint64_t boundary);
void physmem_free(void *va, size_t bytes);
/* prot is PROT_* of mmap; page granularity. 0 or -errno. */
int physmem_protect(void *va, size_t bytes, int prot);

bool physmem_contains(const void *va);
/* UINT64_MAX if va is not physical memory. */
uint64_t physmem_pa(const void *va);
/* Host address of [pa, pa+len), or NULL if any of it is not RAM: what a device's DMA does first. */
void *physmem_va(uint64_t pa, size_t len);
