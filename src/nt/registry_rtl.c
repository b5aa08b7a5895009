/* SPDX-License-Identifier: MIT */
/* registry_rtl.c - RtlQueryRegistryValues and its relatives: the registry by path.
 *
 * Their paths are NUL-terminated and relative to one of a few known keys. What a query routine sees
 * is a copy in pool memory, so that the registry is not locked while driver code runs. */
#include <stdlib.h>
#include <string.h>
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/pool.h"
#include "nt/registry_tree.h"
#include "nt/rtl.h"

#define STRING_TAG 0x67727453 /* 'Strg' */

/* Newer than mingw-w64's headers (WDK: RtlQueryRegistryValues). */
#ifndef RTL_QUERY_REGISTRY_TYPECHECK
#define RTL_QUERY_REGISTRY_TYPECHECK       0x00000100
#define RTL_QUERY_REGISTRY_TYPECHECK_SHIFT 24
#endif

/* Indexed by RTL_REGISTRY_ABSOLUTE, SERVICES, CONTROL, WINDOWS_NT, DEVICEMAP, USER. */
static const char *const known_paths[] = {
    NULL,
    REGISTRY_SERVICES,
    REGISTRY_CONTROL,
    "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
    "\\Registry\\Machine\\Hardware\\DeviceMap",
    "\\Registry\\User\\.Default",
};

