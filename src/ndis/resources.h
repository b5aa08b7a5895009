/* SPDX-License-Identifier: MIT */
/* resources.h - private to requirements.c and resources.c: what interrupts an adapter asks for. */
#pragma once
#include "ndis/ndis_internal.h"

/* Windows 8's limit per function. */
#define MESSAGES_MAX 2048

/* How one interrupt is to be placed: the members of IO_RESOURCE_DESCRIPTOR.u.Interrupt. */
struct interrupt_policy {
    unsigned affinity; /* IRQ_DEVICE_POLICY */
    unsigned priority; /* IRQ_PRIORITY */
    uint64_t targets;  /* KAFFINITY, for IrqPolicySpecifiedProcessors */
};

/* What the registry and the options say before the driver is asked (Interrupt Management). */
struct interrupt_settings {
    enum pci_interrupt_kind kind; /* what is offered first: MSIX, MSI, LINE or NONE */
    unsigned messages;
    bool line; /* the function has a line to fall back to */
    struct interrupt_policy policy;
};

/* What the list asks for after MiniportFilterResourceRequirements. */
struct interrupt_request {
    enum pci_interrupt_kind kind;
    unsigned messages;               /* 0 unless messages are asked for */
    struct interrupt_policy *policy; /* [messages], malloc'd */
    bool line;                       /* a list or an alternative has a line */
    struct interrupt_policy line_policy;
};

void interrupt_settings_read(const struct ndis_adapter *adapter,
                             struct interrupt_settings *settings);
/* The bus driver's list, in pool, for an adapter with a device; NULL if memory ran out. */
IO_RESOURCE_REQUIREMENTS_LIST *requirements_build(const struct ndis_adapter *adapter,
                                                  const struct interrupt_settings *settings);
/* Builds the list, lets the driver filter it, reads its answer. 0, or -errno and a sentence. The
 * caller frees request->policy. PASSIVE_LEVEL. */
int requirements_ask(struct ndis_adapter *adapter, const struct interrupt_settings *settings,
                     struct interrupt_request *request, char *err, size_t err_len);

/* A PnP IRP with one stack location, in pool; NULL if memory ran out. */
PIRP pnp_irp_create(UCHAR minor);
