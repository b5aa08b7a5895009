/* SPDX-License-Identifier: MIT */
/* e1000_fuzz.c - any register writes, descriptors, frames and faults against the models of the
 * gigabit controllers.
 *
 * The input is a fault plan's text up to a zero byte, then operations: a register access, bytes
 * into memory, a frame from the wire, some time. Each chip gets the same. The card must neither
 * crash nor touch memory that is not its driver's. */
/* fuzz: src/device/model src/device/fault.c */
#include "device/model/e1000.h"
#include "nt/physmem.h"
#include "nt/processor.h"
#include "pci/regs.h"
#include <stdlib.h>
#include <string.h>

#define RAM (2u << 20)
#define LOW_RAM 0xa0000 /* below the hole that a PC has; what the input changes */

static uint64_t now;

static uint64_t fuzz_now(void)
{
    return now;
}

static void nothing(void)
{
}

static const struct host_ops fuzz_host = {
    .name = "fuzz", .now = fuzz_now, .alarms_changed = nothing};

static void wire_send_nothing(struct wire *wire, const void *frame, size_t len)
{
    if (len < 14 || len > WIRE_FRAME_MAX)
        abort();
}

static const struct wire_ops wire_ops = {.name = "fuzz", .send = wire_send_nothing};

/* How much time an input may let pass: a link that flaps every few microseconds has a million events
 * in that. */
#define TIME_LIMIT 2500000000u /* ns */

struct input {
    const uint8_t *at, *end;
    uint64_t passed; /* ns */
};

static uint32_t take(struct input *in, unsigned bytes)
{
    uint32_t v = 0;
    while (bytes--)
        v = v << 8 | (in->at < in->end ? *in->at++ : 0);
    return v;
}

/* A card with two rings of descriptors in memory that the input then changes. */
static void set_up(struct pci_function *fn)
{
    static const struct {
        uint32_t offset, value;
    } writes[] = {
        {E1000_TDBAL(0), 0x10000}, {E1000_TDLEN(0), 256},        {E1000_TDBAL(1), 0x11000},
        {E1000_TDLEN(1), 256},     {E1000_RDBAL(0), 0x12000},    {E1000_RDLEN(0), 256},
        {E1000_RDT(0), 15},        {E1000_RDBAL(1), 0x13000},    {E1000_RDLEN(1), 256},
        {E1000_RDT(1), 15},        {E1000_IVAR, 0x000CBA98},     {E1000_TCTL, 0x0A},
        {E1000_RCTL, 0x0000803A},  {E1000_IMS, E1000_ICR_VALID},
    };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        fn->ops->bar_write(fn, 0, writes[i].offset, 4, writes[i].value);
}

static void operate(struct pci_function *fn, struct wire *wire, uint8_t *ram, struct input *in)
{
    static const uint32_t bases[] = {0x00000, 0x00400, 0x02800, 0x03800,
                                     0x05000, 0x05800, 0x0B600, 0x04000};
    static uint8_t frame[WIRE_FRAME_MAX + 64];
    uint32_t op = take(in, 1), n, at;
    switch (op & 7) {
    case 0:
    case 1:
    case 2: /* a register, more often one that does something */
        at = bases[op >> 3 & 7] + (take(in, 1) << 2) + (op & 0x40 ? 0x100 : 0);
        fn->ops->bar_write(fn, 0, at, 4, take(in, 4));
        break;
    case 3:
        at = bases[op >> 3 & 7] + (take(in, 1) << 2);
        (void)fn->ops->bar_read(fn, op >> 6, at, 1u << (op >> 4 & 3));
        break;
    case 4: /* a descriptor: its address lies in RAM more often than not */
        at = 0x10000 + (op >> 3 & 3) * 0x1000 + take(in, 1) % 32 * 16;
        for (unsigned i = 0; i < 16; i++)
            ram[at + i] = (uint8_t)take(in, 1);
        if (!(op & 0x80))
            memset(ram + at + 3, 0, 5);
        break;
    case 5: /* data */
        at = (take(in, 2) << 4) % (LOW_RAM - 256);
        n = take(in, 1);
        for (unsigned i = 0; i < n; i++)
            ram[at + i] = (uint8_t)take(in, 1);
        break;
    case 6:
        n = op & 0x80 ? take(in, 2) % sizeof frame : take(in, 1);
        for (unsigned i = 0; i < n && in->at < in->end; i++)
            frame[i] = (uint8_t)take(in, 1);
        wire->receive(wire->card, frame, n);
        break;
    case 7:
        if (in->passed + (1ull << (op >> 3)) > TIME_LIMIT)
            break;
        in->passed += 1ull << (op >> 3);
        now += 1ull << (op >> 3);
        alarm_run_due(now);
        break;
    }
}

static void run(const char *device, const struct device_fault_plan *plan, uint8_t *ram,
                struct input in)
{
    char err[512];
    struct wire wire = {.ops = &wire_ops};
    struct pci_function *fn = device_create(device, &wire, plan, err, sizeof err);
    if (!fn)
        abort();
    fn->config[PCI_REG_COMMAND] |= PCI_CMD_BUS_MASTER;
    set_up(fn);
    while (in.at < in.end)
        operate(fn, &wire, ram, &in);
    now += 1000000;
    alarm_run_due(now);
    fn->ops->close(fn);
    if (alarm_next_due() != UINT64_MAX)
        abort(); /* a timer outlived its card */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[512], spec[128];
    static bool ready;
    if (!ready) {
        if (physmem_init(RAM))
            abort();
        host = &fuzz_host;
        ready = true;
    }
    uint8_t *ram = physmem_va(0, LOW_RAM);
    const uint8_t *zero = memchr(data, 0, size);
    size_t text = zero ? (size_t)(zero - data) : 0;
    struct device_fault_plan *plan = NULL;
    if (text < sizeof spec) {
        memcpy(spec, data, text);
        spec[text] = 0;
        plan = fault_plan_parse(spec, err, sizeof err);
    }
    struct input in = {zero ? zero + 1 : data, data + size, 0};
    run("model:82574l", plan, ram, in);
    run("model:82540em", plan, ram, in);
    fault_plan_free(plan);
    return 0;
}
