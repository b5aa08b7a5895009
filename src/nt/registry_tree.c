/* SPDX-License-Identifier: MIT */
/* registry_tree.c - the registry's keys and values: finding, making, storing, removing. */
#include <stdlib.h>
#include <string.h>
#include "nt/export.h"
#include "nt/registry_tree.h"
#include "nt/rtl.h"

static struct registry_key *root; /* \Registry */
static struct host_lock lock;

/* --- one key --------------------------------------------------------------------------------- */

static void key_release(struct handle_object *object)
{
    struct registry_key *key = (struct registry_key *)object;
    for (size_t i = 0; i < key->value_count; i++) {
        free(key->values[i].name);
        free(key->values[i].data);
    }
    free(key->values);
    free(key->children);
    free(key->class_name);
    free(key->name);
    free(key);
}

static void key_describe(struct handle_object *object, char *text, size_t size)
{
    char *path = registry_path((struct registry_key *)object);
    if (path) {
        strncpy(text, path, size - 1);
        text[size - 1] = 0;
        free(path);
    }
}

const struct handle_type registry_key_type = {"registry key", key_release, key_describe};

static void touch(struct registry_key *key)
{
    key->last_write = (int64_t)(host_now() / 100);
}

static WCHAR *copy_name(const WCHAR *name, size_t chars)
{
    WCHAR *copy = malloc((chars + 1) * sizeof *copy);
    if (copy) {
        memcpy(copy, name, chars * sizeof *copy);
        copy[chars] = 0;
    }
    return copy;
}

