/* SPDX-License-Identifier: MIT */
/* inf_install.c - the registry after the driver's installation.
 *
 * Sources: "INF AddReg Directive", "INF DelReg Directive", "INF DDInstall.HW Section", "INF
 * AddService Directive", "DDInstall Section in a Network INF File", "Specifying Configuration
 * Parameters for the Advanced Properties Page" (whose defaults the class installer writes). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "inf/inf_internal.h"
#include "nt/registry.h"
#include "nt/rtl.h"

/* setupapi.h */
#define FLG_ADDREG_BINVALUETYPE   0x00000001u
#define FLG_ADDREG_NOCLOBBER      0x00000002u
#define FLG_ADDREG_DELVAL         0x00000004u
#define FLG_ADDREG_APPEND         0x00000008u
#define FLG_ADDREG_KEYONLY        0x00000010u
#define FLG_ADDREG_OVERWRITEONLY  0x00000020u
#define FLG_ADDREG_KEYONLY_COMMON 0x00002000u
#define FLG_ADDREG_TYPE_MASK      0xffff0001u
#define FLG_ADDREG_TYPE_SZ        0x00000000u
#define FLG_ADDREG_TYPE_MULTI_SZ  0x00010000u
#define FLG_ADDREG_TYPE_EXPAND_SZ 0x00020000u
#define FLG_ADDREG_TYPE_BINARY    0x00000001u
#define FLG_ADDREG_TYPE_DWORD     0x00010001u
#define FLG_ADDREG_TYPE_NONE      0x00020001u
#define FLG_ADDREG_TYPE_QWORD     0x000b0001u
#define FLG_DELREG_MULTI_SZ       0x00018002u

struct install {
    const struct inf *inf;
    const struct inf_match *match;
    struct registry_adapter *adapter;
    char *error;
    size_t error_size;
};

#define FAIL(in, line, ...)                                                                        \
    inf_error((in)->inf, line, -EINVAL, (in)->error, (in)->error_size, __VA_ARGS__)

static int no_memory(struct install *in, unsigned line)
{
    return inf_error(in->inf, line, -ENOMEM, in->error, in->error_size,
                     "out of memory, or a registry name that is empty or too long");
}

/* --- keys ------------------------------------------------------------------------------------ */

/* The counted key of a reg-root and subkey; made if `create`, otherwise NULL in *key if missing. */
static int open_key(struct install *in, struct registry_key *hkr, const struct inf_line *line,
                    bool create, struct registry_key **key)
{
    static const struct {
        const char *root, *path;
    } roots[] = {
        {"HKLM", "\\Registry\\Machine"},
        {"HKCR", "\\Registry\\Machine\\Software\\Classes"},
        {"HKCU", "\\Registry\\User\\.Default"},
        {"HKU", "\\Registry\\User"},
    };
    const char *root = inf_value(line, 0);
    char *subkey = strdup(inf_value(line, 1));
    struct registry_key *base = NULL;
    int status = 0;
    *key = NULL;
    if (!subkey)
        return no_memory(in, line->line);
    if (!strcasecmp(root, "HKR")) {
        base = registry_ref(hkr);
    } else {
        for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
            if (!strcasecmp(root, roots[i].root))
                base = registry_create(NULL, roots[i].path);
        if (!base) {
            status = FAIL(in, line->line,
                          "'%.40s' is no registry root (HKR, HKLM, HKCR, HKCU, HKU)", root);
            goto out;
        }
    }
    char *name = subkey; /* Windows' installer forgives backslashes around the path */
    while (*name == '\\')
        name++;
    size_t n = strlen(name);
    while (n && name[n - 1] == '\\')
        name[--n] = 0;
    *key = create ? registry_create(base, name) : registry_open(base, name);
    if (create && !*key)
        status = no_memory(in, line->line);
out:
    registry_put(base);
    free(subkey);
    return status;
}

/* Whether the entry names a key below its root; the roots themselves are never deleted. */
static bool has_subkey(const struct inf_line *line)
{
    const char *subkey = inf_value(line, 1);
    return subkey[strspn(subkey, "\\")] != 0;
}

/* --- values ---------------------------------------------------------------------------------- */

