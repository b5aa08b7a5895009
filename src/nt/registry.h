/* SPDX-License-Identifier: MIT */
/* registry.h - the registry: a tree of keys and values in memory.
 *
 * Nothing is read from or written to disk: each run starts with the few keys that every Windows
 * has, and the INF and --set fill the keys of the adapter. Names compare without case. A host
 * caller gives and gets UTF-8; the driver's view (ZwOpenKey ... in registry_zw.c,
 * RtlQueryRegistryValues ... in registry_rtl.c) is over the same functions.
 *
 * Keys are counted: what a function here returns is the caller's until registry_put(). Deleting a
 * key only marks it while somebody holds it. Threads: any; each function is atomic. Nothing blocks.
 *
 * Where things are, for a network adapter (WDK: "Registry Trees and Keys for Devices and Drivers"):
 *     service    ...\Services\NAME                          the RegistryPath of DriverEntry
 *     driver     ...\Control\Class\{4D36E972-...}\NNNN      NdisOpenConfigurationEx; HKR of
 * DDInstall hardware   ...\Enum\ID\INSTANCE\Device Parameters     IoOpenDeviceRegistryKey(DEVICE);
 * HKR of DDInstall.HW; Interrupt Management
 *     instance   ...\Enum\ID\INSTANCE                        IoGetDeviceProperty */
#pragma once
#include "nt/wdk.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTRY_CURRENT_CONTROL_SET "\\Registry\\Machine\\System\\CurrentControlSet"
#define REGISTRY_SERVICES            REGISTRY_CURRENT_CONTROL_SET "\\Services"
#define REGISTRY_CONTROL             REGISTRY_CURRENT_CONTROL_SET "\\Control"
#define REGISTRY_NET_CLASS           REGISTRY_CONTROL "\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}"
#define REGISTRY_ENUM                REGISTRY_CURRENT_CONTROL_SET "\\Enum"

struct registry_key;

/* --- keys ------------------------------------------------------------------------------------ */

/* `path` is relative to `base`, or absolute ("\Registry\...") if base is NULL. An empty path is
 * base itself. NULL if there is no such key. */
struct registry_key *registry_open(struct registry_key *base, const char *path);
/* The same, but makes every key of the path that is missing. NULL if memory ran out, a name is
 * empty or longer than 255 characters, or an absolute path does not begin with \Registry. */
struct registry_key *registry_create(struct registry_key *base, const char *path);
struct registry_key *registry_ref(struct registry_key *key);
void registry_put(struct registry_key *key);

/* Removes a key with all that is below it. */
void registry_delete_tree(struct registry_key *key);

/* malloc'd: the full path, and the name of the index-th subkey (sorted) or NULL past the end. */
char *registry_path(struct registry_key *key);
char *registry_subkey_name(struct registry_key *key, size_t index);

/* --- values ---------------------------------------------------------------------------------- */

/* A copy of a value, malloc'd; registry_value_free() releases name and data. Strings in data are
 * UTF-16 with their terminators, as they are stored. */
struct registry_value {
    char *name;
    uint32_t type; /* REG_SZ ... */
    size_t size;
    uint8_t *data;
};
void registry_value_free(struct registry_value *value);

/* 0, or -ENOENT, -ENOMEM. The name "" is the key's unnamed value. */
int registry_get(struct registry_key *key, const char *name, struct registry_value *value);
/* The index-th value in the order in which they were made; -ENOENT past the end. */
int registry_enumerate(struct registry_key *key, size_t index, struct registry_value *value);
/* 0, or -ENOMEM, -EINVAL (name over 16383 characters, key deleted). */
int registry_set(struct registry_key *key, const char *name, uint32_t type, const void *data,
                 size_t size);
int registry_set_dword(struct registry_key *key, const char *name, uint32_t value);
/* REG_SZ (or another string type); the terminator is added. */
int registry_set_string(struct registry_key *key, const char *name, const char *text);
int registry_set_text(struct registry_key *key, const char *name, uint32_t type, const char *text);
/* REG_MULTI_SZ of `count` strings. */
int registry_set_strings(struct registry_key *key, const char *name, const char *const *texts,
                         size_t count);
int registry_unset(struct registry_key *key, const char *name);

/* A number from a REG_DWORD, REG_QWORD, a REG_BINARY of up to 8 bytes (little-endian), or a string
 * that is one (decimal or 0x). -ENOENT, or -EINVAL if the value is no number. */
int registry_get_number(struct registry_key *key, const char *name, uint64_t *number);
/* The text of a string value, or a number's decimal text; malloc'd UTF-8, NULL if there is none. */
char *registry_get_string(struct registry_key *key, const char *name);

/* --- a setting from the command line --------------------------------------------------------- */

/* Sets a value from "NAME=VALUE" or "NAME:TYPE=VALUE", TYPE one of sz, expand_sz, multi_sz (strings
 * separated by ';'), dword, qword, binary (hex bytes). NAME may go into subkeys
 * ("Interrupt Management\MessageSignaledInterruptProperties\MSISupported"). Without a TYPE the
 * value keeps the type that it has (which an INF gave it); a new one is REG_DWORD below Interrupt
 * Management, where all are, and otherwise REG_SZ, as NDIS keywords are.
 * 0, or -EINVAL with a sentence in `error`. */
int registry_set_setting(struct registry_key *key, const char *setting, char *error,
                         size_t error_size);

/* --- the keys of one adapter ----------------------------------------------------------------- */

struct registry_adapter {
    struct registry_key *service, *driver, *hardware, *instance;
};

/* Makes the keys of adapter number `index`, whose driver is the service `service` and whose
 * device is `hardware_id` ("PCI\VEN_8086&DEV_10D3"). 0 or -ENOMEM. */
int registry_adapter_init(struct registry_adapter *adapter, const char *service,
                          const char *hardware_id, unsigned index);
void registry_adapter_fini(struct registry_adapter *adapter);

/* registry_set_setting() on the key that the setting belongs to: "Interrupt Management\..." is
 * below the hardware key, "Parameters\..." below the service key, all others in the driver key.
 * The values that interrupts are granted by may be given by their names alone: MSISupported,
 * MessageNumberLimit, DevicePolicy, DevicePriority, AssignmentSetOverride. */
int registry_adapter_setting(struct registry_adapter *adapter, const char *setting, char *error,
                             size_t error_size);

/* --- handles --------------------------------------------------------------------------------- */

/* A handle for a driver, to be closed with ZwClose; NULL if memory ran out. */
HANDLE registry_handle(struct registry_key *key);
/* The key of such a handle, with a reference; NULL if it is no open key handle. */
struct registry_key *registry_from_handle(HANDLE handle);
