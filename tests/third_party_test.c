/* SPDX-License-Identifier: MIT */
/* third_party_test.c - `./dev drivers`: a folder with drivers in it becomes a table
 * (drivers/third_party.sh; the folder's layout is in docs/drivers.md). */
#include "tests/run.h"
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs a line of shell in this test's own folder; its status must be 0. */
static void shell(const char *line)
{
    struct run *r = PROGRAM("bash", "-euc", run_text_of("cd '%s'; %s", run_file("."), line));
    CHECK_STATUS(r, 0);
}

/* A file in the folder of drivers, and the folders on its way. */
static void put(const char *name, const char *text)
{
    shell(run_text_of("mkdir -p \"$(dirname 'drivers/%s')\"", name));
    run_write(run_file(run_text_of("drivers/%s", name)), text, strlen(text));
}

/* `./dev drivers NAME...`, without the building of dirql. What is built for it stays in this test's
 * folder. */
static struct run *drivers(const char *names)
{
    char here[PATH_MAX];
    CHECK(getcwd(here, sizeof here) == here);
    shell(run_text_of("mkdir -p out drivers; ln -sfn '%s' out/dirql; "
                      "ln -sfn \"$(dirname '%s')/lib\" out/lib",
                      run_binary(), run_binary()));
    setenv("DIRQL_ROOT", here, 1);
    setenv("DIRQL_OUT", run_file("out"), 1);
    setenv("DRIVERS", run_file("drivers"), 1);
    setenv("JOBS", "1", 1);
    return PROGRAM("bash", "-c", run_text_of("exec drivers/third_party.sh %s", names));
}

/* The line of the table that begins with the driver's name. */
static const char *row(const struct run *r, const char *name)
{
    for (char *line = r->out; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ')
            return run_text_of("%.*s", (int)strcspn(line, "\n"), line);
    run_fail(r, __FILE__, __LINE__, name);
}

/* The sources of a driver that we have, as if they came from elsewhere. */
static void copy_faulty(const char *name)
{
    char here[PATH_MAX];
    CHECK(getcwd(here, sizeof here) == here);
    shell(run_text_of("mkdir -p drivers/%s/src; cp '%s'/tests/drivers/{faulty.c,*.h} "
                      "drivers/%s/src/",
                      name, here, name));
}

TEST(drivers_are_built_and_run_on_their_card, "")
{
    copy_faulty("sample");
    put("sample/driver.conf", "# a comment\nsources = src/*.c\nsys = other.sys\n"
                              "device = model:82574l\nrun = --count 50 --seed 1\n");
    shell(run_text_of("mkdir drivers/ready; cp '%s' '%s' drivers/ready/", run_driver("e1000e.sys"),
                      run_driver("e1000e.inf")));
    put("ready/driver.conf", "net = loopback\nrun = --count 40 --seed 1 --interrupt msi\n");
    struct run *r = drivers("");
    CHECK_STATUS(r, 0);
    CHECK_HAS(row(r, "driver"), "NDIS  card            interrupt  frames out/in     ISRs     DPCs  "
                                "violations  result");
    CHECK_HAS(row(r, "sample"), "6.20  model:82574l    ");
    CHECK_HAS(row(r, "sample"), "           0  fine");
    CHECK_HAS(row(r, "ready"), "6.20  model:82574l    msi                40/40");
    CHECK_HAS(r->out, "\nall 2 ran; ");
    CHECK(strlen(run_read(run_file("out/third_party/ready/report.json"), NULL)) > 500);
    CHECK(strlen(run_read(run_file("out/third_party/sample/other.sys"), NULL)) > 0);
}

TEST(what_drivers_break_is_listed_below_the_table, "")
{
    copy_faulty("bad");
    put("bad/driver.conf", "sources = src/*.c\n"
                           "run = --count 50 --seed 1 --set Test=DeregisterAtDispatch\n");
    struct run *r = drivers("bad");
    CHECK_STATUS(r, 0); /* it ran */
    CHECK_HAS(row(r, "bad"), "           1  broke rules");
    CHECK_HAS(r->out, "\nbad:\n  ");
    CHECK_HAS(r->out, "\n      at bad!");
}

TEST(a_driver_without_its_card_is_run_without_one, "")
{
    copy_faulty("nocard");
    put("nocard/driver.conf", "sources = src/*.c\ndevice = model:nonesuch,x=1\n");
    struct run *r = drivers("nocard");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "nocard"), "6.20  model:nonesuch,x=1  -");
    CHECK_HAS(row(r, "nocard"),
              "  no card: unknown device \"model:nonesuch\"; without one it registers as NDIS "
              "6.20; MiniportInitializeEx failed with status 0xc000009a, NDIS_STATUS_RESOURCES");
    CHECK_HAS(r->out, "\n1 of 1 did not run; ");

    /* The INF is for another card than dirql's own. */
    shell(run_text_of("mkdir drivers/other; cp '%s' drivers/other/; "
                      "sed 's/DEV_10D3/DEV_1234/' '%s' >drivers/other/e1000e.inf",
                      run_driver("e1000e.sys"), run_driver("e1000e.inf")));
    r = drivers("other");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "other"), "  no card: ");
    CHECK_HAS(row(r, "other"), "no model for a device PCI\\VEN_8086&DEV_10D3");
    CHECK_HAS(row(r, "other"),
              "without one it registers as NDIS 6.20; MiniportInitializeEx failed");
}

