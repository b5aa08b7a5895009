/* SPDX-License-Identifier: MIT */
/* device.h - network cards behind the PCI interface, by name.
 *
 * Adding a card: write a back end that embeds struct pci_function (pci/pci.h), and a row with
 * DEVICE_TYPE. */
#pragma once
#include "pci/pci.h"
#include "net/wire.h"

struct device_fault_plan; /* device/fault.h */

struct device_config {
    const char *name;    /* what follows "model:" or "qemu:", e.g. "82574l" */
    const char *options; /* after the first comma, or NULL: "mac=52:54:00:12:34:56,..." */
    /* The device's link; owned by the caller. create() calls wire_attach() and fills wire->station;
     * the device says wire_link(up) and wire_ready() as wire.h has it. */
    struct wire *wire;
    const struct device_fault_plan *faults; /* may be NULL */
};

struct device_type {
    const char *kind;
    const char *name;     /* "82574l"; NULL: whatever comes, the back end knows what there is */
    const char *argument; /* what to write after "KIND:" then */
    const char *description;
    bool live; /* keeps real time: there is none in a deterministic machine */
    struct pci_function *(*create)(const struct device_config *config, char *err, size_t err_len);
};

/* The WDK has a DEVICE_TYPE of its own (devioctl.h), which no host code needs. */
#undef DEVICE_TYPE
#define DEVICE_TYPE(label, ...)                                                                    \
    static const struct device_type device_row_##label = {__VA_ARGS__};                            \
    static const struct device_type *const device_ref_##label                                      \
        __attribute__((section("dirql_devices"), used, retain)) = &device_row_##label

/* spec: "model:82574l[,opts]". NULL and one sentence in err. The function is not yet on the bus. */
struct pci_function *device_create(const char *spec, struct wire *wire,
                                   const struct device_fault_plan *faults, char *err,
                                   size_t err_len);
/* Whether a spec names a card that keeps real time; not if it names none. */
bool device_is_live(const char *spec);
const struct device_type *const *device_types(size_t *count);
