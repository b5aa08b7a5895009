/* SPDX-License-Identifier: MIT */
/* registry.c - the registry as host code sees it: UTF-8 names, copies of values, settings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "nt/registry_tree.h"
#include "nt/rtl.h"

/* --- keys ------------------------------------------------------------------------------------ */

static struct registry_key *walk(struct registry_key *base, const char *path, bool create)
{
    size_t chars;
    WCHAR *wide = rtl_utf16(path, &chars);
    if (!wide)
        return NULL;
    struct registry_key *key = NULL;
    bool made;
    registry_lock();
    if (NT_SUCCESS(registry_walk(base, wide, chars, create, false, false, &key, &made)))
        handle_ref(&key->object);
    else
        key = NULL;
    registry_unlock();
    free(wide);
    return key;
}

struct registry_key *registry_open(struct registry_key *base, const char *path)
{
    return walk(base, path, false);
}

struct registry_key *registry_create(struct registry_key *base, const char *path)
{
    return walk(base, path, true);
}

struct registry_key *registry_ref(struct registry_key *key)
{
    handle_ref(&key->object);
    return key;
}

void registry_put(struct registry_key *key)
{
    if (key)
        handle_put(&key->object);
}

static void delete_below(struct registry_key *key)
{
    while (key->child_count) {
        struct registry_key *child = key->children[key->child_count - 1];
        delete_below(child);
        registry_unlink(child);
    }
}

void registry_delete_tree(struct registry_key *key)
{
    registry_lock();
    delete_below(key);
    if (key->parent)
        registry_unlink(key);
    registry_unlock();
}

char *registry_path(struct registry_key *key)
{
    size_t chars;
    registry_lock();
    WCHAR *wide = registry_full_name(key, &chars);
    registry_unlock();
    char *path = wide ? rtl_utf8(wide, chars) : NULL;
    free(wide);
    return path;
}

char *registry_subkey_name(struct registry_key *key, size_t index)
{
    char *name = NULL;
    registry_lock();
    if (index < key->child_count)
        name = rtl_utf8(key->children[index]->name, key->children[index]->name_chars);
    registry_unlock();
    return name;
}

/* --- values ---------------------------------------------------------------------------------- */

void registry_value_free(struct registry_value *value)
{
    free(value->name);
    free(value->data);
    *value = (struct registry_value){0};
}

static int copy_entry(const struct registry_entry *entry, struct registry_value *value)
{
    struct registry_value copy = {
        .name = rtl_utf8(entry->name, entry->name_chars),
        .type = entry->type,
        .size = entry->size,
        .data = malloc(entry->size + 4), /* room for a terminator, should a string lack its own */
    };
    if (!copy.name || !copy.data) {
        registry_value_free(&copy);
        return -ENOMEM;
    }
    memcpy(copy.data, entry->data, entry->size);
    memset(copy.data + entry->size, 0, 4);
    *value = copy;
    return 0;
}

int registry_get(struct registry_key *key, const char *name, struct registry_value *value)
{
    size_t chars;
    WCHAR *wide = rtl_utf16(name, &chars);
    if (!wide)
        return -ENOMEM;
    registry_lock();
    struct registry_entry *entry = registry_find(key, wide, chars);
    int result = entry ? copy_entry(entry, value) : -ENOENT;
    registry_unlock();
    free(wide);
    return result;
}

int registry_enumerate(struct registry_key *key, size_t index, struct registry_value *value)
{
    registry_lock();
    int result = index < key->value_count ? copy_entry(&key->values[index], value) : -ENOENT;
    registry_unlock();
    return result;
}

int registry_set(struct registry_key *key, const char *name, uint32_t type, const void *data,
                 size_t size)
{
    size_t chars;
    WCHAR *wide = rtl_utf16(name, &chars);
    if (!wide)
        return -ENOMEM;
    registry_lock();
    NTSTATUS status = registry_store(key, wide, chars, type, data, size);
    registry_unlock();
    free(wide);
    return NT_SUCCESS(status) ? 0 : status == STATUS_INSUFFICIENT_RESOURCES ? -ENOMEM : -EINVAL;
}

int registry_set_dword(struct registry_key *key, const char *name, uint32_t value)
{
    return registry_set(key, name, REG_DWORD, &value, sizeof value);
}

