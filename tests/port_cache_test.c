/* SPDX-License-Identifier: MIT */
/* port_cache_test.c - what dirql port keeps from one run for the next makes it faster and changes
 * nothing: headers that change are read again, and a file is read with the macros that it defines,
 * however it does that. */
#include "tests/port.h"
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS "--", "-DNDIS_MINIPORT_DRIVER=1", "-DNDIS51_MINIPORT=1"

static size_t kept(const char *pattern)
{
    glob_t g;
    size_t n =
        glob(run_text_of("%s/dirql/%s", run_file("cache"), pattern), 0, NULL, &g) ? 0 : g.gl_pathc;
    return n;
}

static void use_own_cache(void)
{
    run_use_cache(run_file("cache"));
}

static const char *write_text(const char *name, const char *text)
{
    const char *path = run_file(name);
    run_write(path, text, strlen(text));
    return path;
}

static struct run *port_e1000e5(void)
{
    return DIRQL("port", "drivers/e1000e5/interrupt.c", "drivers/e1000e5/adapter.c",
                 "drivers/e1000e5/driver.c", "drivers/e1000e5/receive.c",
                 "drivers/e1000e5/transmit.c");
}

static void damage(const char *pattern)
{
    glob_t g;
    CHECK(!glob(run_text_of("%s/dirql/%s", run_file("cache"), pattern), 0, NULL, &g));
    for (size_t i = 0; i < g.gl_pathc; i++)
        run_write(g.gl_pathv[i], "damaged\n", 8);
    globfree(&g);
}

TEST(port_prints_the_same_with_headers_of_an_earlier_run, "")
{
    use_own_cache();
    struct run *first = port_e1000e5();
    CHECK_STATUS(first, 0);
    CHECK_HAS(first->err, " edits in 3 of ");
    CHECK_EQ(kept("*.pch"), 2); /* the driver as it was, and with the 6.0 interfaces */
    CHECK_EQ(kept("*.txt"), 2);
    struct run *second = port_e1000e5();
    CHECK_STATUS(second, 0);
    CHECK_STR(second->out, first->out);
    CHECK_STR(second->err, first->err);
    static const char *const damaged[] = {"*.pch", "*.txt", "*.h"};
    for (size_t i = 0; i < 3; i++) {
        damage(damaged[i]);
        struct run *again = port_e1000e5();
        CHECK_STATUS(again, 0);
        CHECK_STR(again->out, first->out);
        CHECK_STR(again->err, first->err);
    }
}

TEST(port_works_without_a_cache, "")
{
    run_use_cache("/proc/no/such/folder");
    CHECK_STATUS(PROGRAM("mkdir", "-p", run_file("tmp")), 0);
    setenv("TMPDIR", run_file("tmp"), 1);
    struct run *r = port_e1000e5();
    CHECK_STATUS(r, 0);
    CHECK_STATUS(PROGRAM("rmdir", run_file("tmp")), 0); /* nothing is left in it */
}

TEST(port_keeps_few_of_the_headers_it_compiled, "")
{
    use_own_cache();
    const char *path = write_text("nic.c", "#include <ndis.h>\nNDIS_HANDLE h;\n");
    for (unsigned i = 0; i < 12; i++)
        CHECK_STATUS(DIRQL("port", path, FLAGS, run_text_of("-DNUMBER=%u", i)), 0);
    CHECK_EQ(kept("*.pch"), 16);
    CHECK_EQ(kept("*"), 48);
}

/* A header that changes, or comes to lie in front of another, between two runs. */
TEST(port_reads_headers_again_that_changed, "")
{
    use_own_cache();
    const char *ddk = run_file("ddk"), *inc = run_file("inc");
    CHECK_STATUS(PROGRAM("cp", "-r", "include/ddk", ddk), 0);
    CHECK_STATUS(PROGRAM("mkdir", inc), 0);
    const char *path = write_text("nic.c", "#include <ndis.h>\nNDIS_HANDLE h;\n");
#define PORT() DIRQL("port", "--ddk", ddk, path, FLAGS, run_text_of("-I%s", inc))
    CHECK_STATUS(PORT(), 0);
    CHECK_STATUS(PORT(), 0);
    const char *front = write_text("inc/ntddk.h", "#error in front\n");
    struct run *r = PORT();
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "error: in front");
    unlink(front);
    CHECK_STATUS(PORT(), 0);
    size_t n;
    const char *ndis = run_text_of("%s/ndis.h", ddk);
    const char *old = run_read(ndis, &n);
    const char *broken = run_text_of("%s\n#error changed\n", old);
    run_write(ndis, broken, strlen(broken));
    r = PORT();
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "error: changed");
    run_write(ndis, old, n);
    CHECK_STATUS(PORT(), 0);
}

