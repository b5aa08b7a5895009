/* SPDX-License-Identifier: MIT */
/* info.c - dirql info: what a .sys file is, without running any of it. */
#include "cli/cli.h"
#include "cli/json_text.h"
#include "nt/export.h"
#include "pe/image.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

struct info_config {
    bool json;
};

/* --- what the imports say --- */

/* One imported function. */
struct wanted {
    const char *module;
    const char *name; /* "#12" for an ordinal */
    bool have;
    bool delayed;
};

struct facts {
    const struct pe_image *image;
    struct wanted *imports;
    size_t import_count, missing;
    const char *ndis;       /* "6.x", "5.x", or NULL: no miniport */
    const char *ndis_from;  /* the import that says so */
    const char *ndis_least; /* "6.20": the oldest NDIS that has all of the imports; or NULL */
    const char *least_from;
    bool half_ported; /* registers as NDIS 5, and its interrupt as NDIS 6 */
    const char *connect; /* the function that it connects its interrupt with, or NULL */
    bool line, message;
};

static bool imports(const struct facts *f, const char *name)
{
    for (size_t i = 0; i < f->import_count; i++)
        if (!strcmp(f->imports[i].name, name))
            return true;
    return false;
}

/* How a miniport registers tells NDIS 6 from NDIS 5 (WDK: NdisMRegisterMiniportDriver; NDIS 5.x
 * Reference: NdisMRegisterMiniport). The minor version is data that DriverEntry fills in. */
static void find_ndis(struct facts *f)
{
    static const struct {
        const char *name, *version;
    } registers[] = {{"NdisMRegisterMiniportDriver", "6.x"}, {"NdisMRegisterMiniport", "5.x"}},
      /* "Requirements, Minimum supported client" of each page; newest first. */
        least[] = {
            {"NdisRegisterPoll", "6.85"},           {"NdisMQueueDpcEx", "6.20"},
            {"NdisAllocateRWLock", "6.20"},         {"NdisGetRssProcessorInformation", "6.20"},
            {"NdisGroupMaxProcessorCount", "6.20"}, {"NdisMConfigMSIXTableEntry", "6.1"}};
    for (size_t i = 0; i < 2 && !f->ndis; i++)
        if (imports(f, registers[i].name)) {
            f->ndis = registers[i].version;
            f->ndis_from = registers[i].name;
        }
    for (size_t i = 0; i < sizeof least / sizeof *least && !f->ndis_least; i++)
        if (imports(f, least[i].name)) {
            f->ndis_least = least[i].version;
            f->least_from = least[i].name;
        }
}

static void find_interrupt(struct facts *f)
{
    static const struct {
        const char *name;
        bool line, message; /* what can be connected with it */
    } ways[] = {{"NdisMRegisterInterruptEx", true, true},
                {"NdisMRegisterInterrupt", true, false},
                {"IoConnectInterruptEx", true, true},
                {"IoConnectInterrupt", true, false}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !f->connect; i++)
        if (imports(f, ways[i].name)) {
            f->connect = ways[i].name;
            f->line = ways[i].line;
            f->message = ways[i].message;
        }
}

static int by_module_and_name(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    int d = strcasecmp(x->module, y->module);
    return d ? d : strcmp(x->name, y->name);
}

static bool facts_collect(struct facts *f, const struct pe_image *image)
{
    *f = (struct facts){.image = image};
    f->imports = calloc(image->import_count + 1, sizeof *f->imports);
    if (!f->imports)
        return false;
    for (size_t i = 0; i < image->import_count; i++) {
        const struct pe_import *m = &image->imports[i];
        struct wanted *w = &f->imports[i];
        char *ordinal = NULL;
        if (!m->name && asprintf(&ordinal, "#%u", m->ordinal) < 0)
            return false;
        *w = (struct wanted){.module = m->module, .name = m->name ? m->name : ordinal};
        w->have = m->name && nt_export_find(m->module, m->name);
        w->delayed = m->delayed;
        f->missing += !w->have;
        f->import_count++;
    }
    qsort(f->imports, f->import_count, sizeof *f->imports, by_module_and_name);
    find_ndis(f);
    find_interrupt(f);
    f->half_ported = f->ndis && !strcmp(f->ndis, "5.x") && imports(f, "NdisMRegisterInterruptEx");
    return true;
}

