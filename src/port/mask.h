/* SPDX-License-Identifier: MIT */
/* mask.h - how a driver without enable and disable handlers masks and unmasks its card: in its ISR
 * and in its DPC. */
#pragma once
#include "port/project.h"

/* One piece of code that masks or unmasks; text is NULL if none was found. */
struct masking {
    const char *text;   /* the call, as a statement without ";" */
    const char *before; /* a statement that has to come before it, or NULL */
    const char *call;   /* function or macro */
    struct place at;
    const char *local; /* the variable it needs, and its type; or NULL */
    const char *type;
    const char *barred; /* without text: why the code that was found cannot be used, or NULL */
};

/* Does the name say that it disables (or enables) the card's interrupt? */
bool mask_named(const char *name, bool enable);

/* The pieces of code that mask and unmask, from the surest source to the least. False if more than
 * one could be it. */
bool mask_find(struct project *p, struct masking *off, struct masking *on);

/* What NDIS must not be asked for at DIRQL, if the function or something that it calls asks for it;
 * NULL if nothing does. */
const char *mask_not_at_dirql(const struct project *p, const struct function *f,
                              struct place *where);

/* The same, of a function whose own calls of NdisMSynchronizeWithInterrupt do not count. */
const char *mask_not_synchronized(const struct project *p, const struct declaration *d,
                                  struct place *where);

/* The name of a handler's context parameter, or NULL. */
const char *mask_context(const struct declaration *d, unsigned index);
