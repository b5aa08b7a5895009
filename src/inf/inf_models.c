/* SPDX-License-Identifier: MIT */
/* inf_models.c - which devices an INF is for: [Manufacturer], Models sections, ids and their ranks.
 *
 * Sources: "INF Manufacturer Section" (TargetOSVersion decorations and the choice between them),
 * "INF Models Section", "How Windows ranks drivers". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "inf/inf_internal.h"
#include "nt/rtl.h"

/* --- decorations ----------------------------------------------------------------------------- */

/* NT[Architecture][.[Major][.[Minor][.[ProductType][.[SuiteMask][.[BuildNumber]]]]]] */
bool inf_decoration_parse(const char *text, struct inf_decoration *decoration)
{
    static const char *const others[] = {"x86", "ia64", "arm64", "arm", "alpha", "mips", "ppc"};
    *decoration = (struct inf_decoration){0};
    if (strncasecmp(text, "NT", 2))
        return false;
    text += 2;
    if (!strncasecmp(text, "amd64", 5)) {
        decoration->arch = INF_ARCH_AMD64;
        text += 5;
    } else {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            if (!strncasecmp(text, others[i], strlen(others[i]))) {
                decoration->arch = INF_ARCH_OTHER;
                text += strlen(others[i]);
                break;
            }
    }
    uint32_t *const fields[] = {&decoration->major, &decoration->minor, &decoration->product,
                                &decoration->suite, &decoration->build};
    for (size_t i = 0; *text; i++) {
        if (*text != '.' || i == sizeof fields / sizeof fields[0])
            return false;
        text++;
        if (*text == '.' || !*text)
            continue;
        char *end;
        unsigned long value = strtoul(text, &end, 0);
        if (end == text || *text == '-' || *text == '+' || *text == ' ')
            return false;
        *fields[i] = (uint32_t)value;
        decoration->has_version |= i == 0;
        decoration->has_product |= i == 2;
        decoration->has_suite |= i == 3;
        text = end;
    }
    return true;
}

static int compare_version(uint32_t major, uint32_t minor, uint32_t build)
{
    if (major != rtl_version.major)
        return major < rtl_version.major ? -1 : 1;
    if (minor != rtl_version.minor)
        return minor < rtl_version.minor ? -1 : 1;
    return build > rtl_version.build;
}

enum inf_fit inf_decoration_fit(const struct inf_decoration *d)
{
    if (d->arch == INF_ARCH_OTHER || (d->has_product && d->product != VER_NT_WORKSTATION) ||
        (d->has_suite && (d->suite & ~(uint32_t)VER_SUITE_SINGLEUSERTS)))
        return INF_FIT_NOT;
    if (d->arch == INF_ARCH_NONE)
        return INF_FIT_GENERIC;
    return d->has_version && compare_version(d->major, d->minor, d->build) > 0 ? INF_FIT_NEWER
                                                                               : INF_FIT;
}

int inf_decoration_compare(const struct inf_decoration *a, const struct inf_decoration *b)
{
    /* Of versions that run, the highest is the nearest; of newer ones, the lowest. */
    int sign = inf_decoration_fit(a) == INF_FIT_NEWER ? -1 : 1;
    if (a->arch != b->arch)
        return a->arch == INF_ARCH_AMD64 ? 1 : -1;
    if (a->major != b->major)
        return a->major > b->major ? sign : -sign;
    if (a->minor != b->minor)
        return a->minor > b->minor ? sign : -sign;
    if (a->build != b->build)
        return a->build > b->build ? sign : -sign;
    return (a->has_product + a->has_suite) - (b->has_product + b->has_suite);
}

const struct inf_section *inf_decorated(const struct inf *inf, const char *base)
{
    const struct inf_section *best = NULL;
    struct inf_decoration best_decoration = {0};
    size_t n = strlen(base);
    for (size_t i = 0; i < inf->section_count; i++) {
        const char *name = inf->sections[i].name;
        struct inf_decoration d = {0};
        if (strncasecmp(name, base, n) ||
            (name[n] && (name[n] != '.' || !inf_decoration_parse(name + n + 1, &d))))
            continue;
        enum inf_fit fit = inf_decoration_fit(&d);
        if (fit == INF_FIT_NOT)
            continue;
        /* An explicit ".NT" is better than nothing at all. */
        bool better = !best || fit < inf_decoration_fit(&best_decoration);
        if (best && fit == inf_decoration_fit(&best_decoration)) {
            int order = inf_decoration_compare(&d, &best_decoration);
            better = order > 0 || (order == 0 && strlen(name) > strlen(best->name));
        }
        if (better) {
            best = &inf->sections[i];
            best_decoration = d;
        }
    }
    return best;
}

