/* SPDX-License-Identifier: MIT */
/* inf_test.c - the INF grammar, the choice of a model, and the registry that comes of it. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/harness/test.h"
#include "inf/inf.h"
#include "nt/registry.h"

static char error[400];

static struct inf *parse(const char *text)
{
    struct inf *inf = NULL;
    if (inf_parse(text, strlen(text), "t.inf", &inf, error, sizeof error))
        test_fail(__FILE__, __LINE__, "%s", error);
    return inf;
}

static const char *value(struct inf *inf, const char *section, const char *key, size_t index)
{
    return inf_value(inf_line(inf_section(inf, section), key), index);
}

#define VERSION "[Version]\nSignature=\"$Windows NT$\"\n"

TEST(inf_entries_split_at_commas_outside_quotes, "")
{
    struct inf *inf =
        parse(VERSION "[s]\n"
                      "  key = one ,two words , \" q, uoted \" , last ; comment, no value\n"
                      "HKR,, \"say \"\"hi\"\"\", 0x1 ,a=b\n"
                      "empty =\n"
                      "gap = a,,c\n"
                      "tail = a,\n"
                      "\"qu=oted key\" = \"a;b\"\n"
                      "joined = \"dir\\\"file.sys\n");
    CHECK_STR(value(inf, "S", "KEY", 0), "one");
    CHECK_STR(value(inf, "s", "key", 1), "two words");
    CHECK_STR(value(inf, "s", "key", 2), " q, uoted ");
    CHECK_STR(value(inf, "s", "key", 3), "last");
    CHECK_STR(value(inf, "s", "key", 4), "");
    const struct inf_line *line = &inf_section(inf, "s")->lines[1];
    CHECK(!line->key && line->value_count == 5 && line->line == 5);
    CHECK_STR(line->values[2], "say \"hi\"");
    CHECK_STR(line->values[4], "a=b");
    CHECK_EQ(inf_line(inf_section(inf, "s"), "empty")->value_count, 0);
    CHECK_EQ(inf_line(inf_section(inf, "s"), "gap")->value_count, 3);
    CHECK_EQ(inf_line(inf_section(inf, "s"), "tail")->value_count, 2);
    CHECK_STR(value(inf, "s", "qu=oted key", 0), "a;b");
    CHECK_STR(value(inf, "s", "joined", 0), "dir\\file.sys");
    inf_free(inf);
}

TEST(inf_backslash_continues_a_line, "")
{
    struct inf *inf = parse(VERSION "[s]\r\n"
                                    "a = 1, \\\r\n"
                                    "    2, \\ ; comment\r\n"
                                    "    3\r\n"
                                    "b = \"SomeDirectory\\\"\\\r\n"
                                    ",SomeFile\r\n"
                                    "c = dir\\\\\r\n"
                                    ",file\r\n"
                                    "d = x\\y, z\\ t\r\n"
                                    "e = 5\\");
    CHECK_STR(value(inf, "s", "a", 1), "2");
    CHECK_STR(value(inf, "s", "a", 2), "3");
    CHECK_STR(value(inf, "s", "b", 0), "SomeDirectory\\");
    CHECK_STR(value(inf, "s", "b", 1), "SomeFile");
    CHECK_STR(value(inf, "s", "c", 0), "dir"); /* both backslashes belong to the continuation */
    CHECK_STR(value(inf, "s", "c", 1), "file");
    CHECK_STR(value(inf, "s", "d", 0), "x\\y");
    CHECK_STR(value(inf, "s", "d", 1), "z\\ t");
    CHECK_STR(value(inf, "s", "e", 0), "5");
    CHECK_EQ(inf_line(inf_section(inf, "s"), "b")->line, 7);
    inf_free(inf);
}

TEST(inf_sections_of_one_name_are_merged, "")
{
    struct inf *inf =
        parse("/*++ header\n; text\n" VERSION "[One]\na=1\n[two]\nb=2\n[ONE] trailing\nc=3\n");
    CHECK_EQ(inf_section(inf, "one")->line_count, 2);
    CHECK_STR(value(inf, "One", "c", 0), "3");
    CHECK_EQ(inf_section_count(inf), 3);
    inf_free(inf);
}

