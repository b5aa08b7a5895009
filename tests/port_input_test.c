/* SPDX-License-Identifier: MIT */
/* port_input_test.c - what dirql port says about files that it cannot or need not port, and that it
 * leaves them as they are. */
#include "tests/port.h"
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS "--", "-DNDIS_MINIPORT_DRIVER=1", "-DNDIS51_MINIPORT=1"

/* Writes a file, ports it in place, and checks that it is still the same. */
static struct run *port_text(const char *name, const char *text, size_t len)
{
    const char *path = run_file(name);
    size_t n;
    run_write(path, text, len);
    struct run *r = DIRQL("port", "-i", path, FLAGS);
    const char *after = run_read(path, &n);
    CHECK(n == len && !memcmp(after, text, n));
    return r;
}

#define PORT_TEXT(name, text) port_text(name, text, strlen(text))

TEST(port_says_what_is_no_c_source, "")
{
    struct run *r = port_text("driver.c", "MZ\0\1\2", 5);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "driver.c: error: contains NUL bytes: it is no C source");
    r = port_text("utf16.c", "\xff\xfe/\0", 4);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "is UTF-16");
    r = PORT_TEXT("prose.c", "this is no C {{{\n");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "prose.c:1:1: error: unknown type name 'this'");
    r = PORT_TEXT("notes.txt", "no source at all\n");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "is no C or C++ source file");
    r = DIRQL("port", run_file("missing.c"));
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "missing.c: error: No such file");
    r = DIRQL("port", "tests");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "is a directory; name its files");
    r = DIRQL("port");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "which files?");
}

TEST(port_says_what_is_no_interrupt_code, "")
{
    struct run *r = PORT_TEXT("hello.c", "int main(void) { return 0; }\n");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "is no part of an NDIS miniport driver");
    r = PORT_TEXT("oid.c", "#include <ndis.h>\nNDIS_HANDLE h;\n");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "have no NDIS 5 interrupt code: nothing to do");
}

TEST(port_reads_names_as_windows_does, "")
{
    struct run *r = PORT_TEXT("NIC.C", "#include <ndis.h>\nNDIS_HANDLE new;\n"); /* no C++ */
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "have no NDIS 5 interrupt code: nothing to do");
    r = PORT_TEXT("NIC.CPP", "#include <ndis.h>\nclass nic { NDIS_HANDLE handle; };\n");
    CHECK_STATUS(r, 0);
    r = PORT_TEXT("NIC.H", "int i;\n");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "is no C or C++ source file");
}

TEST(port_reads_what_microsofts_compiler_takes, "")
{
    /* "return;" where there is a result (C4033): that, and no NDIS version, as the DDK's sources */
    static const char text[] = "#include <ndis.h>\nNDIS_HANDLE h;\nint f(void) { return; }\n";
    const char *path = run_file("old.c");
    run_write(path, text, strlen(text));
    struct run *r = DIRQL("port", path, "--", "-DNDIS_MINIPORT_DRIVER");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "neither the files nor the flags say which NDIS");
    r = PORT_TEXT("cast.c",
                  "#include <ndis.h>\nNDIS_HANDLE h;\nchar *p;\nvoid f(void) { (ULONG)p += 1; }\n");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "are read without the cast");
    r = PORT_TEXT("cast.c", "#include <ndis.h>\nchar *p;\nvoid f(void) { ((ULONG)p) += 1; }\n");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "lvalue casts are not supported");
    CHECK_HAS(r->err, "write *(TYPE *)&NAME = ...");
}

TEST(port_never_rests_on_a_broken_parse, "")
{
    struct run *r = PORT_TEXT("broken.c", "#include <ndis.h>\n#include \"hardware.h\"\n");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "broken.c:2:10: error: 'hardware.h' file not found");
    CHECK_HAS(r->err, "name the folder of the header: -- -IDIR");
    CHECK_HAS(r->err, "nothing is written: 1 error");
    r = PORT_TEXT("flags.c", "#include <ndis.h>\nREGISTERS r;\n");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "unknown type name 'REGISTERS'");
    CHECK_HAS(PORT_TEXT("member.c", "#include <ndis.h>\nvoid f(NDIS_MINIPORT_CHARACTERISTICS *m)\n"
                                    "{\n    m->IsrHandler = 0;\n}\n")
                  ->err,
              "of another NDIS version? say which");
    CHECK_HAS(r->err, "give the flags of the driver's own build");
}