/* A counted key, made if `create`. */
static NTSTATUS key_at(ULONG relative_to, const WCHAR *path, bool create, struct registry_key **key)
{
    if (relative_to & RTL_REGISTRY_HANDLE) {
        *key = registry_from_handle((HANDLE)path);
        return *key ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
    }
    relative_to &= ~RTL_REGISTRY_OPTIONAL;
    if (relative_to >= sizeof known_paths / sizeof known_paths[0])
        return STATUS_INVALID_PARAMETER;
    struct registry_key *base = NULL;
    if (known_paths[relative_to]) {
        base = registry_open(NULL, known_paths[relative_to]);
        if (!base)
            return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    bool made;
    registry_lock();
    NTSTATUS status = registry_walk(base, path, path ? rtl_wcsnlen(path, 0x7fff) : 0, create, true,
                                    false, key, &made);
    if (NT_SUCCESS(status))
        handle_ref(&(*key)->object);
    registry_unlock();
    registry_put(base);
    return status;
}

/* --- one value, delivered -------------------------------------------------------------------- */

/* A copy of a value in pool memory: two more zero bytes end each, in case the owner forgot. */
struct copy {
    WCHAR *name;
    uint32_t type;
    ULONG size;
    uint8_t *data;
};

static void copy_free(struct copy *copy)
{
    nt_pool_free(copy->name);
    nt_pool_free(copy->data);
}

static bool copy_make(struct copy *copy, const WCHAR *name, size_t name_chars, uint32_t type,
                      const void *data, size_t size)
{
    *copy = (struct copy){.type = type, .size = (ULONG)size};
    copy->name = nt_pool_alloc_system((name_chars + 1) * sizeof(WCHAR), STRING_TAG);
    copy->data = nt_pool_alloc_system(size + sizeof(WCHAR), STRING_TAG);
    if (!copy->name || !copy->data) {
        copy_free(copy);
        return false;
    }
    memcpy(copy->name, name, name_chars * sizeof(WCHAR));
    copy->name[name_chars] = 0;
    if (size)
        nt_memcpy(copy->data, data, size);
    memset(copy->data + size, 0, sizeof(WCHAR));
    return true;
}

static bool is_string(uint32_t type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

/* Bytes of a string value without its last terminator. */
static ULONG text_bytes(const struct copy *copy)
{
    ULONG n = copy->size & ~1u;
    const WCHAR *text = (const WCHAR *)copy->data;
    if (copy->type != REG_MULTI_SZ)
        return 2 * (ULONG)rtl_wcsnlen(text, n / 2);
    return n >= 2 && !text[n / 2 - 1] ? n - 2 : n;
}

/* Stores a value at the entry's EntryContext (RTL_QUERY_REGISTRY_DIRECT). */
static NTSTATUS store_direct(const struct copy *copy, void *target)
{
    if (is_string(copy->type)) {
        UNICODE_STRING *string = target;
        ULONG bytes = text_bytes(copy);
        if (bytes + 2 > 0xffff)
            return STATUS_BUFFER_TOO_SMALL;
        if (!string->Buffer) {
            string->Buffer = nt_pool_alloc(bytes + 2, STRING_TAG); /* the driver frees it */
            if (!string->Buffer)
                return STATUS_NO_MEMORY;
            string->MaximumLength = (USHORT)(bytes + 2);
        } else if (bytes + 2 > string->MaximumLength) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        nt_memcpy(string->Buffer, copy->data, bytes);
        string->Buffer[bytes / 2] = 0;
        string->Length = (USHORT)bytes;
        return STATUS_SUCCESS;
    }
    if (copy->size <= sizeof(ULONG)) {
        nt_memcpy(target, copy->data, copy->size);
        return STATUS_SUCCESS;
    }
    LONG room;
    nt_memcpy(&room, target, sizeof room);
    if (room < 0) {
        if ((ULONG) - (int64_t)room < copy->size)
            return STATUS_BUFFER_TOO_SMALL;
        nt_memcpy(target, copy->data, copy->size);
        return STATUS_SUCCESS;
    }
    if ((uint64_t)room < (uint64_t)copy->size + 2 * sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    ULONG head[2] = {copy->size, copy->type};
    nt_memcpy(target, head, sizeof head);
    nt_memcpy((char *)target + sizeof head, copy->data, copy->size);
    return STATUS_SUCCESS;
}

static NTSTATUS call(const RTL_QUERY_REGISTRY_TABLE *entry, const WCHAR *name, ULONG type,
                     const void *data, ULONG size, void *context)
{
    NTSTATUS status = (NTSTATUS)DRIVER_CALL(entry->QueryRoutine, name, type, data, size, context,
                                            entry->EntryContext);
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : status;
}

/* Replaces %SystemRoot% and %windir%, the variables that a kernel has without an environment block.
 * Others stay as they are. The result is REG_SZ. */
static bool expand(struct copy *copy)
{
    static const char *const names[] = {"%SystemRoot%", "%windir%"};
    static const char value[] = "C:\\Windows";
    size_t chars = text_bytes(copy) / 2, out = 0;
    const WCHAR *text = (const WCHAR *)copy->data;
    WCHAR *expanded =
        nt_pool_alloc_system((chars * sizeof value + 1) * sizeof *expanded, STRING_TAG);
    if (!expanded)
        return false;
    for (size_t i = 0; i < chars;) {
        size_t matched = 0;
        for (int v = 0; v < 2 && !matched; v++) {
            size_t n = strlen(names[v]), k = 0;
            while (k < n && i + k < chars &&
                   rtl_upcase(text[i + k]) == rtl_upcase((uint8_t)names[v][k]))
                k++;
            matched = k == n ? n : 0;
        }
        if (!matched) {
            expanded[out++] = text[i++];
            continue;
        }
        for (size_t k = 0; k + 1 < sizeof value; k++)
            expanded[out++] = (WCHAR)value[k];
        i += matched;
    }
    expanded[out++] = 0;
    nt_pool_free(copy->data);
    copy->data = (uint8_t *)expanded;
    copy->size = (ULONG)(out * sizeof *expanded);
    copy->type = REG_SZ;
    return true;
}

static NTSTATUS deliver(const RTL_QUERY_REGISTRY_TABLE *entry, struct copy *copy, void *context)
{
    bool raw = entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND;
    bool direct = entry->Flags & RTL_QUERY_REGISTRY_DIRECT;
    if (!raw && copy->type == REG_EXPAND_SZ && !expand(copy))
        return STATUS_NO_MEMORY;
    if (direct && copy->type == REG_MULTI_SZ && !raw)
        return STATUS_INVALID_PARAMETER; /* the page demands NOEXPAND here */
    if (direct)
        return store_direct(copy, entry->EntryContext);
    if (copy->type != REG_MULTI_SZ || raw)
        return call(entry, copy->name, copy->type, copy->data, copy->size, context);
    const WCHAR *text = (const WCHAR *)copy->data, *end = text + copy->size / 2;
    while (text < end && *text) {
        size_t n = rtl_wcsnlen(text, (size_t)(end - text));
        NTSTATUS status = call(entry, copy->name, REG_SZ, text, (ULONG)(2 * n + 2), context);
        if (!NT_SUCCESS(status))
            return status;
        text += n + 1;
    }
    return STATUS_SUCCESS;
}

/* --- the table ------------------------------------------------------------------------------- */

/* Delivers the index-th value of `key`, or the one called `name`. STATUS_NO_MORE_ENTRIES if there
 * is none; *deleted if the entry asked for removal and the value went. */
static NTSTATUS deliver_stored(struct registry_key *key, const RTL_QUERY_REGISTRY_TABLE *entry,
                               size_t index, void *context, bool *deleted)
{
    struct copy copy = {0};
    *deleted = false;
    registry_lock();
    struct registry_entry *found =
        entry->Name && !(entry->Flags & RTL_QUERY_REGISTRY_SUBKEY)
            ? registry_find(key, entry->Name, rtl_wcsnlen(entry->Name, 0x7fff))
        : index < key->value_count ? &key->values[index]
                                   : NULL;
    bool copied = found && copy_make(&copy, found->name, found->name_chars, found->type,
                                     found->data, found->size);
    registry_unlock();
    if (!found)
        return STATUS_NO_MORE_ENTRIES;
    if (!copied)
        return STATUS_NO_MEMORY;
    NTSTATUS status;
    if ((entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) &&
        entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT != copy.type)
        status = STATUS_OBJECT_TYPE_MISMATCH;
    else
        status = deliver(entry, &copy, context);
    if (NT_SUCCESS(status) && (entry->Flags & RTL_QUERY_REGISTRY_DELETE)) {
        registry_lock();
        found = registry_find(key, copy.name, rtl_wcsnlen(copy.name, 0x7fff));
        if (found) {
            registry_remove(key, found);
            *deleted = true;
        }
        registry_unlock();
    }
    copy_free(&copy);
    return status;
}

static NTSTATUS deliver_all(struct registry_key *key, const RTL_QUERY_REGISTRY_TABLE *entry,
                            void *context)
{
    size_t seen = 0;
    for (size_t index = 0;; seen++) {
        bool deleted;
        NTSTATUS status = deliver_stored(key, entry, index, context, &deleted);
        if (status == STATUS_NO_MORE_ENTRIES)
            break;
        if (!NT_SUCCESS(status))
            return status;
        index += !deleted;
    }
    return seen == 0 && (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) ? STATUS_OBJECT_NAME_NOT_FOUND
                                                                     : STATUS_SUCCESS;
}

static NTSTATUS deliver_default(const RTL_QUERY_REGISTRY_TABLE *entry, void *context)
{
    uint32_t type = entry->DefaultType & 0xff;
    if (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (type == REG_NONE)
        return STATUS_SUCCESS;
    size_t size = entry->DefaultLength;
    if (size == 0 && is_string(type) && entry->DefaultData) {
        const WCHAR *text = entry->DefaultData;
        size_t chars = rtl_wcsnlen(text, 0x7fff) + 1;
        if (type == REG_MULTI_SZ) {
            chars = 0;
            while (text[chars])
                chars += rtl_wcsnlen(text + chars, 0x7fff) + 1;
            chars++;
        }
        size = chars * sizeof(WCHAR);
    }
    struct copy copy;
    if (!copy_make(&copy, entry->Name, rtl_wcsnlen(entry->Name, 0x7fff), type, entry->DefaultData,
                   entry->DefaultData ? size : 0))
        return STATUS_NO_MEMORY;
    NTSTATUS status = deliver(entry, &copy, context);
    copy_free(&copy);
    return status;
}

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                      PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                      PVOID Environment)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *top, *key;
    NTSTATUS status = key_at(RelativeTo, Path, false, &top);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && (RelativeTo & RTL_REGISTRY_OPTIONAL) &&
        !(RelativeTo & RTL_REGISTRY_HANDLE))
        top = NULL; /* every value is absent: defaults apply, REQUIRED fails */
    else if (!NT_SUCCESS(status))
        return status;
    key = top ? registry_ref(top) : NULL;
    status = STATUS_SUCCESS;

    for (RTL_QUERY_REGISTRY_TABLE *entry = QueryTable;
         NT_SUCCESS(status) &&
         (entry->QueryRoutine || entry->Name ||
          (entry->Flags & (RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT)));
         entry++) {
        bool subkey = entry->Flags & RTL_QUERY_REGISTRY_SUBKEY, deleted;
        bool direct = entry->Flags & RTL_QUERY_REGISTRY_DIRECT;
        if ((direct && (!entry->Name || subkey || entry->QueryRoutine)) ||
            (subkey && !entry->Name) || (!direct && !subkey && !entry->QueryRoutine)) {
            status = STATUS_INVALID_PARAMETER;
            break;
        }
        if (entry->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) {
            registry_put(key);
            key = top ? registry_ref(top) : NULL;
        }
        if (subkey && key) {
            struct registry_key *below = NULL;
            bool made;
            registry_lock();
            status = registry_walk(key, entry->Name, rtl_wcsnlen(entry->Name, 0x7fff), false, false,
                                   false, &below, &made);
            if (NT_SUCCESS(status))
                handle_ref(&below->object);
            registry_unlock();
            registry_put(key);
            key = below;
            if (!NT_SUCCESS(status))
                break;
        }
        if (subkey && !entry->QueryRoutine)
            continue;
        if (entry->Flags & RTL_QUERY_REGISTRY_NOVALUE) {
            status = call(entry, NULL, REG_NONE, NULL, 0, Context);
        } else if (subkey || !entry->Name) {
            if (key)
                status = deliver_all(key, entry, Context);
            else if (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED)
                status = STATUS_OBJECT_NAME_NOT_FOUND;
        } else {
            status =
                key ? deliver_stored(key, entry, 0, Context, &deleted) : STATUS_NO_MORE_ENTRIES;
            if (status == STATUS_NO_MORE_ENTRIES)
                status = deliver_default(entry, Context);
        }
    }
    registry_put(key);
    registry_put(top);
    return status;
}
NT_EXPORT("ntoskrnl.exe", RtlQueryRegistryValues);

/* --- single values and keys ------------------------------------------------------------------ */

/* Makes the key if it is missing (WDK: RtlWriteRegistryValue, Remarks). */
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                     ULONG ValueType, PVOID ValueData, ULONG ValueLength)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = key_at(RelativeTo, Path, true, &key);
    if (!NT_SUCCESS(status))
        return status;
    registry_lock();
    status = registry_store(key, ValueName, ValueName ? rtl_wcsnlen(ValueName, 0x7fff) : 0,
                            ValueType, ValueData, ValueLength);
    registry_unlock();
    registry_put(key);
    return status;
}
NT_EXPORT("ntoskrnl.exe", RtlWriteRegistryValue);

NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = key_at(RelativeTo, Path, false, &key);
    if (!NT_SUCCESS(status))
        return status;
    registry_lock();
    struct registry_entry *entry =
        registry_find(key, ValueName, ValueName ? rtl_wcsnlen(ValueName, 0x7fff) : 0);
    if (entry)
        registry_remove(key, entry);
    registry_unlock();
    registry_put(key);
    return entry ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}
NT_EXPORT("ntoskrnl.exe", RtlDeleteRegistryValue);

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = key_at(RelativeTo, Path, false, &key);
    if (NT_SUCCESS(status))
        registry_put(key);
    return status;
}
NT_EXPORT("ntoskrnl.exe", RtlCheckRegistryKey);

NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = key_at(RelativeTo, Path, true, &key);
    if (NT_SUCCESS(status))
        registry_put(key);
    return status;
}
NT_EXPORT("ntoskrnl.exe", RtlCreateRegistryKey);
