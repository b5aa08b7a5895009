/* SPDX-License-Identifier: MIT */
/* registry_zw.c - ZwOpenKey, ZwCreateKey, ZwQueryValueKey and the rest of the native calls on keys.
 *
 * Two rules of all queries (WDK: ZwQueryValueKey, Return value): a buffer that cannot hold the
 * fixed part of the structure gets nothing and STATUS_BUFFER_TOO_SMALL; one that holds it but not
 * all gets as much as fits and STATUS_BUFFER_OVERFLOW. *ResultLength is what would have been
 * needed.
 *
 * Access masks are not checked: for a call from kernel mode Windows does not check them either. */
#include <stdlib.h>
#include <string.h>
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/registry_tree.h"
#include "nt/report.h"
#include "nt/rtl.h"

/* A structure under construction: pieces are written where they belong, cut at the buffer. */
struct answer {
    uint8_t *buffer;
    size_t length, needed;
};

static void put(struct answer *answer, size_t offset, const void *data, size_t size)
{
    if (offset + size > answer->needed)
        answer->needed = offset + size;
    if (offset < answer->length && size) {
        size_t room = answer->length - offset;
        nt_memcpy(answer->buffer + offset, data, size < room ? size : room);
    }
}

/* `fixed` is where the variable part begins; `fill` must be safe to call with a length of 0. */
static NTSTATUS finish(struct answer *answer, size_t fixed, PULONG result_length)
{
    if (result_length)
        *result_length = (ULONG)answer->needed;
    if (answer->length < fixed)
        return STATUS_BUFFER_TOO_SMALL;
    return answer->length < answer->needed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* Starts an answer whose fixed part is `fixed` bytes. A buffer that is too small for it gets
 * nothing. */
static struct answer begin(void *buffer, ULONG length, size_t fixed, const void *fixed_part)
{
    struct answer answer = {buffer, buffer && length >= fixed ? length : 0, 0};
    put(&answer, 0, fixed_part, fixed);
    return answer;
}

/* --- opening --------------------------------------------------------------------------------- */

/* Opens or creates; a NULL `made` only opens. */
static NTSTATUS open_key(PHANDLE handle, POBJECT_ATTRIBUTES attributes, ULONG options,
                         PUNICODE_STRING class_name, bool create, bool *made)
{
    if (!attributes || attributes->Length != sizeof *attributes)
        return STATUS_INVALID_PARAMETER;
    struct registry_key *base = NULL;
    if (attributes->RootDirectory) {
        base = registry_from_handle(attributes->RootDirectory);
        if (!base)
            return handle_is_open(attributes->RootDirectory) ? STATUS_OBJECT_TYPE_MISMATCH
                                                             : STATUS_INVALID_HANDLE;
    }
    const UNICODE_STRING *name = attributes->ObjectName;
    struct registry_key *key = NULL;
    registry_lock();
    NTSTATUS status = registry_walk(base, name ? name->Buffer : NULL, name ? name->Length / 2 : 0,
                                    create, true, options & REG_OPTION_VOLATILE, &key, made);
    if (NT_SUCCESS(status)) {
        handle_ref(&key->object);
        if (*made && class_name && class_name->Length) {
            key->class_name = malloc(class_name->Length);
            if (key->class_name) {
                memcpy(key->class_name, class_name->Buffer, class_name->Length);
                key->class_chars = class_name->Length / 2;
            }
        }
    }
    registry_unlock();
    registry_put(base);
    if (!NT_SUCCESS(status))
        return status;
    HANDLE opened = registry_handle(key);
    registry_put(key);
    if (!opened)
        return STATUS_INSUFFICIENT_RESOURCES;
    *handle = opened;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                         POBJECT_ATTRIBUTES ObjectAttributes)
{
    IRQL_MAX(PASSIVE_LEVEL);
    bool made;
    return open_key(KeyHandle, ObjectAttributes, 0, NULL, false, &made);
}
NT_EXPORT("ntoskrnl.exe", ZwOpenKey);

NTSTATUS NTAPI ZwOpenKeyEx(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes, ULONG OpenOptions)
{
    IRQL_MAX(PASSIVE_LEVEL);
    bool made;
    return open_key(KeyHandle, ObjectAttributes, 0, NULL, false, &made);
}
NT_EXPORT("ntoskrnl.exe", ZwOpenKeyEx);

NTSTATUS NTAPI ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes, ULONG TitleIndex,
                           PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition)
{
    IRQL_MAX(PASSIVE_LEVEL);
    bool made;
    NTSTATUS status = open_key(KeyHandle, ObjectAttributes, CreateOptions, Class, true, &made);
    if (NT_SUCCESS(status) && Disposition)
        *Disposition = made ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    return status;
}
NT_EXPORT("ntoskrnl.exe", ZwCreateKey);

/* The live key of a handle with the tree locked, or a status with it unlocked. */
static NTSTATUS enter(HANDLE handle, struct registry_key **key)
{
    *key = registry_from_handle(handle);
    if (!*key)
        return handle_is_open(handle) ? STATUS_OBJECT_TYPE_MISMATCH : STATUS_INVALID_HANDLE;
    registry_lock();
    if (!(*key)->deleted)
        return STATUS_SUCCESS;
    registry_unlock();
    registry_put(*key);
    return STATUS_KEY_DELETED;
}