TEST(port_finds_nothing_of_ndis_5_in_our_6_20_driver, "")
{
    struct run *r = PROGRAM("sh", "-c", run_text_of("%s port drivers/e1000e/*.c", run_binary()));
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "the interrupt code is ported already: nothing to do");
    CHECK(!strstr(r->err, "still NDIS 5"));
}

TEST(port_says_which_handler_this_build_leaves_out, "")
{
    size_t n;
    char *text = run_read("tests/port/several_returns/driver.c", &n),
         *isr = strstr(text, "/* Set on many"),
         *dpc = strstr(text, "static VOID NTAPI HandleInterrupt");
    CHECK(isr && dpc);
    const char *driver =
        run_text_of("%.*sstatic VOID NTAPI Isr(PBOOLEAN a, PBOOLEAN b, NDIS_HANDLE c);\n"
                    "#ifdef WITH_ISR\n%.*s#endif\n%s",
                    (int)(isr - text), text, (int)(dpc - isr), isr, dpc);
    struct run *r = PORT_TEXT("driver.c", driver);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "Isr is defined in a branch that this build leaves out");
    CHECK_HAS(r->err, "give the flags with which it is compiled: -- -DNAME");
    r = DIRQL("port", run_file("driver.c"), FLAGS, "-DWITH_ISR");
    CHECK_STATUS(r, 0);
}

TEST(port_says_what_is_half_ported, "")
{
    size_t n;
    const char *done = run_read("tests/port/several_returns/expected/driver.c", &n);
    const char *half = run_text_of("%s\nstatic VOID Late(PNDIS_MINIPORT_INTERRUPT Old)\n{\n"
                                   "    NdisMDeregisterInterrupt(Old);\n}\n",
                                   done);
    struct run *r = PORT_TEXT("half.c", half);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "half ported: this is NDIS 6, but NdisMDeregisterInterrupt at ");
    r = PORT_TEXT("ported.c", done);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "ported already: nothing to do");
}

TEST(port_says_that_messages_are_added_while_it_ports, "R-404")
{
    size_t n;
    const char *path = run_file("driver.c");
    char *line = run_read("tests/port/several_returns/expected/driver.c", &n);
    run_write(path, line, n);
    struct run *r = DIRQL("port", "--msi", "-i", path, FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "ported already, without messages: --msi adds their handlers only while it");
    char *messages = run_read("tests/port/msi/expected/driver.c", &n);
    run_write(path, messages, n);
    r = DIRQL("port", "--msi", "-i", path, FLAGS);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "ported already: nothing to do");
}

/* A driver without DriverEntry: the handlers are not known. */
TEST(port_says_which_name_of_ndis_is_misspelt, "")
{
    char *text = run_read("tests/port/mask_pair/driver.c", NULL), *at = strstr(text, "Interrupt(&");
    CHECK(at);
    text = run_text_of("%.*sInterupt%s", (int)(at - text), text, strchr(at, '('));
    struct run *r = PORT_TEXT("nic.c", text);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "nic.c:48:15: error: no NdisMRegisterInterrupt in the named files, but an "
                      "implicit declaration of function 'NdisMRegisterInterupt'");
    CHECK_HAS(r->err, "is the name misspelt?");
}

