/* SPDX-License-Identifier: MIT */
/* Read before ndis.h: what it says about types is what the compiler knows. */
typedef unsigned char byte;

struct nic;

byte StopCard(void *Context);
byte StartCard(struct nic *Nic);
