/* SPDX-License-Identifier: MIT */
/* symbols.c - names for addresses: llvm-symbolizer over a socket, tables of the image as fallback.
 *
 * The request is one line, `CODE "file" 0xRVA`, the answer one line of JSON (llvm-symbolizer
 * manual:
 * --output-style=JSON, --relative-address). A child that dies, stalls or says something else is
 * ended, and addresses are named from the image's own tables from then on. */
#include "pe/symbols.h"
#include "pe/unwind.h"
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MS   20000 /* a large PDB takes seconds to read */
#define ANSWER_MAX  65536
#define CACHE_SLOTS 1024u
#define NAME_MAX_   200

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t child;
static int channel = -1;
static bool unusable;
static const char *program;

static struct {
    char *path, *text; /* text: what stands behind the module's name */
    uint32_t rva;
} cache[CACHE_SLOTS];

static void stop_child(void)
{
    if (channel >= 0)
        close(channel);
    channel = -1;
    if (child > 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    child = 0;
}

/* Debian names it by version too; the plain name comes with the package llvm. */
static bool spawn(int socket, pid_t *pid)
{
    static const char *const names[] = {
        "llvm-symbolizer",    "llvm-symbolizer-14", "llvm-symbolizer-15", "llvm-symbolizer-16",
        "llvm-symbolizer-17", "llvm-symbolizer-18", "llvm-symbolizer-19", NULL};
    const char *const chosen[] = {program, NULL};
    /* No environment: DEBUGINFOD_URLS would make it ask the network. */
    char *const environment[] = {"LC_ALL=C", NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int rc = ENOENT;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&files))
        return false;
    if (posix_spawnattr_init(&attributes)) {
        posix_spawn_file_actions_destroy(&files);
        return false;
    }
    posix_spawn_file_actions_adddup2(&files, socket, 0);
    posix_spawn_file_actions_adddup2(&files, socket, 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", 1 /* O_WRONLY */, 0);
    /* A group of its own: Ctrl-C is for us, and we still want the names then. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    for (const char *const *name = program ? chosen : names; *name && rc; name++) {
        char *const argv[] = {(char *)*name, "--output-style=JSON", "--relative-address",
                              /* Names from the debug information: those of the symbol table, which
                               * "linkage" prefers, lack GNU ld's functions that begin with L. */
                              "--functions=short", NULL};
        rc = posix_spawnp(pid, *name, &files, &attributes, argv, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return rc == 0;
}

static bool start_child(void)
{
    int ends[2];
    if (channel >= 0)
        return true;
    if (unusable)
        return false;
    unusable = true;
    if (program && !*program)
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return false;
    bool ok = spawn(ends[1], &child);
    close(ends[1]);
    if (!ok) {
        close(ends[0]);
        child = 0;
        return false;
    }
    channel = ends[0];
    unusable = false;
    return true;
}

/* One line there, one line back (NUL-terminated in `answer`). */
static bool ask(const char *request, char *answer)
{
    size_t n = strlen(request), got = 0;
    while (n) {
        ssize_t sent = send(channel, request, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        request += sent;
        n -= (size_t)sent;
    }
    while (got < ANSWER_MAX - 1) {
        struct pollfd wait = {.fd = channel, .events = POLLIN};
        int ready = poll(&wait, 1, ANSWER_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t r = recv(channel, answer + got, ANSWER_MAX - 1 - got, 0);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        got += (size_t)r;
        answer[got] = 0;
        if (answer[got - 1] == '\n')
            return true;
    }
    return false;
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static const char *last_part(const char *path)
{
    const char *last = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == '\\')
            last = c + 1;
    return last;
}

/* The first rva of the function, all chained parts leading to the one with the prolog; 0: unknown.
 */
static uint32_t function_start(const struct pe_loaded *l, uint32_t rva)
{
    const struct pe_image *im = l->image;
    const struct pe_runtime_function *f = pe_function_lookup((uintptr_t)l->base + rva, NULL);
    for (int i = 0; f && i < 8; i++) {
        const struct pe_unwind_info *info = pe_image_at(im, f->unwind_rva, sizeof *info);
        if (!info || !(info->version_flags >> 3 & UNW_FLAG_CHAININFO))
            return f->begin_rva;
        f = pe_image_at(im, f->unwind_rva + sizeof *info + 2u * ((info->code_count + 1u) & ~1u),
                        sizeof *f);
    }
    return f ? f->begin_rva : 0;
}

/* "NAME+0x12 (file.c:34)" from the symbolizer's answer; false if it knows no more than we do. */
static bool read_answer(const struct pe_loaded *l, uint32_t rva, const char *answer, char *text,
                        size_t size)
{
    json_t *root = json_loads(answer, 0, NULL);
    const json_t *frames = json_object_get(root, "Symbol");
    size_t n = json_array_size(frames);
    bool known = false;
    if (n) {
        const json_t *inner = json_array_get(frames, 0), *outer = json_array_get(frames, n - 1);
        const char *name = string_of(outer, "FunctionName"), *file = string_of(inner, "FileName");
        long long line = json_integer_value(json_object_get(inner, "Line"));
        const char *start_text = string_of(outer, "StartAddress");
        uint64_t start =
            *start_text ? strtoull(start_text, NULL, 16) - l->image->preferred_base : 0;
        uint32_t table = function_start(l, rva);
        /* Without a file, the name is the nearest symbol below: it counts if it starts here. */
        known = *name && strcmp(name, "??") && (*file || (start && start == table));
        if (!start || start > rva)
            start = table;
        if (known) {
            int at = snprintf(text, size, "!%.*s", NAME_MAX_, name);
            if (start && (size_t)at < size)
                at += snprintf(text + at, size - (size_t)at, "+0x%x", rva - (uint32_t)start);
            if (*file && (size_t)at < size)
                at += snprintf(text + at, size - (size_t)at, " (%s:%lld", last_part(file), line);
            if (*file && n > 1 && (size_t)at < size)
                at += snprintf(text + at, size - (size_t)at, ", in %.*s", NAME_MAX_,
                               string_of(inner, "FunctionName"));
            if (*file && (size_t)at < size)
                snprintf(text + at, size - (size_t)at, ")");
        }
    }
    json_decref(root);
    return known;
}

/* The same from the symbol table: the nearest name below, which counts if it starts the function.
 */
static bool read_symbol(const struct pe_loaded *l, uint32_t rva, const char *answer, char *text,
                        size_t size)
{
    json_t *root = json_loads(answer, 0, NULL);
    const json_t *symbol = json_object_get(root, "Data");
    const char *name = string_of(symbol, "Name"), *start_text = string_of(symbol, "Start");
    uint32_t table = function_start(l, rva);
    bool known = *name && *start_text && table &&
                 strtoull(start_text, NULL, 16) - l->image->preferred_base == table;
    if (known)
        snprintf(text, size, "!%.*s+0x%x", NAME_MAX_, name, rva - table);
    json_decref(root);
    return known;
}

static bool from_debug_information(const struct pe_loaded *l, uint32_t rva, char *text, size_t size)
{
    static const struct {
        const char *word;
        bool (*read)(const struct pe_loaded *, uint32_t, const char *, char *, size_t);
    } requests[] = {{"CODE", read_answer}, {"DATA", read_symbol}};
    static char answer[ANSWER_MAX];
    char request[4400];
    /* An image that did not come from a file has no path to ask about. */
    if (strpbrk(l->path, "\"\n") || access(l->path, R_OK) || !start_child())
        return false;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int n =
            snprintf(request, sizeof request, "%s \"%s\" 0x%x\n", requests[i].word, l->path, rva);
        if (n < 0 || (size_t)n >= sizeof request)
            return false;
        if (!ask(request, answer)) {
            stop_child();
            unusable = true;
            return false;
        }
        if (requests[i].read(l, rva, answer, text, size))
            return true;
    }
    return false;
}

static void from_tables(const struct pe_loaded *l, uint32_t rva, char *text, size_t size)
{
    uint32_t start = function_start(l, rva);
    const struct pe_export *nearest = NULL;
    for (size_t i = 0; i < l->image->export_count; i++) {
        const struct pe_export *e = &l->image->exports[i];
        if (!e->forwarder && e->name && e->rva <= rva && (!nearest || e->rva > nearest->rva))
            nearest = e;
    }
    if (start && nearest && nearest->rva == start)
        snprintf(text, size, "!%.*s+0x%x", NAME_MAX_, nearest->name, rva - start);
    else if (start)
        snprintf(text, size, "!fn_%x+0x%x", start, rva - start);
    else if (nearest && nearest->rva == rva)
        snprintf(text, size, "!%.*s+0x0", NAME_MAX_, nearest->name);
    else
        snprintf(text, size, "+0x%x", rva);
}

/* Behind the module's name; the lock is held. */
static const char *describe(const struct pe_loaded *l, uint32_t rva, char *buffer, size_t size)
{
    uint32_t hash = rva * 2654435761u;
    for (const char *c = l->path; *c; c++)
        hash = hash * 31 + (unsigned char)*c;
    unsigned slot = hash % CACHE_SLOTS;
    if (cache[slot].text && cache[slot].rva == rva && !strcmp(cache[slot].path, l->path))
        return cache[slot].text;
    if (!from_debug_information(l, rva, buffer, size))
        from_tables(l, rva, buffer, size);
    char *path = strdup(l->path), *text = strdup(buffer);
    if (path && text) {
        free(cache[slot].path);
        free(cache[slot].text);
        cache[slot].path = path;
        cache[slot].text = text;
        cache[slot].rva = rva;
    } else {
        free(path);
        free(text);
    }
    return buffer;
}

char *pe_symbol(uint64_t pc, char *text, size_t size)
{
    const struct pe_loaded *l = pe_image_by_address(pc);
    if (!l) {
        snprintf(text, size, "0x%llx", (unsigned long long)pc);
        return text;
    }
    char rest[2 * NAME_MAX_ + 600] = "";
    /* "e1000e.sys" is e1000e in front of an exclamation mark. */
    const char *dot = strrchr(l->name, '.');
    int n = dot && dot != l->name ? (int)(dot - l->name) : (int)strlen(l->name);
    pthread_mutex_lock(&lock);
    snprintf(text, size, "%.*s%s", n, l->name,
             describe(l, (uint32_t)(pc - (uintptr_t)l->base), rest, sizeof rest));
    pthread_mutex_unlock(&lock);
    return text;
}

char *pe_symbolise(const uint64_t *pc, size_t n)
{
    size_t used = 0, size = 1;
    char *text = calloc(1, 1);
    for (size_t i = 0; i < n && text; i++) {
        char line[1200];
        pe_symbol(pc[i], line, sizeof line);
        size_t length = strlen(line);
        char *grown = realloc(text, size += length + 1);
        if (!grown) {
            free(text);
            return NULL;
        }
        text = grown;
        if (used)
            text[used++] = '\n';
        memcpy(text + used, line, length + 1);
        used += length;
    }
    return text;
}

void pe_symbols_close(void)
{
    pthread_mutex_lock(&lock);
    stop_child();
    unusable = false;
    pthread_mutex_unlock(&lock);
}

void pe_symbols_program(const char *name)
{
    program = name;
}