TEST(inf_tokens_are_replaced_by_strings, "")
{
    struct inf *inf = parse(
        VERSION "[%S%]\n"
                "[s]\n"
                "%Name% = %12%\\drv.sys, %Name% of %%PATH%%, 100%, %unknown%, \"%semi;colon%\"\n"
                "t = %semi;colon%\n"
                "[Strings]\n"
                "Name = \"Plain\"\n"
                "semi;colon = dropped\n"
                "only = base\n"
                "[Strings.0407]\nName = \"Deutsch\"\n"
                "[Strings.0409]\nName = \"English, U.S.\"\n"
                "\"semi;colon\" = \"yes\"\n"
                "[u]\nx = %only%\n");
    const struct inf_line *line = &inf_section(inf, "s")->lines[0];
    CHECK_STR(line->key, "English, U.S.");
    CHECK_STR(line->values[0], "%12%\\drv.sys");
    CHECK_STR(line->values[1], "English, U.S. of %PATH%");
    CHECK_STR(line->values[2], "100%");
    CHECK_STR(line->values[3], "%unknown%");
    CHECK_STR(line->values[4], "yes");
    CHECK_STR(value(inf, "s", "t", 0), "yes"); /* no comment inside a token */
    CHECK_STR(value(inf, "u", "x", 0), "base");
    inf_free(inf);
}

TEST(inf_may_be_utf16_utf8_or_ansi, "")
{
    static const char text[] = VERSION "[s]\nk = \"caf\xc3\xa9\"\n";
    struct inf *inf = parse(text);
    CHECK_STR(value(inf, "s", "k", 0), "caf\xc3\xa9");
    inf_free(inf);

    char ansi[] = VERSION "[s]\nk = \"caf\xe9\"\n";
    inf = parse(ansi);
    CHECK_STR(value(inf, "s", "k", 0), "caf\xc3\xa9");
    inf_free(inf);

    static const char ascii[] = VERSION "[s]\nk = v\n";
    char wide[2 * sizeof ascii] = "\xff\xfe";
    for (size_t i = 0; ascii[i]; i++)
        wide[2 + 2 * i] = ascii[i];
    for (int mark = 1; mark >= 0; mark--) {
        size_t skip = mark ? 0 : 2;
        CHECK_EQ(inf_parse(wide + skip, sizeof wide - 2 - skip, "w", &inf, error, sizeof error), 0);
        CHECK_STR(value(inf, "s", "k", 0), "v");
        inf_free(inf);
    }
    CHECK_EQ(inf_parse("\xef\xbb\xbf" VERSION "[s]\nk=v\n", 3 + sizeof VERSION - 1 + 8, "w", &inf,
                       error, sizeof error),
             0);
    inf_free(inf);
}

static void refuse(const char *text, const char *sentence)
{
    struct inf *inf;
    error[0] = 0;
    CHECK_EQ(inf_parse(text, strlen(text), "bad.inf", &inf, error, sizeof error), -EINVAL);
    CHECK_HAS(error, sentence);
}

TEST(inf_errors_name_file_and_line, "")
{
    refuse("", "bad.inf: not an INF: it has no [Version] section");
    refuse("MZ\x90 text\n", "bad.inf: not an INF");
    refuse(VERSION "\n[open\nx=1\n", "bad.inf:4: this section name has no closing ']'");
    refuse("\n[Version]\nSignature=$Win$\n", "bad.inf:2: [Version] has Signature \"$Win$\"");
    refuse(VERSION "[Manufacturer]\n%M% = M, NTamd64, NTx64\n", "bad.inf:4: 'NTx64' is no target");
    refuse(VERSION "[Manufacturer]\n%M% = M, NTamd64\n[M.NTamd64]\na,b\n",
           "bad.inf:6: [M.NTamd64]");
    char *big = malloc(6000);
    memcpy(big, VERSION "[s]\nk=", sizeof VERSION + 6);
    memset(big + sizeof VERSION - 1 + 6, 'x', 5000);
    big[sizeof VERSION - 1 + 6 + 5000] = 0;
    refuse(big, "bad.inf:4: a field is longer than 4095 characters");
    free(big);
    struct inf *inf;
    CHECK_EQ(inf_load("/nonexistent/x.inf", &inf, error, sizeof error), -ENOENT);
    CHECK_HAS(error, "/nonexistent/x.inf: No such file");
}

/* --- models ---------------------------------------------------------------------------------- */

#define SERVICES(name)                                                                             \
    "[" name ".Services]\nAddService = filter,, f\nAddService = svc, 2, svc_section\n"             \
    "[svc_section]\nServiceBinary = %12%\\net.sys\nServiceType = 1\nStartType = 3\n"               \
    "ErrorControl = 1\n[f]\nServiceBinary = %12%\\filter.sys\n"

