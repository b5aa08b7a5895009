/* SPDX-License-Identifier: MIT */
/* config.c - configuration handles: the registry as NDIS shows it to a miniport.
 *
 * What a read returns is driver-visible memory of the handle, freed when it is closed.
 * config_convert.c says how a registry value becomes a parameter. */
#include "ndis/config.h"
#include "ndis/objects.h"
#include "nt/rtl.h"
#include "nt/opaque.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONFIG_MAGIC 0x4746434eu /* "NCFG" */

static const char kind_config[] = "configuration handle";
static const uint32_t config_tag = 0x6663444e; /* "NDcf" */

struct ndis_config {
    uint32_t magic;
    struct registry_key *key;
    struct config_memory *memory;
    struct ndis_object object;
};

/* Driver-visible memory that lives as long as its handle. */
struct config_memory {
    struct config_memory *next;
    uint64_t spare;
    uint8_t data[];
};

/* --- handles --- */

static void config_free(struct ndis_object *object)
{
    struct ndis_config *config =
        (struct ndis_config *)((char *)object - offsetof(struct ndis_config, object));
    ndis_object_remove(object);
    while (config->memory) {
        struct config_memory *next = config->memory->next;
        nt_pool_free(config->memory);
        config->memory = next;
    }
    registry_put(config->key);
    config->magic = 0;
    opaque_free(config);
}

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct ndis_config *config =
        (const struct ndis_config *)((const char *)object - offsetof(struct ndis_config, object));
    char *path = registry_path(config->key);
    snprintf(out, size, "%s", path ? path : "");
    free(path);
}

/* Takes over the reference to the key. NULL if memory ran out. */
static struct ndis_config *config_open(struct registry_key *key, const void *owner)
{
    struct ndis_config *config = opaque_alloc(sizeof(*config));
    if (!config) {
        registry_put(key);
        return NULL;
    }
    config->magic = CONFIG_MAGIC;
    config->key = key;
    config->object.describe = describe;
    config->object.reclaim = config_free;
    ndis_object_add(&config->object, owner, kind_config, config, NDIS_OBJECT_STACK);
    return config;
}

static struct ndis_config *config_from(NDIS_HANDLE handle, const char *function)
{
    if (ndis_handle_is(handle, CONFIG_MAGIC))
        return handle;
    violation("NdisOpenConfigurationEx", "%s: %p is not a configuration handle, or is closed",
              function, handle);
    return NULL;
}

static void *config_memory(struct ndis_config *config, size_t bytes)
{
    struct config_memory *memory = nt_pool_alloc_system(sizeof(*memory) + bytes, config_tag);
    if (!memory)
        return NULL;
    memory->next = config->memory;
    config->memory = memory;
    return memory->data;
}

NDIS_STATUS NTAPI NdisOpenConfigurationEx(PNDIS_CONFIGURATION_OBJECT ConfigObject,
                                          PNDIS_HANDLE ConfigurationHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NDIS_CONFIGURATION_OBJECT_REVISION_1, NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1}};
    *ConfigurationHandle = NULL;
    struct ndis_owner owner;
    if (!ndis_header_check(&ConfigObject->Header, "NDIS_CONFIGURATION_OBJECT",
                           NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT, revisions, 1) ||
        !ndis_owner_from_handle(ConfigObject->NdisHandle, __func__, false, &owner))
        return NDIS_STATUS_FAILURE;
    struct registry_key *key = NULL;
    if (owner.adapter) {
        key = owner.adapter->driver_key ? registry_ref(owner.adapter->driver_key) : NULL;
    } else if (owner.driver) {
        const UNICODE_STRING *service = &owner.driver->object->DriverExtension->ServiceKeyName;
        char *name = rtl_utf8(service->Buffer, service->Length / sizeof(WCHAR)), *path = NULL;
        if (name && asprintf(&path, "%s\\%s\\Parameters", REGISTRY_SERVICES, name) > 0)
            key = registry_create(NULL, path);
        free(path);
        free(name);
    }
    if (!key)
        return NDIS_STATUS_FAILURE;
    *ConfigurationHandle = config_open(key, owner.key);
    return *ConfigurationHandle ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}
NT_EXPORT("ndis.sys", NdisOpenConfigurationEx);

NDIS_HANDLE ndis_config_open(struct ndis_adapter *adapter)
{
    return adapter->driver_key ? config_open(registry_ref(adapter->driver_key), adapter) : NULL;
}

VOID NTAPI NdisCloseConfiguration(NDIS_HANDLE ConfigurationHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_config *config = config_from(ConfigurationHandle, __func__);
    if (config)
        config_free(&config->object);
}
NT_EXPORT("ndis.sys", NdisCloseConfiguration);

