/* SPDX-License-Identifier: MIT */
/* port_random_test.c - the ported handlers do on each of their paths what they did before.
 *
 * Drivers with random ISRs and DPCs are ported; their handlers before and after are compiled for
 * this machine and called with all states of a small card (tests/port_random/main.c). What the card
 * and the driver's variables hold after it must be equal, MiniportInterrupt's result must be what
 * InterruptRecognized was, and the DPC is queued where both out-parameters were TRUE: NDIS 6 queues
 * it also for an interrupt that was not recognized. Around the handlers is what NDIS 5 did itself:
 * it disabled instead of calling an ISR that was not requested, and enabled after the DPC.
 *
 * The same with branches that the build which is ported leaves out, for the build that has them:
 * with mostly constants, since a return that says TRUE or FALSE is wrong there sooner than one that
 * says what a variable holds. The seeds are some that find a branch's "if" that is overlooked.
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
    bool dpc;              /* a DPC: there are no out-parameters */
    bool other;            /* with branches of another build */
    bool again;            /* an Again: is above */
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
    switch (below(g, g->set && !g->dpc && !(g->other && below(g, 16)) ? 8 : 5)) {
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
    unsigned kind = below(g, g->other ? 4 : 6);
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
    if (g->dpc) {
        put(g, "Nic->Registers[0] &= %u;", below(g, 16));
        return;
    }
    switch (below(g, g->other && below(g, 16) ? 1 : 24)) { /* so that returns are constants */
    case 22:
        put(g, "*%s = %s;", q, value(g));
        line(g);
        put(g, "*%s = *%s && (%s);", r, q, condition(g));
        break;
    case 23:
        put(g, "*%s = *%s = FALSE;", r, q);
        line(g);
        put(g, "*%s = %s;", q, value(g));
        line(g);
        put(g, "*%s = *%s == (Status & 1);", r, q);
        break;
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
        if (g->dpc)
            break;
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
        if (g->loops || !g->set || g->dpc)
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
        if (below(g, 3) == 0 && !g->label && !g->dpc) {
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

/* What the build that is ported leaves out. */
static void left_out(struct gen *g)
{
    bool set = g->set;
    unsigned kind = below(g, 4);
    put(g, "\n#ifdef OTHER");
    if (kind == 0 || kind == 2) { /* in front of what is always there */
        line(g);
        put(g, "if (%s)\n#endif\n", condition(g));
        body(g);
        g->set = set;
        return;
    }
    if (kind == 1 && g->loops) {
        line(g);
        put(g, "if (%s) continue;", condition(g));
    } else if (kind == 1 && g->again) {
        line(g);
        put(g, "if (Turns++ < 2) goto Again;");
    } else {
        statement(g);
    }
    put(g, "\n#endif");
    g->set = set;
}

static void block(struct gen *g, unsigned statements)
{
    while (statements--)
        if (g->other && below(g, 8) == 0)
            left_out(g);
        else
            statement(g);
}

static void dpc(struct gen *g, size_t number)
{
    g->dpc = g->set = true;
    g->again = false;
    g->label = below(g, 2);
    put(g,
        "static VOID NTAPI Dpc%zu(NDIS_HANDLE Context)\n{\n    NIC *Nic = Context;\n"
        "    ULONG Status = Nic->Registers[0], Count = 0;\n",
        number);
    line(g);
    put(g, "Note(Nic, 4);");
    block(g, 1 + below(g, 5));
    if (g->label) {
        g->label = false;
        put(g, "\n\nOut:\n    Note(Nic, 7);");
        block(g, below(g, 2));
    }
    put(g, "\n}\n\n");
}

static const char *driver(uint64_t seed, size_t number, bool other)
{
    static const char *const names[][2] = {
        {"Recognized", "Queue"},
        {"InterruptRecognized", "QueueMiniportHandleInterrupt"},
        {"pbOurs", "pbDpc"},
    };
    /* RequestIsr and SharedInterrupt: either has NDIS 5 call the ISR. */
    static const char *const interrupts[] = {"FALSE, FALSE", "TRUE, FALSE", "FALSE, TRUE",
                                             "TRUE, TRUE", "TRUE, TRUE"};
    static struct gen g;
    g = (struct gen){.state = seed * 0x9e3779b97f4a7c15u + 1, .other = other};
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
    if (other && g.set && below(&g, 2)) {
        put(&g, "\n    ULONG Turns = 0;\nAgain:;");
        g.again = true;
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
    put(&g, "\n}\n\n");
    dpc(&g, number);
    put(&g,
        "static VOID NTAPI Disable%zu(NDIS_HANDLE Context)\n{\n    MaskCard(Context);\n}\n\n"
        "static VOID NTAPI Enable%zu(NDIS_HANDLE Context)\n{\n    Note(Context, 2);\n}\n\n"
        "static NDIS_STATUS Register%zu(NIC *Nic)\n{\n"
        "    return NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, 9, 9, %s, "
        "NdisInterruptLevelSensitive);\n}\n\n"
        "static VOID Fill%zu(PNDIS_MINIPORT_CHARACTERISTICS Miniport)\n{\n"
        "    Miniport->ISRHandler = Isr%zu;\n    Miniport->HandleInterruptHandler = Dpc%zu;\n"
        "    Miniport->DisableInterruptHandler = Disable%zu;\n"
        "    Miniport->EnableInterruptHandler = Enable%zu;\n}\n",
        number, number, number, interrupts[below(&g, 5)], number, number, number, number, number);
    return run_text_of("%s", g.text);
}

/* --- before and after, called --- */

static void write_text(const char *path, const char *text)
{
    run_write(path, text, strlen(text));
}

/* The function that the ported driver registers: the old one, or a new one around it, whose name
 * is the same in each driver. */
static const char *registered(const char *driver, size_t i, const char *member)
{
    const char *at = strstr(driver, run_text_of(".%s = ", member));
    CHECK(at);
    at += strlen(member) + 4;
    int len = (int)strcspn(at, ";");
    return at[len - 1] >= '0' && at[len - 1] <= '9' ? run_text_of("%.*s", len, at)
                                                    : run_text_of("%.*s%zu", len, at, i);
}

/* All drivers as one file, and a table of their handlers. */
static void table(const char *path, const char *name, size_t count)
{
    bool ported = !strcmp(name, "after");
    const char *text = "", *list = "";
    for (size_t i = 0; i < count; i++) {
        const char *file = run_text_of("%s/driver%zu.c", ported ? "out" : "in", i);
        const char *driver = run_read(run_file(file), NULL);
        static const char *const made[] = {"MiniportInterrupt", "MiniportInterruptEx",
                                           "MiniportInterruptDpc"};
        for (size_t k = 0; k < 3; k++)
            text =
                run_text_of("%s#undef %s\n#define %s %s%zu\n", text, made[k], made[k], made[k], i);
        text = run_text_of("%s#include \"%s\"\n", text, file);
        list = ported
                   ? run_text_of("%s{%s, %s},\n", list, registered(driver, i, "InterruptHandler"),
                                 registered(driver, i, "InterruptDpcHandler"))
                   : run_text_of("%s{Isr%zu, Dpc%zu, Disable%zu, Enable%zu, %d},\n", list, i, i, i,
                                 i, strstr(driver, "9, 9, FALSE, FALSE") == NULL);
    }
    static const char *const fields[] = {"isr, dpc, disable, enable; int request_isr", "isr, dpc"};
    write_text(path,
               run_text_of("typedef void *any;\n%sconst struct { any %s; } %s[] = {\n%s};\n%s",
                           text, fields[ported], name, list,
                           ported ? "" : run_text_of("const int drivers = %zu;\n", count)));
}

static const char *compiled(const char *path, bool ported, const char *build)
{
    const char *object = run_text_of("%s%s.o", path, build);
    CHECK_STATUS(PROGRAM("gcc", "-std=gnu11", "-O1", "-w", "-fshort-wchar", "-fms-extensions",
                         "-fno-strict-aliasing", "-D_GNU_SOURCE", "-DNDIS_MINIPORT_DRIVER=1",
                         "-DNDIS51_MINIPORT=1", "-Iinclude/ddk", "-isystem", "include/host",
                         "-idirafter", "/usr/share/mingw-w64/include", "-idirafter",
                         "/usr/share/mingw-w64/include/ddk", ported ? "-DNDIS60=1" : "-DNDIS51=1",
                         build, "-c", path, "-o", object),
                 0);
    return object;
}

/* Calls the handlers before and after, compiled for a build. */
static void compare(const char *build, size_t first)
{
    const char *program = run_file(run_text_of("compare%s", build));
    CHECK_STATUS(PROGRAM("gcc", "-Wl,--unresolved-symbols=ignore-all",
                         compiled(run_file("before.c"), false, build),
                         compiled(run_file("after.c"), true, build),
                         compiled(run_file("in/main.c"), false, build), "-o", program),
                 0);
    struct run *r = PROGRAM(program);
    if (r->status) {
        const char *at = strstr(r->out, "driver");
        unsigned long n = at ? strtoul(at + 6, NULL, 10) : 0;
        test_fail(__FILE__, __LINE__, "%s%s\nPORT_SEED=%zu, before:\n%s\nafter:\n%s", build, r->out,
                  first + n, run_read(run_file(run_text_of("in/driver%lu.c", n)), NULL),
                  run_read(run_file(run_text_of("out/driver%lu.c", n)), NULL));
    }
}

static void port_random(bool other)
{
    size_t count = port_number("PORT_SEEDS", 24), first = port_number("PORT_SEED", other ? 73 : 1);
    CHECK_STATUS(PROGRAM("mkdir", "-p", run_file("in"), run_file("out")), 0);
    CHECK_STATUS(
        PROGRAM("cp", "tests/port_random/nic.h", "tests/port_random/main.c", run_file("in")), 0);
    for (size_t i = 0; i < count; i++) {
        const char *path = run_file(run_text_of("in/driver%zu.c", i));
        write_text(path, driver(first + i, i, other));
        struct run *r = DIRQL("port", "-o", run_file("out"), path, "--", "-DNDIS_MINIPORT_DRIVER=1",
                              "-DNDIS51_MINIPORT=1");
        /* An ISR that was not requested ran while the driver initialized: left to a person. */
        if (r->status != (strstr(run_read(path, NULL), "9, 9, FALSE, FALSE") ? 3 : 0))
            test_fail(__FILE__, __LINE__, "PORT_SEED=%zu: status %d\n%s\n%s", first + i, r->status,
                      r->err, run_read(path, NULL));
    }
    table(run_file("before.c"), "before", count);
    table(run_file("after.c"), "after", count);
    compare("-DSAME", first);
    if (other)
        compare("-DOTHER", first);
}

TEST(port_keeps_what_random_handlers_do, "R-361 R-381 R-400 R-401 R-419 R-420")
{
    port_random(false);
}

TEST(port_keeps_what_random_handlers_do_in_other_builds, "R-400 R-401 R-419")
{
    port_random(true);
}
