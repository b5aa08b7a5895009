/* SPDX-License-Identifier: MIT */
/* port_mutant_test.c - drivers with damage: the golden ones with lines left out, doubled, moved,
 * joined or broken, and with lines that belong elsewhere.
 *
 * Whatever comes of it, dirql port ends with a clear status; what it refuses leaves nothing behind;
 * what it ports, it does not port again.
 *
 * PORT_SEEDS=N tries N of them instead of a few, PORT_SEED=N begins with that one. */
#include "tests/port.h"
#include <glob.h>
#include <stdint.h>
#include <unistd.h>

static uint64_t state;

static size_t below(size_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(state >> 33) % n;
}

struct lines {
    const char *line[4000];
    size_t count;
};

static void insert(struct lines *l, size_t at, const char *line)
{
    CHECK(l->count < sizeof l->line / sizeof *l->line);
    memmove(&l->line[at + 1], &l->line[at], (l->count++ - at) * sizeof *l->line);
    l->line[at] = line;
}

static const char *const strange[] = {
    "    return;",
    "    return TRUE;",
    "    goto Out;",
    "Out:",
    "    do {",
    "    } while (0);",
    "#if 0",
    "#endif",
    "    {",
    "    }",
    "    else",
    "    for (;;)",
    "    if (1)",
    "    if (Nic == NULL)",
    "    switch (0) {",
    "    case 1:",
    "/*",
    "*/",
    "    ;",
    "#else",
    "    (VOID)0;",
    "#define ISRHandler DPC",
    "#include \"none.h\"",
    "\"",
};

static void damage(struct lines *l)
{
    size_t i = below(l->count), k = below(l->count);
    const char *line = l->line[i], *word;
    switch (below(8)) {
    case 0:
        memmove(&l->line[i], &l->line[i + 1], (--l->count - i) * sizeof *l->line);
        break;
    case 1:
        insert(l, i, l->line[k]);
        break;
    case 2:
        l->line[i] = l->line[k];
        l->line[k] = line;
        break;
    case 3:
        insert(l, i, strange[below(sizeof strange / sizeof *strange)]);
        break;
    case 4:
        l->line[i] = run_text_of("%s %s", line, l->line[k]);
        break;
    case 5: /* at a blank */
        word = strchr(line + strspn(line, " "), ' ');
        if (word)
            l->line[i] = run_text_of("%.*s\n%s", (int)(word - line), line, word);
        break;
    case 6: /* another value */
        word = strstr(line, "TRUE");
        if (word)
            l->line[i] = run_text_of("%.*sFALSE%s", (int)(word - line), line, word + 4);
        break;
    default: /* one character */
        if (*line) {
            char *text = run_text_of("%s", line);
            text[below(strlen(text))] = " ;,()*&=!{}\"'\\#<>x0"[below(19)];
            l->line[i] = text;
        }
    }
}

static const char *mutant(const char *path)
{
    struct lines l = {0};
    char *text = run_read(path, NULL), *out;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        insert(&l, l.count, line);
    for (size_t n = 1 + below(3); n > 0; n--)
        damage(&l);
    size_t len;
    FILE *f = open_memstream(&out, &len);
    for (size_t i = 0; i < l.count; i++)
        fprintf(f, "%s\n", l.line[i]);
    fclose(f);
    return out;
}

static struct run *port(bool msi, const char *option, const char *folder, const char *path,
                        const char *include)
{
    const char *args[12] = {"port"};
    size_t n = 1;
    if (msi)
        args[n++] = "--msi";
    args[n++] = option;
    if (folder)
        args[n++] = folder;
    args[n++] = path;
    args[n++] = "--";
    args[n++] = "-DNDIS_MINIPORT_DRIVER=1";
    args[n++] = "-DNDIS51_MINIPORT=1";
    args[n++] = include;
    return run_dirql(args);
}

TEST(port_answers_damaged_drivers_clearly, "")
{
    size_t count = port_number("PORT_SEEDS", 24), first = port_number("PORT_SEED", 1), ported = 0;
    glob_t drivers;
    CHECK(!glob("tests/port/*/driver.c*", 0, NULL, &drivers));
    for (size_t seed = first; seed < first + count; seed++) {
        state = seed * 0x9e3779b97f4a7c15u;
        const char *of = drivers.gl_pathv[below(drivers.gl_pathc)], *name = strrchr(of, '/') + 1;
        const char *text = mutant(of), *folder = run_file(run_text_of("out%zu", seed));
        const char *in = run_file(run_text_of("in%zu", seed));
        const char *path = run_text_of("%s/%s", in, name);
        const char *out = run_text_of("%s/%s", folder, name);
        const char *include = run_text_of("-I%s", in);
        /* A copy, headers and all: the second run writes whatever it finds. */
        CHECK_STATUS(PROGRAM("cp", "-r", run_text_of("%.*s", (int)(name - of - 1), of), in), 0);
        bool msi = below(3) == 0;
        run_write(path, text, strlen(text));
        struct run *r = port(msi, "-o", folder, path, include);
        if ((r->status == 2 && !access(folder, F_OK)) ||
            (r->status && r->status != 2 && r->status != 3))
            test_fail(__FILE__, __LINE__, "PORT_SEED=%zu, %s: status %d\n%s\n%s", seed, of,
                      r->status, r->err, text);
        if (r->status == 2 || access(out, F_OK))
            continue;
        const char *once = run_read(out, NULL);
        struct run *again = port(msi, "-i", NULL, out, include);
        if ((again->status && again->status != 3) || strcmp(once, run_read(out, NULL)))
            test_fail(__FILE__, __LINE__, "PORT_SEED=%zu, %s: ported again, status %d\n%s\n%s",
                      seed, of, again->status, again->err, text);
        ported++;
    }
    CHECK(ported > 0); /* some damage is none */
}