VOID NTAPI NdisOpenConfigurationKeyByName(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                                          PNDIS_STRING SubKeyName, PNDIS_HANDLE SubKeyHandle)
{
    IRQL_MAX(APC_LEVEL);
    *Status = NDIS_STATUS_FAILURE;
    struct ndis_config *config = config_from(ConfigurationHandle, __func__);
    char *name = config ? rtl_utf8(SubKeyName->Buffer, SubKeyName->Length / sizeof(WCHAR)) : NULL;
    struct registry_key *key = name ? registry_open(config->key, name) : NULL;
    free(name);
    if (!key)
        return;
    struct ndis_config *sub = config_open(key, config->object.owner);
    *SubKeyHandle = sub;
    if (sub)
        *Status = NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisOpenConfigurationKeyByName);

VOID NTAPI NdisOpenConfigurationKeyByIndex(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                                           ULONG Index, PNDIS_STRING KeyName,
                                           PNDIS_HANDLE KeyHandle)
{
    IRQL_MAX(APC_LEVEL);
    *Status = NDIS_STATUS_FAILURE;
    struct ndis_config *config = config_from(ConfigurationHandle, __func__);
    char *name = config ? registry_subkey_name(config->key, Index) : NULL;
    size_t chars = 0;
    WCHAR *wide = name ? rtl_utf16(name, &chars) : NULL;
    struct registry_key *key = wide ? registry_open(config->key, name) : NULL;
    struct ndis_config *sub = key ? config_open(key, config->object.owner) : NULL;
    if (sub) {
        /* The name goes into the caller's buffer if it gave one that is large enough; samples pass
         * an empty NDIS_STRING and expect one they need not free, so that is the handle's memory.
         */
        size_t bytes = chars * sizeof(WCHAR);
        if (!KeyName->Buffer || KeyName->MaximumLength < bytes) {
            KeyName->Buffer = config_memory(sub, bytes + sizeof(WCHAR));
            KeyName->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
        }
        if (KeyName->Buffer) {
            memcpy(KeyName->Buffer, wide, bytes);
            if (KeyName->MaximumLength >= bytes + sizeof(WCHAR))
                KeyName->Buffer[chars] = 0;
            KeyName->Length = (USHORT)bytes;
            *KeyHandle = sub;
            *Status = NDIS_STATUS_SUCCESS;
        } else {
            config_free(&sub->object);
        }
    }
    free(wide);
    free(name);
}
NT_EXPORT("ndis.sys", NdisOpenConfigurationKeyByIndex);

/* --- values --- */

/* Names that NDIS answers itself (NdisReadConfiguration, Keyword). */
static bool predefined(const char *name, uint32_t *value)
{
    if (!strcasecmp(name, "NdisVersion"))
        *value = NDIS_RUNTIME_VERSION_630;
    else if (!strcasecmp(name, "ProcessorType"))
        *value = NdisProcessorAmd64;
    else if (!strcasecmp(name, "Environment"))
        *value = NdisEnvironmentWindowsNt;
    else
        return false;
    return true;
}

/* "MiniportName", since Windows XP: what protocols call the adapter. malloc'd, with its terminator in
 * *bytes; NULL if the name is another, the handle not an adapter's, or memory ran out. */
static void *predefined_text(const char *name, const struct ndis_config *config, size_t *bytes)
{
    char *text = !strcasecmp(name, "MiniportName") && ndis_is_adapter(config->object.owner)
                     ? ndis_adapter_device_name(config->object.owner)
                     : NULL;
    size_t chars = 0;
    void *wide = text ? rtl_utf16(text, &chars) : NULL;
    *bytes = (chars + 1) * sizeof(WCHAR);
    free(text);
    return wide;
}

VOID NTAPI NdisReadConfiguration(PNDIS_STATUS Status, PNDIS_CONFIGURATION_PARAMETER *ParameterValue,
                                 NDIS_HANDLE ConfigurationHandle, PNDIS_STRING Keyword,
                                 NDIS_PARAMETER_TYPE ParameterType)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *Status = NDIS_STATUS_FAILURE;
    *ParameterValue = NULL;
    struct ndis_config *config = config_from(ConfigurationHandle, __func__);
    if (!config)
        return;
    char *name = rtl_utf8(Keyword->Buffer, Keyword->Length / sizeof(WCHAR));
    if (!name) {
        *Status = NDIS_STATUS_RESOURCES;
        return;
    }
    struct registry_value value = {.type = REG_DWORD};
    uint32_t number;
    int found = 0;
    const void *data = &number;
    if (predefined(name, &number)) {
        value.size = sizeof(number);
        ParameterType = NdisParameterInteger;
    } else if ((value.data = predefined_text(name, config, &value.size))) {
        value.type = REG_SZ;
        data = value.data;
    } else {
        found = registry_get(config->key, name, &value);
        data = value.data;
    }
    if (!found) {
        NDIS_CONFIGURATION_PARAMETER *parameter =
            config_memory(config, sizeof(*parameter) + ndis_config_room(value.type, value.size));
        if (!parameter) {
            *Status = NDIS_STATUS_RESOURCES;
        } else if (ndis_config_convert(value.type, data, value.size, ParameterType, parameter,
                                       parameter + 1)) {
            *ParameterValue = parameter;
            *Status = NDIS_STATUS_SUCCESS;
        }
        if (data != &number)
            registry_value_free(&value);
    } else if (found == -ENOMEM) {
        *Status = NDIS_STATUS_RESOURCES;
    }
    free(name);
}
NT_EXPORT("ndis.sys", NdisReadConfiguration);

