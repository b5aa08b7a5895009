/* SPDX-License-Identifier: MIT */
/* registry_tree.h - the registry's insides, for the files registry*.c alone.
 *
 * One lock guards the whole tree; functions marked "locked" are called with it held. */
#pragma once
#include "nt/alarm.h"
#include "nt/handle.h"
#include "nt/registry.h"

struct registry_entry { /* a value */
    WCHAR *name;
    size_t name_chars;
    uint32_t type;
    size_t size;
    uint8_t *data;
};

struct registry_key {
    struct handle_object object; /* one reference for the tree, one per holder */
    WCHAR *name;
    size_t name_chars;
    WCHAR *class_name; /* NULL: none */
    size_t class_chars;
    struct registry_key *parent;    /* not counted; NULL for the root and for deleted keys */
    struct registry_key **children; /* sorted by name, each counted */
    size_t child_count;
    struct registry_entry *values; /* in the order of creation */
    size_t value_count;
    int64_t last_write; /* 100 ns units since boot */
    bool is_volatile, deleted;
};

#define REGISTRY_MAX_KEY_NAME   255
#define REGISTRY_MAX_VALUE_NAME 16383

extern const struct handle_type registry_key_type;

void registry_lock(void); /* also makes the standard keys, once */
void registry_unlock(void);

/* Walks `path` (components separated by '\') from base, or from the root if base is NULL; locked,
 * not counted. With `create` missing keys are made: all of them, or only the last one if last_only.
 * *made tells whether the last one was. Fails with the status that ZwOpenKey and ZwCreateKey
 * return. */
NTSTATUS registry_walk(struct registry_key *base, const WCHAR *path, size_t chars, bool create,
                       bool last_only, bool is_volatile, struct registry_key **key, bool *made);

/* Locked. NULL / -1 if there is none. */
struct registry_entry *registry_find(struct registry_key *key, const WCHAR *name, size_t chars);
/* Locked. STATUS_SUCCESS, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
 * STATUS_KEY_DELETED. */
NTSTATUS registry_store(struct registry_key *key, const WCHAR *name, size_t chars, uint32_t type,
                        const void *data, size_t size);
void registry_remove(struct registry_key *key, struct registry_entry *entry); /* locked */
/* Locked: takes a key without subkeys out of the tree. */
void registry_unlink(struct registry_key *key);
/* Locked: the full path, malloc'd, its length in *chars; NULL if memory ran out. */
WCHAR *registry_full_name(struct registry_key *key, size_t *chars);