#define ENTRY "NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT o, PUNICODE_STRING p) { return "

TEST(inline_functions_of_a_header_can_be_linked_as_with_microsofts_c, "")
{
    put("inline/nic.h", "#include <ndis.h>\n__inline NTSTATUS Twice(NTSTATUS s) { return s + s; }\n"
                        "NTSTATUS Other(void);\n");
    put("inline/a.c", "#include \"nic.h\"\n" ENTRY "Twice(Other()) - 5; }\n");
    put("inline/b.c", "#include \"nic.h\"\nNTSTATUS Other(void) { return Twice(1); }\n");
#define CONF "device = none\ncflags = -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT -O0"
    put("inline/driver.conf", CONF "\n");
    CHECK_HAS(row(drivers("inline"), "inline"), "undefined reference to `Twice'");
    put("inline/driver.conf", CONF " -fgnu89-inline\nldflags = -Wl,--allow-multiple-definition\n");
    CHECK_HAS(row(drivers("inline"), "inline"), "DriverEntry failed with status 0xffffffff");
}

TEST(a_driver_that_cannot_run_has_a_row_that_says_why, "")
{
    put("broken/a.c", "#include <ndis.h>\n" ENTRY "undeclared; }\n");
    put("broken/driver.conf", "cflags = -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT\n");
    put("key/driver.conf", "device = none\n\ndevise = none\n");
    put("line/driver.conf", "none\n");
    put("twice/driver.conf", "net = none\nnet = none\n");
    put("quote/driver.conf", "cflags = -DA=1 -DB=\"b c\" -DD=\"d\n");
    put("empty/readme.txt", "");
    put("gone/driver.conf", "sources = src/*.c\n");
    put("two/a.sys", "");
    put("two/b.sys", "");
    put("text/a.sys", "no image");
    put("option/a.sys", "no image");
    put("option/driver.conf", "run = --nonsense\n");
    struct run *r = drivers("");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "broken"), "does not build: a.c:2:");
    CHECK_HAS(row(r, "broken"), "undeclared");
    CHECK_HAS(row(r, "key"), "driver.conf:3: there is no key \"devise\"; there are: sources ");
    CHECK_HAS(row(r, "line"), "driver.conf:1: not of the form KEY = VALUE");
    CHECK_HAS(row(r, "twice"), "driver.conf:2: net is there twice");
    CHECK_HAS(row(r, "quote"), "driver.conf:1: a quote in cflags is not closed");
    CHECK_HAS(row(r, "empty"), "there are neither sources (*.c) nor an .inf nor a .sys");
    CHECK_HAS(row(r, "gone"), "sources = src/*.c, and there are no such files");
    CHECK_HAS(row(r, "two"), "several files *.sys (a.sys, b.sys); driver.conf must say which");
    CHECK_HAS(row(r, "text"), "a.sys: pe: ");
    CHECK_HAS(row(r, "option"), "nonsense");
    CHECK_HAS(r->out, "\n10 of 10 did not run; ");
}

TEST(a_changed_driver_conf_builds_the_driver_anew, "")
{
    put("conf/src/a.c", "#include \"code.h\"\n" ENTRY "CODE; }\n");
    put("conf/h/code.h", "#include <ndis.h>\n");
    put("conf/driver.conf",
        "sources = src/*.c\ninclude = h\ndevice = none\nwindows = 0x0502\n"
        "cflags = -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT -DCODE=0xc0000001\n");
    struct run *r = drivers("conf");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "conf"), "DriverEntry failed with status 0xc0000001");
    put("conf/driver.conf", "sources = src/*.c\ninclude = h\ndevice = none\n"
                            "cflags = -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT "
                            "-DCODE=(0xc0000000|_WIN32_WINNT)\n");
    r = drivers("conf");
    CHECK_HAS(row(r, "conf"), "DriverEntry failed with status 0xc0000602");
    put("conf/src/b.c", "#include <ndis.h>\n" ENTRY "0; }\n"); /* twice in one image */
    CHECK_HAS(row(drivers("conf"), "conf"), "does not build: ");
}

TEST(without_drivers_dev_says_where_they_belong, "")
{
    struct run *r = drivers("");
    CHECK_STATUS(r, 1);
    CHECK_STR(r->out, "");
    CHECK_HAS(r->err, run_text_of("dev: there is no driver in %s/; ", run_file("drivers")));
    CHECK_HAS(r->err, "docs/drivers.md");
    CHECK_STR(strchr(r->err, '\n'), "\n");
    put("here/a.sys", "");
    r = drivers("here there");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, run_text_of("dev: there is no folder %s/there\n", run_file("drivers")));
    CHECK_STR(r->out, "");
}

/* --- --port --- */

