/* SPDX-License-Identifier: MIT */
/* symbols.h - code addresses of drivers as text.
 *
 *     e1000e!MiniportInterrupt+0x12 (isr.c:34)              DWARF, or a PDB next to the .sys
 *     e1000e!MiniportInterrupt+0x18 (regs.h:9, in read_reg) inlined code
 *     e1000e!DriverEntry+0x12                               an export's own code
 *     e1000e!fn_1a40+0x12                                   only .pdata: the function's rva
 *     e1000e+0x1a52                                         no function known
 *     0x7f0012345678                                        no driver's code
 *
 * Debug information is read by llvm-symbolizer (Debian package llvm), one process for the whole
 * run, started when the first address is asked for. Without it the forms below it are used.
 * Threads: any, one at a time inside; not in signal handlers. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Writes the text of one address, always NUL-terminated. Returns `text`. */
char *pe_symbol(uint64_t pc, char *text, size_t size);

/* A stack, one line each, separated by newlines; malloc'd, NULL without memory. */
char *pe_symbolise(const uint64_t *pc, size_t n);

/* Ends the symbolizer; the next address starts it again. */
void pe_symbols_close(void);

/* A program to use in place of llvm-symbolizer, or "" for none. For tests; before the first
 * address. */
void pe_symbols_program(const char *program);
