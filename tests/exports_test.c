/* SPDX-License-Identifier: MIT */
/* exports_test.c - what drivers can import is what exports.txt says.
 *
 * The table is put together by the linker, so a file that is not linked, or a name exported twice,
 * would go unnoticed. The committed list shows both, and shows in every diff what a change adds for
 * drivers.
 * `./dev exports` writes it (it runs the first test with EXPORTS_WRITE=1 in the environment). */
#include "nt/export.h"
#include "tests/harness/test.h"
#include <fnmatch.h>

#define LIST "exports.txt"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "module!name" of every row, sorted. */
static char **table(size_t *count)
{
    const struct nt_export *const *rows = nt_export_rows(count);
    char **lines = calloc(*count + 1, sizeof *lines);
    CHECK(lines);
    for (size_t i = 0; i < *count; i++)
        CHECK(asprintf(&lines[i], "%s!%s", rows[i]->module, rows[i]->name) > 0);
    qsort(lines, *count, sizeof *lines, by_text);
    return lines;
}

static void write_list(char **lines, size_t count)
{
    FILE *f = fopen(LIST, "w");
    CHECK(f);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%s\n", lines[i]);
    CHECK(fclose(f) == 0);
}

static char **read_list(size_t *count)
{
    FILE *f = fopen(LIST, "r");
    if (!f)
        test_fail(__FILE__, __LINE__, "no " LIST " here; ./dev exports writes it");
    char **lines = NULL, *line = NULL;
    size_t room = 0;
    *count = 0;
    while (getline(&line, &room, f) > 0) {
        line[strcspn(line, "\n")] = 0;
        lines = realloc(lines, (*count + 1) * sizeof *lines);
        CHECK(lines);
        lines[(*count)++] = line;
        line = NULL;
        room = 0;
    }
    fclose(f);
    qsort(lines, *count, sizeof *lines, by_text); /* edited or merged by hand, perhaps */
    return lines;
}

TEST(exports_txt_is_what_drivers_can_import, "")
{
    size_t have, listed, i = 0, j = 0;
    char **rows = table(&have);
    if (getenv("EXPORTS_WRITE")) {
        write_list(rows, have);
        return;
    }
    char **list = read_list(&listed);
    unsigned different = 0;
    while (i < have || j < listed) {
        int d = i == have ? 1 : j == listed ? -1 : strcmp(rows[i], list[j]);
        different += d != 0;
        if (d < 0)
            printf("+%s\n", rows[i]);
        else if (d > 0)
            printf("-%s\n", list[j]);
        i += d <= 0;
        j += d >= 0;
    }
    if (different)
        test_fail(__FILE__, __LINE__,
                  "%u lines differ from " LIST " (- listed, + exported); if that is meant, ./dev "
                  "exports writes it anew",
                  different);
}

/* An import by name finds the first row; a second one would be dead code that looks alive.
 * ntoskrnl.exe and hal.dll count as one, see nt_export_find. */
TEST(nothing_is_exported_twice, "")
{
    size_t count;
    const struct nt_export *const *rows = nt_export_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const struct nt_export *found = nt_export_find(rows[i]->module, rows[i]->name);
        if (found != rows[i])
            test_fail(__FILE__, __LINE__, "%s!%s is exported twice, also as %s!%s", rows[i]->module,
                      rows[i]->name, found ? found->module : "?", found ? found->name : "?");
    }
}

/* --- what ndis.sys exports and dirql does not: docs/exports.md --- */

#define DEF  "drivers/lib/ndis.def"
#define WHY  "docs/exports.md"
#define MOST 200

/* The patterns of the table: every `word` in the first column. The caller frees them. */
static size_t read_patterns(char **patterns)
{
    char line[4096];
    size_t n = 0;
    FILE *f = fopen(WHY, "r");
    CHECK(f);
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, "| `", 3))
            continue;
        char *end = strchr(line + 1, '|'), *at = line;
        CHECK(end);
        *end = 0;
        while ((at = strchr(at, '`'))) {
            size_t length = strcspn(at + 1, "`");
            CHECK(n < MOST);
            patterns[n++] = strndup(at + 1, length);
            at += length + 2;
        }
    }
    fclose(f);
    return n;
}

TEST(every_function_of_ndis_sys_is_there_or_has_a_reason_not_to_be, "")
{
    char *patterns[MOST], line[256];
    bool used[MOST] = {false};
    size_t count = read_patterns(patterns), functions = 0;
    FILE *f = fopen(DEF, "r");
    CHECK(f && count > 20);
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, " @\r\n")] = 0;
        if (!line[0] || line[0] == ';' || !strcmp(line, "LIBRARY") || !strcmp(line, "EXPORTS"))
            continue;
        functions++;
        bool have = nt_export_find("ndis.sys", line), reason = false;
        for (size_t i = 0; i < count; i++)
            if (!fnmatch(patterns[i], line, 0))
                reason = used[i] = true;
        if (have == reason)
            test_fail(__FILE__, __LINE__, "%s is %s " WHY, line,
                      have ? "there, and excused in" : "missing, and not in");
    }
    fclose(f);
    CHECK(functions > 500);
    for (size_t i = 0; i < count; i++) {
        if (!used[i])
            test_fail(__FILE__, __LINE__, "`%s` in " WHY " names nothing that is missing",
                      patterns[i]);
        free(patterns[i]);
    }
}
