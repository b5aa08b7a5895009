/* SPDX-License-Identifier: MIT */
/* interrupt_bench.c - a message, its service routine and its DPC, all on one processor.
 *
 * A device on the processor's own thread (a model, inside a register access) writes its message;
 * the window that ends the access takes it. The peer (bare.h) is the work that remains when the
 * kernel is left out. */
#include "bench/adapter.h"
#include "bench/bare.h"
#include "bench/bench.h"
#include "nt/dpc.h"
#include "nt/processor.h"

#define BATCH 2000 /* some 50 microseconds */

static struct bare bare;

static double peer(void)
{
    return BENCH_TIME(BATCH, bare_interrupt(&bare));
}

static double subject(struct vector *v)
{
    uint64_t address = vector_message_address(v);
    uint32_t data = vector_message_data(v);
    return BENCH_TIME(BATCH, interrupt_message_write(address, data); window(cpu_current()));
}

static void expect(const char *what, uint64_t count, uint64_t wanted)
{
    if (count != wanted)
        bench_cannot("%llu %s instead of %llu", (unsigned long long)count, what,
                     (unsigned long long)wanted);
}

/* --- the kernel alone --- */

static KDPC kernel_dpc;
static uint64_t kernel_isrs, kernel_dpcs;

static BOOLEAN kernel_isr(void *context)
{
    kernel_isrs++;
    dpc_insert(&kernel_dpc, NULL, NULL);
    return TRUE;
}

static VOID NTAPI kernel_dpc_routine(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
    kernel_dpcs++;
}

static void kernel_body(void *unused)
{
    struct vector *v = vector_alloc(0, 7, Latched);
    struct interrupt_config config = {.vector = v, .service = kernel_isr};
    struct interrupt *interrupt;
    bare_init(&bare);
    dpc_init(&kernel_dpc, kernel_dpc_routine, NULL, -1);
    if (!v || interrupt_connect(&config, &interrupt))
        bench_cannot("no vector");
    uint64_t rounds = 0;
    for (; bench_more(); rounds++) {
        double s = subject(v);
        bench_round(s, peer());
    }
    expect("service routines", kernel_isrs, rounds * BATCH);
    expect("DPCs", kernel_dpcs, rounds * BATCH);
    expect("bare runs", bare.work.runs, rounds * BATCH);
}

void bench_kernel_interrupt(void)
{
    bench_machine(NULL, kernel_body);
}

/* --- through NDIS --- */

static void ndis_body(void *unused)
{
    bare_init(&bare);
    adapter_register(1, NULL);
    uint64_t rounds = 0;
    for (; bench_more(); rounds++) {
        double s = subject(adapter_vector(0));
        bench_round(s, peer());
    }
    expect("service routines", adapter_isrs, rounds * BATCH);
    expect("DPCs", adapter_dpcs, rounds * BATCH);
    adapter_deregister();
}

void bench_ndis_interrupt(void)
{
    bench_machine(NULL, ndis_body);
}

static void timed_body(void *unused)
{
    adapter_register(1, NULL);
    while (bench_more()) {
        interrupt_timestamps = true;
        double s = subject(adapter_vector(0));
        interrupt_timestamps = false;
        bench_round(s, subject(adapter_vector(0)));
    }
    adapter_deregister();
}

void bench_ndis_interrupt_timed(void)
{
    bench_machine(NULL, timed_body);
}

/* --- 2048 messages --- */

static double each_in_turn(void)
{
    unsigned next = 0;
    return BENCH_TIME(2 * 2048,
                      interrupt_message_write(vector_message_address(adapter_vector(next)),
                                              vector_message_data(adapter_vector(next)));
                      window(cpu_current()); next = (next + 1) % 2048);
}

static void many(bool each)
{
    while (bench_more()) {
        adapter_register(1, NULL);
        subject(adapter_vector(0)); /* warms up */
        double few = subject(adapter_vector(0));
        adapter_deregister();
        adapter_register(2048, NULL);
        subject(adapter_vector(1500));
        bench_round(each ? each_in_turn() : subject(adapter_vector(1500)), few);
        adapter_deregister();
    }
}

static void same_body(void *unused)
{
    many(false);
}

static void each_body(void *unused)
{
    many(true);
}

void bench_2048_same(void)
{
    bench_machine(NULL, same_body);
}

void bench_2048_each(void)
{
    bench_machine(NULL, each_body);
}
