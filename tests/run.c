/* SPDX-License-Identifier: MIT */
/* run.c - see run.h. */
#include "tests/run.h"
#include "pe/testimage.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct stream {
    int fd;
    char *text;
    size_t used;
};

struct run_child {
    const char *command;
    pid_t pid;
    struct stream out, err;
    struct timespec start;
};

/* --- paths --- */

static const char *folder_of_runner(void)
{
    static char path[4096];
    ssize_t n = path[0] ? 1 : readlink("/proc/self/exe", path, sizeof path - 1);
    CHECK(n > 0);
    char *slash = strrchr(path, '/');
    if (slash && !strcmp(slash, "/dirql-test"))
        *slash = 0;
    return path;
}

char *run_text_of(const char *fmt, ...)
{
    char *text;
    va_list ap;
    va_start(ap, fmt);
    CHECK(vasprintf(&text, fmt, ap) >= 0);
    va_end(ap);
    return text;
}

const char *run_driver(const char *name)
{
    const char *path = run_text_of("%s/drivers/%s", folder_of_runner(), name);
    if (access(path, R_OK))
        test_fail(__FILE__, __LINE__, "%s: %s (make drivers)", path, strerror(errno));
    return path;
}

const char *run_binary(void)
{
    const char *path = run_text_of("%s/dirql", folder_of_runner());
    if (access(path, X_OK))
        test_fail(__FILE__, __LINE__, "%s: %s (make)", path, strerror(errno));
    return path;
}

const char *run_file(const char *name)
{
    return run_text_of("%s/%s", testimage_folder(), name);
}

char *run_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
    size_t room = 65536, used = 0, n;
    char *bytes = malloc(room);
    CHECK(bytes);
    while ((n = fread(bytes + used, 1, room - used - 1, f)) > 0) { /* files in /proc have no size */
        used += n;
        if (used == room - 1)
            bytes = realloc(bytes, room *= 2);
        CHECK(bytes);
    }
    CHECK(!ferror(f));
    fclose(f);
    bytes[used] = 0;
    if (size)
        *size = used;
    return bytes;
}

void run_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    CHECK(f);
    CHECK(fwrite(bytes, 1, size, f) == size);
    CHECK(!fclose(f));
}

/* --- processes --- */

static const char *cache;

void run_use_cache(const char *folder)
{
    cache = folder;
}

static void child_main(const char *const *args, int out, int err)
{
    setenv("XDG_CACHE_HOME", cache ? cache : run_text_of("%s/cache", folder_of_runner()), 1);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(0);      /* the test's own limit is not inherited by what it runs */
    setpgid(0, 0); /* as a shell would */
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(out, 1);
    dup2(err, 2);
    execvp(args[0], (char *const *)args);
    fprintf(stderr, "%s: %s\n", args[0], strerror(errno));
    _exit(127);
}

/* A terminal whose other end *fd is; what is written to it comes out unchanged but for CR LF. */
static int open_terminal(int *fd)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) || unlockpt(master))
        SKIP("no pseudo terminal");
    *fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(*fd >= 0);
    return master;
}

static struct run_child *start(const char *const *args, bool terminal)
{
    struct run_child *c = calloc(1, sizeof *c);
    int out[2], err[2];
    CHECK(c && !pipe2(out, O_CLOEXEC));
    if (terminal)
        err[0] = open_terminal(&err[1]);
    else
        CHECK(!pipe2(err, O_CLOEXEC));
    c->command = "";
    for (size_t i = 0; args[i]; i++)
        c->command = run_text_of("%s%s%s", c->command, i ? " " : "", args[i]);
    c->out = (struct stream){out[0], calloc(1, 1), 0};
    c->err = (struct stream){err[0], calloc(1, 1), 0};
    clock_gettime(CLOCK_MONOTONIC, &c->start);
    fflush(NULL);
    c->pid = fork();
    CHECK(c->pid >= 0);
    if (c->pid == 0)
        child_main(args, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    return c;
}

struct run_child *run_start(const char *const *args, bool terminal)
{
    const char *all[64] = {run_binary()};
    size_t n = 0;
    while (args[n] && n < 62) {
        all[n + 1] = args[n];
        n++;
    }
    CHECK(!args[n]);
    return start(all, terminal);
}

struct run_child *run_start_program(const char *const *args)
{
    return start(args, false);
}

static void take(struct stream *s)
{
    char buffer[65536];
    ssize_t n = read(s->fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) { /* a terminal ends with EIO */
        close(s->fd);
        s->fd = -1;
        return;
    }
    s->text = realloc(s->text, s->used + (size_t)n + 1);
    CHECK(s->text);
    memcpy(s->text + s->used, buffer, (size_t)n);
    s->used += (size_t)n;
    s->text[s->used] = 0;
}

static int milliseconds_left(const struct run_child *c)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long gone =
        (now.tv_sec - c->start.tv_sec) * 1000LL + (now.tv_nsec - c->start.tv_nsec) / 1000000;
    return gone >= RUN_SECONDS * 1000 ? 0 : (int)(RUN_SECONDS * 1000 - gone);
}

