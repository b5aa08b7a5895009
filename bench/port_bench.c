/* SPDX-License-Identifier: MIT */
/* port_bench.c - dirql port over our own NDIS 5.1 driver, per line of it; and Coccinelle's spatch
 * over the same files, with the semantic patch bench/port.cocci for the simple part of the same
 * job.
 *
 * Both are processes, from start to end. dirql port parses every file twice, with all of Windows'
 * headers: it knows what each name is, and it compiles its result. The headers themselves are kept
 * compiled between runs; a run without that is measured once, for the note. */
#include "bench/bench.h"
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRIVER "drivers/e1000e5"
#define WDK    "/usr/share/mingw-w64/include"

/* Runs argv with its output thrown away; ns, or a complaint. */
static double run(char **argv, int wanted)
{
    uint64_t began = bench_ns();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        bench_cannot("cannot start %s", argv[0]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted)
        bench_cannot(WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "there is no %s"
                                                                     : "%s failed",
                     argv[0]);
    return (double)(bench_ns() - began);
}

static unsigned count_lines(const glob_t *files)
{
    unsigned lines = 0;
    for (size_t i = 0; i < files->gl_pathc; i++) {
        FILE *f = fopen(files->gl_pathv[i], "r");
        for (int c; f && (c = getc(f)) != EOF;)
            lines += c == '\n';
        if (f)
            fclose(f);
    }
    return lines;
}

static char **command(const glob_t *files, const char *const *first)
{
    size_t n = 0, i = 0;
    while (first[n])
        n++;
    char **argv = calloc(n + files->gl_pathc + 1, sizeof *argv);
    for (; i < n; i++)
        argv[i] = (char *)first[i];
    for (size_t k = 0; k < files->gl_pathc; k++)
        argv[i + k] = files->gl_pathv[k];
    return argv;
}

static void find(glob_t *files)
{
    if (glob(DRIVER "/*.c", 0, NULL, files))
        bench_cannot("%s is not here; run it from the source's folder", DRIVER);
}

static char **port(const glob_t *files)
{
    static char program[4200];
    snprintf(program, sizeof program, "%s/../dirql", bench_drivers());
    return command(files, (const char *const[]){program, "port", NULL});
}

/* spatch needs the headers too, to know the types that the patch names. */
static char **spatch(const glob_t *files)
{
    return command(files, (const char *const[]){"spatch", "--very-quiet", "--recursive-includes",
                                                "-I", "include/ddk", "-I", WDK "/ddk", "-I", WDK,
                                                "--sp-file", "bench/port.cocci", NULL});
}

void bench_port(void)
{
    glob_t files;
    find(&files);
    unsigned lines = count_lines(&files);
    double sum = 0;
    unsigned n = 0;
    char **ours = port(&files), **theirs = spatch(&files), cache[] = "/tmp/dirql-bench-XXXXXX";
    if (!mkdtemp(cache) || setenv("XDG_CACHE_HOME", cache, 1))
        bench_cannot("there is no temporary folder");
    double cold = run(ours, 0);
    for (; bench_more(); n++) {
        double a = run(ours, 0), b = run(theirs, 0);
        sum += a;
        bench_round(a / lines, b / lines);
    }
    bench_note("%.0f lines per second, of %u; the first run: %.0f", 1e9 * lines * n / sum, lines,
               1e9 * lines / cold);
    run((char *[]){"rm", "-rf", cache, NULL}, 0);
}
