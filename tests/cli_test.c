/* SPDX-License-Identifier: MIT */
/* cli_test.c - help, manual page, completion, and what is said to a user who made a mistake. */
#include "tests/run.h"

TEST(help_lists_every_command, "")
{
    struct run *r = DIRQL("help");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "\n  dirql run ");
    CHECK_HAS(r->out, "\n  dirql info ");
    CHECK_HAS(r->out, "\n  dirql help ");
    CHECK_HAS(r->out, "Exit status: 0 fine");
    CHECK_STR(r->err, "");
    CHECK_STR(DIRQL("--help")->out, r->out);
    struct run *bare = run_dirql((const char *const[]){NULL});
    CHECK_STATUS(bare, 1);
    CHECK_STR(bare->out, r->out);
}

TEST(help_on_a_command_explains_its_options, "")
{
    static const char *const options[] = {"--device",        "--interrupt auto|line|msi|msix",
                                          "--messages N",    "--cpus N",
                                          "--seed N",        "--net SPEC",
                                          "--count N",       "--time S",
                                          "--set KEY=VALUE", "--fault SPEC",
                                          "--throttle N",    "--toggle-interrupts",
                                          "--buffers N",     "--sends N",
                                          "--debugger",
                                          "--watchdog S",    "--trace FILE",
                                          "--allow-missing", "--json",
                                          "--quiet"};
    struct run *r = DIRQL("help", "run");
    CHECK_STATUS(r, 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CHECK_HAS(r->out, run_text_of("\n  %s", options[i]));
    CHECK_STR(DIRQL("run", "--help")->out, r->out);
    CHECK_STR(DIRQL("run", "-h")->out, r->out);
    r = DIRQL("help", "info");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "dirql info [options] DRIVER.sys");
    CHECK(!strstr(r->out, " \n"));
    for (const char *line = r->out; *line; line += strcspn(line, "\n") + 1)
        CHECK(strcspn(line, "\n") <= 100);
}

TEST(the_manual_page_is_good_roff, "")
{
    struct run *r = DIRQL("help", "man");
    CHECK_STATUS(r, 0);
    CHECK(!strncmp(r->out, ".TH DIRQL 1 ", 12));
    CHECK_HAS(r->out, "\n.SH NAME\ndirql \\- ");
    CHECK_HAS(r->out, "\n.SH SYNOPSIS\n");
    CHECK_HAS(r->out, "\n.SH EXIT STATUS\n");
    CHECK_HAS(r->out, "\\-\\-interrupt");
    const char *page = run_file("dirql.1");
    run_write(page, r->out, strlen(r->out));
    struct run *groff = PROGRAM("groff", "-man", "-ww", "-Tascii", "-P-cbou", page);
    if (groff->status == 127)
        SKIP("no groff: the page's form was checked, its formatting was not");
    CHECK_STATUS(groff, 0);
    CHECK_STR(groff->err, "");
    CHECK_HAS(groff->out, "--toggle-interrupts");
    struct run *mandoc = PROGRAM("mandoc", "-Tlint", "-Wwarning", page);
    CHECK_RUN(mandoc, mandoc->status == 127 || mandoc->status == 0);
}

/* What the completion offers after some words. */
static const char *complete(const char *script, const char *words)
{
    const char *text =
        run_text_of("source %s; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                    "_dirql; echo \" ${COMPREPLY[*]} \"",
                    script, words);
    struct run *r = PROGRAM("bash", "-c", text);
    CHECK_STATUS(r, 0);
    CHECK_STR(r->err, "");
    return r->out;
}

TEST(completion_completes, "")
{
    struct run *r = DIRQL("help", "completion");
    CHECK_STATUS(r, 0);
    const char *script = run_file("completion");
    run_write(script, r->out, strlen(r->out));
    CHECK_STATUS(PROGRAM("bash", "-n", script), 0);
    CHECK_HAS(complete(script, "dirql ''"), " info ");
    CHECK_HAS(complete(script, "dirql ru"), " run ");
    CHECK_HAS(complete(script, "dirql run --in"), " --interrupt ");
    CHECK_HAS(complete(script, "dirql run --interrupt ''"), " auto line msi msix ");
    CHECK_HAS(complete(script, "dirql info --"), " --json ");
}

