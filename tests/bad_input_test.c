/* SPDX-License-Identifier: MIT */
/* bad_input_test.c - images and INFs that are wrong: one clear message, status 2, never a crash of
 * dirql. */
#include "tests/run.h"

/* Status 2, nothing on standard output but the verdict, and an error that says `sentence`. */
static void check_not_loaded(const char *path, const char *sentence)
{
    struct run *r = DIRQL("run", path);
    CHECK_STATUS(r, 2);
    CHECK_RUN(r, !strncmp(r->err, "dirql: ", 7));
    CHECK_HAS(r->err, sentence);
    CHECK_STR(strchr(r->err, '\n'), "\n");
    CHECK_HAS(r->out, ": did not load (");
    r = DIRQL("run", path, "--json", "--seed", "1");
    CHECK_STATUS(r, 2);
    CHECK_STR(run_string(r, "status"), "no-driver");
    CHECK_HAS(run_string(r, "error"), sentence);
    CHECK(json_is_null(run_at(r, "bugcheck")));
}

/* --- images --- */

TEST(an_image_cut_short_is_refused, "")
{
    static const unsigned parts[] = {0, 1, 63, 64, 200, 400, 1023, 4096, 30000};
    size_t size;
    char *bytes = run_read(run_driver("e1000e.sys"), &size);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *path = run_file(run_text_of("cut%u.sys", parts[i]));
        run_write(path, bytes, parts[i]);
        check_not_loaded(path, run_text_of("cut%u.sys: pe: ", parts[i]));
    }
}

TEST(a_file_that_is_no_windows_driver_is_refused, "")
{
    unsigned char noise[5000];
    unsigned x = 12345;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)((x = x * 1103515245 + 12345) >> 16);
    const char *path = run_file("noise.sys");
    run_write(path, noise, sizeof noise);
    check_not_loaded(path, "noise.sys: pe: ");
    noise[0] = 'M', noise[1] = 'Z';
    run_write(path, noise, sizeof noise);
    check_not_loaded(path, "noise.sys: pe: ");
    check_not_loaded(run_binary(), "pe: "); /* ELF */
    check_not_loaded("/dev/null", "pe: ");
}

/* Every byte of the headers is damaged in turn: the run ends in one of the documented ways. */
TEST(a_damaged_header_never_ends_dirql_itself, "")
{
    size_t size;
    char *bytes = run_read(run_driver("ddk_registration_page.sys"), &size);
    const char *path = run_file("damaged.sys");
    for (size_t at = 0; at < 600; at += 7) {
        char was = bytes[at];
        bytes[at] = (char)~was;
        run_write(path, bytes, size);
        bytes[at] = was;
        struct run *r =
            DIRQL("run", path, "--net", "none", "--count", "1", "--seed", "1", "--watchdog", "1");
        CHECK_RUN(r, r->status <= 4 && r->status != 1);
        CHECK_RUN(r, !strstr(r->err, "internal error"));
    }
}

TEST(an_image_of_another_processor_is_refused, "")
{
    size_t size;
    char *bytes = run_read(run_driver("e1000e.sys"), &size);
    unsigned pe = *(unsigned *)(bytes + 0x3C);
    bytes[pe + 4] = 0x64, bytes[pe + 5] = (char)0xAA; /* ARM64 */
    const char *path = run_file("arm.sys");
    run_write(path, bytes, size);
    check_not_loaded(path, "ARM64");
}

/* --- imports --- */

/* A copy of faulty.sys in which some imports have names that nobody has. */
static const char *without(const char *const (*renamed)[2])
{
    size_t size;
    char *bytes = run_read(run_driver("faulty.sys"), &size);
    for (; (*renamed)[0]; renamed++) {
        size_t n = strlen((*renamed)[0]), found = 0;
        CHECK(n == strlen((*renamed)[1]));
        for (char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), (*renamed)[0], n + 1));
             found++)
            memcpy(at, (*renamed)[1], n);
        CHECK(found);
    }
    const char *path = run_file("patched.sys");
    run_write(path, bytes, size);
    return path;
}

TEST(missing_imports_are_listed_all_at_once, "")
{
    static const char *const renamed[][2] = {{"KeQueryTimeIncrement", "KeQueryTimeExcrement"},
                                             {"NdisSetTimerObject", "NdisGetTimerObject"},
                                             {"NdisWaitEvent", "NdisBaitEvent"},
                                             {NULL, NULL}};
    const char *path = without(renamed);
    struct run *r = DIRQL("run", path);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "patched.sys imports 3 functions that dirql does not have:\n");
    CHECK_HAS(r->err, "\n  ntoskrnl.exe!KeQueryTimeExcrement\n");
    CHECK_HAS(r->err, "\n  ndis.sys!NdisGetTimerObject\n");
    CHECK_HAS(r->err, "\n  ndis.sys!NdisBaitEvent\n");
    CHECK_HAS(r->err, "--allow-missing");
    r = DIRQL("run", path, "--json");
    CHECK_STATUS(r, 2);
    CHECK_HAS(run_string(r, "error"), "KeQueryTimeExcrement");
}

