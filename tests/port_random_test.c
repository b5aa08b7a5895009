/* SPDX-License-Identifier: MIT */
/* port_random_test.c - the ported ISR gives the right result on each of its paths.
 *
 * Drivers with random ISRs are ported; the ISRs before and after are compiled for this machine and
 * called with all states of a small card. What the card and the driver's variables hold after it
 * must be equal, the result must be what InterruptRecognized was, and the DPC is queued where both
 * out-parameters were TRUE: NDIS 6 queues it also for an interrupt that was not recognized.
 *
 * PORT_SEEDS=N tries N drivers instead of a few, PORT_SEED=N begins with that one. */
#include "tests/port.h"
#include <stdint.h>

/* --- random C --- */

struct gen {
    uint64_t state;
    char text[1 << 16];
    size_t len;
    unsigned depth, loops; /* nesting */
    const char *r, *q;     /* the out-parameters' names */
    bool set;              /* both have a value on all paths to here */
    bool label;            /* there is an Out: at the end */
};

static unsigned below(struct gen *g, unsigned n)
{
    g->state = g->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(g->state >> 33) % n;
}

__attribute__((format(printf, 2, 3))) static void put(struct gen *g, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(g->text + g->len, sizeof g->text - g->len, fmt, ap);
    va_end(ap);
    CHECK(n >= 0 && (size_t)n < sizeof g->text - g->len);
    g->len += (size_t)n;
}

static void line(struct gen *g)
{
    put(g, "\n%*s", 4 + 4 * (int)g->depth, "");
}

static const char *condition(struct gen *g)
{
    switch (below(g, g->set ? 8 : 5)) {
    case 0:
        return run_text_of("Status & %u", 1u << below(g, 4));
    case 1:
        return run_text_of("Status == %u", below(g, 16));
    case 2:
        return run_text_of("Nic->Events > %u", below(g, 3));
    case 3:
        return run_text_of("(Status & %u) != %u", 1 + below(g, 15), below(g, 4));
    case 4:
        return "Pending(Nic)";
    case 5:
        return run_text_of("*%s", g->r);
    case 6:
        return run_text_of("!*%s", g->q);
    default:
        return run_text_of("*%s && *%s", g->r, g->q);
    }
}

static const char *value(struct gen *g)
{
    unsigned kind = below(g, 6);
    return kind < 2   ? "TRUE"
           : kind < 4 ? "FALSE"
           : kind < 5 ? run_text_of("(BOOLEAN)(%s)", "(Status & 1) != 0")
                      : run_text_of("(%s) ? TRUE : FALSE", condition(g));
}