static NTSTATUS leave(struct registry_key *key, NTSTATUS status)
{
    registry_unlock();
    registry_put(key);
    return status;
}

/* --- values ---------------------------------------------------------------------------------- */

static NTSTATUS answer_value(const struct registry_entry *entry, KEY_VALUE_INFORMATION_CLASS class,
                             void *buffer, ULONG length, PULONG result_length)
{
    size_t name_bytes = entry->name_chars * sizeof(WCHAR), fixed;
    struct answer answer;
    switch (class) {
    case KeyValueBasicInformation: {
        KEY_VALUE_BASIC_INFORMATION info = {.Type = entry->type, .NameLength = (ULONG)name_bytes};
        fixed = offsetof(KEY_VALUE_BASIC_INFORMATION, Name);
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, entry->name, name_bytes);
        return finish(&answer, fixed, result_length);
    }
    case KeyValueFullInformation:
    case KeyValueFullInformationAlign64: {
        fixed = offsetof(KEY_VALUE_FULL_INFORMATION, Name);
        size_t data_at = (fixed + name_bytes + 7) & ~(size_t)7;
        KEY_VALUE_FULL_INFORMATION info = {.Type = entry->type,
                                           .DataOffset = (ULONG)data_at,
                                           .DataLength = (ULONG)entry->size,
                                           .NameLength = (ULONG)name_bytes};
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, entry->name, name_bytes);
        put(&answer, data_at, entry->data, entry->size);
        return finish(&answer, fixed, result_length);
    }
    case KeyValuePartialInformation: {
        KEY_VALUE_PARTIAL_INFORMATION info = {.Type = entry->type,
                                              .DataLength = (ULONG)entry->size};
        fixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data);
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, entry->data, entry->size);
        return finish(&answer, fixed, result_length);
    }
    case KeyValuePartialInformationAlign64: {
        KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 info = {.Type = entry->type,
                                                      .DataLength = (ULONG)entry->size};
        fixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data);
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, entry->data, entry->size);
        return finish(&answer, fixed, result_length);
    }
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                               KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                               PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    struct registry_entry *entry = registry_find(key, ValueName->Buffer, ValueName->Length / 2);
    status = entry ? answer_value(entry, KeyValueInformationClass, KeyValueInformation, Length,
                                  ResultLength)
                   : STATUS_OBJECT_NAME_NOT_FOUND;
    return leave(key, status);
}
NT_EXPORT("ntoskrnl.exe", ZwQueryValueKey);

NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index,
                                   KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                   PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = Index < key->value_count ? answer_value(&key->values[Index], KeyValueInformationClass,
                                                     KeyValueInformation, Length, ResultLength)
                                      : STATUS_NO_MORE_ENTRIES;
    return leave(key, status);
}
NT_EXPORT("ntoskrnl.exe", ZwEnumerateValueKey);

NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex,
                             ULONG Type, PVOID Data, ULONG DataSize)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    return leave(
        key, registry_store(key, ValueName->Buffer, ValueName->Length / 2, Type, Data, DataSize));
}
NT_EXPORT("ntoskrnl.exe", ZwSetValueKey);

NTSTATUS NTAPI ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    struct registry_entry *entry = registry_find(key, ValueName->Buffer, ValueName->Length / 2);
    if (entry)
        registry_remove(key, entry);
    return leave(key, entry ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND);
}
NT_EXPORT("ntoskrnl.exe", ZwDeleteValueKey);

/* --- keys ------------------------------------------------------------------------------------ */

/* The largest sizes below a key, as KEY_FULL_INFORMATION and KEY_CACHED_INFORMATION tell them. */
struct maxima {
    ULONG key_name, class_name, value_name, value_data;
};

static struct maxima measure(const struct registry_key *key)
{
    struct maxima max = {0};
#define RAISE(field, value)                                                                        \
    if ((value) > max.field)                                                                       \
    max.field = (ULONG)(value)
    for (size_t i = 0; i < key->child_count; i++) {
        RAISE(key_name, key->children[i]->name_chars * sizeof(WCHAR));
        RAISE(class_name, key->children[i]->class_chars * sizeof(WCHAR));
    }
    for (size_t i = 0; i < key->value_count; i++) {
        RAISE(value_name, key->values[i].name_chars * sizeof(WCHAR));
        RAISE(value_data, key->values[i].size);
    }
#undef RAISE
    return max;
}

/* KEY_CACHED_INFORMATION is documented (ZwQueryKey) but in no mingw-w64 header. */
struct key_cached_information {
    LARGE_INTEGER LastWriteTime;
    ULONG TitleIndex, SubKeys, MaxNameLen, Values, MaxValueNameLen, MaxValueDataLen, NameLength;
};

/* KEY_NAME_INFORMATION likewise. */
struct key_name_information {
    ULONG NameLength;
    WCHAR Name[1];
};