static void put_pro1000(void)
{
    char here[PATH_MAX];
    CHECK(getcwd(here, sizeof here) == here);
    shell(run_text_of("mkdir -p drivers/pro1000; cp '%s/tests/drivers/pro1000.c' drivers/pro1000/",
                      here));
    put("pro1000/driver.conf", "device = model:82540em\nrun = --count 200\n");
}

/* What a person writes where the port leaves it to one. */
#define MASK                                                                                       \
    "sed -i '/To be written: mask/,/^}/s/UNREFERENCED_PARAMETER(Context)/Write(Context, REG_IMC, " \
    "~0u)/; /To be written: unmask/,/^}/s/UNREFERENCED_PARAMETER(Context)/Write(Context, "         \
    "REG_IMS, "                                                                                    \
    "CAUSES)/' out/third_party/pro1000/port/source/pro1000.c"

TEST(a_driver_is_ported_and_compared_and_what_a_person_adds_is_kept, "R-397")
{
    put_pro1000();
    struct run *r = drivers("--port pro1000");
    CHECK_STATUS(r, 1); /* two bodies are empty */
    CHECK_HAS(row(r, "driver"), "edits  by hand  new warnings  compared     result");
    CHECK_HAS(row(r, "pro1000"), "5.0   model:82540em ");
    CHECK_HAS(row(r, "pro1000"),
              "      18        2             0  with a seed  same behaviour; 2 left");
    CHECK_HAS(r->out, "\n  by hand: pro1000.c:225: NDIS 6 requires MiniportDisableInterrupt");

    shell(MASK);
    r = drivers("--port pro1000");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "pro1000"), "port/source was edited. To keep that: (cd ");
    const char *keep = strstr(row(r, "pro1000"), "(cd ");
    shell(run_text_of(
        "%.*s || true; rm -r out/third_party/pro1000/port/source",
        (int)strcspn(keep, ";") + 1 + (int)strcspn(keep + strcspn(keep, ";") + 1, ";"), keep));
    r = drivers("--port");
    CHECK_STATUS(r, 0);
    CHECK_HAS(row(r, "pro1000"), "  2, done             0  with a seed  same behaviour");
    CHECK_HAS(r->out, "\nall 1 behave as before; ");
    CHECK_HAS(run_read(run_file("out/third_party/pro1000/port/source/pro1000.c"), NULL),
              "Write(Context, REG_IMS, CAUSES);");
}

TEST(a_port_that_behaves_otherwise_is_not_proved, "")
{
    put_pro1000();
    drivers("--port");
    shell(MASK
          "; sed -i 's/^    if (Causes & CAUSE_LSC)/    Write(Context, REG_IMC, 0u); if (Causes "
          "\\& CAUSE_LSC)/; s/^    ULONG Causes = (ULONG)/    int Unused; ULONG Causes = "
          "(ULONG)/' out/third_party/pro1000/port/source/pro1000.c; cd "
          "out/third_party/pro1000/port; ! diff -ru ported source "
          ">../../../../drivers/pro1000/port.diff; rm -r source");
    struct run *r = drivers("--port");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "pro1000"), "  2, done             1  with a seed  1 difference");
    CHECK_HAS(r->out, "\n  new warning: pro1000.c: warning: unused variable");
    CHECK_HAS(r->out, "\n  differs: in DPCs, register 0x000d8: never before, ");
    CHECK_HAS(r->out, "\n1 of 1 ports are not proved; ");
}

TEST(a_driver_that_is_not_ported_has_a_row_that_says_why, "")
{
    copy_faulty("six");
    put("six/driver.conf", "sources = src/*.c\nrun = --count 20\n");
    put("none/readme", "");
    put("broken/a.c", "#include <ndis.h>\n" ENTRY "undeclared; }\n");
    put("twice/a.c",
        "#include <ndis.h>\nNDIS_MINIPORT_INTERRUPT I;\nvoid F(NDIS_HANDLE h);\nvoid "
        "F(NDIS_HANDLE h) { NdisMRegisterInterrupt(&I, h, 1, 1, 1, 1, 0); }\n" ENTRY "0; }\n");
    put("twice/driver.conf", "cflags = -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT\n");
    put("gone/driver.conf", "sources = src/*.c\n");
    copy_faulty("option");
    put("option/driver.conf", "sources = src/*.c\nrun = --nonsense\n");
    struct run *r = drivers("--port six none broken twice gone option");
    CHECK_STATUS(r, 1);
    CHECK_HAS(row(r, "six"), "      0        0             0  with a seed  same behaviour");
    CHECK_HAS(row(r, "none"), "there are no sources to port");
    CHECK_HAS(row(r, "broken"), "does not build: a.c:2:");
    CHECK_HAS(row(r, "twice"), "does not port: a.c:4: the interrupt is registered here");
    CHECK_HAS(row(r, "gone"), "sources = src/*.c, and there are no such files");
    CHECK_HAS(row(r, "option"),
              "  -     model:82574l        0        0             0  -            not "
              "compared: dirql: there is no option --nonsense");
    CHECK_HAS(r->out, "\n5 of 6 ports are not proved; ");
}