static struct inf_match match(struct inf *inf, const char *const *ids, size_t n)
{
    struct inf_match m;
    if (inf_match(inf, ids, n, n, &m, error, sizeof error))
        test_fail(__FILE__, __LINE__, "%s", error);
    return m;
}

TEST(inf_chooses_the_nearest_version_that_is_not_newer, "")
{
    struct inf *inf =
        parse(VERSION "[Manufacturer]\n%M%=M,NTx86,NTamd64,NTamd64.6.0,NTamd64.6.2,"
                      "NTamd64.6.3,NTamd64.10.0...16299,NTamd64.6.1..3\n"
                      "[M.NTx86]\nx86=I86,PCI\\A\n"
                      "[M.NTamd64]\nany=I,PCI\\A\n"
                      "[M.NTamd64.6.0]\nvista=I,PCI\\A\n"
                      "[M.NTamd64.6.2]\neight=I,PCI\\A\n"
                      "[M.NTamd64.6.3]\nblue=I,PCI\\A\nblue only=I,PCI\\B\n"
                      "[M.NTamd64.10.0...16299]\nten=I,PCI\\A\nten only=I,PCI\\B,PCI\\C\n"
                      "[M.NTamd64.6.1..3]\nserver=I,PCI\\A\n"
                      "[I.NTamd64]\n[I.NT]\n[I]\n" SERVICES("I.NTamd64"));
    struct inf_match m = match(inf, (const char *[]){"pci\\a"}, 1);
    CHECK_STR(m.model->description, "eight");
    CHECK_STR(m.section, "I.NTamd64");
    CHECK_STR(m.id, "PCI\\A");
    CHECK_STR(m.service, "svc"); /* the one with flag 2, not the filter */
    CHECK_STR(m.binary, "net.sys");
    m = match(inf, (const char *[]){"PCI\\B"}, 1);
    CHECK_STR(m.model->description, "blue only"); /* newer, but nothing else has it: the oldest */
    CHECK_EQ(m.model->fit, INF_FIT_NEWER);
    m = match(inf, (const char *[]){"PCI\\C"}, 1);
    CHECK_STR(m.model->description, "ten only");
    CHECK_EQ(m.model->os_build, 16299);
    m = match(inf, NULL, 0);
    CHECK_STR(m.model->description, "eight");
    CHECK_EQ(inf_match(inf, (const char *[]){"PCI\\Z"}, 1, 1, &m, error, sizeof error), -ENOENT);
    CHECK_HAS(error, "no model for a device PCI\\Z; this INF is for PCI\\A");
    inf_free(inf);
}

TEST(inf_ranks_hardware_ids_before_compatible_ids, "")
{
    struct inf *inf =
        parse(VERSION "[Manufacturer]\nM=M,NTamd64\n[M.NTamd64]\n"
                      "class=I,PCI\\CC_020000\n"
                      "chip=I,PCI\\VEN_8086&DEV_10D3\n"
                      "board=I,PCI\\VEN_8086&DEV_10D3&SUBSYS_A01F8086\n"
                      "compat=I,PCI\\OTHER,PCI\\VEN_8086&DEV_10D3&SUBSYS_A01F8086&REV_00\n"
                      "[I]\n" SERVICES("I"));
    const char *ids[] = {"PCI\\VEN_8086&DEV_10D3&SUBSYS_A01F8086&REV_00",
                         "PCI\\VEN_8086&DEV_10D3&SUBSYS_A01F8086", "PCI\\VEN_8086&DEV_10D3",
                         "PCI\\VEN_8086", "PCI\\CC_020000"};
    struct inf_match m;
    CHECK_EQ(inf_match(inf, ids, 3, 5, &m, error, sizeof error), 0);
    CHECK_STR(m.model->description, "board");
    ids[1] = "PCI\\VEN_8086&DEV_10D3&SUBSYS_00018086";
    CHECK_EQ(inf_match(inf, ids + 1, 2, 4, &m, error, sizeof error), 0);
    CHECK_STR(m.model->description, "chip");
    CHECK_EQ(inf_match(inf, ids, 2, 2, &m, error, sizeof error), 0);
    CHECK_STR(m.model->description, "compat"); /* nothing better is left */
    CHECK_EQ(inf_match(inf, ids + 3, 0, 2, &m, error, sizeof error), 0);
    CHECK_STR(m.model->description, "class");
    inf_free(inf);
}