/* The place of `name` among the children: where it is, or where it would go. */
static size_t child_position(const struct registry_key *key, const WCHAR *name, size_t chars,
                             bool *found)
{
    size_t low = 0, high = key->child_count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct registry_key *child = key->children[middle];
        int order = rtl_compare(name, chars, child->name, child->name_chars, true);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static struct registry_key *new_key(struct registry_key *parent, const WCHAR *name, size_t chars,
                                    size_t position, bool is_volatile)
{
    struct registry_key *key = calloc(1, sizeof *key);
    if (!key || !(key->name = copy_name(name, chars)))
        goto fail;
    key->name_chars = chars;
    key->is_volatile = is_volatile;
    handle_object_init(&key->object, &registry_key_type);
    touch(key);
    if (parent) {
        struct registry_key **children =
            realloc(parent->children, (parent->child_count + 1) * sizeof *children);
        if (!children)
            goto fail;
        parent->children = children;
        memmove(children + position + 1, children + position,
                (parent->child_count - position) * sizeof *children);
        children[position] = key;
        parent->child_count++;
        key->parent = parent;
        touch(parent);
    }
    return key;

fail:
    if (key)
        free(key->name);
    free(key);
    return NULL;
}

void registry_unlink(struct registry_key *key)
{
    struct registry_key *parent = key->parent;
    bool found;
    size_t i = child_position(parent, key->name, key->name_chars, &found);
    memmove(parent->children + i, parent->children + i + 1,
            (parent->child_count - i - 1) * sizeof *parent->children);
    parent->child_count--;
    touch(parent);
    key->parent = NULL;
    key->deleted = true;
    handle_put(&key->object); /* the tree's reference */
}

/* --- paths ----------------------------------------------------------------------------------- */

/* \Registry\Machine\System\ControlSet001 is where the link CurrentControlSet leads on Windows; here
 * both names are one key. */
static void follow_link(const struct registry_key *parent, const WCHAR **name, size_t *chars)
{
    static const char link[] = "ControlSet001", system[] = "System";
    static const WCHAR target[] = {'C', 'u', 'r', 'r', 'e', 'n', 't', 'C', 'o',
                                   'n', 't', 'r', 'o', 'l', 'S', 'e', 't'};
    if (*chars != sizeof link - 1 || parent->name_chars != sizeof system - 1)
        return;
    for (size_t i = 0; i < *chars; i++)
        if (rtl_upcase((*name)[i]) != rtl_upcase((uint8_t)link[i]))
            return;
    for (size_t i = 0; i < parent->name_chars; i++)
        if (rtl_upcase(parent->name[i]) != rtl_upcase((uint8_t)system[i]))
            return;
    *name = target;
    *chars = sizeof target / sizeof target[0];
}

NTSTATUS registry_walk(struct registry_key *base, const WCHAR *path, size_t chars, bool create,
                       bool last_only, bool is_volatile, struct registry_key **key, bool *made)
{
    struct registry_key *at = base;
    size_t i = 0;
    *made = false;
    if (!base) {
        if (chars == 0 || path[0] != '\\')
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        i = 1;
    } else if (base->deleted) {
        return STATUS_KEY_DELETED;
    } else if (chars && path[0] == '\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD; /* a relative name must not look absolute */
    }
    while (i < chars) {
        const WCHAR *name = path + i;
        size_t n = 0;
        while (i + n < chars && name[n] != '\\')
            n++;
        i += n;
        bool last = i + 1 >= chars; /* one backslash may end the path */
        if (i < chars)
            i++;
        if (n == 0)
            return STATUS_OBJECT_NAME_INVALID;
        if (n > REGISTRY_MAX_KEY_NAME)
            return STATUS_INVALID_PARAMETER;
        if (!at) { /* the first component of an absolute path */
            if (rtl_compare(name, n, root->name, root->name_chars, true))
                return STATUS_OBJECT_NAME_NOT_FOUND;
            at = root;
            continue;
        }
        follow_link(at, &name, &n);
        bool found;
        size_t position = child_position(at, name, n, &found);
        if (found) {
            at = at->children[position];
            continue;
        }
        if (!create || (last_only && !last))
            return STATUS_OBJECT_NAME_NOT_FOUND;
        if (at->is_volatile && !is_volatile)
            return STATUS_CHILD_MUST_BE_VOLATILE;
        at = new_key(at, name, n, position, is_volatile);
        if (!at)
            return STATUS_INSUFFICIENT_RESOURCES;
        *made = last;
    }
    if (!at)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *key = at;
    return STATUS_SUCCESS;
}

WCHAR *registry_full_name(struct registry_key *key, size_t *chars)
{
    size_t n = 0;
    for (struct registry_key *k = key; k; k = k->parent)
        n += 1 + k->name_chars;
    WCHAR *path = malloc((n + 1) * sizeof *path);
    if (!path)
        return NULL;
    *chars = n;
    path[n] = 0;
    for (struct registry_key *k = key; k; k = k->parent) {
        n -= k->name_chars;
        memcpy(path + n, k->name, k->name_chars * sizeof *path);
        path[--n] = '\\';
    }
    return path;
}

/* --- values ---------------------------------------------------------------------------------- */

struct registry_entry *registry_find(struct registry_key *key, const WCHAR *name, size_t chars)
{
    for (size_t i = 0; i < key->value_count; i++)
        if (!rtl_compare(key->values[i].name, key->values[i].name_chars, name, chars, true))
            return &key->values[i];
    return NULL;
}

NTSTATUS registry_store(struct registry_key *key, const WCHAR *name, size_t chars, uint32_t type,
                        const void *data, size_t size)
{
    if (key->deleted)
        return STATUS_KEY_DELETED;
    if (chars > REGISTRY_MAX_VALUE_NAME)
        return STATUS_INVALID_PARAMETER;
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (size)
        memcpy(copy, data, size);
    struct registry_entry *entry = registry_find(key, name, chars);
    if (!entry) {
        struct registry_entry *values =
            realloc(key->values, (key->value_count + 1) * sizeof *values);
        if (values)
            key->values = values;
        WCHAR *stored = values ? copy_name(name, chars) : NULL;
        if (!stored) {
            free(copy);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        entry = &key->values[key->value_count++];
        *entry = (struct registry_entry){.name = stored, .name_chars = chars};
    }
    free(entry->data);
    entry->type = type;
    entry->data = copy;
    entry->size = size;
    touch(key);
    return STATUS_SUCCESS;
}

void registry_remove(struct registry_key *key, struct registry_entry *entry)
{
    free(entry->name);
    free(entry->data);
    size_t i = (size_t)(entry - key->values);
    memmove(entry, entry + 1, (key->value_count - i - 1) * sizeof *entry);
    key->value_count--;
    touch(key);
}

/* --- what every Windows has ------------------------------------------------------------------ */

static void make_standard_keys(void)
{
    static const char *const paths[] = {
        REGISTRY_SERVICES,
        REGISTRY_NET_CLASS,
        REGISTRY_ENUM,
        REGISTRY_CURRENT_CONTROL_SET "\\Hardware Profiles\\Current",
        "\\Registry\\Machine\\Hardware\\DeviceMap",
        "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
        "\\Registry\\User\\.Default",
    };
    static const WCHAR name[] = {'R', 'E', 'G', 'I', 'S', 'T', 'R', 'Y'};
    root = new_key(NULL, name, sizeof name / sizeof name[0], 0, false);
    if (!root)
        abort();
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct registry_key *key;
        bool made;
        size_t chars;
        WCHAR *path = rtl_utf16(paths[i], &chars);
        if (!path || registry_walk(NULL, path, chars, true, false, false, &key, &made))
            abort();
        free(path);
    }
}

void registry_lock(void)
{
    host_lock(&lock);
    if (!root)
        make_standard_keys();
}

void registry_unlock(void)
{
    host_unlock(&lock);
}