static void facts_free(struct facts *f)
{
    for (size_t i = 0; i < f->import_count; i++)
        if (f->imports[i].name[0] == '#')
            free((char *)f->imports[i].name); /* made in facts_collect(); a name has no '#' */
    free(f->imports);
}

/* The imports of one module: [from, return value). */
static size_t module_end(const struct facts *f, size_t from, size_t *missing)
{
    size_t i = from;
    *missing = 0;
    for (; i < f->import_count && !strcasecmp(f->imports[i].module, f->imports[from].module); i++)
        *missing += !f->imports[i].have;
    return i;
}

/* --- the image as text --- */

/* "r-x", as ls would. */
static const char *access_of(const struct pe_section *s, char text[4])
{
    snprintf(text, 4, "%c%c%c", s->flags & PE_SECTION_READ ? 'r' : '-',
             s->flags & PE_SECTION_WRITE ? 'w' : '-', s->flags & PE_SECTION_EXECUTE ? 'x' : '-');
    return text;
}

static const char *moment(const struct pe_image *image, char *text, size_t size)
{
    time_t t = image->timestamp;
    struct tm tm;
    if (image->reproducible || !gmtime_r(&t, &tm))
        snprintf(text, size, "0x%08x", image->timestamp);
    else
        strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

/* In the order and with the dashes of the registry. */
static const char *guid(const uint8_t g[16], char text[40])
{
    snprintf(text, 40, "{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
             g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13],
             g[14], g[15]);
    return text;
}

static const char *interrupt_text(const struct facts *f)
{
    return !f->connect  ? "none"
           : f->message ? "line, and messages (MSI, MSI-X) if it says so when it registers"
                        : "line";
}

static void print_build(const struct pe_image *image)
{
    char text[40];
    printf("  machine        %s, subsystem %u%s\n", pe_machine_name(image->machine),
           image->subsystem, image->subsystem == PE_SUBSYSTEM_NATIVE ? " (native)" : "");
    printf("  compiler       %s\n", image->compiler);
    printf("  linker         %u.%02u, for Windows %u.%u\n", image->linker_major,
           image->linker_minor, image->os_major, image->os_minor);
    printf("  timestamp      %s%s\n", moment(image, text, sizeof text),
           image->reproducible ? " (a hash: the build is reproducible)" : "");
    if (image->checksum == image->checksum_computed)
        printf("  checksum       0x%08x, right\n", image->checksum);
    else
        printf("  checksum       0x%08x, wrong: the file's is 0x%08x\n", image->checksum,
               image->checksum_computed);
    if (image->pdb_path)
        printf("  PDB            %s %s age %u\n", image->pdb_path, guid(image->pdb_guid, text),
               image->pdb_age);
    else
        printf("  PDB            none\n");
    printf("  signature      %s\n", image->has_signature ? "Authenticode (not verified)" : "none");
    printf("  flow guard     %s\n", image->guard_flags & PE_GUARD_CF_INSTRUMENTED ? "yes" : "no");
    printf("  stack cookie   %s\n", image->cookie_rva ? "yes" : "no");
    printf(
        "  entry          rva 0x%x, image base 0x%llx, size 0x%x, %zu relocations, %zu functions "
        "with unwind data\n",
        image->entry_rva, (unsigned long long)image->preferred_base, image->size,
        image->reloc_count, image->function_count);
}