int registry_set_text(struct registry_key *key, const char *name, uint32_t type, const char *text)
{
    size_t chars;
    WCHAR *wide = rtl_utf16(text, &chars);
    if (!wide)
        return -ENOMEM;
    int result = registry_set(key, name, type, wide, (chars + 1) * sizeof *wide);
    free(wide);
    return result;
}

int registry_set_string(struct registry_key *key, const char *name, const char *text)
{
    return registry_set_text(key, name, REG_SZ, text);
}

int registry_set_strings(struct registry_key *key, const char *name, const char *const *texts,
                         size_t count)
{
    WCHAR *all = NULL;
    size_t used = 0;
    int result = -ENOMEM;
    for (size_t i = 0; i <= count; i++) { /* the last round adds the list's own terminator */
        size_t chars = 0;
        WCHAR *one = i < count ? rtl_utf16(texts[i], &chars) : NULL;
        WCHAR *bigger = realloc(all, (used + chars + 1) * sizeof *all);
        if (bigger)
            all = bigger;
        if (!bigger || (i < count && !one)) {
            free(one);
            goto out;
        }
        if (one)
            memcpy(all + used, one, chars * sizeof *all);
        used += chars;
        all[used++] = 0;
        free(one);
    }
    result = registry_set(key, name, REG_MULTI_SZ, all, used * sizeof *all);
out:
    free(all);
    return result;
}

int registry_unset(struct registry_key *key, const char *name)
{
    size_t chars;
    WCHAR *wide = rtl_utf16(name, &chars);
    if (!wide)
        return -ENOMEM;
    registry_lock();
    struct registry_entry *entry = registry_find(key, wide, chars);
    if (entry)
        registry_remove(key, entry);
    registry_unlock();
    free(wide);
    return entry ? 0 : -ENOENT;
}

/* A whole text that is a decimal or 0x number, perhaps with a sign. */
static bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    if (!*text)
        return false;
    errno = 0;
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    if (*digits < '0' || *digits > '9')
        return false;
    int base = digits[0] == '0' && (digits[1] | 32) == 'x' ? 16 : 10;
    *number = strtoull(text, &end, base);
    return !errno && !*end;
}

int registry_get_number(struct registry_key *key, const char *name, uint64_t *number)
{
    struct registry_value value;
    int result = registry_get(key, name, &value);
    if (result)
        return result;
    result = -EINVAL;
    if (value.type == REG_DWORD || value.type == REG_QWORD || value.type == REG_BINARY) {
        if (value.size <= 8) {
            *number = 0;
            memcpy(number, value.data, value.size);
            result = 0;
        }
    } else if (value.type == REG_SZ || value.type == REG_EXPAND_SZ) {
        const WCHAR *wide = (const WCHAR *)value.data;
        char *text = rtl_utf8(wide, rtl_wcsnlen(wide, value.size / 2));
        if (text && parse_number(text, number))
            result = 0;
        free(text);
    }
    registry_value_free(&value);
    return result;
}

char *registry_get_string(struct registry_key *key, const char *name)
{
    struct registry_value value;
    if (registry_get(key, name, &value))
        return NULL;
    char *text = NULL;
    if (value.type == REG_SZ || value.type == REG_EXPAND_SZ || value.type == REG_MULTI_SZ) {
        const WCHAR *wide = (const WCHAR *)value.data;
        text = rtl_utf8(wide, rtl_wcsnlen(wide, value.size / 2));
    } else if ((value.type == REG_DWORD && value.size >= 4) ||
               (value.type == REG_QWORD && value.size >= 8)) {
        uint64_t number = 0;
        memcpy(&number, value.data, value.type == REG_DWORD ? 4 : 8);
        char digits[65];
        rtl_integer_text(digits, number, 10, false);
        text = strdup(digits);
    }
    registry_value_free(&value);
    return text;
}