/* Some more of its output; false when both streams have ended. */
static bool step(struct run_child *c)
{
    struct pollfd fds[] = {{c->out.fd, POLLIN, 0}, {c->err.fd, POLLIN, 0}};
    if (c->out.fd < 0 && c->err.fd < 0)
        return false;
    int left = milliseconds_left(c), n = left ? poll(fds, 2, left) : 0;
    if (n == 0) {
        kill(c->pid, SIGKILL);
        test_fail(__FILE__, __LINE__, "%s: not done after %d s\n%s%s", c->command, RUN_SECONDS,
                  c->out.text, c->err.text);
    }
    if (fds[0].revents)
        take(&c->out);
    if (fds[1].revents)
        take(&c->err);
    return true;
}

void run_await(struct run_child *c, const char *pattern)
{
    regex_t re;
    CHECK(!regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB));
    while (regexec(&re, c->err.text, 0, NULL, 0) && regexec(&re, c->out.text, 0, NULL, 0))
        if (!step(c))
            test_fail(__FILE__, __LINE__, "%s: ended without \"%s\"\n%s%s", c->command, pattern,
                      c->out.text, c->err.text);
    regfree(&re);
}

pid_t run_pid(const struct run_child *c)
{
    return c->pid;
}

struct run *run_finish(struct run_child *c)
{
    struct run *r = calloc(1, sizeof *r);
    int status;
    CHECK(r);
    while (step(c))
        ;
    while (waitpid(c->pid, &status, 0) < 0)
        CHECK(errno == EINTR);
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r->out = c->out.text;
    r->err = c->err.text;
    json_t *json = json_loads(r->out, JSON_REJECT_DUPLICATES, NULL);
    r->json = json_is_object(json) ? json : NULL;
    return r;
}

struct run *run_dirql(const char *const *args)
{
    return run_finish(run_start(args, false));
}

struct run *run_program(const char *const *args)
{
    return run_finish(start(args, false));
}

/* --- the report --- */

void run_fail(const struct run *r, const char *file, int line, const char *what)
{
    test_fail(file, line, "%s\nexit status %d\n%s%s", what, r->status, r->out, r->err);
}

static json_t *find(const struct run *r, const char *path)
{
    json_t *at = r->json;
    for (const char *p = path; at && *p;) {
        size_t n = strcspn(p, ".");
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)n, p);
        at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
                               : json_object_get(at, key);
        p += n + (p[n] == '.');
    }
    return at;
}

json_t *run_at(const struct run *r, const char *path)
{
    json_t *at = find(r, path);
    if (!at)
        run_fail(r, __FILE__, __LINE__, run_text_of("the report has no %s", path));
    return at;
}

long long run_number(const struct run *r, const char *path)
{
    json_t *at = run_at(r, path);
    if (!json_is_integer(at))
        run_fail(r, __FILE__, __LINE__, run_text_of("%s is no integer", path));
    return json_integer_value(at);
}

const char *run_string(const struct run *r, const char *path)
{
    json_t *at = run_at(r, path);
    if (!json_is_string(at))
        run_fail(r, __FILE__, __LINE__, run_text_of("%s is no string", path));
    return json_string_value(at);
}

size_t run_count(const struct run *r, const char *path)
{
    json_t *at = run_at(r, path);
    if (!json_is_array(at))
        run_fail(r, __FILE__, __LINE__, run_text_of("%s is no array", path));
    return json_array_size(at);
}

long long run_sum(const struct run *r, const char *array, const char *key)
{
    long long sum = 0;
    for (size_t i = 0; i < run_count(r, array); i++)
        sum += run_number(r, run_text_of("%s.%zu.%s", array, i, key));
    return sum;
}

void run_check_clean(const struct run *r, const char *file, int line)
{
    const char *wrong = NULL;
    if (r->status != 0)
        wrong = "exit status, expected 0";
    else if (run_count(r, "violations"))
        wrong = "there are violations";
    else if (run_count(r, "leaks"))
        wrong = "there are leaks";
    else if (!json_is_null(run_at(r, "bugcheck")) || !json_is_null(run_at(r, "error")))
        wrong = "there is a bug check or an error";
    else if (strcmp(run_string(r, "status"), "fine"))
        wrong = "the status is not fine";
    else if (run_number(r, "interrupt.registered") != run_number(r, "interrupt.deregistered"))
        wrong = "registered and deregistered differ";
    if (wrong)
        run_fail(r, file, line, wrong);
}