/* The strings of a REG_MULTI_SZ with those of the line added (APPEND) or removed. */
static int change_strings(struct install *in, struct registry_key *key, const char *name,
                          const struct inf_line *line, bool append)
{
    struct registry_value old = {0};
    const char **texts = NULL;
    char **owned = NULL;
    size_t count = 0, old_count = 0;
    int status = registry_get(key, name, &old);
    if (status && status != -ENOENT)
        return no_memory(in, line->line);
    if (status == -ENOENT && !append)
        return 0;
    texts = calloc(old.size / 2 + line->value_count + 1, sizeof *texts);
    owned = calloc(old.size / 2 + 1, sizeof *owned);
    status = -ENOMEM;
    if (!texts || !owned)
        goto out;
    const WCHAR *s = (const WCHAR *)old.data;
    for (size_t i = 0, length; i < old.size / 2 && s[i]; i += length + 1) {
        length = rtl_wcsnlen(s + i, old.size / 2 - i);
        char *text = rtl_utf8(s + i, length);
        if (!text)
            goto out;
        owned[old_count++] = text;
        if (append || strcasecmp(text, inf_value(line, 4)))
            texts[count++] = text;
    }
    for (size_t i = 4; append && i < line->value_count; i++) {
        bool present = false;
        for (size_t k = 0; k < old_count; k++)
            present |= !strcasecmp(owned[k], line->values[i]);
        if (!present)
            texts[count++] = line->values[i];
    }
    status = registry_set_strings(key, name, texts, count);
out:
    for (size_t i = 0; i < old_count; i++)
        free(owned[i]);
    free(owned);
    free(texts);
    registry_value_free(&old);
    return status ? no_memory(in, line->line) : 0;
}

/* The bytes of a binary value: each field one byte, hexadecimal. */
static int set_bytes(struct install *in, struct registry_key *key, const char *name, uint32_t type,
                     const struct inf_line *line)
{
    uint8_t *bytes = malloc(line->value_count + 1);
    size_t n = 0;
    int status = 0;
    if (!bytes)
        return no_memory(in, line->line);
    for (size_t i = 4; i < line->value_count && !status; i++) {
        uint64_t byte;
        if (line->value_count == 5 && !*line->values[i])
            break; /* nothing at all: an empty value */
        if (!inf_hex_number(line->values[i], &byte) || byte > 0xff)
            status = FAIL(in, line->line, "'%.40s' is no byte in hexadecimal", line->values[i]);
        else
            bytes[n++] = (uint8_t)byte;
    }
    if (!status && registry_set(key, name, type, bytes, n))
        status = no_memory(in, line->line);
    free(bytes);
    return status;
}

static int set_number(struct install *in, struct registry_key *key, const char *name, uint32_t type,
                      const struct inf_line *line)
{
    size_t size = type == REG_DWORD ? 4 : 8;
    if (line->value_count == 4 + size) /* byte by byte, an old habit */
        return set_bytes(in, key, name, type, line);
    uint64_t number = 0;
    const char *text = inf_value(line, 4);
    bool negative = *text == '-';
    if ((*text && !inf_number(text, &number)) || (size == 4 && number > UINT32_MAX && !negative))
        return FAIL(in, line->line, "'%.40s' is no %zu-bit number", text, 8 * size);
    return registry_set(key, name, type, &number, size) ? no_memory(in, line->line) : 0;
}

static int set_value(struct install *in, struct registry_key *key, const char *name, uint32_t flags,
                     const struct inf_line *line)
{
    int status;
    switch (flags & FLG_ADDREG_TYPE_MASK) {
    case FLG_ADDREG_TYPE_SZ:
    case FLG_ADDREG_TYPE_EXPAND_SZ:
        status =
            registry_set_text(key, name, flags & FLG_ADDREG_TYPE_EXPAND_SZ ? REG_EXPAND_SZ : REG_SZ,
                              inf_value(line, 4));
        return status ? no_memory(in, line->line) : 0;
    case FLG_ADDREG_TYPE_MULTI_SZ:
        if (flags & FLG_ADDREG_APPEND)
            return change_strings(in, key, name, line, true);
        status = registry_set_strings(key, name, line->value_count > 4 ? line->values + 4 : NULL,
                                      line->value_count > 4 ? line->value_count - 4 : 0);
        return status ? no_memory(in, line->line) : 0;
    case FLG_ADDREG_TYPE_DWORD:
        return set_number(in, key, name, REG_DWORD, line);
    case FLG_ADDREG_TYPE_QWORD:
        return set_number(in, key, name, REG_QWORD, line);
    case FLG_ADDREG_TYPE_NONE:
        return set_bytes(in, key, name, REG_NONE, line);
    case FLG_ADDREG_TYPE_BINARY:
        return set_bytes(in, key, name, REG_BINARY, line);
    default: /* another type: its number in the high word, its data as bytes */
        if (!(flags & FLG_ADDREG_BINVALUETYPE))
            return FAIL(in, line->line, "0x%08X are no flags of AddReg", flags);
        return set_bytes(in, key, name, flags >> 16, line);
    }
}

static int read_flags(struct install *in, const struct inf_line *line, uint32_t *flags)
{
    uint64_t number = 0;
    if (*inf_value(line, 3) && (!inf_number(inf_value(line, 3), &number) || number > UINT32_MAX))
        return FAIL(in, line->line, "'%.40s' are no flags (a number such as 0x00010001)",
                    inf_value(line, 3));
    *flags = (uint32_t)number;
    return 0;
}