/* --- settings -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t type;
} type_names[] = {
    {"sz", REG_SZ},       {"expand_sz", REG_EXPAND_SZ}, {"multi_sz", REG_MULTI_SZ},
    {"dword", REG_DWORD}, {"qword", REG_QWORD},         {"binary", REG_BINARY},
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* "01 fe,2C" or a number (then little-endian in as few bytes as it needs). The count, or -1. */
static int parse_binary(const char *text, uint8_t *out)
{
    int n = 0;
    uint64_t number;
    if (text[0] == '0' && (text[1] | 32) == 'x' && parse_number(text, &number)) {
        do
            out[n++] = (uint8_t)number;
        while (number >>= 8);
        return n;
    }
    while (*text) {
        if (*text == ' ' || *text == ',') {
            text++;
            continue;
        }
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return -1;
        out[n++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return n;
}

static int store_setting(struct registry_key *key, const char *name, uint32_t type,
                         const char *text, char *error, size_t error_size)
{
    uint64_t number;
    switch (type) {
    case REG_DWORD:
    case REG_QWORD:
        if (!parse_number(text, &number) ||
            (type == REG_DWORD && number > UINT32_MAX && *text != '-')) {
            snprintf(error, error_size, "%s is a %s: '%s' is no such number (decimal or 0x...)",
                     name, type == REG_DWORD ? "32-bit number" : "64-bit number", text);
            return -EINVAL;
        }
        return registry_set(key, name, type, &number, type == REG_DWORD ? 4 : 8);
    case REG_BINARY: {
        uint8_t *bytes = malloc(strlen(text) + 8);
        int n = bytes ? parse_binary(text, bytes) : 0;
        int result = !bytes  ? -ENOMEM
                     : n < 0 ? -EINVAL
                             : registry_set(key, name, type, bytes, (size_t)n);
        if (n < 0)
            snprintf(error, error_size, "%s is binary: '%s' is not a list of hex bytes", name,
                     text);
        free(bytes);
        return result;
    }
    case REG_MULTI_SZ: {
        char *copy = strdup(text), *save = NULL;
        const char **texts = calloc(strlen(text) + 1, sizeof *texts);
        size_t count = 0;
        int result = -ENOMEM;
        if (copy && texts) {
            for (char *t = strtok_r(copy, ";", &save); t; t = strtok_r(NULL, ";", &save))
                texts[count++] = t;
            result = registry_set_strings(key, name, texts, count);
        }
        free(texts);
        free(copy);
        return result;
    }
    default:
        return registry_set_text(key, name, type, text);
    }
}

int registry_set_setting(struct registry_key *key, const char *setting, char *error,
                         size_t error_size)
{
    const char *equals = strchr(setting, '=');
    if (!equals || equals == setting) {
        snprintf(error, error_size, "'%s' is not of the form NAME=VALUE", setting);
        return -EINVAL;
    }
    char *path = strndup(setting, (size_t)(equals - setting));
    if (!path)
        return -ENOMEM;
    int result = -EINVAL;
    struct registry_key *at = NULL;
    uint32_t type = REG_NONE;

    char *colon = strrchr(path, ':');
    for (size_t i = 0; colon && i < sizeof type_names / sizeof type_names[0]; i++)
        if (!strcasecmp(colon + 1, type_names[i].name)) {
            type = type_names[i].type;
            *colon = 0;
            break;
        }
    char *slash = strrchr(path, '\\');
    const char *name = slash ? slash + 1 : path;
    if (slash)
        *slash = 0;
    at = slash ? registry_create(key, path) : registry_ref(key);
    if (!at || !*name) {
        snprintf(error, error_size, "'%s': the name has an empty or overlong part", setting);
        goto out;
    }
    if (type == REG_NONE) {
        struct registry_value old;
        bool interrupt = slash && !strncasecmp(path, "Interrupt Management", 20);
        type = interrupt ? REG_DWORD : REG_SZ;
        if (!registry_get(at, name, &old)) {
            type = old.type == REG_NONE ? type : old.type;
            registry_value_free(&old);
        } else if (interrupt && !strcasecmp(name, "AssignmentSetOverride")) {
            type = REG_BINARY; /* a KAFFINITY */
        }
    }
    result = store_setting(at, name, type, equals + 1, error, error_size);
    if (result == -ENOMEM)
        snprintf(error, error_size, "'%s': out of memory", setting);
out:
    registry_put(at);
    free(path);
    return result;
}

/* --- an adapter ------------------------------------------------------------------------------ */

/* What the PnP manager keeps of a device, apart from the texts of its INF. */
static int describe_instance(struct registry_key *key, const char *service, const char *hardware_id,
                             unsigned index)
{
    const char *class = strrchr(REGISTRY_NET_CLASS, '\\') + 1;
    char driver[64];
    snprintf(driver, sizeof driver, "%s\\%04u", class, index);
    int status = registry_set_string(key, "Class", "Net");
    if (!status)
        status = registry_set_string(key, "ClassGUID", class);
    if (!status)
        status = registry_set_string(key, "Driver", driver);
    if (!status)
        status = registry_set_string(key, "Service", service);
    return status ? status : registry_set_strings(key, "HardwareID", &hardware_id, 1);
}

int registry_adapter_init(struct registry_adapter *adapter, const char *service,
                          const char *hardware_id, unsigned index)
{
    char text[1024];
    *adapter = (struct registry_adapter){0};
    snprintf(text, sizeof text, "%s\\%s", REGISTRY_SERVICES, service);
    adapter->service = registry_create(NULL, text);
    snprintf(text, sizeof text, "%s\\%04u", REGISTRY_NET_CLASS, index);
    adapter->driver = registry_create(NULL, text);
    snprintf(text, sizeof text, "%s\\%s\\%u", REGISTRY_ENUM, hardware_id, index);
    adapter->instance = registry_create(NULL, text);
    adapter->hardware =
        adapter->instance ? registry_create(adapter->instance, "Device Parameters") : NULL;
    if (!adapter->service || !adapter->driver || !adapter->hardware) {
        registry_adapter_fini(adapter);
        return -ENOMEM;
    }
    /* The GUID that names the adapter everywhere else, by which drivers tell instances apart; and the id
     * that it was installed for ("Opening a Device's Software Key"). An INF may say more exactly. */
    snprintf(text, sizeof text, "{D1A91000-0000-4000-8000-%012X}", index);
    if (registry_set_string(adapter->driver, "NetCfgInstanceId", text) ||
        registry_set_string(adapter->driver, "MatchingDeviceId", hardware_id) ||
        registry_set_string(adapter->driver, "ComponentId", hardware_id) ||
        describe_instance(adapter->instance, service, hardware_id, index)) {
        registry_adapter_fini(adapter);
        return -ENOMEM;
    }
    return 0;
}

void registry_adapter_fini(struct registry_adapter *adapter)
{
    registry_put(adapter->service);
    registry_put(adapter->driver);
    registry_put(adapter->hardware);
    registry_put(adapter->instance);
    *adapter = (struct registry_adapter){0};
}

/* "MSISupported=1" -> "Interrupt Management\...\MSISupported=1", or NULL if it is none of these.
 * Below the driver key nobody would ever look at them. */
static char *interrupt_setting(const char *setting)
{
#define MESSAGES "Interrupt Management\\MessageSignaledInterruptProperties\\"
#define AFFINITY "Interrupt Management\\Affinity Policy\\"
    static const struct {
        const char *name, *folder;
    } values[] = {{"MSISupported", MESSAGES},
                  {"MessageNumberLimit", MESSAGES},
                  {"DevicePolicy", AFFINITY},
                  {"DevicePriority", AFFINITY},
                  {"AssignmentSetOverride", AFFINITY}};
    size_t n = strcspn(setting, ":=");
    char *full = NULL;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (n == strlen(values[i].name) && !strncasecmp(setting, values[i].name, n) &&
            asprintf(&full, "%s%s", values[i].folder, setting) < 0)
            full = NULL;
    return full;
}

int registry_adapter_setting(struct registry_adapter *adapter, const char *setting, char *error,
                             size_t error_size)
{
    struct registry_key *key = adapter->driver;
    char *interrupt = interrupt_setting(setting);
    if (interrupt) {
        int result = registry_set_setting(adapter->hardware, interrupt, error, error_size);
        free(interrupt);
        return result;
    }
    if (!strncasecmp(setting, "Interrupt Management\\", 21))
        key = adapter->hardware;
    else if (!strncasecmp(setting, "Parameters\\", 11))
        key = adapter->service;
    return registry_set_setting(key, setting, error, error_size);
}

/* --- handles --------------------------------------------------------------------------------- */

HANDLE registry_handle(struct registry_key *key)
{
    return handle_insert(&key->object);
}

struct registry_key *registry_from_handle(HANDLE handle)
{
    return (struct registry_key *)handle_get(handle, &registry_key_type);
}
