/* SPDX-License-Identifier: MIT */
/* interrupt.c - vectors, interrupt objects, and their service.
 *
 * A raise costs no lock, and no more when more vectors exist. On its own processor a vector joins the queue of its
 * IRQL. From any other thread its number and its IRQL's bit are put into the processor's `pending` word; the next window
 * collects it from there into the queue. A vector that is on its way already is merged. */
#include "nt/interrupt.h"
#include "nt/callstack.h"
#include "nt/dpc.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/spinlock.h"
#include "nt/thread.h"
#include "trace/trace.h"
#include "nt/opaque.h"
#include <errno.h>
#include <stdlib.h>

#define VECTORS_MAX     4096   /* a number has 12 bits in cpu->pending */
#define VECTOR_FIRST    0x30   /* below are exceptions and the kernel's own, as on a PC */
#define STORM_LIMIT     10000  /* services in a row after which a line was still asserted */

struct chain {
    unsigned count;
    struct interrupt *interrupt[];
};

/* Whether a vector is on its processor's `sent` list. FREED is there too, for the processor to release. */
enum { NOT_SENT, SENT, FREED };

struct vector {
    struct vector *next; /* on cpu->raised[irql]; what follows to raised_at is the processor's */
    bool due;            /* it is there */
    bool gone;           /* to be released instead of served */
    unsigned unclaimed, undismissed; /* services in a row, of a line that stayed asserted */
    uint64_t beat;                   /* the processor's heartbeat at the last of them */
    uint64_t raised_at;
    bool level;
    _Atomic bool masked;           /* a storm: not served until it is over */
    _Atomic(struct chain *) chain; /* replaced as a whole; read by the processor only */
    _Atomic int asserted;          /* level-triggered line */

    /* What a raise from another thread looks at, and what it writes if `pending` has no place, on a line of their
     * own. */
    _Alignas(64) struct cpu *cpu;
    KIRQL irql;
    uint32_t number;
    _Atomic int sent; /* NOT_SENT, SENT or FREED */
    struct vector *sent_next;
    uint64_t sent_at; /* for latency statistics: when the raise that is on its way was made */
};

struct interrupt {
    struct vector *vector;
    BOOLEAN (*service)(void *context);
    void *context;
    const void *routine;
    struct interrupt_lock *lock, own_lock;
    KIRQL irql;
    bool shared;
    bool attached; /* in the vector's chain */
};

bool interrupt_timestamps;
static struct host_lock table_lock; /* vector tables and chains being replaced */

static struct vector *vector_new(struct cpu *cpu, KIRQL irql, uint32_t number)
{
    struct vector *v = aligned_alloc(_Alignof(struct vector), sizeof *v);
    if (!v)
        return NULL;
    *v = (struct vector){0};
    v->cpu = cpu;
    v->irql = irql;
    v->number = number;
    cpu->table[number] = v;
    return v;
}

/* First number of `count` free ones, aligned to `align`; 0 if there are none. */
static uint32_t find_free(struct cpu *cpu, unsigned count, unsigned align)
{
    if (!cpu->table) {
        cpu->table = calloc(VECTORS_MAX, sizeof *cpu->table);
        if (!cpu->table)
            return 0;
        cpu->table_size = VECTORS_MAX;
    }
    for (uint32_t n = (VECTOR_FIRST + align - 1) / align * align; n + count <= VECTORS_MAX;
         n += align) {
        unsigned used = 0;
        while (used < count && !cpu->table[n + used])
            used++;
        if (used == count)
            return n;
    }
    return 0;
}

int vector_alloc_block(unsigned cpu_number, KIRQL irql, unsigned count, struct vector **out)
{
    struct cpu *cpu = cpu_table[cpu_number];
    int err = 0;
    host_lock(&table_lock);
    uint32_t first = find_free(cpu, count, count);
    for (unsigned i = 0; first && i < count; i++)
        if (!(out[i] = vector_new(cpu, irql, first + i))) {
            while (i--)
                vector_free(out[i]);
            err = -ENOMEM;
            break;
        }
    host_unlock(&table_lock);
    return first ? err : -ENOSPC;
}