TEST(inf_matches_devices_that_are_not_pci, "")
{
    struct inf *inf =
        parse(VERSION "[Manufacturer]\n%M%=tap,NTamd64\n[tap.NTamd64]\n"
                      "%D% = ndi, root\\tap0901\n%D% = ndi, tap0901\n%D% = ndi, *PNP8390\n"
                      "[ndi]\n" SERVICES("ndi") "[Strings]\nM=Maker\nD=\"TAP, virtual\"\n");
    CHECK_STR(match(inf, (const char *[]){"TAP0901"}, 1).id, "tap0901");
    CHECK_STR(match(inf, (const char *[]){"ROOT\\tap0901"}, 1).model->description, "TAP, virtual");
    CHECK_STR(match(inf, (const char *[]){"*pnp8390"}, 1).model->manufacturer, "Maker");
    CHECK_STR(match(inf, NULL, 0).id, "root\\tap0901"); /* what software would make the device with */
    inf_free(inf);
}

TEST(inx_of_a_driver_source_is_taken_for_amd64, "")
{
    struct inf *inf =
        parse(VERSION "[Manufacturer]\n%M%=M,NT$ARCH$.6.1\n[M.NT$ARCH$.6.1]\nd=I,root\\x\n"
                      "[I.NT]\n" SERVICES("I.NT"));
    CHECK_STR(match(inf, NULL, 0).model->models_section, "M.NTamd64.6.1");
    inf_free(inf);
}

TEST(inf_without_x64_models_says_so, "")
{
    struct inf_match m;
    struct inf *inf = parse(VERSION "[Manufacturer]\n%M%=M,NTx86\n[M.NTx86]\na=I,PCI\\A\n[I]\n");
    CHECK_EQ(inf_match(inf, (const char *[]){"PCI\\A"}, 1, 1, &m, error, sizeof error), -ENOENT);
    CHECK_HAS(error, "no section for NTamd64");
    inf_free(inf);
    inf = parse(VERSION "[Manufacturer]\n%M%=M\n[M]\na=I,PCI\\A\n[I]\n" SERVICES("I"));
    CHECK_EQ(match(inf, (const char *[]){"PCI\\A"}, 1).model->fit, INF_FIT_GENERIC);
    inf_free(inf);
    inf = parse(VERSION "[Manufacturer]\n%M%=M,NTamd64\n[M.NTamd64]\na=I,PCI\\A\nb=J,PCI\\B\n"
                        "[I]\n[J]\n[J.Services]\nAddService=s,2,gone\n");
    CHECK_EQ(inf_match(inf, (const char *[]){"PCI\\A"}, 1, 1, &m, error, sizeof error), -EINVAL);
    CHECK_HAS(error, "t.inf:6: no [I.Services] section");
    CHECK_EQ(inf_match(inf, (const char *[]){"PCI\\B"}, 1, 1, &m, error, sizeof error), -EINVAL);
    CHECK_HAS(error, "t.inf:11: the section [gone] that AddService names is missing");
    inf_free(inf);
}

/* --- installation ---------------------------------------------------------------------------- */