static void print_text(const struct facts *f, const char *path)
{
    const struct pe_image *image = f->image;
    char text[4];
    printf("%s: %u bytes\n", path, image->file_size);
    print_build(image);
    printf("  NDIS           ");
    if (!f->ndis)
        printf("no miniport: it registers with neither NDIS 5 nor NDIS 6\n");
    else if (f->half_ported)
        printf("%s (%s), half ported: %s is NDIS 6 (dirql run --porting)\n", f->ndis, f->ndis_from,
               f->connect);
    else if (f->ndis_least)
        printf("%s (%s), %s or later (%s)\n", f->ndis, f->ndis_from, f->ndis_least, f->least_from);
    else
        printf("%s (%s)\n", f->ndis, f->ndis_from);
    printf("  interrupts     %s", interrupt_text(f));
    printf(f->connect ? " (%s)\n" : "\n", f->connect);

    printf("\nsections:\n  %-16s %10s %10s %s\n", "name", "rva", "size", "access");
    for (size_t i = 0; i < image->section_count; i++) {
        const struct pe_section *s = &image->sections[i];
        printf("  %-16s %#10x %#10x %s%s%s\n", s->name, s->rva, s->size, access_of(s, text),
               s->flags & PE_SECTION_NOT_PAGED ? " nonpaged" : "",
               s->flags & PE_SECTION_DISCARDABLE ? " discardable" : "");
    }

    printf("\nimports: %zu, of which dirql has %zu and misses %zu\n", f->import_count,
           f->import_count - f->missing, f->missing);
    for (size_t i = 0, missing, end; i < f->import_count; i = end) {
        end = module_end(f, i, &missing);
        printf("  %s: %zu", f->imports[i].module, end - i);
        printf(missing ? ", %zu missing\n" : "\n", missing);
        for (size_t j = i; j < end; j++)
            printf("    %-7s %s%s\n", f->imports[j].have ? "have" : "MISSING", f->imports[j].name,
                   f->imports[j].delayed ? " (delay-loaded)" : "");
    }
    if (image->export_count)
        printf("\nexports: %zu, as %s\n", image->export_count,
               image->export_module ? image->export_module : "(no name)");
    for (size_t i = 0; i < image->export_count; i++)
        printf("    %s%s%s\n", image->exports[i].name ? image->exports[i].name : "(by ordinal)",
               image->exports[i].forwarder ? " -> " : "",
               image->exports[i].forwarder ? image->exports[i].forwarder : "");
}

/* --- the image as JSON (docs/json.md) --- */

static json_t *hex(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return json_string(text);
}

static json_t *json_sections(const struct pe_image *image)
{
    json_t *list = json_array();
    char text[4];
    for (size_t i = 0; i < image->section_count; i++) {
        const struct pe_section *s = &image->sections[i];
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:s, s:b, s:b}", "name", json_text(s->name), "rva",
                            hex(s->rva), "size", hex(s->size), "access", access_of(s, text),
                            "nonpaged", !!(s->flags & PE_SECTION_NOT_PAGED), "discardable",
                            !!(s->flags & PE_SECTION_DISCARDABLE)));
    }
    return list;
}

static json_t *json_imports(const struct facts *f)
{
    json_t *list = json_array();
    for (size_t i = 0, missing, end; i < f->import_count; i = end) {
        end = module_end(f, i, &missing);
        json_t *functions = json_array();
        for (size_t j = i; j < end; j++)
            json_array_append_new(functions,
                                  json_pack("{s:o, s:b}", "name", json_text(f->imports[j].name),
                                            "have", f->imports[j].have));
        json_array_append_new(list,
                              json_pack("{s:o, s:i, s:i, s:o}", "module",
                                        json_text(f->imports[i].module), "count", (int)(end - i),
                                        "missing", (int)missing, "functions", functions));
    }
    return list;
}

static json_t *json_exports(const struct pe_image *image)
{
    json_t *list = json_array();
    for (size_t i = 0; i < image->export_count; i++)
        if (image->exports[i].name)
            json_array_append_new(list, json_text(image->exports[i].name));
    return list;
}