TEST(port_asks_for_the_files_that_are_missing, "")
{
    struct run *r = DIRQL("port", "tests/port/wdk_sample/mp_init.c", FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(
        r->err,
        "mp_init.c:28:14: error: the interrupt is registered here, but the named files set no "
        "HandleInterruptHandler");
    r = DIRQL("port", "tests/port/wdk_sample/mp_main.c", FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "no NdisMRegisterInterrupt in the named files");
}

TEST(port_says_what_an_argument_does_no_longer, "R-351 R-361")
{
    char *text = run_read("tests/port/isr_requested_if_shared/driver.c", NULL);
    char *at = strstr(text, "Nic->Shared, NdisInterruptLevelSensitive");
    const char *path = run_file("nic.c");
    CHECK(at);
    text = run_text_of("%.*sNic->Shared = !Nic->Level, NdisInterruptLevelSensitive%s",
                       (int)(at - text), text, strchr(at, ')'));
    run_write(path, text, strlen(text));
    struct run *r = DIRQL("port", path, FLAGS);
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "(Nic->Shared || (Nic->Shared = !Nic->Level)) ? ");
    CHECK_HAS(r->err,
              "did something besides giving a value: it is not done where RequestIsr is TRUE");
}

TEST(port_says_that_its_build_registers_no_interrupt, "")
{
    static const char *const marks[] = {
        "static VOID NTAPI Isr(", "static NIC TheNic",       "    Status = NdisMRegisterInterrupt(",
        "    if (Status !=",      "    Miniport.ISRHandler", "    return NdisMReg"};
    size_t n;
    const char *rest = run_read("tests/port/several_returns/driver.c", &n), *driver = "";
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(rest, marks[i]);
        CHECK(at);
        driver = run_text_of("%s%.*s%s\n", driver, (int)(at - rest), rest,
                             i % 2 ? "#endif" : "#ifdef IRQ");
        rest = at;
    }
    struct run *r = PORT_TEXT("no_interrupt.c", run_text_of("%s%s", driver, rest));
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "in a build that this one leaves out, and this one sets no ");
    CHECK_HAS(r->err, "port with the flags of a build that registers the interrupt");
    CHECK_STATUS(DIRQL("port", run_file("no_interrupt.c"), FLAGS, "-DIRQ"), 0);
}

TEST(port_reports_a_choice_instead_of_making_it, "")
{
    size_t n;
    char *text = run_read("tests/port/several_returns/driver.c", &n);
    char *isr = strstr(text, "Miniport.ISRHandler = Isr;");
    CHECK(isr);
    const char *choice =
        run_text_of("%.*sMiniport.ISRHandler = Wrapper ? Isr : NULL;%s", (int)(isr - text), text,
                    isr + strlen("Miniport.ISRHandler = Isr;"));
    struct run *r = PORT_TEXT("choice.c", choice);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "ISRHandler is chosen at run time");
}

TEST(port_says_which_variable_nothing_uses_any_more, "")
{
    size_t n;
    char *text = run_read("tests/port/several_returns/driver.c", &n);
    char *at = strstr(text, "    Status = NdisMRegisterInterrupt(");
    char *vector = at ? strstr(at, "Nic->Vector") : NULL;
    CHECK(at && vector);
    const char *source = run_file("driver.c");
    const char *with =
        run_text_of("%.*s    static const ULONG Vectors[] = {9, 10};\n%.*sVectors[1]%s",
                    (int)(at - text), text, (int)(vector - at), at, vector + strlen("Nic->Vector"));
    run_write(source, with, strlen(with));
    struct run *r = DIRQL("port", source, FLAGS);
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->err, "has a new warning: unused variable 'Vectors' [result]");

    text = run_read("tests/port/cplusplus_mask/driver.cpp", &n);
    at = strstr(text, "\tULONG m_Vector;\n");
    char *hidden = strstr(text, "private:\n");
    CHECK(at && hidden && at < hidden);
    char *rest = at + strlen("\tULONG m_Vector;\n");
    source = run_file("driver.cpp");
    with = run_text_of("%.*s%.*sprivate:\n\tULONG m_Vector;\n%s", (int)(at - text), text,
                       (int)(hidden - rest), rest, hidden + strlen("private:\n"));
    run_write(source, with, strlen(with));
    r = DIRQL("port", source, FLAGS);
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->err, "has a new warning: private field 'm_Vector' is not used [result]");
}