static void check_refused(const char *const *args, const char *sentence)
{
    struct run *r = run_dirql(args);
    CHECK_STATUS(r, 1);
    CHECK_STR(r->out, "");
    CHECK_RUN(r, !strncmp(r->err, "dirql: ", 7));
    CHECK_HAS(r->err, sentence);
    CHECK_STR(strchr(r->err, '\n'), "\n"); /* one line */
}
#define CHECK_REFUSED(sentence, ...)                                                               \
    check_refused((const char *const[]){__VA_ARGS__, NULL}, sentence)

TEST(a_usage_error_is_one_line_and_status_1, "")
{
    const char *inf = run_driver("e1000e.inf");
    CHECK_REFUSED("there is no command \"walk\" (dirql help lists them)", "walk");
    CHECK_REFUSED("there is no command \"walk\"", "help", "walk");
    CHECK_REFUSED("which driver?", "run");
    CHECK_REFUSED("one driver at a time", "run", inf, inf);
    CHECK_REFUSED("/no/such/driver.sys: No such file or directory", "run", "/no/such/driver.sys");
    CHECK_REFUSED("there is no option --walk", "run", "--walk", inf);
    CHECK_REFUSED("there is no option -x", "run", "-x", inf);
    CHECK_REFUSED("--count needs an argument", "run", inf, "--count");
    CHECK_REFUSED("--count many: \"many\" is no number", "run", inf, "--count", "many");
    CHECK_REFUSED("--count -1: \"-1\" is no number", "run", inf, "--count", "-1");
    CHECK_REFUSED("--cpus 65: 65 is outside 1 to 64", "run", inf, "--cpus", "65");
    CHECK_REFUSED("--cpus 0: 0 is outside 1 to 64", "run", inf, "--cpus", "0");
    CHECK_REFUSED("--messages 0:", "run", inf, "--messages", "0");
    CHECK_REFUSED("--interrupt apic: it is one of auto|line|msi|msix", "run", inf, "--interrupt",
                  "apic");
    CHECK_REFUSED("--interrupt ms: it is one of auto|line|msi|msix", "run", inf, "--interrupt",
                  "ms");
    CHECK_REFUSED("--time -1:", "run", inf, "--time", "-1");
    CHECK_REFUSED("--time soon:", "run", inf, "--time", "soon");
    CHECK_REFUSED("which file?", "info");
    CHECK_REFUSED("one file at a time", "info", inf, inf);
    CHECK_REFUSED("No such file or directory", "info", "/no/such/driver.sys");
}

/* These are found out only when the machine is built; they are the user's all the same. */
TEST(an_environment_error_is_one_line_and_status_1, "")
{
    const char *inf = run_driver("e1000e.inf");
    CHECK_REFUSED("model:rtl8139", "run", inf, "--device", "model:rtl8139");
    CHECK_REFUSED("KIND:NAME", "run", inf, "--device", "82574l");
    CHECK_REFUSED("carrier-pigeon", "run", inf, "--net", "carrier-pigeon");
    CHECK_REFUSED("frobnicate", "run", inf, "--fault", "frobnicate=1");
    CHECK_REFUSED("stuck-interrupt", "run", inf, "--fault", "stuck-interrupt");
    CHECK_REFUSED("/no/such/in.pcap", "run", inf, "--net", "pcap:/no/such/in.pcap,");
    CHECK_REFUSED("NAME=VALUE", "run", inf, "--set", "Test");
    CHECK_REFUSED("/no/such/folder/trace", "run", inf, "--trace", "/no/such/folder/trace",
                  "--count", "1");
    struct run *r = DIRQL("run", inf, "--device", "model:rtl8139", "--json");
    CHECK_STATUS(r, 1);
    CHECK_STR(run_string(r, "status"), "environment");
    CHECK_HAS(run_string(r, "error"), "model:rtl8139");
}
