/* SPDX-License-Identifier: MIT */
/* process.c - the QEMU process. */
#include "device/qemu/process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child. Writes errno to `report` if there is no such program. */
static void become(char *const argv[], int output, const int *keep, size_t n, int report,
                   pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1); /* the parent ended before it could be the reason of our death */
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (size_t i = 0; i < n; i++)
        fcntl(keep[i], F_SETFD, 0);
    execvp(argv[0], argv);
    int why = errno;
    if (write(report, &why, sizeof why) < 0)
        _exit(126);
    _exit(127);
}

static void on_end(struct fd_watch *watch)
{
    struct qemu_process *p =
        (struct qemu_process *)((char *)watch - offsetof(struct qemu_process, watch));
    fd_watch_remove(watch);
    p->ended(p->ctx);
}

int qemu_process_start(struct qemu_process *p, char *const argv[], const int *keep, size_t n,
                       char *err, size_t err_len)
{
    int report[2], why = 0;
    p->watch.fd = -1;
    p->output = memfd_create("qemu-output", MFD_CLOEXEC);
    if (p->output < 0 || pipe2(report, O_CLOEXEC)) {
        why = errno;
        snprintf(err, err_len, "cannot start %s: %s", argv[0], strerror(why));
        return -why;
    }
    pid_t self = getpid();
    p->pid = fork();
    if (p->pid == 0)
        become(argv, p->output, keep, n, report[1], self);
    if (p->pid < 0)
        why = errno;
    close(report[1]);
    if (p->pid > 0 && read(report[0], &why, sizeof why) == sizeof why)
        waitpid(p->pid, NULL, 0);
    close(report[0]);
    if (why) {
        p->pid = 0;
        snprintf(err, err_len, "cannot start %s: %s%s", argv[0], strerror(why),
                 why == ENOENT ? " (Debian's package is qemu-system-x86)" : "");
        return -why;
    }
    int fd = (int)syscall(SYS_pidfd_open, p->pid, 0); /* Linux 5.3 */
    p->watch = (struct fd_watch){.fd = fd, .ready = on_end};
    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fd_watch_add(&p->watch);
    }
    return 0;
}

void qemu_process_words(const struct qemu_process *p, char *out, size_t len)
{
    char text[2048];
    ssize_t n = pread(p->output, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    char *end = text + strlen(text);
    while (end > text && end[-1] == '\n')
        *--end = 0;
    char *line = strrchr(text, '\n');
    line = line ? line + 1 : text;
    if (!strncmp(line, QEMU_BINARY ": ", sizeof QEMU_BINARY + 1))
        line += sizeof QEMU_BINARY + 1;
    snprintf(out, len, "%s", line);
}

void qemu_process_kill(struct qemu_process *p)
{
    if (p->watch.fd >= 0) {
        fd_watch_remove(&p->watch);
        close(p->watch.fd);
        p->watch.fd = -1;
    }
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        p->pid = 0;
    }
    if (p->output >= 0)
        close(p->output);
    p->output = -1;
}