static const char nic[] = //
    "[Version]\n"
    "Signature = \"$Windows NT$\"\n"
    "Class = Net\n"
    "Provider = %Me%\n"
    "DriverVer = 01/02/2024, 1.2.3.4\n"
    "[Manufacturer]\n"
    "%Me% = Me, NTamd64.6.2\n"
    "[Me.NTamd64.6.2]\n"
    "%Nic% = Nic, PCI\\VEN_8086&DEV_10D3\n"
    "[Nic.NTamd64]\n"
    "Characteristics = 0x84\n"
    "BusType = 5\n"
    "*IfType = 6 ; IF_TYPE_ETHERNET_CSMACD\n"
    "*MediaType = 0\n"
    "AddReg = nic.reg, params.reg\n"
    "DelReg = old.reg\n"
    "CopyFiles = nic.copy\n"
    "[nic.reg]\n"
    "HKR, Ndi, Service, 0, \"nic\"\n"
    "HKR, Ndi\\Interfaces, UpperRange, 0, \"ndis5\"\n"
    "HKR,, Number, 0x00010001, 0x20\n"
    "HKR,, Minus, %REG_DWORD%, -1\n"
    "HKR,, ByBytes, 0x10001, 1, 2, 0, 0\n"
    "HKR,, Long, 0x000B0001, 0x100000000\n"
    "HKR,, Bytes, 1, 01, FE, a\n"
    "HKR,, NoBytes, 1\n"
    "HKR,, Odd, 0x00380001, 1, 0\n"
    "HKR,, List, 0x10000, one, two\n"
    "HKR,, List, 0x10008, TWO, three\n"
    "HKR,, Path, 0x20000, \"%%SystemRoot%%\\x\"\n"
    "HKR,, Number, 0x00010003, 7\n"
    "HKR,, Absent, 0x20, no\n"
    "HKR,, Text, 0x20, \"new\"\n"
    "HKR, KeyOnly, Ignored, 0x10, ignored\n"
    "HKR, JustKey\n"
    "HKR, Unnamed,,, default\n"
    "HKR,, Gone,,1\n"
    "HKR,, Gone, 4\n"
    "HKLM, SOFTWARE\\Me, Path, , \"C:\\\"\n"
    "[params.reg]\n"
    "HKR, Ndi\\params\\*FlowControl, ParamDesc, 0, \"Flow Control\"\n"
    "HKR, Ndi\\params\\*FlowControl, default, 0, \"3\"\n"
    "HKR, Ndi\\params\\*FlowControl, type, 0, \"enum\"\n"
    "HKR, Ndi\\params\\*FlowControl\\enum, \"0\", 0, \"Off\"\n"
    "HKR, Ndi\\params\\NetworkAddress, default, 0, \"\"\n"
    "HKR, Ndi\\params\\NetworkAddress, Optional, 0, \"1\"\n"
    "HKR, Ndi\\params\\Preset, Default, 0, \"2\"\n"
    "HKR,, Preset, 0, \"1\"\n"
    "[old.reg]\n"
    "HKR,, Stale\n"
    "HKR, Old\n"
    "HKR,, Strings, 0x00018002, drop\n"
    "[Nic.NTamd64.HW]\n"
    "AddReg = msi.reg\n"
    "[msi.reg]\n"
    "HKR, \"Interrupt Management\",, 0x10\n"
    "HKR, \"Interrupt Management\\MessageSignaledInterruptProperties\",, 0x10\n"
    "HKR, \"Interrupt Management\\MessageSignaledInterruptProperties\", MSISupported, 0x10001, 1\n"
    "HKR, \"Interrupt Management\\MessageSignaledInterruptProperties\", MessageNumberLimit, "
    "0x10001, 5\n"
    "HKR, \"Interrupt Management\\Affinity Policy\", DevicePolicy, 0x10001, 4\n"
    "HKR, \"Interrupt Management\\Affinity Policy\", AssignmentSetOverride, 1, 06\n"
    "[Nic.NTamd64.Services]\n"
    "AddService = nic, 2, nic.service, nic.eventlog\n"
    "[nic.service]\n"
    "DisplayName = %Nic%\n"
    "ServiceType = 1\n"
    "StartType = 3\n"
    "ErrorControl = 1\n"
    "ServiceBinary = %12%\\NIC.sys\n"
    "LoadOrderGroup = NDIS\n"
    "AddReg = nic.trace\n"
    "[nic.trace]\n"
    "HKR, Parameters, TraceLevel, 0x10001, 3\n"
    "[nic.copy]\n"
    "nic.sys, nicx64.sys,, 2\n"
    "[SourceDisksNames]\n"
    "1 = %Disk%,,, \\drv\n"
    "[SourceDisksFiles.amd64]\n"
    "nicx64.sys = 1, sub\n"
    "[Strings]\n"
    "Me = \"Maker\"\n"
    "Nic = \"Maker Gigabit Adapter\"\n"
    "Disk = disk\n"
    "REG_DWORD = 0x00010001\n";

static uint64_t number(struct registry_key *key, const char *path, const char *name)
{
    struct registry_key *at = registry_open(key, path);
    uint64_t n = 0xbad;
    if (!at || registry_get_number(at, name, &n))
        test_fail(__FILE__, __LINE__, "%s\\%s is no number", path, name);
    registry_put(at);
    return n;
}

static const char *string(struct registry_key *key, const char *path, const char *name)
{
    struct registry_key *at = registry_open(key, path);
    const char *text = at ? registry_get_string(at, name) : NULL;
    registry_put(at);
    return text;
}

