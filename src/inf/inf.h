/* SPDX-License-Identifier: MIT */
/* inf.h - a driver's .inf: what Windows' installer reads from it and writes to the registry.
 *
 *     struct inf *inf;
 *     char error[256];
 *     if (inf_load("e1000e.inf", &inf, error, sizeof error)) ...
 *     struct inf_match match;
 *     if (inf_match(inf, ids, count, count, &match, error, sizeof error)) ...
 *     char *sys = inf_driver_file(&match, error, sizeof error);       // the .sys beside the .inf
 *     registry_adapter_init(&adapter, match.service, ids[0], 0);
 *     inf_install(&match, &adapter, error, sizeof error);
 *     inf_free(inf);
 *
 * The grammar is Windows' ("General Syntax Rules for INF Files"): comments, continuation lines,
 * quoted strings, %strkey% tokens, sections that are merged when repeated and found without case.
 * Files may be UTF-8, UTF-16 with a byte order mark, or ANSI (Windows-1252). All text here is
 * UTF-8. A driver's source file (.inx, with $ARCH$ still in it) does as well.
 *
 * Every string belongs to the struct inf and lives as long as it does. Errors are one sentence that
 * begins with file and line. Host threads only; no function here may be called twice at once on one
 * inf. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inf;
struct registry_adapter;

/* --- the text -------------------------------------------------------------------------------- */

/* One entry. `key = a, b` has a key and two values; `a, b` has no key (NULL) and two values. */
struct inf_line {
    const char *key;
    const char **values;
    size_t value_count;
    unsigned line; /* where it begins, from 1 */
};

struct inf_section {
    const char *name;
    struct inf_line *lines;
    size_t line_count;
    unsigned line; /* its first header */
};

/* 0, or -errno with a sentence in `error`; -EINVAL if it is not an INF. */
int inf_load(const char *path, struct inf **inf, char *error, size_t error_size);
/* The same from memory; `name` stands in errors and in place of the path. */
int inf_parse(const void *data, size_t size, const char *name, struct inf **inf, char *error,
              size_t error_size);
void inf_free(struct inf *inf);

const char *inf_path(const struct inf *inf);

/* NULL if there is none. */
const struct inf_section *inf_section(const struct inf *inf, const char *name);
size_t inf_section_count(const struct inf *inf);
const struct inf_section *inf_section_at(const struct inf *inf, size_t index);

/* The first entry of a section with that key, or NULL. */
const struct inf_line *inf_line(const struct inf_section *section, const char *key);
/* Value `index` of a line, "" if it has no such value. */
const char *inf_value(const struct inf_line *line, size_t index);

/* --- which device ---------------------------------------------------------------------------- */

/* One entry of a Models section. */
struct inf_model {
    const char *manufacturer;
    const char *models_section; /* with its decoration, "Intel.NTamd64.6.2" */
    const char *description;
    const char *install; /* DDInstall section without a decoration */
    const char **ids;    /* the hardware id first, then compatible ids */
    size_t id_count;
    unsigned line;
    uint32_t os_major, os_minor, os_build; /* the Windows that its section asks for; 0 = any */
    enum inf_fit {
        INF_FIT,         /* for x64 and the Windows that dirql is */
        INF_FIT_NEWER,   /* for x64, a later Windows */
        INF_FIT_GENERIC, /* no processor named; Windows x64 would not take it */
        INF_FIT_NOT,     /* another processor, or superseded by a better section */
    } fit;
};

/* All models of the file, in its order. */
const struct inf_model *inf_models(const struct inf *inf, size_t *count);

struct inf_match {
    struct inf *inf;
    const struct inf_model *model;
    const char *id;      /* as the INF writes it; without ids, the first of the model; NULL if that has none */
    const char *section; /* DDInstall section with its decoration */
    const char *service; /* name of the function driver's service */
    const char *binary;  /* its file name, "e1000e.sys" */
    const char *service_section;
};

/* The best model for a device with these ids: `hardware_count` hardware ids and then compatible
 * ids, each list from the most to the least specific, as Windows ranks them. With count 0, the
 * first model that fits. A section for a newer Windows is taken only if no other has the device,
 * one without a processor only if there is no x64 one at all. 0 or -ENOENT (no such device; the
 * sentence lists what there is), -EINVAL (the model's sections are missing or wrong). */
int inf_match(struct inf *inf, const char *const *ids, size_t hardware_count, size_t count,
              struct inf_match *match, char *error, size_t error_size);

/* --- what to install ------------------------------------------------------------------------- */

/* The path of the driver's .sys: beside the INF, or where SourceDisksFiles and SourceDisksNames
 * say; without regard to case, as on Windows. malloc'd; NULL if it is in none of these places. */
char *inf_driver_file(const struct inf_match *match, char *error, size_t error_size);

/* Does what the installer does to the registry: DelReg and AddReg of DDInstall (driver key), of
 * DDInstall.HW (hardware key: MSISupported, affinity ...) and of the service; the service's own
 * values; what the network class installer adds (*IfType, Characteristics, BusType, DriverDesc ...
 * and the default of every Ndi\params keyword that is not optional). Values that are there already
 * keep their value only where the INF says so. 0, or -EINVAL / -ENOMEM with a sentence; then some
 * of it may have been written. */
int inf_install(const struct inf_match *match, struct registry_adapter *adapter, char *error,
                size_t error_size);