static NTSTATUS answer_key(struct registry_key *key, KEY_INFORMATION_CLASS class, void *buffer,
                           ULONG length, PULONG result_length)
{
    size_t name_bytes = key->name_chars * sizeof(WCHAR);
    size_t class_bytes = key->class_chars * sizeof(WCHAR), fixed;
    struct answer answer;
    switch (class) {
    case KeyBasicInformation: {
        KEY_BASIC_INFORMATION info = {.LastWriteTime.QuadPart = key->last_write,
                                      .NameLength = (ULONG)name_bytes};
        fixed = offsetof(KEY_BASIC_INFORMATION, Name);
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, key->name, name_bytes);
        return finish(&answer, fixed, result_length);
    }
    case KeyNodeInformation: {
        fixed = offsetof(KEY_NODE_INFORMATION, Name);
        size_t class_at = (fixed + name_bytes + 3) & ~(size_t)3;
        KEY_NODE_INFORMATION info = {.LastWriteTime.QuadPart = key->last_write,
                                     .ClassOffset = class_bytes ? (ULONG)class_at : ~0u,
                                     .ClassLength = (ULONG)class_bytes,
                                     .NameLength = (ULONG)name_bytes};
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, key->name, name_bytes);
        if (class_bytes)
            put(&answer, class_at, key->class_name, class_bytes);
        return finish(&answer, fixed, result_length);
    }
    case KeyFullInformation: {
        fixed = offsetof(KEY_FULL_INFORMATION, Class);
        struct maxima max = measure(key);
        KEY_FULL_INFORMATION info = {.LastWriteTime.QuadPart = key->last_write,
                                     .ClassOffset = class_bytes ? (ULONG)fixed : ~0u,
                                     .ClassLength = (ULONG)class_bytes,
                                     .SubKeys = (ULONG)key->child_count,
                                     .MaxNameLen = max.key_name,
                                     .MaxClassLen = max.class_name,
                                     .Values = (ULONG)key->value_count,
                                     .MaxValueNameLen = max.value_name,
                                     .MaxValueDataLen = max.value_data};
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, key->class_name, class_bytes);
        return finish(&answer, fixed, result_length);
    }
    case KeyNameInformation: {
        size_t chars;
        WCHAR *path = registry_full_name(key, &chars);
        if (!path)
            return STATUS_INSUFFICIENT_RESOURCES;
        struct key_name_information info = {.NameLength = (ULONG)(chars * sizeof(WCHAR))};
        fixed = offsetof(struct key_name_information, Name);
        answer = begin(buffer, length, fixed, &info);
        put(&answer, fixed, path, info.NameLength);
        free(path);
        return finish(&answer, fixed, result_length);
    }
    case KeyCachedInformation: {
        struct maxima max = measure(key);
        struct key_cached_information info = {.LastWriteTime.QuadPart = key->last_write,
                                              .SubKeys = (ULONG)key->child_count,
                                              .MaxNameLen = max.key_name,
                                              .Values = (ULONG)key->value_count,
                                              .MaxValueNameLen = max.value_name,
                                              .MaxValueDataLen = max.value_data,
                                              .NameLength = (ULONG)name_bytes};
        answer = begin(buffer, length, sizeof info, &info);
        return finish(&answer, sizeof info, result_length);
    }
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass,
                          PVOID KeyInformation, ULONG Length, PULONG ResultLength)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    return leave(key, answer_key(key, KeyInformationClass, KeyInformation, Length, ResultLength));
}
NT_EXPORT("ntoskrnl.exe", ZwQueryKey);

NTSTATUS NTAPI ZwEnumerateKey(HANDLE KeyHandle, ULONG Index,
                              KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                              ULONG Length, PULONG ResultLength)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    if (KeyInformationClass > KeyFullInformation)
        status = STATUS_INVALID_PARAMETER;
    else if (Index >= key->child_count)
        status = STATUS_NO_MORE_ENTRIES;
    else
        status = answer_key(key->children[Index], KeyInformationClass, KeyInformation, Length,
                            ResultLength);
    return leave(key, status);
}
NT_EXPORT("ntoskrnl.exe", ZwEnumerateKey);

/* The handle stays open; what is done with it afterwards fails with STATUS_KEY_DELETED. */
NTSTATUS NTAPI ZwDeleteKey(HANDLE KeyHandle)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    if (!NT_SUCCESS(status))
        return status;
    if (key->child_count || !key->parent)
        return leave(key, STATUS_CANNOT_DELETE);
    registry_unlink(key);
    return leave(key, STATUS_SUCCESS);
}
NT_EXPORT("ntoskrnl.exe", ZwDeleteKey);

/* There is no disk behind the tree, so everything is as permanent as it will be. */
NTSTATUS NTAPI ZwFlushKey(HANDLE KeyHandle)
{
    IRQL_MAX(PASSIVE_LEVEL);
    struct registry_key *key;
    NTSTATUS status = enter(KeyHandle, &key);
    return NT_SUCCESS(status) ? leave(key, STATUS_SUCCESS) : status;
}
NT_EXPORT("ntoskrnl.exe", ZwFlushKey);