static void check_value(struct registry_key *key, const char *name, uint32_t type, const void *data,
                        size_t size)
{
    struct registry_value v;
    if (registry_get(key, name, &v))
        test_fail(__FILE__, __LINE__, "no value %s", name);
    if (v.type != type || v.size != size || memcmp(v.data, data, size))
        test_fail(__FILE__, __LINE__, "%s has type %u and %zu bytes", name, v.type, v.size);
    registry_value_free(&v);
}

static void install(struct inf *inf, struct registry_adapter *adapter)
{
    struct inf_match m = match(inf, (const char *[]){"PCI\\VEN_8086&DEV_10D3"}, 1);
    CHECK_EQ(registry_adapter_init(adapter, m.service, m.id, 0), 0);
    registry_set_string(adapter->driver, "Text", "old");
    registry_set_string(adapter->driver, "Stale", "x");
    registry_put(registry_create(adapter->driver, "Old\\Below"));
    registry_set_strings(adapter->driver, "Strings", (const char *[]){"keep", "DROP"}, 2);
    if (inf_install(&m, adapter, error, sizeof error))
        test_fail(__FILE__, __LINE__, "%s", error);
}

TEST(addreg_writes_every_type, "")
{
    struct inf *inf = parse(nic);
    struct registry_adapter a;
    install(inf, &a);
    CHECK_STR(string(a.driver, "ndi\\INTERFACES", "upperrange"), "ndis5");
    check_value(a.driver, "Number", REG_DWORD, "\x20\0\0", 4); /* NOCLOBBER kept it */
    check_value(a.driver, "Minus", REG_DWORD, "\xff\xff\xff\xff", 4);
    check_value(a.driver, "ByBytes", REG_DWORD, "\1\2\0", 4);
    check_value(a.driver, "Long", REG_QWORD, "\0\0\0\0\1\0\0", 8);
    check_value(a.driver, "Bytes", REG_BINARY, "\x01\xfe\x0a", 3);
    check_value(a.driver, "NoBytes", REG_BINARY, "", 0);
    check_value(a.driver, "Odd", 0x38, "\1", 2);
    check_value(a.driver, "List", REG_MULTI_SZ, "o\0n\0e\0\0\0t\0w\0o\0\0\0t\0h\0r\0e\0e\0\0\0\0",
                30);
    CHECK_STR(string(a.driver, "", "Path"), "%SystemRoot%\\x");
    CHECK(!string(a.driver, "", "Absent"));
    CHECK_STR(string(a.driver, "", "Text"), "new");
    CHECK(registry_open(a.driver, "KeyOnly") && !string(a.driver, "KeyOnly", "Ignored"));
    CHECK(registry_open(a.driver, "JustKey") && !string(a.driver, "JustKey", ""));
    CHECK_STR(string(a.driver, "Unnamed", ""), "default");
    CHECK(!string(a.driver, "", "Gone"));
    CHECK_STR(string(NULL, "\\Registry\\Machine\\Software\\Me", "Path"), "C:\\");
    CHECK(!string(a.driver, "", "Stale") && !registry_open(a.driver, "Old"));
    check_value(a.driver, "Strings", REG_MULTI_SZ, "k\0e\0e\0p\0\0\0\0", 12);
}

TEST(installation_writes_interrupt_management_to_the_hardware_key, "R-262")
{
    struct inf *inf = parse(nic);
    struct registry_adapter a;
    install(inf, &a);
    static const char msi[] = "Interrupt Management\\MessageSignaledInterruptProperties";
    CHECK_EQ(number(a.hardware, msi, "MSISupported"), 1);
    CHECK_EQ(number(a.hardware, msi, "MessageNumberLimit"), 5);
    CHECK_EQ(number(a.hardware, "Interrupt Management\\Affinity Policy", "DevicePolicy"), 4);
    CHECK_EQ(number(a.hardware, "Interrupt Management\\Affinity Policy", "AssignmentSetOverride"),
             6);
    CHECK(!registry_open(a.driver, "Interrupt Management"));
}