/* The driver of tests/port/NAME, ported with one text in place of another. */
static struct run *port_changed(const char *name, const char *old, const char *new)
{
    size_t n;
    char *text = run_read(run_text_of("tests/port/%s/driver.c", name), &n), *at = strstr(text, old);
    CHECK(at);
    return PORT_TEXT("driver.c",
                     run_text_of("%.*s%s%s", (int)(at - text), text, new, at + strlen(old)));
}

TEST(port_says_which_call_through_a_pointer_it_cannot_follow, "R-400 R-401")
{
    static const char call[] = "(*Routine)(Recognized, &Queue, Nic->Events ? Nic : Context);";
    static const char dpc[] = "(*Dpc)(Context);";
    struct run *r = port_changed("called_by_pointer", call,
                                 "for (;;)\n        (*Routine)(Recognized, &Queue, Context);");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "an ISR is called through a pointer here, inside an expression or a macro");
    CHECK_HAS(r->err, "make the call a statement of its own");
    r = port_changed("called_by_pointer", dpc, "\n#define RUN(c) (*Dpc)(c)\n        RUN(Context);");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "a W_HANDLE_INTERRUPT_HANDLER is called in a macro here");
    /* One that is called inside an expression keeps its parameters. */
    r = port_changed("called_by_pointer", call, "return (Isr(Recognized, &Queue, Nic), TRUE);");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "Isr keeps its parameters, and NDIS 6 has no type W_ISR_HANDLER");
    CHECK_HAS(r->err, "call the function by its name, or declare a type of your own");
}

TEST(port_says_that_members_have_to_be_public, "")
{
    size_t n;
    char *text = run_read("tests/port/cplusplus_members/driver.cpp", &n);
    char *class = strstr(text, "class Card {\n"), *isr = strstr(text, "    static VOID NTAPI Isr("),
         *start = strstr(text, "    NDIS_STATUS Start();");
    CHECK(class && isr && start);
    const char *driver = run_text_of(
        "%.*sextern \"C\" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING);\n%.*s"
        "    friend NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING);\nprivate:\n%.*s"
        "public:\n%s",
        (int)(class - text), text, (int)(isr - class), class, (int)(start - isr), isr, start);
    const char *file = run_file("driver.cpp");
    run_write(file, driver, strlen(driver));
    CHECK_STATUS(DIRQL("port", file, FLAGS), 0);
    struct run *r = DIRQL("port", "--msi", file, FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "is a private member of 'Card'");
    CHECK_HAS(r->err, "what NDIS calls, and what the new functions call, has to be public");
}

TEST(port_says_that_a_declaration_has_no_place_for_the_characteristics, "R-397")
{
    static const char call[] = "\n\n  if (Status != NDIS_STATUS_SUCCESS) {";
    struct run *r = port_changed("msi_granted", call,
                                 "\n  BOOLEAN Failed = Status != NDIS_STATUS_SUCCESS;\n\n"
                                 "  if (Failed) {");
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "NdisMRegisterInterrupt in a declaration that others follow");
}

TEST(port_says_how_to_write_out_a_registration_in_a_macro, "")
{
    static const char macro[] =
        "#define REGISTER(n, h) \\\n    NdisMRegisterInterrupt(&(n)->Interrupt, h"
        ", (n)->Vector, (n)->Level, TRUE, TRUE, NdisInterruptLevelSensitive)\n";
    size_t n;
    char *text = run_read("tests/port/mask_unknown/driver.c", &n);
    char *at = strstr(text, "NdisMRegisterInterrupt(&"), *end = at ? strchr(at, ';') : NULL;
    char *line = strstr(text, "static VOID");
    CHECK(at && end && line);
    const char *source = run_file("driver.c");
    const char *with = run_text_of("%.*s%s%.*sREGISTER(Nic, MiniportAdapterHandle)%s",
                                   (int)(line - text), text, macro, (int)(at - line), line, end);
    run_write(source, with, strlen(with));
    struct run *r = DIRQL("port", source, FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "inside the macro REGISTER");
    CHECK_HAS(r->err, "in place of REGISTER: NdisMRegisterInterrupt(&(Nic)->Interrupt, "
                      "MiniportAdapterHandle, (Nic)->Vector");
}