/* reg-root, [subkey], [value-entry-name], [flags], [value] ... */
static int add_reg_line(struct install *in, struct registry_key *hkr, const struct inf_line *line)
{
    uint32_t flags;
    struct registry_key *key;
    const char *name = inf_value(line, 2);
    int status = read_flags(in, line, &flags);
    if (status)
        return status;
    bool remove = flags & FLG_ADDREG_DELVAL && !(flags & FLG_ADDREG_BINVALUETYPE);
    status = open_key(in, hkr, line, !remove && !(flags & FLG_ADDREG_OVERWRITEONLY), &key);
    if (status || !key)
        return status;
    struct registry_value old = {0};
    bool exists = !registry_get(key, name, &old);
    registry_value_free(&old);
    if (remove && !*name && has_subkey(line))
        registry_delete_tree(key);
    else if (remove)
        registry_unset(key, name);
    else if (flags & (FLG_ADDREG_KEYONLY | FLG_ADDREG_KEYONLY_COMMON) || line->value_count < 3)
        status = 0; /* the key is all */
    else if (!(exists && flags & FLG_ADDREG_NOCLOBBER) &&
             !(!exists && flags & FLG_ADDREG_OVERWRITEONLY))
        status = set_value(in, key, name, flags, line);
    registry_put(key);
    return status;
}

/* reg-root, subkey [, value-entry-name] [, flags] [, value] */
static int del_reg_line(struct install *in, struct registry_key *hkr, const struct inf_line *line)
{
    uint32_t flags;
    struct registry_key *key;
    int status = read_flags(in, line, &flags);
    if (!status)
        status = open_key(in, hkr, line, false, &key);
    if (status || !key)
        return status;
    if ((flags & FLG_DELREG_MULTI_SZ) == FLG_DELREG_MULTI_SZ)
        status = change_strings(in, key, inf_value(line, 2), line, false);
    else if (*inf_value(line, 2) && !(flags & FLG_ADDREG_KEYONLY_COMMON))
        registry_unset(key, inf_value(line, 2));
    else if (has_subkey(line))
        registry_delete_tree(key);
    registry_put(key);
    return status;
}

/* --- directives ------------------------------------------------------------------------------ */

/* Carries out one directive of a section, `AddReg = a, b` or DelReg, whose HKR is `hkr`. */
static int run_directive(struct install *in, const struct inf_section *section,
                         const char *directive, struct registry_key *hkr)
{
    bool add = !strcasecmp(directive, "AddReg");
    for (size_t i = 0; i < section->line_count; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!line->key || strcasecmp(line->key, directive))
            continue;
        for (size_t k = 0; k < line->value_count; k++) {
            if (!*line->values[k])
                continue;
            const struct inf_section *list = inf_section(in->inf, line->values[k]);
            if (!list)
                return FAIL(in, line->line, "%s names the section [%.80s], which is missing",
                            directive, line->values[k]);
            for (size_t j = 0; j < list->line_count; j++) {
                const struct inf_line *entry = &list->lines[j];
                if (entry->key)
                    return FAIL(in, entry->line,
                                "[%.80s]: HKR, SUBKEY, NAME, FLAGS, VALUE was expected",
                                list->name);
                int status = add ? add_reg_line(in, hkr, entry) : del_reg_line(in, hkr, entry);
                if (status)
                    return status;
            }
        }
    }
    return 0;
}

/* Deletions come before additions (WDK: "INF DelReg Directive"). Sections that Needs names are
 * followed if they are in this file; those of Windows' own INFs are passed over. */
static int run_section(struct install *in, const char *name, struct registry_key *hkr, int depth)
{
    const struct inf_section *section = inf_section(in->inf, name);
    if (!section)
        return 0;
    for (size_t i = 0; depth < 8 && i < section->line_count; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!line->key || strcasecmp(line->key, "Needs"))
            continue;
        for (size_t k = 0; k < line->value_count; k++) {
            int status = run_section(in, line->values[k], hkr, depth + 1);
            if (status)
                return status;
        }
    }
    int status = run_directive(in, section, "DelReg", hkr);
    return status ? status : run_directive(in, section, "AddReg", hkr);
}

/* --- the service ----------------------------------------------------------------------------- */

