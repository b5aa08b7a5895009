/* SPDX-License-Identifier: MIT */
/* alarm.h - time, for devices and for the kernel's clock: call a function at a moment.
 *
 * Live: alarms run on one host thread, the device thread, in due order. Deterministic: they run between
 * two steps of the processors, in virtual time, in due order (equal moments in the order they were set).
 * An alarm's function must not block; it may set and cancel alarms, take its device's lock, do DMA and raise
 * interrupts. Times are nanoseconds since boot (host_now()).
 *
 * File descriptors (tap, sockets) are watched by the same thread; they exist in the live scheduler only. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct alarm {
    void (*fire)(struct alarm *alarm); /* container_of gives the owner */
    uint64_t due;
    uint64_t order; /* ties */
    unsigned slot;  /* position in the queue + 1; 0 = not set */
};

/* (Re)arms. Any thread, any IRQL; no allocation. Alarm memory is the caller's, and stays until cancelled
 * or fired. */
void alarm_set(struct alarm *alarm, uint64_t due_ns);
/* Returns false if it was not set (it may be running on the device thread right now). */
bool alarm_cancel(struct alarm *alarm);

/* Nanoseconds since boot: real in the live scheduler, virtual in the deterministic one. */
uint64_t host_now(void);
/* True when a --seed drives the machine: what cannot be deterministic (a tap) refuses then. */
bool host_deterministic(void);

struct fd_watch {
    int fd;
    bool writable; /* wait for room to write, instead of something to read */
    void (*ready)(struct fd_watch *watch);
};
/* 0 or -errno; -ENOTSUP in the deterministic scheduler. */
int fd_watch_add(struct fd_watch *watch);
void fd_watch_remove(struct fd_watch *watch);

/* A short mutual exclusion of host code, e.g. a device's lock: register accesses come from processor threads,
 * alarms from the device thread. Never held across a call into a driver. */
struct host_lock {
    int word;
};
void host_lock(struct host_lock *lock);
void host_unlock(struct host_lock *lock);