TEST(port_says_which_name_of_the_driver_is_one_of_ndis_6, "")
{
    size_t n;
    char *text = run_read("tests/port/not_zeroed/driver.c", &n), *at = strstr(text, "typedef");
    CHECK(at);
    const char *source = run_file("driver.c");
    const char *with =
        run_text_of("%.*stypedef struct { ULONG Sent; } NDIS_OFFLOAD_PARAMETERS;\n\n%s",
                    (int)(at - text), text, at);
    run_write(source, with, strlen(with));
    struct run *r = run_dirql((const char *[]){
        "port", source, "--", "-DNDIS_MINIPORT_DRIVER=1", "-DNDIS51_MINIPORT=1", "-DWINVER=0x0501",
        "-D_WIN32_WINNT=0x0501", "-DNTDDI_VERSION=0x05010000", NULL});
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "redefinition");
    CHECK_HAS(r->err, "NDIS 6 has this name too");
}

/* The driver of tests/port/msi in a folder of its own, with the structure in common/nic.h. */
static const char *driver_with_shared_header(const char *folder)
{
    size_t n;
    char *text = run_read("tests/port/msi/driver.c", &n), *begin = strstr(text, "typedef struct"),
         *end = strstr(text, "} NIC;\n");
    CHECK(begin && end);
    end += strlen("} NIC;\n");
    const char *header = run_text_of("#include <ndis.h>\n%.*s", (int)(end - begin), begin);
    const char *source = run_text_of("#include \"nic.h\"\n%s", end);
    const char *path = run_text_of("%s/driver.c", run_file(folder));
    mkdir(run_file("common"), 0777);
    mkdir(run_file(folder), 0777);
    run_write(run_text_of("%s/nic.h", run_file("common")), header, strlen(header));
    run_write(path, source, strlen(source));
    return path;
}

TEST(port_says_which_header_of_others_changes, "")
{
    const char *a = driver_with_shared_header("a"), *b = driver_with_shared_header("b");
    const char *folder = run_text_of("-I%s", run_file("common"));
    struct run *r = DIRQL("port", "-o", run_file("a-ported"), a, FLAGS, folder);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err,
              "common/nic.h. Whatever else includes it has to be ported too [trap-shared-header]");
    CHECK_STATUS(DIRQL("port", "-o", run_file("b-ported"), b, FLAGS, folder), 0);
    CHECK_STATUS(PROGRAM("cmp", run_text_of("%s/common/nic.h", run_file("a-ported")),
                         run_text_of("%s/common/nic.h", run_file("b-ported"))),
                 0);
    /* In place the second one meets the header of NDIS 6. */
    CHECK_STATUS(DIRQL("port", "-i", a, FLAGS, folder), 0);
    r = DIRQL("port", "-i", b, FLAGS, folder);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "its header seems to be ported already, with another driver");
    /* Two drivers at once are none. */
    r = DIRQL("port", driver_with_shared_header("a"), driver_with_shared_header("b"), FLAGS,
              folder);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "b/driver.c:13:19: error: Isr is defined here and at ");
    CHECK_HAS(r->err, "port one driver at a time: name only its files");
    /* Its own headers are no surprise. */
    r = DIRQL("port", "tests/port/wdk_sample/mp_init.c", "tests/port/wdk_sample/mp_main.c", FLAGS);
    CHECK(!strstr(r->err, "trap-shared-header"));
}

/* It would compile: a handle is a pointer to anything. */
TEST(port_leaves_no_use_of_the_interrupt_object_behind, "R-397")
{
    static const char *const uses[] = {
        "    KeSynchronizeExecution((PKINTERRUPT)Nic->Interrupt.InterruptObject, NULL, Nic);\n",
        "    Nic->Events += ((Nic->Interrupt).InterruptObject)->Vector;\n",
    };
    size_t n;
    char *text = run_read("tests/port/several_returns/driver.c", &n);
    char *at = strstr(text, "    NdisMDeregisterInterrupt(");
    CHECK(at);
    for (unsigned i = 0; i < 2; i++) {
        struct run *r =
            PORT_TEXT("driver.c", run_text_of("struct _KINTERRUPT { unsigned Vector; };\n%.*s%s%s",
                                              (int)(at - text), text, uses[i], at));
        CHECK_STATUS(r, 2);
        CHECK_HAS(r->err, "the interrupt object itself is used here");
    }
}