static int install_service(struct install *in)
{
    static const char *const numbers[][2] = {
        {"ServiceType", "Type"}, {"StartType", "Start"}, {"ErrorControl", "ErrorControl"}};
    const struct inf_section *section = inf_section(in->inf, in->match->service_section);
    struct registry_key *key = in->adapter->service;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct inf_line *line = inf_line(section, numbers[i][0]);
        uint64_t number;
        if (!line)
            continue;
        if (!inf_number(inf_value(line, 0), &number) || number > UINT32_MAX)
            return FAIL(in, line->line, "%s = '%.40s' is no number", numbers[i][0],
                        inf_value(line, 0));
        if (registry_set_dword(key, numbers[i][1], (uint32_t)number))
            return no_memory(in, line->line);
    }
    char image[256];
    snprintf(image, sizeof image, "\\SystemRoot\\System32\\drivers\\%.200s", in->match->binary);
    if (registry_set_text(key, "ImagePath", REG_EXPAND_SZ, image))
        return no_memory(in, section->line);
    static const char *const texts[][2] = {{"DisplayName", "DisplayName"},
                                           {"Description", "Description"},
                                           {"LoadOrderGroup", "Group"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct inf_line *line = inf_line(section, texts[i][0]);
        if (line && registry_set_string(key, texts[i][1], inf_value(line, 0)))
            return no_memory(in, line->line);
    }
    return run_section(in, section->name, key, 0);
}

/* --- what the network class installer adds --------------------------------------------------- */

static int describe_adapter(struct install *in)
{
    const struct inf_match *match = in->match;
    const struct inf_section *version = inf_section(in->inf, "Version");
    const struct inf_section *section = inf_section(in->inf, match->section);
    const struct inf_line *date = inf_line(section, "DriverVer");
    if (!date)
        date = inf_line(version, "DriverVer");
    const char *slash = strrchr(inf_path(in->inf), '/');
    const struct {
        const char *name, *text;
    } texts[] = {
        {"DriverDesc", match->model->description},
        {"ProviderName", inf_value(inf_line(version, "Provider"), 0)},
        {"DriverDate", inf_value(date, 0)},
        {"DriverVersion", inf_value(date, 1)},
        {"InfPath", slash ? slash + 1 : inf_path(in->inf)},
        {"InfSection", match->model->install},
        {"InfSectionExt", match->section + strlen(match->model->install)},
        {"MatchingDeviceId", match->id ? match->id : ""},
        {"ComponentId", match->id ? match->id : ""},
    };
    struct registry_key *key = in->adapter->driver, *instance = in->adapter->instance;
    if (registry_set_string(instance, "DeviceDesc", match->model->description) ||
        registry_set_string(instance, "Mfg", match->model->manufacturer))
        return no_memory(in, section->line);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (*texts[i].text && registry_set_string(key, texts[i].name, texts[i].text))
            return no_memory(in, section->line);

    static const struct {
        const char *name;
        bool text;
    } entries[] = {{"Characteristics", false},     {"*IfType", false},
                   {"*MediaType", false},          {"*PhysicalMediaType", false},
                   {"*IfConnectorPresent", false}, {"BusType", true}};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const struct inf_line *line = inf_line(section, entries[i].name);
        uint64_t number;
        if (!line)
            continue;
        if (!inf_number(inf_value(line, 0), &number) || number > UINT32_MAX)
            return FAIL(in, line->line, "%s = '%.40s' is no number", entries[i].name,
                        inf_value(line, 0));
        if (entries[i].text ? registry_set_string(key, entries[i].name, inf_value(line, 0))
                            : registry_set_dword(key, entries[i].name, (uint32_t)number))
            return no_memory(in, line->line);
    }
    return 0;
}

/* Each Ndi\params\KEYWORD gives the driver key a value KEYWORD with its default, always a string,
 * unless there is one already or the keyword is optional (then it starts as "not present"). */
static int apply_defaults(struct install *in)
{
    struct registry_key *params = registry_open(in->adapter->driver, "Ndi\\params");
    int status = 0;
    char *keyword;
    for (size_t i = 0; params && !status && (keyword = registry_subkey_name(params, i)); i++) {
        struct registry_key *key = registry_open(params, keyword);
        struct registry_value old;
        uint64_t optional = 0;
        char *text = key ? registry_get_string(key, "Default") : NULL;
        if (!registry_get(in->adapter->driver, keyword, &old)) {
            registry_value_free(&old);
        } else if (text) {
            registry_get_number(key, "Optional", &optional);
            if (optional != 1 && registry_set_string(in->adapter->driver, keyword, text))
                status = no_memory(in, 0);
        }
        free(text);
        free(keyword);
        registry_put(key);
    }
    registry_put(params);
    return status;
}

int inf_install(const struct inf_match *match, struct registry_adapter *adapter, char *error,
                size_t error_size)
{
    struct install in = {match->inf, match, adapter, error, error_size};
    char hardware[300];
    snprintf(hardware, sizeof hardware, "%.255s.HW", match->section);
    int status = describe_adapter(&in);
    if (!status)
        status = run_section(&in, match->section, adapter->driver, 0);
    if (!status)
        status = run_section(&in, hardware, adapter->hardware, 0);
    if (!status)
        status = install_service(&in);
    return status ? status : apply_defaults(&in);
}
