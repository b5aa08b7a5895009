/* SPDX-License-Identifier: MIT */
/* options.c - see options.h. */
#include "net/options.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && !memcmp(name, text, len);
}

/* Digits, then a unit out of `units` (pairs of name and factor, ended by NULL). */
static bool parse_scaled(const char *text, size_t len, const char *const *names,
                         const uint64_t *factors, uint64_t *out)
{
    char buf[40], *end;
    if (len == 0 || len >= sizeof buf || !isdigit((unsigned char)text[0]))
        return false;
    memcpy(buf, text, len);
    buf[len] = 0;
    errno = 0;
    unsigned long long value = strtoull(buf, &end, buf[0] == '0' && buf[1] == 'x' ? 16 : 10);
    if (errno)
        return false;
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(end, names[i]))
            return !__builtin_mul_overflow((uint64_t)value, factors[i], out);
    return false;
}

static bool parse_mac(const char *text, size_t len, uint8_t out[6])
{
    uint8_t mac[6];
    if (len != 17)
        return false;
    for (int i = 0; i < 6; i++) {
        char pair[3] = {text[3 * i], text[3 * i + 1], 0};
        if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]) ||
            (i < 5 && text[3 * i + 2] != ':' && text[3 * i + 2] != '-'))
            return false;
        mac[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    memcpy(out, mac, 6);
    return true;
}

static bool parse_ipv4(const char *text, size_t len, uint32_t *out)
{
    char buf[INET_ADDRSTRLEN];
    struct in_addr address;
    if (len >= sizeof buf)
        return false;
    memcpy(buf, text, len);
    buf[len] = 0;
    if (inet_pton(AF_INET, buf, &address) != 1)
        return false;
    *out = ntohl(address.s_addr);
    return true;
}

static bool add_to_list(const char *text, size_t len, struct option_list *list)
{
    if (len == 0 || len >= sizeof list->text[0] ||
        list->count == sizeof list->text / sizeof list->text[0])
        return false;
    memcpy(list->text[list->count], text, len);
    list->text[list->count++][len] = 0;
    return true;
}

static bool parse_flag(const char *text, size_t len, bool *out)
{
    static const char *const yes[] = {"on", "yes", "1", "true"}, *const no[] = {"off", "no", "0",
                                                                                "false"};
    for (int i = 0; i < 4; i++)
        if (same(yes[i], text, len) || same(no[i], text, len)) {
            *out = same(yes[i], text, len);
            return true;
        }
    return false;
}

/* NULL, or what the value should have been. */
static const char *store(const struct option *option, const char *text, size_t len)
{
    static const char *const sizes[] = {"", "k", "M", "G", NULL};
    static const uint64_t size_factors[] = {1, 1000, 1000000, 1000000000};
    static const char *const times[] = {"ns", "us", "ms", "s", "", NULL};
    static const uint64_t time_factors[] = {1, 1000, 1000000, 1000000000, 1};
    uint64_t value;
    switch (option->kind) {
    case OPTION_FLAG:
        return parse_flag(text, len, option->value) ? NULL : "on or off";
    case OPTION_NUMBER:
        if (!parse_scaled(text, len, sizes, size_factors, &value))
            return "a number such as 64 or 10k";
        break;
    case OPTION_TIME:
        if (!parse_scaled(text, len, times, time_factors, &value))
            return "a time such as 500ns, 20us, 1ms or 2s";
        break;
    case OPTION_MAC:
        return parse_mac(text, len, option->value) ? NULL : "an address such as 52:54:00:12:34:56";
    case OPTION_IPV4:
        return parse_ipv4(text, len, option->value) ? NULL : "an address such as 10.0.2.2";
    case OPTION_LIST:
        return add_to_list(text, len, option->value) ? NULL : "a short text, 16 times at most";
    case OPTION_TEXT:
    default:
        if (len == 0 || len >= option->text_room)
            return "a short text";
        memcpy(option->value, text, len);
        ((char *)option->value)[len] = 0;
        return NULL;
    }
    if (value < option->min || (option->max && value > option->max))
        return "range";
    *(uint64_t *)option->value = value;
    return NULL;
}

static void list_keys(const struct option *options, size_t count, char *out, size_t room)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < count && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%s", i ? ", " : "", options[i].key);
}

bool options_parse(const char *what, const char *text, const struct option *options, size_t count,
                   char *err, size_t err_len)
{
    while (text && *text) {
        size_t len = strcspn(text, ","), key_len = strcspn(text, "=,");
        const char *value = text + key_len + 1;
        const struct option *option = NULL;
        for (size_t i = 0; i < count && !option; i++)
            if (same(options[i].key, text, key_len))
                option = &options[i];
        if (!option) {
            char keys[256];
            list_keys(options, count, keys, sizeof keys);
            snprintf(err, err_len, "%s: unknown option \"%.*s\"; there are: %s", what, (int)key_len,
                     text, count ? keys : "none");
            return false;
        }
        if (key_len == len && option->kind == OPTION_FLAG) {
            *(bool *)option->value = true;
        } else {
            size_t value_len = key_len == len ? 0 : len - key_len - 1;
            const char *wanted = store(option, value, value_len);
            if (wanted) {
                char range[64];
                if (!strcmp(wanted, "range")) {
                    snprintf(range, sizeof range, option->max ? "%llu to %llu" : "at least %llu",
                             (unsigned long long)option->min, (unsigned long long)option->max);
                    wanted = range;
                }
                snprintf(err, err_len, "%s: %s=%.*s: must be %s", what, option->key, (int)value_len,
                         value, wanted);
                return false;
            }
        }
        text += len;
        if (*text == ',')
            text++;
    }
    return true;
}