struct vector *vector_alloc(unsigned cpu_number, KIRQL irql, KINTERRUPT_MODE mode)
{
    struct vector *v = NULL;
    if (vector_alloc_block(cpu_number, irql, 1, &v) == 0)
        v->level = mode == LevelSensitive;
    return v;
}

/* Onto the processor's `sent` list; v->sent was NOT_SENT until now. */
static void push(struct cpu *cpu, struct vector *v)
{
    uint64_t bit = 1u << v->irql;
    v->sent_next = atomic_load_explicit(&cpu->sent, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&cpu->sent, &v->sent_next, v))
        ;
    bool told = atomic_fetch_or(&cpu->pending, PENDING_MORE | bit) & bit;
    if (!told && cpu != cpu_current())
        host->wake(cpu);
}

void vector_free(struct vector *v)
{
    if (!v)
        return;
    v->cpu->table[v->number] = NULL;
    /* A raise that came late may have it on its way, or even in service: the processor knows. */
    if (atomic_exchange(&v->sent, FREED) == NOT_SENT)
        push(v->cpu, v);
}

uint32_t vector_number(const struct vector *v)
{
    return v->number;
}

unsigned vector_cpu(const struct vector *v)
{
    return v->cpu->number;
}

KIRQL vector_irql(const struct vector *v)
{
    return v->irql;
}

uint64_t vector_message_address(const struct vector *v)
{
    return 0xFEE00000u | v->cpu->number << 12;
}

uint32_t vector_message_data(const struct vector *v)
{
    return v->number;
}

/* The place of vector `number` in a `pending` word, or the first that is empty; PENDING_PLACES if neither is there. */
static inline unsigned place_of(uint64_t pending, uint32_t number, bool *there)
{
    unsigned i;
    *there = false;
    for (i = 0; i < PENDING_PLACES; i++) {
        uint32_t n = pending >> (PENDING_PLACE + 12 * i) & 0xFFF;
        if (n == number)
            *there = true;
        if (n == number || n == 0)
            break;
    }
    return i;
}

/* From a thread that is not the vector's processor. */
static __attribute__((noinline)) void send(struct cpu *cpu, struct vector *v)
{
    bool there;
    uint64_t bit = 1u << v->irql, number = v->number, was = 0, now;
    if (interrupt_timestamps) {
        place_of(atomic_load(&cpu->pending), v->number, &there);
        if (!there)
            v->sent_at = host_now();
    }
    /* Most often nothing is pending: guess that, instead of fetching the word for reading first. A guess that is wrong is
     * a barrier too: what the device has written is visible to the service routine that this raise is merged with. */
    do {
        unsigned place = place_of(was, v->number, &there);
        if (there)
            return;
        if (place == PENDING_PLACES) {
            int unsent = NOT_SENT;
            if (atomic_compare_exchange_strong(&v->sent, &unsent, SENT))
                push(cpu, v);
            return;
        }
        now = was | bit | number << (PENDING_PLACE + 12 * place);
    } while (!atomic_compare_exchange_weak(&cpu->pending, &was, now));
    trace(TRACE_RAISE, NULL, v->number, 0);
    if (!(was & bit)) /* else whoever set it has told the processor */
        host->wake(cpu);
}

/* On the vector's processor. */
static void enqueue(struct cpu *cpu, struct vector *v, uint64_t raised_at)
{
    if (v->due)
        return;
    struct vector_queue *queue = &cpu->raised[v->irql];
    v->due = true;
    v->raised_at = raised_at;
    v->next = NULL;
    if (queue->first)
        queue->last->next = v;
    else
        queue->first = v;
    queue->last = v;
    cpu->pending_here |= 1u << v->irql;
}

static inline void raise_vector(struct vector *v)
{
    struct cpu *cpu = v->cpu;
    if (cpu != cpu_current()) {
        send(cpu, v);
    } else if (!v->due) {
        trace(TRACE_RAISE, NULL, v->number, 0);
        enqueue(cpu, v, __builtin_expect(interrupt_timestamps, 0) ? host_now() : 0);
    }
}

