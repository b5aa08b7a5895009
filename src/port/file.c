/* SPDX-License-Identifier: MIT */
#include "port/file.h"
#include "port/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((off_t)64 << 20)

char *file_read(const char *path, size_t *len, const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) {
        *why = arena_format("%s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_LIMIT) {
        *why = S_ISDIR(st.st_mode)   ? "is a directory; name its files"
               : S_ISREG(st.st_mode) ? "is larger than 64 MiB"
                                     : "is no regular file";
        close(fd);
        return NULL;
    }
    char *bytes = arena_alloc((size_t)st.st_size + 1);
    size_t got = 0;
    ssize_t n;
    while (got < (size_t)st.st_size && (n = read(fd, bytes + got, (size_t)st.st_size - got)) != 0) {
        if (n < 0 && errno != EINTR) {
            *why = arena_format("%s", strerror(errno));
            close(fd);
            return NULL;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    *len = got;
    return bytes;
}

const char *file_below_here(const char *path)
{
    char here[PATH_MAX];
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    return arena_string(n && starts_with(path, here) && path[n] == '/' ? path + n + 1 : path);
}

bool file_make_folders(const char *path)
{
    char *copy = arena_string(path);
    for (char *c = copy + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            if (mkdir(copy, 0777) && errno != EEXIST)
                return false;
            *c = '/';
        }
    return true;
}

const char *file_write_beside(const char *path, mode_t mode, const char *bytes, size_t len,
                              const char **why)
{
    char *name = arena_format("%s.dirql-XXXXXX", path);
    int fd = mkstemp(name);
    if (fd < 0) {
        *why = arena_format("%s: %s", path, strerror(errno));
        return NULL;
    }
    bool ok = !fchmod(fd, mode);
    while (ok && len) {
        ssize_t n = write(fd, bytes, len);
        ok = n > 0 || errno == EINTR;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    ok &= !fsync(fd);
    int saved = errno;
    close(fd);
    if (ok)
        return name;
    *why = arena_format("%s: %s", name, strerror(saved));
    unlink(name);
    return NULL;
}