/* --- models ---------------------------------------------------------------------------------- */

static int add_models(struct inf *inf, const char *manufacturer, const struct inf_section *section,
                      const struct inf_decoration *decoration, enum inf_fit fit, char *error,
                      size_t error_size)
{
    struct inf_model *models =
        realloc(inf->models, (inf->model_count + section->line_count + 1) * sizeof *models);
    if (!models)
        return inf_error(inf, section->line, -ENOMEM, error, error_size, "out of memory");
    inf->models = models;
    for (size_t i = 0; i < section->line_count; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!line->key)
            return inf_error(
                inf, line->line, -EINVAL, error, error_size,
                "[%.80s]: a model is written DESCRIPTION = INSTALL-SECTION, HARDWARE-ID",
                section->name);
        models[inf->model_count++] = (struct inf_model){
            .manufacturer = manufacturer,
            .models_section = section->name,
            .description = line->key,
            .install = inf_value(line, 0),
            .ids = line->value_count > 1 ? line->values + 1 : NULL,
            .id_count = line->value_count > 1 ? line->value_count - 1 : 0,
            .line = line->line,
            .os_major = decoration->major,
            .os_minor = decoration->minor,
            .os_build = decoration->build,
            .fit = fit,
        };
    }
    return 0;
}

/* The sections that one line of [Manufacturer] names, best fit first among those that fit equally:
 * the best INF_FIT section gets that mark and the others that would fit are superseded. */
static int add_manufacturer(struct inf *inf, const struct inf_line *line, char *error,
                            size_t error_size)
{
    const char *base = inf_value(line, 0);
    const char *manufacturer = line->key ? line->key : base;
    const size_t count = line->value_count > 0 ? line->value_count : 1;
    if (!*base)
        base = manufacturer;

    const struct inf_section *best = NULL;
    struct inf_decoration best_decoration = {0};
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) { /* i == 0 is the undecorated section */
            struct inf_decoration d = {0};
            char name[512];
            if (i > 0 && !*line->values[i])
                continue;
            if (i > 0 && !inf_decoration_parse(line->values[i], &d))
                return inf_error(inf, line->line, -EINVAL, error, error_size,
                                 "'%.60s' is no target such as NTamd64 or NTamd64.6.2",
                                 line->values[i]);
            int n =
                snprintf(name, sizeof name, "%s%s%s", base, i ? "." : "", i ? line->values[i] : "");
            const struct inf_section *section =
                n < (int)sizeof name ? inf_section(inf, name) : NULL;
            if (!section)
                continue; /* as Windows: a target without a section has no models */
            enum inf_fit fit = inf_decoration_fit(&d);
            if (pass == 0) {
                if (fit == INF_FIT && (!best || inf_decoration_compare(&d, &best_decoration) > 0)) {
                    best = section;
                    best_decoration = d;
                }
                continue;
            }
            if (fit == INF_FIT && section != best)
                fit = INF_FIT_NOT;
            int status = add_models(inf, manufacturer, section, &d, fit, error, error_size);
            if (status)
                return status;
        }
    }
    return 0;
}

int inf_find_models(struct inf *inf, char *error, size_t error_size)
{
    const struct inf_section *section = inf_section(inf, "Manufacturer");
    for (size_t i = 0; section && i < section->line_count; i++) {
        int status = add_manufacturer(inf, &section->lines[i], error, error_size);
        if (status)
            return status;
    }
    return 0;
}

const struct inf_model *inf_models(const struct inf *inf, size_t *count)
{
    *count = inf->model_count;
    return inf->models;
}

/* --- matching -------------------------------------------------------------------------------- */

/* Lower is better: a hardware id of the device before its compatible ids, the INF's hardware id
 * before its compatible ids, then the place in both lists. UINT_MAX: no match. */
static unsigned rank(const struct inf_model *model, const char *const *ids, size_t hardware_count,
                     size_t count, const char **id)
{
    unsigned best = ~0u;
    for (size_t d = 0; d < count; d++)
        for (size_t m = 0; m < model->id_count; m++) {
            if (strcasecmp(ids[d], model->ids[m]))
                continue;
            unsigned r = (d < hardware_count ? 0 : 2u << 28) + (m == 0 ? 0 : 1u << 28) +
                         (unsigned)(d << 14) + (unsigned)(m < 0x3fff ? m : 0x3fff);
            if (r < best) {
                best = r;
                *id = model->ids[m];
            }
        }
    return best;
}

