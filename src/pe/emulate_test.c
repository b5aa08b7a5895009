/* SPDX-License-Identifier: MIT */
#include "pe/emulate.h"
#include "nt/alarm.h"
#include "nt/nt_test.h"

/* ULONG64 read(void): the time stamp counter, as a model-specific register. */
static const uint8_t read_code[] = {
    0xB9, 0x10, 0x00, 0x00, 0x00, /* mov ecx, 10h */
    0x0F, 0x32,                   /* rdmsr */
    0x48, 0xC1, 0xE2, 0x20,       /* shl rdx, 32 */
    0x48, 0x09, 0xD0,             /* or rax, rdx */
    0xC3,                         /* ret */
};

static void read_counter(void *unused)
{
    pe_attach();
    void *read = nt_test_driver(read_code, sizeof read_code);
    for (int i = 0; i < 10; i++) {
        uint64_t before = host_now(), counter = DRIVER_CALL(read), after = host_now();
        CHECK(counter >= before && counter <= after);
    }
}

TEST(the_deterministic_machines_time_stamp_counter_is_virtual_time, "")
{
    struct machine_config config = {.cpus = 1, .deterministic = true};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(read_counter, NULL), MACHINE_FINISHED);
}