/* Gives both a value, in one of the ways in which drivers do. */
static void set_both(struct gen *g)
{
    const char *r = g->r, *q = g->q;
    line(g);
    switch (below(g, 22)) {
    case 0:
        put(g, "*%s = %s;", r, value(g));
        line(g);
        put(g, "*%s = %s;", q, value(g));
        break;
    case 16:
        put(g, "{");
        line(g);
        put(g, "    PBOOLEAN Alias = %s;", r);
        line(g);
        put(g, "    *Alias = %s; /* through a copy */", value(g));
        line(g);
        put(g, "}");
        line(g);
        put(g, "*%s = %s;", q, value(g));
        break;
    case 17:
        put(g, "if ((*%s = IsOurs(Nic, &Local)) != FALSE)", r);
        line(g);
        put(g, "    *%s = %s;", q, value(g));
        line(g);
        put(g, "else *%s = FALSE;", q);
        break;
    case 18:
        put(g, "*%s = FALSE; *%s = %s; // both", r, q, value(g));
        line(g);
        put(g, "(void)((%s) && (*%s = TRUE));", condition(g), r);
        break;
    case 19:
        put(g, "*%s = *%s = FALSE;", r, q);
        line(g);
        put(g, "*((%s) ? %s : %s) = TRUE;", condition(g), r, q);
        break;
    case 20:
        put(g, "*%s = %s;", r, value(g));
        line(g);
        put(g, "switch (*%s) {", r);
        line(g);
        put(g, "case FALSE: *%s = FALSE; break;", q);
        line(g);
        put(g, "default: *%s = %s; break;", q, value(g));
        line(g);
        put(g, "}");
        break;
    case 21:
        put(g, "do {");
        line(g);
        put(g, "    *%s = *%s = %s;", q, r, value(g));
        line(g);
        put(g, "} while (0);");
        break;
    case 1:
        put(g, "*%s = *%s = %s;", r, q, value(g));
        break;
    case 2:
        put(g, "*%s = *%s = %s;", q, r, value(g));
        break;
    case 3:
        put(g, "*%s = %s;", q, value(g));
        line(g);
        put(g, "*%s = *%s;", r, q);
        break;
    case 4:
        put(g, "*%s = %s;", r, value(g));
        line(g);
        put(g, "*%s = *%s && (%s);", q, r, "Status & 2");
        break;
    case 5:
        put(g, "Answer(%s, %s, %s);", r, q, value(g));
        break;
    case 6:
        put(g, "if (!IsOurs(Nic, %s)) {", r);
        line(g);
        put(g, "    *%s = FALSE;", q);
        line(g);
        put(g, "    return;");
        line(g);
        put(g, "}");
        line(g);
        put(g, "*%s = TRUE;", q);
        break;
    case 7:
        put(g, "REPORT(%s, %s, %s, %s);", r, q, value(g), value(g));
        break;
    case 8:
        put(g, "Local = %s;", value(g));
        line(g);
        put(g, "*%s = Local;", r);
        line(g);
        put(g, "*%s = Local ? TRUE : FALSE;", q);
        break;
    case 9:
        put(g, "if (%s)", condition(g));
        line(g);
        put(g, "    *%s = TRUE;", r);
        line(g);
        put(g, "else");
        line(g);
        put(g, "    *%s = FALSE;", r);
        line(g);
        put(g, "*%s = *%s;", q, r);
        break;
    case 10:
        put(g, "(*%s) = (BOOLEAN)(Status != 3);", r);
        line(g);
        put(g, "(*%s) = (*%s) ? %s : FALSE;", q, r, value(g));
        break;
    case 11:
        put(g, "*%s = FALSE, *%s = FALSE;", r, q);
        break;
    case 12:
        put(g, "%s[0] = %s;", r, value(g));
        line(g);
        put(g, "%s[0] = %s[0];", q, r);
        break;
    case 13:
        put(g, "*%s = FALSE;", r);
        line(g);
        put(g, "*%s |= (Status >> 1) & 1;", r);
        line(g);
        put(g, "*%s = %s;", q, value(g));
        break;
    case 14:
        put(g, "*%s = Decide(Nic, %s);", r, q);
        break;
    default:
        put(g, "*%s = %s;", q, value(g));
        line(g);
        put(g, "*%s = IsOurs(Nic, &Local) ? Local : FALSE;", r);
        break;
    }
}

static void block(struct gen *g, unsigned statements);

static void body(struct gen *g)
{
    bool set = g->set;
    put(g, " {");
    g->depth++;
    block(g, 1 + below(g, 3));
    g->depth--;
    line(g);
    put(g, "}");
    g->set = set;
}

static void leave(struct gen *g)
{
    if (!g->set)
        set_both(g);
    line(g);
    if (g->label && below(g, 2))
        put(g, "goto Out;");
    else
        put(g, "return;");
}

