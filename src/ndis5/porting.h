/* SPDX-License-Identifier: MIT */
/* porting.h - a driver on its way from NDIS 5 to NDIS 6: what it may do already, and what is left.
 *
 * On Windows a half-ported driver does not load. With ndis_porting set, one that registered with
 * NdisMRegisterMiniport may call NdisMRegisterInterruptEx and what belongs to it, so that the
 * interrupt code can be ported and proved first; a serialised miniport's DPCs then still run under
 * NDIS's lock. */
#pragma once
#include "ndis/ndis.h"

struct porting_chapter {
    const char *title; /* as Microsoft's "Porting a Miniport Driver to NDIS 6.0" calls it */
    char left[512];    /* what is still 5.x, a comma list */
};

/* Chapters with something left, in the guide's order; at most `max`. 0 for a driver of NDIS 6.
 * Before the driver is unloaded. */
size_t porting_left(const struct ndis_driver *driver, struct porting_chapter *chapters, size_t max);
#define PORTING_CHAPTERS 12

/* The functions of NDIS 6 that such a driver may call; ends with NULL. */
extern const char *const porting_functions[];
#define PORTING_FUNCTIONS 6

/* A 5.x driver calls `function` (a constant: compared by content). Any IRQL, no allocation. */
void porting_note(struct ndis_driver *driver, const char *function);
