/* SPDX-License-Identifier: MIT */
/* opaque_test.c - memory behind handles. */
#include "nt/opaque.h"
#include "tests/harness/test.h"
#include <stdint.h>

TEST(memory_behind_handles_is_zero_when_new_and_when_freed, "")
{
    static const unsigned char zero[300];
    unsigned char *a = opaque_alloc(300), *b = opaque_alloc(300);
    CHECK(a && b && a != b && (uintptr_t)a % 16 == 0);
    CHECK(!memcmp(a, zero, 300));
    memset(a, 1, 300);
    memset(b, 1, 300);
    opaque_free(a);
    CHECK(!memcmp(a, zero, 300) && b[299] == 1);
    CHECK(opaque_alloc(290) == a);
    CHECK(opaque_alloc((size_t)1 << 40) == NULL);
}

TEST(the_first_handle_of_a_process_is_always_the_same, "")
{
    CHECK_EQ((uintptr_t)opaque_alloc(1), 0x170000000010ull);
}