void vector_raise(struct vector *v)
{
    raise_vector(v);
}

bool interrupt_message_write(uint64_t address, uint32_t data)
{
    unsigned cpu = (address >> 12) & 0xFF;
    if ((address & 0xFFFFFFFFFFF00FFFu) != 0xFEE00000u || cpu >= cpu_count)
        return false;
    data &= 0xFFFF;
    struct vector *v = data < cpu_table[cpu]->table_size ? cpu_table[cpu]->table[data] : NULL;
    if (!v)
        return false;
    raise_vector(v);
    return true;
}

static __attribute__((noinline)) void collect_list(struct cpu *cpu)
{
    struct vector *v = atomic_exchange(&cpu->sent, NULL), *oldest = NULL;
    while (v) {
        struct vector *older = v->sent_next;
        v->sent_next = oldest;
        oldest = v;
        v = older;
    }
    while ((v = oldest)) {
        oldest = v->sent_next;
        uint64_t sent_at = v->sent_at; /* the next raise may come at once */
        if (atomic_exchange(&v->sent, NOT_SENT) == FREED)
            v->gone = true; /* but it may be in service: its turn comes after that */
        enqueue(cpu, v, sent_at);
    }
}

void interrupt_collect(struct cpu *cpu)
{
    uint64_t sent = atomic_fetch_and(&cpu->pending, PENDING_POINT);
    cpu->pending_here |= sent & PENDING_LEVELS;
    uint64_t numbers = (sent & ~PENDING_MORE) >> PENDING_PLACE;
    for (; numbers; numbers >>= 12) {
        struct vector *v = cpu->table[numbers & 0xFFF];
        if (v) /* else it was freed meanwhile */
            enqueue(cpu, v, v->sent_at);
    }
    if (__builtin_expect((sent & PENDING_MORE) != 0, 0))
        collect_list(cpu);
}

void vector_set_level(struct vector *v, bool asserted)
{
    atomic_store(&v->asserted, asserted);
    if (!asserted)
        v->masked = false;
    else if (!v->masked)
        vector_raise(v);
}

static void storm_unclaimed(const struct vector *v)
{
    violation("R-263",
              "the line of vector 0x%x stayed asserted through %d calls of its service routines "
              "and none claimed it: an interrupt storm; the line is masked until it drops",
              v->number, STORM_LIMIT);
}

static void storm_claimed(const struct vector *v, const struct interrupt *in)
{
    violation_at(in->routine, "R-067",
                 "the line of vector 0x%x stayed asserted through %d calls in a row of the service "
                 "routine that claimed it: it does not dismiss the interrupt on its card; the line "
                 "is masked until it drops",
                 v->number, STORM_LIMIT);
}

/* The line may drop, and come again, while this happens. */
static void mask(struct vector *v)
{
    v->unclaimed = v->undismissed = 0;
    v->masked = true;
    if (atomic_load(&v->asserted))
        return;
    v->masked = false;
    if (atomic_load(&v->asserted))
        vector_raise(v);
}

/* The line is still asserted: a storm, or another service. Nothing below the line's IRQL runs
 * meanwhile, unless the processor's heart beats. `in` claimed it, or is NULL. */
static void still_asserted(struct cpu *cpu, struct vector *v, const struct interrupt *in)
{
    uint64_t beat = atomic_load_explicit(&cpu->heartbeat, memory_order_relaxed);
    bool again = in && v->beat == beat;
    v->beat = beat;
    v->undismissed = again ? v->undismissed + 1 : 0;
    v->unclaimed = in ? 0 : v->unclaimed + 1;
    if (v->unclaimed < STORM_LIMIT && v->undismissed < STORM_LIMIT) {
        vector_raise(v);
        return;
    }
    if (in)
        storm_claimed(v, in);
    else
        storm_unclaimed(v);
    mask(v);
}