static void statement(struct gen *g)
{
    unsigned kind = below(g, g->depth > 3 ? 6 : 16);
    switch (kind) {
    case 0:
    case 1:
        line(g);
        put(g, "Note(Nic, %u);", below(g, 100));
        break;
    case 2:
        line(g);
        put(g, "Nic->Events++;");
        break;
    case 3:
        line(g);
        put(g, "MaskCard(Nic);");
        break;
    case 4:
    case 5:
        set_both(g);
        g->set = true;
        break;
    case 6:
    case 7:
    case 8: {
        line(g);
        put(g, "if (%s)", condition(g));
        body(g);
        if (below(g, 2)) {
            put(g, " else");
            body(g);
        }
        break;
    }
    case 9: {
        line(g);
        put(g, "switch (Status & 3) {");
        for (unsigned i = 0; i < 3; i++) {
            bool set = g->set;
            line(g);
            put(g, i < 2 ? "case %u:" : "default:", i);
            g->depth++;
            block(g, 1 + below(g, 2));
            if (below(g, 4) || i == 2) {
                line(g);
                put(g, "break;");
            }
            g->depth--;
            g->set = set;
        }
        line(g);
        put(g, "}");
        break;
    }
    case 10:
        if (g->loops)
            break;
        g->loops++;
        line(g);
        put(g, "for (Count = 0; Count < %u; Count++)", 1 + below(g, 3));
        body(g);
        g->loops--;
        break;
    case 11: /* without braces */
        if (!g->set)
            break;
        line(g);
        put(g, "if (%s) %s;", condition(g), g->label && below(g, 2) ? "goto Out" : "return");
        if (below(g, 2) == 0) {
            line(g);
            put(g, "else");
            line(g);
            put(g, "    Note(Nic, %u);", below(g, 50));
        }
        break;
    case 12:
        if (!g->set)
            break;
        line(g);
        put(g, "if (%s)", condition(g));
        line(g);
        put(g, "    Note(Nic, 3);");
        line(g);
        put(g, "else if (%s)", condition(g));
        line(g);
        put(g, "    return; /* not braced */");
        line(g);
        put(g, "else");
        line(g);
        put(g, "    *%s = TRUE;", below(g, 2) ? g->r : g->q);
        break;
    case 13:
        if (g->loops || !g->set)
            break;
        g->loops++;
        line(g);
        put(g, "Count = 0;");
        line(g);
        put(g, below(g, 2) ? "for (;;) {" : "while (TRUE) {");
        line(g);
        put(g, "    if (++Count > 2) break;");
        line(g);
        put(g, "    if (%s) continue;", condition(g));
        g->depth++;
        block(g, 1 + below(g, 2));
        g->depth--;
        line(g);
        put(g, "}");
        g->loops--;
        break;
    case 14:
        if (g->loops || !g->set)
            break;
        line(g);
        put(g, "while (Count++ < 3 && !*%s)", below(g, 2) ? g->r : g->q);
        line(g);
        put(g, "    *%s = %s;", below(g, 2) ? g->r : g->q, value(g));
        break;
    default:
        line(g);
        put(g, "if (%s) {", condition(g));
        g->depth++;
        bool set = g->set;
        if (below(g, 3) == 0 && !g->label) {
            line(g);
            put(g, "NOT_OURS(%s, %s);", g->r, g->q);
        } else {
            leave(g);
        }
        g->set = set;
        g->depth--;
        line(g);
        put(g, "}");
        break;
    }
}

static void block(struct gen *g, unsigned statements)
{
    while (statements--)
        statement(g);
}

static const char *driver(uint64_t seed, size_t number)
{
    static const char *const names[][2] = {
        {"Recognized", "Queue"},
        {"InterruptRecognized", "QueueMiniportHandleInterrupt"},
        {"pbOurs", "pbDpc"},
    };
    static struct gen g;
    g = (struct gen){.state = seed * 0x9e3779b97f4a7c15u + 1};
    unsigned name = below(&g, 3);
    g.r = names[name][0];
    g.q = names[name][1];
    g.label = below(&g, 2);
    put(&g,
        "#include \"nic.h\"\n\nstatic VOID NTAPI Isr%zu(PBOOLEAN %s, PBOOLEAN %s, NDIS_HANDLE "
        "Context)\n{\n    NIC *Nic = Context;\n    ULONG Status = Nic->Registers[0], Count = 0;\n"
        "    BOOLEAN Local = FALSE;\n",
        number, g.r, g.q);
    if (below(&g, 2)) {
        set_both(&g);
        g.set = true;
    }
    block(&g, 2 + below(&g, 5));
    if (!g.set || below(&g, 2))
        set_both(&g);
    if (g.label) {
        g.set = true;    /* whoever goes there has set both */
        g.label = false; /* no way back */
        put(&g, "\n\nOut:\n    Note(Nic, 7);");
        if (below(&g, 2))
            block(&g, 1);
    }
    put(&g,
        "\n}\n\nstatic VOID NTAPI Dpc%zu(NDIS_HANDLE Context)\n{\n    Note(Context, 1);\n}\n\n"
        "static VOID NTAPI Disable%zu(NDIS_HANDLE Context)\n{\n    MaskCard(Context);\n}\n\n"
        "static VOID NTAPI Enable%zu(NDIS_HANDLE Context)\n{\n    Note(Context, 2);\n}\n\n"
        "static NDIS_STATUS Register%zu(NIC *Nic)\n{\n"
        "    return NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, 9, 9, TRUE, TRUE, "
        "NdisInterruptLevelSensitive);\n}\n\n"
        "static VOID Fill%zu(PNDIS_MINIPORT_CHARACTERISTICS Miniport)\n{\n"
        "    Miniport->ISRHandler = Isr%zu;\n    Miniport->HandleInterruptHandler = Dpc%zu;\n"
        "    Miniport->DisableInterruptHandler = Disable%zu;\n"
        "    Miniport->EnableInterruptHandler = Enable%zu;\n}\n",
        number, number, number, number, number, number, number, number, number);
    return run_text_of("%s", g.text);
}