/* "PCI\VEN_8086&DEV_10D3, PCI\..." of the models that could be meant, for an error message. */
static void list_ids(const struct inf *inf, char *text, size_t size)
{
    size_t used = 0, listed = 0;
    text[0] = 0;
    for (size_t i = 0; i < inf->model_count; i++) {
        const struct inf_model *model = &inf->models[i];
        if (model->fit == INF_FIT_NOT || !model->id_count || used + 80 > size)
            continue;
        if (listed++ == 4) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        used +=
            (size_t)snprintf(text + used, size - used, "%s%.60s", used ? ", " : "", model->ids[0]);
    }
}

/* The line AddService of the function driver (flag 2) in [SECTION.Services], or the only one. */
static int find_service(struct inf_match *match, char *error, size_t error_size)
{
    struct inf *inf = match->inf;
    char name[300];
    snprintf(name, sizeof name, "%.255s.Services", match->section);
    const struct inf_section *services = inf_section(inf, name);
    if (!services)
        return inf_error(inf, match->model->line, -EINVAL, error, error_size,
                         "no [%s] section says which service drives %.80s", name,
                         match->model->description);
    const struct inf_line *found = NULL;
    for (size_t i = 0; i < services->line_count; i++) {
        const struct inf_line *line = &services->lines[i];
        uint64_t flags = 0;
        if (!line->key || strcasecmp(line->key, "AddService") || !*inf_value(line, 0))
            continue;
        if (*inf_value(line, 1) && !inf_number(inf_value(line, 1), &flags))
            return inf_error(inf, line->line, -EINVAL, error, error_size,
                             "'%.40s' are no flags of AddService", inf_value(line, 1));
        if (!found || (flags & 2)) {
            found = line;
            if (flags & 2)
                break;
        }
    }
    if (!found)
        return inf_error(inf, services->line, -EINVAL, error, error_size, "[%s] has no AddService",
                         name);
    match->service = inf_value(found, 0);
    match->service_section = inf_value(found, 2);
    const struct inf_section *service = inf_section(inf, match->service_section);
    if (!service)
        return inf_error(inf, found->line, -EINVAL, error, error_size,
                         "the section [%.80s] that AddService names is missing",
                         match->service_section);
    const struct inf_line *binary = inf_line(service, "ServiceBinary");
    const char *file = inf_value(binary, 0), *slash = strrchr(file, '\\');
    match->binary = slash ? slash + 1 : file;
    if (!*match->binary)
        return inf_error(inf, service->line, -EINVAL, error, error_size,
                         "[%.80s] has no ServiceBinary = %%12%%\\NAME.sys", service->name);
    return 0;
}

/* Whether model a is for an older Windows than model b. */
static bool needs_less(const struct inf_model *a, const struct inf_model *b)
{
    if (a->os_major != b->os_major)
        return a->os_major < b->os_major;
    if (a->os_minor != b->os_minor)
        return a->os_minor < b->os_minor;
    return a->os_build < b->os_build;
}

int inf_match(struct inf *inf, const char *const *ids, size_t hardware_count, size_t count,
              struct inf_match *match, char *error, size_t error_size)
{
    const struct inf_model *model = NULL;
    const char *id = NULL;
    for (int fit = INF_FIT; fit < INF_FIT_NOT && !model; fit++) {
        unsigned best = ~0u;
        const struct inf_model *nearest = NULL;
        for (size_t i = 0; i < inf->model_count; i++) {
            const struct inf_model *m = &inf->models[i];
            const char *its_id = NULL;
            if ((int)m->fit != fit)
                continue;
            unsigned r = count ? rank(m, ids, hardware_count, count, &its_id) : (nearest ? ~0u : 0);
            if (r == ~0u)
                continue;
            bool better = r < best;
            if (nearest && r == best && fit == INF_FIT_NEWER)
                better = needs_less(m, nearest);
            if (better) {
                best = r;
                nearest = m;
                id = its_id;
            }
        }
        model = nearest;
    }
    if (!model) {
        char known[400];
        list_ids(inf, known, sizeof known);
        if (!*known)
            return inf_error(inf, 0, -ENOENT, error, error_size,
                             "no model for x64: [Manufacturer] names no section for NTamd64 that "
                             "lists a device");
        return inf_error(inf, 0, -ENOENT, error, error_size,
                         "no model for a device %.60s; this INF is for %s",
                         ids && count ? ids[0] : "", known);
    }
    /* A device without ids of its own is one that software made: it has the id that it was made with. */
    if (!id && model->id_count)
        id = model->ids[0];
    *match = (struct inf_match){.inf = inf, .model = model, .id = id};
    const struct inf_section *section = *model->install ? inf_decorated(inf, model->install) : NULL;
    if (!section)
        return inf_error(inf, model->line, -EINVAL, error, error_size,
                         "the install section [%.80s] of %.80s is missing", model->install,
                         model->description);
    match->section = section->name;
    return find_service(match, error, error_size);
}