TEST(port_says_that_a_driver_has_an_ndis_6_of_its_own, "")
{
    static const char own[] = "#if !NDIS_SUPPORT_NDIS6\n#define COUNTER Events\n#endif\n\n";
    size_t n;
    char *text = run_read("tests/port/several_returns/driver.c", &n);
    char *at = strstr(text, "static VOID"), *use = strstr(text, "    NdisMDeregisterInterrupt(");
    CHECK(at && use && at < use);
    struct run *r =
        PORT_TEXT("driver.c", run_text_of("%.*s%s%.*s    Nic->COUNTER = 0;\n%s", (int)(at - text),
                                          text, own, (int)(use - at), at, use));
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "the driver asks for NDIS_SUPPORT_NDIS6");
}

TEST(port_writes_all_files_or_none, "")
{
    const char *out = run_file("out"), *blocked = run_text_of("%s/mp_main.c", out);
    CHECK(!mkdir(out, 0777) && !mkdir(blocked, 0777));
    struct run *r = DIRQL("port", "-o", out, "tests/port/wdk_sample/mp_init.c",
                          "tests/port/wdk_sample/mp_main.c", FLAGS);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "mp_main.c: is no regular file");
    CHECK_HAS(r->err, "no file was changed");
    CHECK_STR(PROGRAM("find", out, "-type", "f")->out, "");
}

TEST(port_reads_compile_commands, "")
{
    const char *source = run_file("driver.c"), *header = run_file("inc/version.h");
    size_t n;
    CHECK(!mkdir(run_file("inc"), 0777));
    run_write(header, "#define NDIS51_MINIPORT 1\n", 26);
    const char *text = run_read("tests/port/not_zeroed/driver.c", &n);
    const char *with = run_text_of("#include \"version.h\"\n%s", text);
    run_write(source, with, strlen(with));
    char *folder = run_text_of("%s", source);
    *strrchr(folder, '/') = '\0';
    const char *commands = run_text_of(
        "[{\"directory\": \"%s\", \"file\": \"driver.c\","
        " \"command\": \"cl /DNDIS_MINIPORT_DRIVER /I inc -c -o driver.obj driver.c\"}]",
        folder);
    run_write(run_file("compile_commands.json"), commands, strlen(commands));
    CHECK_STATUS(DIRQL("port", "-p", folder, source), 0);
    struct run *r = DIRQL("port", source);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "'version.h' file not found");
    run_write(run_file("compile_commands.json"), "[{]", 3);
    r = DIRQL("port", "-p", folder, source);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "compile_commands.json:1:");
}

TEST(port_reports_as_sarif_and_json, "")
{
    struct run *r = DIRQL("port", "--sarif", "tests/port/mask_unknown/driver.c", FLAGS);
    CHECK_STATUS(r, 3);
    CHECK_STR(run_string(r, "version"), "2.1.0");
    CHECK_STR(run_string(r, "runs.0.tool.driver.name"), "dirql port");
    json_t *result;
    size_t i, person = 0;
    json_array_foreach(run_at(r, "runs.0.results"), i, result)
    {
        const char *rule = json_string_value(json_object_get(result, "ruleId"));
        long long index = json_integer_value(json_object_get(result, "ruleIndex"));
        CHECK_STR(run_string(r, run_text_of("runs.0.tool.driver.rules.%lld.id", index)), rule);
        person += !strcmp(rule, "enable-disable") &&
                  !strcmp(json_string_value(json_object_get(result, "level")), "warning");
    }
    CHECK_EQ(person, 2);
    r = DIRQL("port", "--json", "tests/port/mask_unknown/driver.c", FLAGS);
    CHECK_STATUS(r, 3);
    CHECK_EQ(run_number(r, "left_to_a_person"), 2);
    CHECK_EQ(run_number(r, "files_changed"), 1);
    CHECK_HAS(run_string(r, "diff"), "+    NDIS_HANDLE NdisInterruptHandle;");
    r = DIRQL("port", "--json", "tests/port/not_utf8/driver.c", FLAGS);
    CHECK_STATUS(r, 0);
    CHECK_HAS(run_string(r, "diff"), "f\xc3\xbcr jede Karte");
}

