/* SPDX-License-Identifier: MIT */
/* thread.h - NT threads: fibers on a processor, and what they wait for.
 *
 * A thread runs on the processor it was made on (KeSetSystemAffinityThread moves it). Waiting blocks the fiber,
 * never the processor's host thread. Dispatcher objects (events, semaphores, mutexes, timers, threads) are
 * the driver's own memory with a DISPATCHER_HEADER first. Above PASSIVE_LEVEL no thread switches happen at
 * DISPATCH_LEVEL or higher. */
#pragma once
#include "nt/wdk.h"
#include <stdbool.h>
#include <stdint.h>

struct thread;

/* A system thread on processor `cpu`, priority 1..31 (8 = normal). Starts as soon as that processor is free.
 * Memory is freed when it ends. `name` is a literal: a trace outlives the thread. NULL if out of memory. Any
 * processor thread, <= DISPATCH_LEVEL. */
struct thread *thread_create(unsigned cpu, int priority, void (*fn)(void *), void *arg,
                             const char *name);
/* Wait until it has ended; PASSIVE_LEVEL. Each thread is joined once or detached. */
void thread_join(struct thread *thread);
void thread_detach(struct thread *thread);
struct thread *thread_current(void);
/* The processor that it runs on. */
unsigned thread_processor(const struct thread *thread);

/* Host-side waiting, PASSIVE_LEVEL (or APC). timeout in ns, UINT64_MAX = for ever. STATUS_SUCCESS/TIMEOUT. */
NTSTATUS thread_wait(void *dispatcher_object, uint64_t timeout_ns);
void thread_sleep(uint64_t ns);

/* Host-side events over the same mechanism (KEVENT). */
void event_init(KEVENT *event, bool manual_reset, bool signalled);
/* Any processor, <= DISPATCH_LEVEL. Returns the previous state. */
LONG event_set(KEVENT *event);
LONG event_clear(KEVENT *event);

/* Whether `p` lies in the current thread's stack: memory that is somebody else's as soon as the
 * function has returned. */
bool thread_stack_contains(const void *p);