TEST(a_connection_oriented_miniport_is_not_loaded, "")
{
    struct run *r = DIRQL("run", run_driver("ddk_connection.sys"));
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "\n  ndis.sys!NdisMCmRegisterAddressFamily\n");
    CHECK_HAS(r->err, "\n  ndis.sys!NdisMCoIndicateReceivePacket\n");
    /* NdisMCmMakeCallComplete is a macro, and what WAN miniports call goes through the block. */
    CHECK_HAS(r->err, "\n  ndis.sys!NdisCmMakeCallComplete\n");
    CHECK(!strstr(r->err, "NdisMWan"));
}

TEST(a_missing_function_can_be_allowed_until_it_is_called, "")
{
    static const char *const renamed[][2] = {{"KeQueryTimeIncrement", "KeQueryTimeExcrement"},
                                             {NULL, NULL}};
    const char *path = without(renamed);
    struct run *r = DIRQL("run", path, "--allow-missing", "--net", "none", "--count", "1", "--json",
                          "--seed", "1");
    CHECK_CLEAN(r);
    r = DIRQL("run", path, "--allow-missing", "--set", "Test=CallMissing", "--net", "none",
              "--json", "--seed", "1");
    CHECK_STATUS(r, 4);
    CHECK_HAS(
        run_string(r, "bugcheck.text"),
        "the driver called ntoskrnl.exe!KeQueryTimeExcrement, which dirql does not implement");
    CHECK_HAS(run_string(r, "bugcheck.stack.0"), "patched!CallMissing+0x");
}

/* --- INF files --- */

static const char inf_head[] = "[Version]\nSignature=\"$WINDOWS NT$\"\nClass=Net\n"
                               "ClassGUID={4d36e972-e325-11ce-bfc1-08002be10318}\nProvider=P\n"
                               "DriverVer=01/01/2024,1.0.0.0\n[Manufacturer]\nP=Models,NTamd64\n";

static const char *write_inf(const char *name, const char *text)
{
    const char *path = run_file(name);
    run_write(path, text, strlen(text));
    return path;
}

static const char *complete_inf(const char *id, const char *sys)
{
    return run_text_of(
        "%s[Models.NTamd64]\nCard=Install,%s\n[Install]\nCharacteristics=0x84\nBusType=5\n"
        "CopyFiles=Files\n[Files]\n%s\n[Install.Services]\nAddService=svc,2,Service\n[Service]\n"
        "ServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%%12%%\\%s\n"
        "[DestinationDirs]\nDefaultDestDir=12\n",
        inf_head, id, sys, sys);
}

TEST(an_inf_that_is_complete_runs, "")
{
    size_t size;
    char *bytes = run_read(run_driver("faulty.sys"), &size);
    run_write(run_file("Good.sys"), bytes, size); /* found without regard to case */
    const char *inf = write_inf("good.inf", complete_inf("PCI\\VEN_8086&DEV_10D3", "GOOD.SYS"));
    struct run *r = DIRQL("run", inf, "--json", "--net", "none", "--count", "1", "--seed", "1");
    CHECK_CLEAN(r);
}

TEST(a_malformed_inf_is_refused_with_its_line, "")
{
    check_not_loaded(write_inf("a.inf", "This is not an INF.\n"), "a.inf");
    check_not_loaded(write_inf("b.inf", ""), "b.inf");
    check_not_loaded(write_inf("c.inf", "[Version\nSignature=\"$WINDOWS NT$\"\n"), "c.inf:1");
    check_not_loaded(write_inf("d.inf", inf_head), "d.inf");
    /* The models name a section that does not exist. */
    check_not_loaded(
        write_inf("e.inf", run_text_of("%s[Models.NTamd64]\nCard=Nowhere,PCI\\VEN_8086&DEV_10D3\n",
                                       inf_head)),
        "Nowhere");
    check_not_loaded(write_inf("f.inf", "MZ\x90\x03\x01"), "f.inf");
}

TEST(an_inf_for_another_card_is_refused_with_what_it_is_for, "")
{
    const char *inf = write_inf("other.inf", complete_inf("PCI\\VEN_10EC&DEV_8139", "x.sys"));
    check_not_loaded(inf, "PCI\\VEN_10EC&DEV_8139");
}

TEST(an_inf_without_its_sys_is_refused, "")
{
    const char *inf =
        write_inf("lonely.inf", complete_inf("PCI\\VEN_8086&DEV_10D3", "nowhere.sys"));
    check_not_loaded(inf, "nowhere.sys");
}
