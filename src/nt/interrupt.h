/* SPDX-License-Identifier: MIT */
/* interrupt.h - from a raised vector to a service routine.
 *
 * A vector is one entry of one processor's interrupt table: (processor, number), with an IRQL. Devices (through
 * pci/) raise vectors from any thread: a message write, or the level of a line. A processor takes a pending
 * vector at an interrupt window, when its IRQL is below the vector's: raises IRQL, and calls each interrupt
 * object connected to the vector, holding that object's spin lock.
 *
 * Message (edge): several raises before it is taken are one call. Line (level-triggered):
 * after the chain has run, the line is looked at again, until it drops; a line that nobody claims,
 * or that its owner claims and does not dismiss, is reported and masked until it drops. Line
 * (latched): as a message.
 *
 * Lifetime: interrupt_disconnect() returns when no service routine of the object is running on any
 * processor and none will run. */
#pragma once
#include "nt/wdk.h"
#include <stdbool.h>
#include <stdint.h>

struct vector;
struct interrupt; /* what PKINTERRUPT points to */

/* A free vector of processor `cpu` at `irql` (DIRQL_MIN..DIRQL_MAX); NULL if the table is full (4096). */
struct vector *vector_alloc(unsigned cpu, KIRQL irql, KINTERRUPT_MODE mode);
/* `count` (a power of two) vectors of one processor with consecutive numbers, the first a multiple of count: what
 * MSI with several messages needs. 0, -ENOSPC or -ENOMEM. */
int vector_alloc_block(unsigned cpu, KIRQL irql, unsigned count, struct vector **out);
/* Nothing may be connected. */
void vector_free(struct vector *vector);
uint32_t vector_number(const struct vector *vector);
unsigned vector_cpu(const struct vector *vector);
KIRQL vector_irql(const struct vector *vector);

/* Edge. Any thread, no allocation, no lock. */
void vector_raise(struct vector *vector);
/* Level. Asserting an asserted line changes nothing. */
void vector_set_level(struct vector *vector, bool asserted);

/* The address and data by which a device's message reaches a vector (Intel SDM 3A, 11.11: FEExxxxx, the
 * destination in bits 12-19; our numbers are wider than 8 bits and fill the data word). */
uint64_t vector_message_address(const struct vector *vector);
uint32_t vector_message_data(const struct vector *vector);
/* A device wrote `data` to `address`: raise. False if it addresses no processor's vector. */
bool interrupt_message_write(uint64_t address, uint32_t data);

struct interrupt_config {
    struct vector *vector;
    /* True if the interrupt was its device's. Called on the vector's processor at synchronize_irql. */
    BOOLEAN (*service)(void *context);
    void *context;
    const void *routine;      /* the driver's code behind `service`, for reports; or NULL */
    KIRQL synchronize_irql;   /* >= the vector's IRQL; 0 = the vector's */
    struct interrupt_lock *lock; /* NULL = its own; shared by objects that must exclude each other */
    bool shared;              /* line: others may connect too, if they also say so */
};
struct interrupt_lock {
    KSPIN_LOCK word;
};
/* 0, or -errno: -EBUSY when the vector is taken and not both share, -ENOMEM. The service routine may run before this
 * returns; *interrupt is there by then, and NULL again after a failure. PASSIVE_LEVEL. */
int interrupt_connect(const struct interrupt_config *config, struct interrupt **interrupt);
/* PASSIVE_LEVEL; waits for running service routines. */
void interrupt_disconnect(struct interrupt *interrupt);

/* The same in two halves each, for who needs the object's level and lock before its first call and after its last:
 * a created object can be synchronised with, an attached one is called. */
struct interrupt *interrupt_create(const struct interrupt_config *config); /* NULL: no memory */
int interrupt_attach(struct interrupt *interrupt);
/* Nothing to do if it is not attached. */
void interrupt_detach(struct interrupt *interrupt);
void interrupt_free(struct interrupt *interrupt); /* detached */

/* KeSynchronizeExecution: runs fn at the object's IRQL, under its lock; returns what fn returned. */
BOOLEAN interrupt_synchronize(struct interrupt *interrupt, BOOLEAN (*fn)(void *), void *context);
/* The same in two halves, for callers that call a driver in between. Returns the previous IRQL. */
KIRQL interrupt_lock_acquire(struct interrupt *interrupt);
void interrupt_lock_release(struct interrupt *interrupt, KIRQL old);
KIRQL interrupt_irql(const struct interrupt *interrupt);

/* When the vector being serviced was raised, and when its service began (host_now() scale, 0 if
 * interrupt_timestamps is off). For latency statistics, inside a service routine. */
extern bool interrupt_timestamps;
uint64_t interrupt_raised_at(void);