static const char nic_h[] =
    "#pragma once\n#include <ndis.h>\n"
    "typedef struct _NIC {\n    NDIS_HANDLE Handle;\n    ULONG Registers[2];\n    ULONG Events;\n"
    "    ULONG Noted[256];\n    ULONG Notes;\n    NDIS_MINIPORT_INTERRUPT Interrupt;\n} NIC;\n"
    "#define REPORT(r, q, a, b) do { *(r) = (a); *(q) = (b); } while (0)\n"
    "#define NOT_OURS(r, q) do { *(r) = FALSE; *(q) = FALSE; return; } while (0)\n"
    "static inline VOID Note(NIC *Nic, ULONG What)\n"
    "{\n    if (Nic->Notes < 256)\n        Nic->Noted[Nic->Notes++] = What;\n}\n"
    "static inline VOID MaskCard(NIC *Nic)\n{\n    Nic->Registers[1] = 0;\n}\n"
    "static inline BOOLEAN Pending(NIC *Nic)\n{\n"
    "    return (Nic->Registers[0] & Nic->Registers[1]) != 0;\n}\n"
    "static inline BOOLEAN IsOurs(NIC *Nic, PBOOLEAN Ours)\n"
    "{\n    *Ours = Nic->Registers[0] > 4;\n    return *Ours;\n}\n"
    "static inline BOOLEAN Decide(NIC *Nic, PBOOLEAN Dpc)\n"
    "{\n    *Dpc = (Nic->Registers[0] & 5) != 0;\n    return Nic->Registers[0] != 0;\n}\n"
    "static inline VOID Answer(PBOOLEAN Ours, PBOOLEAN Dpc, BOOLEAN Value)\n"
    "{\n    *Ours = Value;\n    *Dpc = Value;\n}\n";

/* --- before and after, called --- */

static const char main_c[] =
    "#include <stdio.h>\n#include <string.h>\n#include <stdbool.h>\n"
    "#include \"nic.h\"\n"
    "typedef VOID (NTAPI *before_isr)(PBOOLEAN, PBOOLEAN, NDIS_HANDLE);\n"
    "typedef BOOLEAN (NTAPI *after_isr)(NDIS_HANDLE, PBOOLEAN, PULONG);\n"
    "extern before_isr before[];\nextern after_isr after[];\nextern int numbers;\n"
    "int main(void)\n{\n    int wrong = 0;\n    for (int i = 0; i < numbers; i++) {\n"
    "        int bad = 0;\n"
    "        for (unsigned s = 0; s < 16 * 4 * 2; s++) {\n"
    "            NIC a = {0}, b;\n            BOOLEAN r = FALSE, q = FALSE, q6 = FALSE, r6;\n"
    "            ULONG processors = 0;\n"
    "            a.Registers[0] = s % 16;\n            a.Registers[1] = s / 64 ? 15 : 2;\n"
    "            a.Events = s / 16 % 4;\n            b = a;\n"
    "            before[i](&r, &q, &a);\n            r6 = after[i](&b, &q6, &processors);\n"
    "            bool same = !r == !r6 && (r && q) == !!q6 && a.Notes == b.Notes &&\n"
    "                a.Events == b.Events && !memcmp(a.Registers, b.Registers, sizeof a.Registers) "
    "&&\n"
    "                !memcmp(a.Noted, b.Noted, sizeof a.Noted);\n"
    "            if (!same && !bad++)\n"
    "                printf(\"driver%d.c, state %u: recognized %d, queue %d; after the port %d, "
    "%d\\n\",\n"
    "                       i, s, r, q, r6, q6);\n        }\n        wrong += bad != 0;\n    }\n"
    "    printf(\"%d of %d wrong\\n\", wrong, numbers);\n    return wrong != 0;\n}\n";