VOID NTAPI NdisWriteConfiguration(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                                  PNDIS_STRING Keyword,
                                  PNDIS_CONFIGURATION_PARAMETER ParameterValue)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *Status = NDIS_STATUS_FAILURE;
    struct ndis_config *config = config_from(ConfigurationHandle, __func__);
    if (!config)
        return;
    char *name = rtl_utf8(Keyword->Buffer, Keyword->Length / sizeof(WCHAR));
    const NDIS_STRING *string = &ParameterValue->ParameterData.StringData;
    int error = name ? 0 : -ENOMEM;
    switch (error ? -1 : (int)ParameterValue->ParameterType) {
    case -1:
        break;
    case NdisParameterInteger:
    case NdisParameterHexInteger:
        error = registry_set_dword(config->key, name, ParameterValue->ParameterData.IntegerData);
        break;
    case NdisParameterString: {
        /* The registry keeps the terminator; an NDIS_STRING does not count it. */
        WCHAR *text = calloc(1, string->Length + sizeof(WCHAR));
        if (!text) {
            error = -ENOMEM;
            break;
        }
        memcpy(text, string->Buffer, string->Length);
        error = registry_set(config->key, name, REG_SZ, text, string->Length + sizeof(WCHAR));
        free(text);
        break;
    }
    case NdisParameterMultiString:
        error = registry_set(config->key, name, REG_MULTI_SZ, string->Buffer, string->Length);
        break;
    case NdisParameterBinary:
        error = registry_set(config->key, name, REG_BINARY,
                             ParameterValue->ParameterData.BinaryData.Buffer,
                             ParameterValue->ParameterData.BinaryData.Length);
        break;
    default:
        *Status = NDIS_STATUS_NOT_SUPPORTED;
        free(name);
        return;
    }
    *Status = !error             ? NDIS_STATUS_SUCCESS
              : error == -ENOMEM ? NDIS_STATUS_RESOURCES
                                 : NDIS_STATUS_FAILURE;
    free(name);
}
NT_EXPORT("ndis.sys", NdisWriteConfiguration);

VOID NTAPI NdisReadNetworkAddress(PNDIS_STATUS Status, PVOID *NetworkAddress,
                                  PUINT NetworkAddressLength, NDIS_HANDLE ConfigurationHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *Status = NDIS_STATUS_FAILURE;
    *NetworkAddress = NULL;
    *NetworkAddressLength = 0;
    struct ndis_config *config = config_from(ConfigurationHandle, __func__);
    struct registry_value value;
    if (!config || registry_get(config->key, "NetworkAddress", &value))
        return;
    uint8_t bytes[32]; /* NDIS_MAX_PHYS_ADDRESS_LENGTH */
    size_t n = 0;
    if (value.type == REG_SZ)
        n = ndis_config_address((const WCHAR *)value.data, value.size / sizeof(WCHAR), bytes,
                                sizeof(bytes));
    registry_value_free(&value);
    void *memory = n ? config_memory(config, n) : NULL;
    if (!memory)
        return;
    memcpy(memory, bytes, n);
    *NetworkAddress = memory;
    *NetworkAddressLength = (UINT)n;
    *Status = NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisReadNetworkAddress);

/* The friendly name: the description in the driver key, which the installer took from the INF. The
 * driver frees it with NdisFreeMemory. */
NDIS_STATUS NTAPI NdisMQueryAdapterInstanceName(PNDIS_STRING AdapterInstanceName,
                                                NDIS_HANDLE MiniportAdapterHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *AdapterInstanceName = (NDIS_STRING){0};
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    char *name =
        adapter->driver_key ? registry_get_string(adapter->driver_key, "DriverDesc") : NULL;
    size_t chars = 0;
    WCHAR *wide = rtl_utf16(name ? name : ndis_driver_name(adapter->driver), &chars);
    free(name);
    size_t bytes = chars * sizeof(WCHAR);
    PWCHAR memory = wide && bytes < UINT16_MAX - 1 ? nt_pool_alloc(bytes + 2, NDIS_TAG) : NULL;
    if (memory) {
        memcpy(memory, wide, bytes);
        *AdapterInstanceName = (NDIS_STRING){(USHORT)bytes, (USHORT)(bytes + 2), memory};
    }
    free(wide);
    return memory ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}
NT_EXPORT("ndis.sys", NdisMQueryAdapterInstanceName);