TEST(installation_writes_service_and_class_installer_values, "")
{
    struct inf *inf = parse(nic);
    struct registry_adapter a;
    install(inf, &a);
    CHECK_STR(string(a.service, "", "ImagePath"), "\\SystemRoot\\System32\\drivers\\NIC.sys");
    CHECK_STR(string(a.service, "", "DisplayName"), "Maker Gigabit Adapter");
    CHECK_STR(string(a.service, "", "Group"), "NDIS");
    CHECK_EQ(number(a.service, "", "Start"), 3);
    CHECK_EQ(number(a.service, "Parameters", "TraceLevel"), 3);
    check_value(a.driver, "Characteristics", REG_DWORD, "\x84\0\0", 4);
    CHECK_EQ(number(a.driver, "", "*IfType"), 6);
    CHECK_STR(string(a.driver, "", "BusType"), "5");
    CHECK_STR(string(a.driver, "", "DriverDesc"), "Maker Gigabit Adapter");
    CHECK_STR(string(a.instance, "", "DeviceDesc"), "Maker Gigabit Adapter");
    CHECK_STR(string(a.instance, "", "Mfg"), "Maker");
    CHECK_STR(string(a.driver, "", "DriverVersion"), "1.2.3.4");
    CHECK_STR(string(a.driver, "", "InfSectionExt"), ".NTamd64");
    CHECK_STR(string(a.driver, "", "*FlowControl"), "3");
    CHECK(!string(a.driver, "", "NetworkAddress")); /* optional: not present at first */
    CHECK_STR(string(a.driver, "", "Preset"), "1");
}

static void refuse_install(const char *line, const char *sentence)
{
    char *text = malloc(4096);
    snprintf(text, 4096,
             VERSION
             "[Manufacturer]\nM=M,NTamd64\n[M.NTamd64]\nd=I,PCI\\A\n[I]\nAddReg=r\n%s\n[r]\n%s\n",
             SERVICES("I"), line);
    struct inf *inf = parse(text);
    struct inf_match m = match(inf, NULL, 0);
    struct registry_adapter a;
    CHECK_EQ(registry_adapter_init(&a, "svc", "PCI\\A", 7), 0);
    CHECK_EQ(inf_install(&m, &a, error, sizeof error), -EINVAL);
    CHECK_HAS(error, sentence);
    CHECK_HAS(error, "t.inf:");
    registry_adapter_fini(&a);
    inf_free(inf);
    free(text);
}

TEST(wrong_addreg_lines_are_refused_with_their_line, "")
{
    refuse_install("HKX,a,b,0,c", "'HKX' is no registry root");
    refuse_install("HKR,a,b,zero,c", "'zero' are no flags");
    refuse_install("HKR,a,b,0x10001,many", "'many' is no 32-bit number");
    refuse_install("HKR,a,b,0x10001,0x100000000", "is no 32-bit number");
    refuse_install("HKR,a,b,1,100", "'100' is no byte");
    refuse_install("HKR,a,b,0x50000,x", "are no flags of AddReg");
    refuse_install("HKR=a", "HKR, SUBKEY, NAME, FLAGS, VALUE was expected");
    refuse_install("HKR,a\n[I]\nAddReg=none", "names the section [none], which is missing");
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && !fclose(f));
}

TEST(the_driver_is_found_beside_its_inf, "")
{
    char folder[] = "/tmp/dirql-inf-XXXXXX", path[200];
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/n.inf", folder);
    put_file(path, nic);
    struct inf *inf;
    CHECK_EQ(inf_load(path, &inf, error, sizeof error), 0);
    struct inf_match m = match(inf, NULL, 0);
    CHECK(!inf_driver_file(&m, error, sizeof error));
    CHECK_HAS(error, "nicx64.sys of service nic is not beside the INF");
    snprintf(path, sizeof path, "%s/NicX64.SYS", folder);
    put_file(path, "beside");
    char *found = inf_driver_file(&m, error, sizeof error);
    CHECK_STR(found, path);
    free(found);
    char deeper[200];
    snprintf(deeper, sizeof deeper, "%s/Drv", folder);
    CHECK(!mkdir(deeper, 0700));
    snprintf(deeper, sizeof deeper, "%s/Drv/sub", folder);
    CHECK(!mkdir(deeper, 0700));
    snprintf(deeper, sizeof deeper, "%s/Drv/sub/nicx64.sys", folder);
    put_file(deeper, "where SourceDisksFiles says");
    found = inf_driver_file(&m, error, sizeof error);
    CHECK_STR(found, deeper);
    free(found);
    unlink(deeper);
    unlink(path);
    inf_free(inf);
    snprintf(path, sizeof path, "rm -rf %s", folder);
    CHECK(!system(path));
}