/* On the vector's processor, at its IRQL. */
static void serve(struct cpu *cpu, struct vector *v)
{
    const struct chain *chain = atomic_load_explicit(&v->chain, memory_order_acquire);
    const bool level = v->level;
    const KIRQL irql = cpu->irql;
    const struct interrupt *claimed = NULL;
    cpu->in_service = v;
    for (unsigned i = 0; chain && i < chain->count; i++) {
        struct interrupt *in = chain->interrupt[i];
        cpu->irql = in->irql;
        spin_acquire_as(&in->lock->word, cpu->number);
        bool ours = in->service(in->context);
        if (ours)
            claimed = in;
        trace(TRACE_ISR, NULL, v->number, ours);
        spin_release_as(&in->lock->word, cpu->number);
        cpu->irql = irql;
        /* A latched or message interrupt is offered to everyone: the edge may have been anyone's. A
         * level-triggered one stops at the first who claims it, and is looked at again. */
        if (level && claimed)
            break;
    }
    if (__builtin_expect(!level, 1))
        return;
    if (!atomic_load(&v->asserted) || v->masked || !chain)
        v->unclaimed = v->undismissed = 0;
    else
        still_asserted(cpu, v, claimed);
}

void interrupt_take(struct cpu *cpu, unsigned level)
{
    cpu->pending_here &= ~(1u << level);
    if (level == IRQL_CLOCK) {
        cpu->clock_due = true;
        cpu->pending_here |= 1u << DISPATCH_LEVEL;
        return;
    }
    struct vector *outer = cpu->in_service;
    uint64_t outer_raise = cpu->raise_in_service;
    struct vector *v = cpu->raised[level].first, *next;
    cpu->raised[level].first = NULL; /* what is raised meanwhile waits for the next look at all levels */
    for (bool waited = false; v; v = next, waited = true) {
        next = v->next;
        /* What was raised again while those before it were served is still one call. */
        if (waited && (uint32_t)atomic_load_explicit(&cpu->pending, memory_order_relaxed) & PENDING_LEVELS)
            interrupt_collect(cpu);
        v->due = false;
        cpu->raise_in_service = v->raised_at;
        if (__builtin_expect(v->gone, 0)) {
            free(atomic_load(&v->chain));
            free(v);
        } else {
            serve(cpu, v);
        }
    }
    cpu->in_service = outer;
    cpu->raise_in_service = outer_raise;
}

uint64_t interrupt_raised_at(void)
{
    struct cpu *cpu = cpu_current();
    return cpu && cpu->in_service ? cpu->raise_in_service : 0;
}

/* Publishes a chain with `add` and without `drop`. 0 or -errno. */
static int chain_replace(struct vector *v, struct interrupt *add, struct interrupt *drop,
                         struct chain **old)
{
    struct chain *now = atomic_load(&v->chain);
    unsigned n = now ? now->count : 0;
    struct chain *next = calloc(1, sizeof *next + (n + 1) * sizeof next->interrupt[0]);
    if (!next)
        return -ENOMEM;
    for (unsigned i = 0; i < n; i++)
        if (now->interrupt[i] != drop)
            next->interrupt[next->count++] = now->interrupt[i];
    if (add)
        next->interrupt[next->count++] = add;
    if (!next->count) { /* nobody is left, which is not the same as nobody claiming it */
        free(next);
        next = NULL;
    }
    atomic_store(&v->chain, next);
    *old = now;
    return 0;
}

/* A DPC runs on a processor only when no service routine is active there: after this, whatever was being
 * served with the old chain is done. */
struct rendezvous {
    KDPC dpc;
    KEVENT done;
};

static VOID NTAPI rendezvous_dpc(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
    event_set(&((struct rendezvous *)context)->done);
}

static void wait_for_processor(struct cpu *cpu)
{
    if (run_state != RUN_GOING || !cpu_current())
        return;
    struct rendezvous r;
    event_init(&r.done, true, false);
    dpc_init(&r.dpc, rendezvous_dpc, &r, (int)cpu->number);
    dpc_set_importance(&r.dpc, HighImportance);
    dpc_insert(&r.dpc, NULL, NULL);
    thread_wait(&r.done, UINT64_MAX);
}

