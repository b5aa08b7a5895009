/* SPDX-License-Identifier: MIT */
#include "nt/nt_test.h"
#include "nt/physmem.h"
#include "nt/pool.h"
#include "pe/emulate.h"
#include <sys/mman.h>

/* Two pages, the second out of reach or read-only. */
static uint8_t *pages(int second)
{
    uint8_t *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    CHECK_EQ(mprotect(p + 4096, 4096, second), 0);
    return p;
}

TEST_NT(a_users_buffer_passes_the_probe_and_keeps_its_content, "")
{
    uint8_t *p = pages(PROT_READ);
    p[4095] = 7;
    ProbeForRead(p + 1, 8191, 1);
    ProbeForWrite(p, 4096, 4);
    ProbeForWrite(NULL, 0, 8); /* nothing to look at */
    CHECK_EQ(p[4095], 7);
}

#define STOPS(label, call)                                                                         \
    TEST_NT_BUGCHECK(label, "", 0x1E, 0xC0000005)                                                  \
    {                                                                                              \
        pe_attach();                                                                               \
        call;                                                                                      \
    }
/* Nobody handles the exception: no driver code called. */
STOPS(probing_kernel_memory_raises, ProbeForRead(nt_pool_alloc_system(16, 1), 16, 1))
STOPS(probing_beyond_a_buffer_raises, ProbeForRead(pages(PROT_NONE), 4097, 1))
STOPS(probing_a_read_only_page_for_write_raises, ProbeForWrite(pages(PROT_READ), 4097, 1))
STOPS(probing_around_the_end_of_memory_raises, ProbeForRead((void *)-16, 32, 1))