static void print_json(const struct facts *f, const char *path)
{
    const struct pe_image *image = f->image;
    char text[40];
    json_t *pdb = image->pdb_path
                      ? json_pack("{s:o, s:s, s:I}", "path", json_text(image->pdb_path), "guid",
                                  guid(image->pdb_guid, text), "age", (json_int_t)image->pdb_age)
                      : json_null();
    char linker[16];
    snprintf(linker, sizeof linker, "%u.%02u", image->linker_major, image->linker_minor);
    json_t *root =
        json_pack("{s:o, s:i, s:s, s:o, s:s, s:s, s:b}", "file", json_text(path), "bytes",
                  (int)image->file_size, "machine", pe_machine_name(image->machine), "compiler",
                  json_text(image->compiler), "linker", linker, "timestamp",
                  moment(image, text, sizeof text), "reproducible", image->reproducible);
    json_object_set_new(root, "checksum",
                        json_pack("{s:o, s:o, s:b}", "file", hex(image->checksum), "computed",
                                  hex(image->checksum_computed), "ok",
                                  image->checksum == image->checksum_computed));
    json_object_set_new(root, "pdb", pdb);
    json_object_set_new(root, "signature", json_boolean(image->has_signature));
    json_object_set_new(root, "flow_guard",
                        json_boolean(image->guard_flags & PE_GUARD_CF_INSTRUMENTED));
    json_object_set_new(root, "cookie", json_boolean(image->cookie_rva));
    json_object_set_new(root, "ndis", f->ndis ? json_string(f->ndis) : json_null());
    json_object_set_new(root, "ndis_least",
                        f->ndis_least ? json_string(f->ndis_least) : json_null());
    json_object_set_new(root, "half_ported", json_boolean(f->half_ported));
    json_object_set_new(root, "interrupt",
                        json_pack("{s:o, s:b, s:b}", "connect", json_text(f->connect), "line",
                                  f->line, "message", f->message));
    json_object_set_new(root, "entry", hex(image->entry_rva));
    json_object_set_new(root, "image_base", hex(image->preferred_base));
    json_object_set_new(root, "image_size", hex(image->size));
    json_object_set_new(root, "sections", json_sections(image));
    json_object_set_new(root, "imports", json_imports(f));
    json_object_set_new(root, "missing", json_integer((json_int_t)f->missing));
    json_object_set_new(root, "exports", json_exports(image));
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(root);
}

/* --- the command --- */

static bool set_json(void *config, const char *a, char *err, size_t n)
{
    ((struct info_config *)config)->json = true;
    return true;
}

static const struct cli_option options[] = {
    {"json", NULL, NULL, "Print one JSON object.", set_json},
};

static int info(int argc, char **argv)
{
    struct info_config config = {0};
    const char *rest[argc + 1];
    if (!cli_parse(cli_command_find("info"), argc, argv, &config, rest))
        return EXIT_USAGE;
    if (!rest[0] || rest[1]) {
        cli_error(rest[0] ? "one file at a time (dirql help info)"
                          : "which file? (dirql help info)");
        return EXIT_USAGE;
    }
    if (access(rest[0], R_OK)) {
        cli_error("%s: %m", rest[0]);
        return EXIT_USAGE;
    }
    char err[512];
    struct pe_image *image;
    if (pe_image_open(rest[0], &image, err, sizeof err)) {
        cli_error("%s", err);
        return EXIT_NO_DRIVER;
    }
    struct facts facts;
    bool ok = facts_collect(&facts, image);
    if (!ok)
        cli_error("out of memory");
    else if (config.json)
        print_json(&facts, rest[0]);
    else
        print_text(&facts, rest[0]);
    facts_free(&facts);
    pe_image_close(image);
    return ok ? EXIT_FINE : EXIT_USAGE;
}

CLI_COMMAND(info, .name = "info", .arguments = "DRIVER.sys", .summary = "say what a .sys file is",
            .description = "Reads a Windows driver without running it: who built it and when, its "
                           "sections, which NDIS it is "
                           "written for, how it connects its interrupt, and every function that it "
                           "imports, with those that "
                           "dirql does not have marked MISSING. \"dirql run\" refuses a driver "
                           "with missing imports unless "
                           "--allow-missing is given.\n"
                           "Exit status 2 if the file is not a well-formed x86-64 image.",
            .options = options, .option_count = sizeof options / sizeof *options, .run = info);