static void write_text(const char *path, const char *text)
{
    run_write(path, text, strlen(text));
}

/* The ISR's name, after the port as it is registered: some keep the old one behind a new function,
 * which has the same name in each driver. */
static const char *isr_name(const char *folder, size_t i, bool ported)
{
    if (!ported)
        return run_text_of("Isr%zu", i);
    const char *text = run_read(run_file(run_text_of("%s/driver%zu.c", folder, i)), NULL);
    const char *at = strstr(text, ".InterruptHandler = "), *name;
    CHECK(at);
    at += strlen(".InterruptHandler = ");
    name = run_text_of("%.*s", (int)strcspn(at, ";"), at);
    return strncmp(name, "Isr", 3) ? run_text_of("%s%zu", name, i) : name;
}

static void table(const char *path, const char *folder, const char *name, size_t count, bool ported)
{
    const char *text = "", *list = "";
    for (size_t i = 0; i < count; i++) {
        text = run_text_of("%s#define MiniportInterrupt MiniportInterrupt%zu\n"
                           "#include \"%s/driver%zu.c\"\n#undef MiniportInterrupt\n",
                           text, i, folder, i);
        list = run_text_of("%s(any)%s, ", list, isr_name(folder, i, ported));
    }
    write_text(path,
               run_text_of("%stypedef void (*any)(void);\nany %s[] = {%s};\n", text, name, list));
}

static const char *compiled(const char *path, bool ported)
{
    const char *object = run_text_of("%s.o", path);
    CHECK_STATUS(PROGRAM("gcc", "-std=gnu11", "-O1", "-w", "-fshort-wchar", "-fms-extensions",
                         "-fno-strict-aliasing", "-D_GNU_SOURCE", "-DNDIS_MINIPORT_DRIVER=1",
                         "-DNDIS51_MINIPORT=1", "-Iinclude/ddk", "-isystem", "include/host",
                         "-idirafter", "/usr/share/mingw-w64/include", "-idirafter",
                         "/usr/share/mingw-w64/include/ddk", ported ? "-DNDIS60=1" : "-DNDIS51=1",
                         "-c", path, "-o", object),
                 0);
    return object;
}

static size_t number_of(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : otherwise;
}

TEST(port_isr_result_is_right_on_each_path_of_random_isrs, "R-400 R-419")
{
    size_t count = number_of("PORT_SEEDS", 24), first = number_of("PORT_SEED", 1);
    CHECK_STATUS(PROGRAM("mkdir", "-p", run_file("in"), run_file("out")), 0);
    for (size_t i = 0; i < count; i++) {
        const char *path = run_file(run_text_of("in/driver%zu.c", i));
        write_text(path, driver(first + i, i));
        write_text(run_file("in/nic.h"), nic_h);
        struct run *r = DIRQL("port", "-o", run_file("out"), path, "--", "-DNDIS_MINIPORT_DRIVER=1",
                              "-DNDIS51_MINIPORT=1");
        if (r->status)
            test_fail(__FILE__, __LINE__, "PORT_SEED=%zu: status %d\n%s\n%s\n%s", first + i,
                      r->status, r->err, run_read(path, NULL),
                      run_read(run_file(run_text_of("out/driver%zu.c", i)), NULL));
    }
    const char *before = run_file("before.c"), *after = run_file("after.c"),
               *main = run_file("in/main.c"), *program = run_file("compare");
    table(before, "in", "before", count, false);
    table(after, "out", "after", count, true);
    write_text(main, run_text_of("%sint numbers = %zu;\n", main_c, count));
    CHECK_STATUS(PROGRAM("gcc", "-Wl,--unresolved-symbols=ignore-all", compiled(before, false),
                         compiled(after, true), compiled(main, false), "-o", program),
                 0);
    struct run *r = PROGRAM(program);
    if (r->status) {
        const char *at = strstr(r->out, "driver");
        unsigned long n = at ? strtoul(at + 6, NULL, 10) : 0;
        test_fail(__FILE__, __LINE__, "%s\nPORT_SEED=%zu, before:\n%s\nafter:\n%s", r->out,
                  first + n, run_read(run_file(run_text_of("in/driver%lu.c", n)), NULL),
                  run_read(run_file(run_text_of("out/driver%lu.c", n)), NULL));
    }
}
