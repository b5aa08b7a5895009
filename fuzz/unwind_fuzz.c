/* SPDX-License-Identifier: MIT */
/* unwind_fuzz.c - hostile unwind data and code: one step must end, inside the image's bounds.
 *
 * Input: 8 bytes that choose entry, place and registers, then the bytes of the image. */
/* fuzz: src/pe */
#include "pe/unwind.h"
#include <stdlib.h>
#include <string.h>

#define CODE 0x1000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(8) uint8_t flat[2 * CODE];
    static uint64_t stack[4096];
    static struct pe_runtime_function f;
    if (size < 16 || size > CODE)
        return 0;
    memset(flat, 0, sizeof flat);
    memcpy(flat + CODE, data + 8, size - 8);
    f.begin_rva = CODE + (data[0] & 0x3f);
    f.end_rva = CODE + (uint32_t)size - 8;
    f.unwind_rva = (data[1] | (uint32_t)data[2] << 8) % sizeof flat;
    if (f.begin_rva >= f.end_rva)
        return 0;
    struct pe_image image = {.flat = flat,
                             .size = sizeof flat,
                             .functions = &f,
                             .function_count = 1,
                             .functions_sorted = true};
    struct pe_loaded loaded = {.image = &image, .base = flat, .size = sizeof flat};
    for (size_t i = 0; i < sizeof stack / sizeof *stack; i++)
        stack[i] = (uintptr_t)&stack[i];
    CONTEXT c;
    memset(&c, data[5], sizeof c);
    c.Rip = (uintptr_t)flat + f.begin_rva +
            (data[3] | (uint32_t)data[4] << 8) % (f.end_rva - f.begin_rva);
    c.Rsp = (uintptr_t)(stack + 2048);
    c.Rbp = c.Rsp + 64;
    struct pe_frame frame;
    if (pe_unwind_frame(&loaded, &f, data[6] & 3, &c, &frame, NULL) && frame.handler &&
        ((uint8_t *)frame.handler < flat || (uint8_t *)frame.handler_data > flat + sizeof flat))
        abort();
    return 0;
}
