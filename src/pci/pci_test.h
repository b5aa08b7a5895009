/* SPDX-License-Identifier: MIT */
/* pci_test.h - a small card for the tests of this room, and a machine to put it in.
 *
 * The card has eight 32-bit registers at the start of BAR 0 (16 KiB, with the MSI-X structures at
 * 0x2000 and 0x3000), and counts what the bus tells it. Its interrupts go to real vectors with
 * service routines that count. */
#pragma once
#include "nt/irql.h"
#include "nt/machine.h"
#include "nt/physmem.h"
#include "nt/thread.h"
#include "pci/pci_internal.h"
#include "tests/harness/test.h"
#include <errno.h>

struct card {
    struct pci_function fn;
    uint32_t reg[8];
    unsigned resets, reads, writes, changes;
};

static inline uint64_t card_read(struct pci_function *fn, unsigned bar, uint64_t offset,
                                 unsigned width)
{
    struct card *card = (struct card *)fn;
    card->reads++;
    uint64_t value = 0;
    if (bar == 0 && offset + width <= sizeof card->reg)
        memcpy(&value, (char *)card->reg + offset, width);
    return value;
}

static inline void card_write(struct pci_function *fn, unsigned bar, uint64_t offset,
                              unsigned width, uint64_t value)
{
    struct card *card = (struct card *)fn;
    card->writes++;
    if (bar == 0 && offset + width <= sizeof card->reg)
        memcpy((char *)card->reg + offset, &value, width);
}

static inline void card_changed(struct pci_function *fn, unsigned offset, unsigned width)
{
    ((struct card *)fn)->changes++;
}

static inline void card_reset(struct pci_function *fn)
{
    ((struct card *)fn)->resets++;
}

static const struct pci_function_ops card_ops = {
    .name = "test card",
    .bar_read = card_read,
    .bar_write = card_write,
    .config_changed = card_changed,
    .reset = card_reset,
};

static inline void card_init(struct card *card)
{
    static const struct pci_identity id = {
        .vendor = 0x8086,
        .device = 0x10d3,
        .subsystem_vendor = 0x8086,
        .subsystem = 0xa01f,
        .revision = 0,
        .class_base = 2,
        .interrupt_pin = 1,
    };
    memset(card, 0, sizeof *card);
    pci_function_init(&card->fn, &card_ops, &id);
    pci_function_bar(&card->fn, 0, 0x4000, false, false, false);
    pci_function_bar(&card->fn, 2, 32, true, false, false);
}

/* The same with power management, MSI (8 messages, maskable), PCI Express and MSI-X (entries). */
static inline void card_init_full(struct card *card, unsigned entries)
{
    card_init(card);
    pci_capability_power(&card->fn, 0xc8);
    pci_capability_msi(&card->fn, 0xd0, 8, true, true);
    pci_capability_express(&card->fn, 0xe8);
    pci_capability_msix(&card->fn, 0xa0, entries, 0, 0x2000, 0, 0x3000);
}

/* A vector with a service routine that counts and, for a line, lowers the pin of `claims`. */
struct counter {
    struct vector *vector;
    struct interrupt *interrupt;
    struct pci_function *claims;
    unsigned count;
};

static inline BOOLEAN counter_service(void *context)
{
    struct counter *counter = context;
    if (counter->claims) {
        if (!counter->claims->interrupts->pin)
            return FALSE;
        pci_intx_set(counter->claims, false);
    }
    counter->count++;
    return TRUE;
}

static inline void counter_connect(struct counter *counter, struct vector *vector)
{
    struct interrupt_config config = {.vector = vector,
                                      .service = counter_service,
                                      .context = counter,
                                      .shared = counter->claims != NULL};
    CHECK(vector != NULL);
    counter->vector = vector;
    counter->count = 0;
    CHECK_EQ(interrupt_connect(&config, &counter->interrupt), 0);
}

/* Connects n counters to a fresh block of consecutive vectors and fills targets. */
static inline void counters_connect(struct counter *counters, unsigned n,
                                    struct pci_message_target *targets)
{
    struct vector *vectors[64];
    CHECK_EQ(vector_alloc_block(0, 5, n, vectors), 0);
    for (unsigned i = 0; i < n; i++) {
        memset(&counters[i], 0, sizeof counters[i]);
        counter_connect(&counters[i], vectors[i]);
        targets[i].vector = vectors[i];
    }
}

/* Lets every processor take what is pending. */
static inline void settle(void)
{
    thread_sleep(1000000);
}

/* Runs `body` as the one thread of a deterministic machine with two processors. */
static inline void in_machine(void (*body)(void *))
{
    static const struct machine_config config = {
        .cpus = 2, .memory = 64 << 20, .deterministic = true, .seed = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(body, NULL), MACHINE_FINISHED);
}

#define MACHINE_TEST(label, reqs)                                                                  \
    static void body_##label(void *unused);                                                        \
    TEST(label, reqs)                                                                              \
    {                                                                                              \
        in_machine(body_##label);                                                                  \
    }                                                                                              \
    static void body_##label(void *unused)