/* Which branch a port leaves out shows what a file was read with. */
TEST(port_reads_each_file_with_the_macros_it_defines, "")
{
    use_own_cache();
    static const struct {
        const char *head;
        unsigned minor; /* version 5.x that it chooses */
    } files[] = {
        {"#include \"version.h\"\n", 1}, /* by a condition: version.h */
        {"#define OLD\n#include \"version.h\"\n", 0},
        {"#define NDIS_MINIPORT_DRIVER\n#define NDIS50_MINIPORT\n#include <ndis.h>\n", 0},
        {"#define NDIS51_MINIPORT 1\n#undef NDIS51_MINIPORT\n#define OLD\n"
         "#include \"version.h\"\n",
         0},
        {"#define BINARY_COMPATIBLE(a) a\n#include \"version.h\"\n", 1},
        {"#include <ntddk.h>\n#include \"version.h\"\n", 1},
        {"#ifndef NDIS_MINIPORT_DRIVER\n#define NDIS_MINIPORT_DRIVER\n#endif\n"
         "#define NDIS51_MINIPORT\n#include <ndis.h>\n",
         1},
        {"#pragma pack(1)\n#include \"version.h\"\n#pragma pack()\n", 1},
        {"#define MDL 1\n#undef MDL\n#include \"version.h\"\n", 1}, /* Windows has the name */
    };
    enum { FILES = sizeof files / sizeof *files };
    size_t n;
    const char *args[FILES + 3] = {"port"},
                             *driver = run_read("tests/port/several_returns/driver.c", &n);
    write_text("version.h",
               "#ifdef OLD\n#define NDIS_MINIPORT_DRIVER 1\n#define NDIS50_MINIPORT 1\n"
               "#else\n#define NDIS_MINIPORT_DRIVER 1\n#define NDIS51_MINIPORT 1\n"
               "#endif\n#include <ndis.h>\n");
    args[1] = write_text("driver.c", run_text_of("#include \"version.h\"\n%s", driver));
    for (size_t i = 0; i < FILES; i++)
        args[i + 2] = write_text(
            run_text_of("file%zu.c", i),
            run_text_of("%stypedef struct { NDIS_MINIPORT_INTERRUPT Interrupt; } NIC%zu;\n"
                        "#if NDIS_MINIPORT_MINOR_VERSION == 1\n"
                        "void F%zu(NIC%zu *n) { NdisMDeregisterInterrupt(&n->Interrupt); }\n"
                        "#else\n"
                        "void F%zu(NIC%zu *n) { NdisMDeregisterInterrupt(&n->Interrupt); }\n"
                        "#endif\n",
                        files[i].head, i, i, i, i, i));
    for (unsigned round = 0; round < 2; round++) {
        struct run *r = run_dirql(args);
        CHECK_STATUS(r, 0);
        for (size_t i = 0; i < FILES; i++) {
            unsigned line = 0, head = 0;
            for (const char *c = files[i].head; *c; c++)
                head += *c == '\n';
            line = head + 2 + (files[i].minor == 1 ? 3 : 1);
            CHECK_HAS(r->err,
                      run_text_of("file%zu.c:%u:49: warning: this branch is left out", i, line));
        }
    }
}

/* A driver's own text in front of ndis.h has to do without it, before the port and after it. */
TEST(port_does_not_lend_windows_headers_to_what_comes_before_them, "")
{
    use_own_cache();
    write_text("early.h", "extern NDIS_HANDLE Early;\n");
    static const char *const heads[] = {
        "extern NDIS_HANDLE Early;\n#include <ndis.h>\n",
        "#include \"early.h\"\n#include <ndis.h>\n",
        "#include <ntddk.h>\nextern NDIS_HANDLE Early;\n#include <ndis.h>\n",
        "struct early { int a; };\nextern NDIS_HANDLE Early;\n#include \"late.h\"\n",
    };
    write_text("late.h", "#include <ndis.h>\nNDIS_HANDLE Late;\n");
    const char *fine = write_text("fine.c", "#include \"late.h\"\n#include \"early.h\"\n"),
               *own = write_text("own.c", "struct early { int a; };\n#include \"late.h\"\n"
                                          "struct early Early;\n");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        const char *path = write_text(run_text_of("head%zu.c", i), heads[i]);
        struct run *r = DIRQL("port", fine, own, path, FLAGS);
        CHECK_STATUS(r, 2);
        CHECK_HAS(r->err, "unknown type name 'NDIS_HANDLE'");
        CHECK_HAS(r->err, "nothing is written: 1 error");
    }
    CHECK_STATUS(DIRQL("port", fine, own, FLAGS), 0);
}

/* Other contents of the same size and time: who reads the file sees it, who looks whether it has
 * changed does not. */
static void replace_unseen(const char *path)
{
    static const char text[] = "#error read anew\n";
    struct stat st;
    size_t n;
    char *bytes = run_read(path, &n);
    CHECK(!stat(path, &st) && n > sizeof text);
    memset(bytes, ' ', n);
    memcpy(bytes, text, sizeof text - 1);
    run_write(path, bytes, n);
    CHECK(!utimensat(AT_FDCWD, path, (struct timespec[]){st.st_atim, st.st_mtim}, 0));
}

/* What comes behind Windows' headers is no reason to read them anew. */
TEST(port_does_not_read_windows_headers_twice, "")
{
    use_own_cache();
    const char *ddk = run_file("ddk");
    CHECK_STATUS(PROGRAM("cp", "-r", "include/ddk", ddk), 0);
    write_text("nic.h", "#pragma once\n#if !DBG\n#define NO_CHECKS\n#endif\n#include <ndis.h>\n"
                        "#include \"hw.h\"\nextern NDIS_HANDLE Late;\n");
    write_text("hw.h", "typedef struct { int Registers; } HW;\n");
    const char *path = write_text("driver.c", "#include \"nic.h\"\nHW Card;\n");
    CHECK_STATUS(DIRQL("port", "--ddk", ddk, path, FLAGS), 0);
    replace_unseen(run_text_of("%s/ndis.h", ddk));
    CHECK_STATUS(DIRQL("port", "--ddk", ddk, path, FLAGS), 0);
    const char *other = write_text("other.c", "extern int a;\n#include <ndis.h>\n");
    struct run *r = DIRQL("port", "--ddk", ddk, other, FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "read anew");
}
