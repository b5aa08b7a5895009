/* SPDX-License-Identifier: MIT */
/* opaque.c - blocks of a power of two each, from one range of addresses. */
#include "nt/opaque.h"
#include "nt/alarm.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define BASE        ((char *)0x170000000000) /* below physical memory and registers */
#define ARENA_BYTES ((size_t)1 << 30)        /* of addresses; memory is taken as it is touched */
#define LEAST       6                        /* the smallest block: 64 bytes */
#define CLASSES     20                       /* the largest: 32 MiB */

struct head {
    struct head *next; /* free list */
    uint64_t cls;
};
_Static_assert(sizeof(struct head) == 16, "what follows stays aligned");

static struct head *free_list[CLASSES];
static char *next, *end;
static struct host_lock lock;

static bool arena_make(void)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *at = mmap(BASE, ARENA_BYTES, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != BASE) /* somebody is there: then anywhere, and other addresses in each run */
        at = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED)
        return false;
    next = at;
    end = at + ARENA_BYTES;
    return true;
}

static struct head *take(unsigned cls)
{
    size_t bytes = (size_t)1 << (LEAST + cls);
    struct head *head = free_list[cls];
    if (head) {
        free_list[cls] = head->next;
        return head;
    }
    if ((!next && !arena_make()) || bytes > (size_t)(end - next))
        return NULL;
    head = (struct head *)next;
    next += bytes;
    return head;
}

void *opaque_alloc(size_t bytes)
{
    unsigned cls = 0;
    while (cls < CLASSES && (size_t)1 << (LEAST + cls) < bytes + sizeof(struct head))
        cls++;
    if (cls == CLASSES)
        return NULL;
    host_lock(&lock);
    struct head *head = take(cls);
    host_unlock(&lock);
    if (!head)
        return NULL;
    *head = (struct head){.cls = cls};
    return head + 1;
}

void opaque_free(void *p)
{
    if (!p)
        return;
    struct head *head = (struct head *)p - 1;
    uint64_t cls = head->cls;
    memset(p, 0, ((size_t)1 << (LEAST + cls)) - sizeof(*head));
    host_lock(&lock);
    head->next = free_list[cls];
    free_list[cls] = head;
    host_unlock(&lock);
}