struct interrupt *interrupt_create(const struct interrupt_config *config)
{
    struct vector *v = config->vector;
    struct interrupt *in = opaque_alloc(sizeof *in);
    if (!in)
        return NULL;
    in->vector = v;
    in->service = config->service;
    in->context = config->context;
    in->routine = config->routine;
    in->lock = config->lock ? config->lock : &in->own_lock;
    in->irql = config->synchronize_irql > v->irql ? config->synchronize_irql : v->irql;
    in->shared = config->shared;
    return in;
}

void interrupt_free(struct interrupt *in)
{
    opaque_free(in);
}

int interrupt_attach(struct interrupt *in)
{
    struct vector *v = in->vector;
    host_lock(&table_lock);
    struct chain *now = atomic_load(&v->chain), *old = NULL;
    int err = 0;
    for (unsigned i = 0; now && i < now->count; i++)
        if (!in->shared || !now->interrupt[i]->shared)
            err = -EBUSY;
    if (!err)
        err = chain_replace(v, in, NULL, &old);
    in->attached = !err;
    host_unlock(&table_lock);
    if (err)
        return err;
    /* A line masked by a storm gets another chance: the newcomer may be the one who claims it. */
    v->masked = false;
    if (v->level && atomic_load(&v->asserted))
        vector_raise(v);
    wait_for_processor(v->cpu); /* nobody walks the old chain any more */
    free(old);
    return 0;
}

void interrupt_detach(struct interrupt *in)
{
    struct chain *old = NULL;
    if (!in->attached)
        return;
    in->attached = false;
    host_lock(&table_lock);
    int err = chain_replace(in->vector, NULL, in, &old);
    host_unlock(&table_lock);
    if (err)
        abort(); /* out of memory for a few words; the service routine could not be stopped */
    wait_for_processor(in->vector->cpu);
    free(old);
}

int interrupt_connect(const struct interrupt_config *config, struct interrupt **interrupt)
{
    struct interrupt *in = interrupt_create(config);
    if (!in)
        return -ENOMEM;
    /* The caller may be interrupted as soon as it is attached: give it its handle first. */
    *interrupt = in;
    int err = interrupt_attach(in);
    if (err) {
        *interrupt = NULL;
        interrupt_free(in);
    }
    return err;
}

void interrupt_disconnect(struct interrupt *in)
{
    if (!in)
        return;
    interrupt_detach(in);
    interrupt_free(in);
}

KIRQL interrupt_irql(const struct interrupt *in)
{
    return in->irql;
}

KIRQL interrupt_lock_acquire(struct interrupt *in)
{
    KIRQL old = irql_raise(in->irql);
    spin_acquire(&in->lock->word);
    return old;
}

void interrupt_lock_release(struct interrupt *in, KIRQL old)
{
    spin_release(&in->lock->word);
    irql_lower(old);
}

BOOLEAN interrupt_synchronize(struct interrupt *in, BOOLEAN (*fn)(void *), void *context)
{
    KIRQL old = interrupt_lock_acquire(in);
    BOOLEAN result = fn(context);
    interrupt_lock_release(in, old);
    return result;
}

BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                     PVOID SynchronizeContext)
{
    struct interrupt *in = (struct interrupt *)Interrupt;
    irql_require("KeSynchronizeExecution", PASSIVE_LEVEL, in->irql);
    KIRQL old = interrupt_lock_acquire(in);
    BOOLEAN result = (BOOLEAN)DRIVER_CALL(SynchronizeRoutine, SynchronizeContext);
    interrupt_lock_release(in, old);
    return result;
}
NT_EXPORT("ntoskrnl.exe", KeSynchronizeExecution);

KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    struct interrupt *in = (struct interrupt *)Interrupt;
    irql_require("KeAcquireInterruptSpinLock", PASSIVE_LEVEL, in->irql);
    return interrupt_lock_acquire(in);
}
NT_EXPORT("ntoskrnl.exe", KeAcquireInterruptSpinLock);

VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    interrupt_lock_release((struct interrupt *)Interrupt, OldIrql);
}
NT_EXPORT("ntoskrnl.exe", KeReleaseInterruptSpinLock);