TEST(port_writes_to_one_place_in_one_form, "")
{
    const char *driver = "tests/port/mask_unknown/driver.c", *out = run_file("out");
    struct run *r = DIRQL("port", "-i", "-o", out, driver, FLAGS);
    CHECK_STATUS(r, 1);
    CHECK_STR(r->err,
              run_text_of("dirql: --output %s: there is --in-place already; choose one\n", out));
    CHECK(access(out, F_OK));
    r = DIRQL("port", "--json", "--sarif", driver, FLAGS);
    CHECK_STATUS(r, 1);
    CHECK_STR(r->err, "dirql: --sarif: there is --json already; choose one\n");
}

/* As a user who may not do everything: the tests may run as root, who may. */
TEST(port_writes_nothing_if_one_file_may_not_be_written, "")
{
    const char *folder = run_file("user"), *kit = run_file("kit"), *user = "65534";
    const char *ddk = run_text_of("%s/include/ddk", kit), *dirql = run_text_of("%s/dirql", kit);
    const char *driver = run_text_of("%s/driver.c", folder), *nic = run_text_of("%s/nic.h", folder);
    if (PROGRAM("setpriv", "--version")->status)
        SKIP("there is no setpriv (package util-linux)");
    if (getuid())
        SKIP("only root can become another user");
    CHECK_STATUS(PROGRAM("mkdir", "-p", folder, run_text_of("%s/include", kit)), 0);
    CHECK_STATUS(PROGRAM("cp", "-r", "include/ddk", ddk), 0);
    CHECK_STATUS(PROGRAM("cp", run_binary(), run_text_of("%s-port.so", run_binary()), kit), 0);
    size_t n;
    char *text = run_read("tests/port/several_returns/driver.c", &n),
         *end = strstr(text, "} NIC;\n");
    CHECK(end);
    end += strlen("} NIC;\n");
    run_write(nic, text, (size_t)(end - text));
    const char *rest = run_text_of("#include \"nic.h\"\n%s", end);
    run_write(driver, rest, strlen(rest));
    CHECK_STATUS(PROGRAM("chown", "-R", user, folder), 0);
    CHECK_STATUS(PROGRAM("chmod", "755", run_file(".")), 0);
#define AS_USER(...)                                                                               \
    PROGRAM("setpriv", "--reuid", user, "--clear-groups", dirql, "port", __VA_ARGS__)
    CHECK_STATUS(PROGRAM("chmod", "444", nic), 0);
    struct run *r = AS_USER("-i", driver, FLAGS);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "nic.h: Permission denied");
    CHECK_HAS(r->err, "no file was changed");
    CHECK_STR(run_read(driver, NULL), rest);
    r = AS_USER("-o", run_text_of("%s/out", kit), driver, FLAGS);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "Permission denied");
    CHECK_STATUS(PROGRAM("chmod", "000", nic), 0);
    r = AS_USER("-i", driver, FLAGS);
    CHECK_STATUS(r, 2);
    CHECK_HAS(r->err, "nic.h");
    CHECK_STR(run_read(driver, NULL), rest);
    CHECK_STATUS(PROGRAM("chmod", "000", driver), 0);
    r = AS_USER("-i", driver, FLAGS);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "driver.c: error: Permission denied");
    CHECK_STATUS(PROGRAM("chmod", "644", driver, nic), 0);
    CHECK_STATUS(AS_USER("-i", driver, FLAGS), 0);
    CHECK_HAS(run_read(nic, NULL), "NDIS_HANDLE NdisInterruptHandle;");
    CHECK_EQ(PROGRAM("sh", "-c", run_text_of("ls %s | wc -l", folder))->out[0], '2');
}
