/* SPDX-License-Identifier: MIT */
/* doorbell.h - how a message interrupt leaves QEMU: as an eventfd.
 *
 * A message is a write of data to an address. The address that we give QEMU's card is the doorbell
 * register of a second device, ivshmem-doorbell: a write of N there makes QEMU signal the Nth
 * eventfd of peer 0, which is us. So nobody polls memory, no message is merged with another one's,
 * and the device thread sleeps until there is one. Source: QEMU documentation, specs/ivshmem-spec.
 */
#pragma once
#include "nt/alarm.h"
#include <stdbool.h>
#include <stdint.h>

#define DOORBELLS         64   /* messages that a card can have */
#define DOORBELL_REGISTER 0x0c /* in BAR 0; data: peer << 16 | number, and we are peer 0 */

struct doorbells {
    /* Bell `index` rang (once or more often). Device thread. */
    void (*rang)(void *ctx, unsigned index);
    void *ctx;

    /* Private. */
    int server; /* our end of the socket by which the device got its eventfds */
    struct doorbell {
        struct fd_watch watch;
        struct doorbells *all;
    } bell[DOORBELLS];
};

/* Makes the eventfds and a socket for the device's chardev, whose other end goes to *qemu_fd (the
 * caller's to close once QEMU has it). 0 or -errno. */
int doorbells_open(struct doorbells *d, int *qemu_fd);
/* Waits up to `ms` until bell `index` rings and takes that; for trying the connection. */
bool doorbells_wait(struct doorbells *d, unsigned index, int ms);
/* The device thread listens from now on. 0 or -errno. */
int doorbells_listen(struct doorbells *d);
void doorbells_close(struct doorbells *d);
