/* SPDX-License-Identifier: MIT */
/* registry_test.c - the registry through the host's and the driver's functions, and handles. */
#include <errno.h>
#include "tests/harness/test.h"
#include "nt/handle.h"
#include "nt/nt_test.h"
#include "nt/pool.h"
#include "nt/registry.h"
#include "nt/rtl.h"

static UNICODE_STRING unicode(const char *s)
{
    UNICODE_STRING u;
    RtlInitUnicodeString(&u, rtl_utf16(s, NULL));
    return u;
}

static WCHAR *wide(const char *s)
{
    return rtl_utf16(s, NULL);
}

static NTSTATUS open_at(HANDLE root, const char *path, HANDLE *handle)
{
    UNICODE_STRING name = unicode(path);
    OBJECT_ATTRIBUTES attributes = {sizeof attributes,    root, &name,
                                    OBJ_CASE_INSENSITIVE, NULL, NULL};
    return ZwOpenKey(handle, KEY_READ, &attributes);
}

static NTSTATUS create_at(HANDLE root, const char *path, ULONG options, HANDLE *handle, ULONG *how)
{
    UNICODE_STRING name = unicode(path);
    OBJECT_ATTRIBUTES attributes = {sizeof attributes,    root, &name,
                                    OBJ_CASE_INSENSITIVE, NULL, NULL};
    return ZwCreateKey(handle, KEY_ALL_ACCESS, &attributes, 0, NULL, options, how);
}

TEST(keys_are_found_without_case, "")
{
    struct registry_key *made = registry_create(NULL, REGISTRY_SERVICES "\\E1000e\\Parameters");
    CHECK(made);
    CHECK_STR(registry_path(made),
              "\\REGISTRY\\Machine\\System\\CurrentControlSet\\Services\\E1000e"
              "\\Parameters");
    struct registry_key *found = registry_open(
        NULL, "\\registry\\MACHINE\\system\\controlset001\\services\\e1000E\\parameters\\");
    CHECK(found == made);
    CHECK(!registry_open(NULL, REGISTRY_SERVICES "\\none"));
    CHECK(!registry_open(NULL, "Registry\\Machine"));
    CHECK(!registry_create(NULL, "\\Device\\Harddisk"));
    CHECK(!registry_create(made, "a\\\\b"));
    registry_put(found);
    registry_put(made);
}

TEST(host_values_keep_type_and_text, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_NET_CLASS "\\0000");
    uint64_t n;
    CHECK_EQ(registry_set_string(key, "*JumboPacket", "1514"), 0);
    CHECK_EQ(registry_get_number(key, "*JUMBOPACKET", &n), 0);
    CHECK_EQ(n, 1514);
    CHECK_EQ(registry_set_dword(key, "*JumboPacket", 0x2345), 0); /* replaces it */
    CHECK_STR(registry_get_string(key, "*jumbopacket"), "9029");
    struct registry_value value;
    CHECK_EQ(registry_enumerate(key, 0, &value), 0);
    CHECK_STR(value.name, "*JumboPacket");
    CHECK(value.type == REG_DWORD && value.size == 4);
    registry_value_free(&value);
    CHECK_EQ(registry_enumerate(key, 1, &value), -ENOENT);
    const char *list[] = {"ndis5", "\xc3\xa9"};
    CHECK_EQ(registry_set_strings(key, "", list, 2), 0);
    CHECK_EQ(registry_get(key, "", &value), 0);
    CHECK_EQ(value.size, (5 + 1 + 1 + 1 + 1) * 2);
    CHECK_EQ(registry_unset(key, ""), 0);
    CHECK_EQ(registry_unset(key, ""), -ENOENT);
    CHECK_EQ(registry_set_string(key, "Text", "1000BASE-T"), 0);
    CHECK_EQ(registry_get_number(key, "Text", &n), -EINVAL);
}

static uint32_t type_of(struct registry_key *key, const char *path, const char *name)
{
    struct registry_value value;
    struct registry_key *at = registry_open(key, path);
    if (!at || registry_get(at, name, &value))
        return ~0u;
    return value.type;
}

TEST(settings_keep_the_declared_type, "R-262")
{
    struct registry_adapter a;
    char error[200] = "";
    uint64_t n;
    CHECK_EQ(registry_adapter_init(&a, "e1000e", "PCI\\VEN_8086&DEV_10D3", 0), 0);
    registry_set_dword(a.driver, "Declared", 1);
    CHECK_EQ(registry_adapter_setting(&a, "Declared=0x20", error, sizeof error), 0);
    CHECK_EQ(type_of(a.driver, "", "Declared"), REG_DWORD);
    CHECK_EQ(registry_adapter_setting(&a, "*RSS=1", error, sizeof error), 0);
    CHECK_EQ(type_of(a.driver, "", "*RSS"), REG_SZ);
    static const char msi[] = "Interrupt Management\\MessageSignaledInterruptProperties";
    CHECK_EQ(registry_adapter_setting(&a,
                                      "Interrupt Management\\MessageSignaledInterruptProperties\\"
                                      "MSISupported=1",
                                      error, sizeof error),
             0);
    CHECK_EQ(type_of(a.hardware, msi, "MSISupported"), REG_DWORD);
    CHECK_EQ(registry_adapter_setting(&a, "Bytes:binary=01 fE,00", error, sizeof error), 0);
    CHECK_EQ(registry_get_number(a.driver, "Bytes", &n), 0);
    CHECK_EQ(n, 0xfe01);
    CHECK_EQ(registry_adapter_setting(&a, "Parameters\\Trace:dword=-1", error, sizeof error), 0);
    CHECK_EQ(registry_get_number(registry_open(a.service, "Parameters"), "Trace", &n), 0);
    CHECK_EQ(n, 0xffffffff);

    CHECK_EQ(registry_adapter_setting(&a, "Declared=many", error, sizeof error), -EINVAL);
    CHECK_HAS(error, "'many'");
    CHECK_EQ(registry_adapter_setting(&a, "Declared", error, sizeof error), -EINVAL);
    CHECK_HAS(error, "NAME=VALUE");
    CHECK_EQ(registry_adapter_setting(&a, "Bytes=xyz", error, sizeof error), -EINVAL);
    registry_adapter_fini(&a);
}

TEST(zw_open_and_create_follow_the_native_rules, "")
{
    HANDLE services, made, again;
    ULONG how;
    CHECK_EQ(open_at(NULL, REGISTRY_SERVICES, &services), STATUS_SUCCESS);
    CHECK_EQ(open_at(services, "nope", &made), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(open_at(NULL, "Registry", &made), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_EQ(create_at(services, "a\\b", 0, &made, &how), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(create_at(services, "a", REG_OPTION_VOLATILE, &made, &how), STATUS_SUCCESS);
    CHECK_EQ(how, REG_CREATED_NEW_KEY);
    CHECK_EQ(create_at(services, "A", 0, &again, &how), STATUS_SUCCESS);
    CHECK_EQ(how, REG_OPENED_EXISTING_KEY);
    HANDLE below;
    CHECK_EQ(create_at(again, "b", 0, &below, NULL), STATUS_CHILD_MUST_BE_VOLATILE);
    CHECK_EQ(create_at(again, "b", REG_OPTION_VOLATILE, &below, NULL), STATUS_SUCCESS);
    CHECK_EQ(ZwDeleteKey(again), STATUS_CANNOT_DELETE);
    CHECK_EQ(ZwDeleteKey(below), STATUS_SUCCESS);
    CHECK_EQ(ZwDeleteKey(made), STATUS_SUCCESS);
    UNICODE_STRING name = unicode("v");
    CHECK_EQ(ZwSetValueKey(again, &name, 0, REG_DWORD, &how, 4), STATUS_KEY_DELETED);
    CHECK_EQ(open_at(services, "a", &below), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(ZwClose(made), STATUS_SUCCESS);
    CHECK_EQ(ZwClose(again), STATUS_SUCCESS);
    CHECK_EQ(ZwFlushKey(services), STATUS_SUCCESS);
    CHECK_EQ(ZwClose(services), STATUS_SUCCESS);
    CHECK_EQ(ZwFlushKey(services), STATUS_INVALID_HANDLE);
}

TEST(zw_query_value_tells_what_it_needs, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES "\\q");
    HANDLE h = registry_handle(key);
    UNICODE_STRING name = unicode("Speed"), other = unicode("x");
    uint64_t data = 0x1122334455667788;
    CHECK_EQ(ZwSetValueKey(h, &name, 0, REG_QWORD, &data, 8), STATUS_SUCCESS);
    uint8_t buffer[64];
    KEY_VALUE_PARTIAL_INFORMATION *partial = (void *)buffer;
    ULONG need = 0;
    memset(buffer, 0xee, sizeof buffer);
    CHECK_EQ(ZwQueryValueKey(h, &name, KeyValuePartialInformation, buffer, 11, &need),
             STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(need, 20);
    CHECK_EQ(buffer[0], 0xee); /* nothing was written */
    CHECK_EQ(ZwQueryValueKey(h, &name, KeyValuePartialInformation, NULL, 0, &need),
             STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(ZwQueryValueKey(h, &name, KeyValuePartialInformation, buffer, 14, &need),
             STATUS_BUFFER_OVERFLOW);
    CHECK(partial->DataLength == 8 && partial->Data[1] == 0x77 && buffer[14] == 0xee);
    CHECK_EQ(ZwQueryValueKey(h, &name, KeyValuePartialInformation, buffer, 20, &need),
             STATUS_SUCCESS);
    CHECK(!memcmp(partial->Data, &data, 8) && partial->Type == REG_QWORD);
    KEY_VALUE_FULL_INFORMATION *full = (void *)buffer;
    CHECK_EQ(ZwQueryValueKey(h, &name, KeyValueFullInformation, buffer, sizeof buffer, &need),
             STATUS_SUCCESS);
    CHECK(full->NameLength == 10 && !memcmp(full->Name, name.Buffer, 10));
    CHECK(full->DataOffset + full->DataLength == need &&
          !memcmp(buffer + full->DataOffset, &data, 8));
    CHECK_EQ(ZwQueryValueKey(h, &other, KeyValueBasicInformation, buffer, 64, &need),
             STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(ZwQueryValueKey(h, &name, 9, buffer, 64, &need), STATUS_INVALID_PARAMETER);
    CHECK_EQ(ZwEnumerateValueKey(h, 0, KeyValueBasicInformation, buffer, 64, &need),
             STATUS_SUCCESS);
    CHECK_EQ(ZwEnumerateValueKey(h, 1, KeyValueBasicInformation, buffer, 64, &need),
             STATUS_NO_MORE_ENTRIES);
    CHECK_EQ(ZwDeleteValueKey(h, &name), STATUS_SUCCESS);
    CHECK_EQ(ZwDeleteValueKey(h, &name), STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(zw_query_key_counts_and_names, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES "\\k");
    registry_put(registry_create(key, "zz"));
    registry_put(registry_create(key, "Alpha"));
    registry_set_string(key, "abc", "1");
    HANDLE h = registry_handle(key);
    uint8_t buffer[256];
    ULONG need;
    KEY_FULL_INFORMATION *full = (void *)buffer;
    CHECK_EQ(ZwQueryKey(h, KeyFullInformation, buffer, sizeof buffer, &need), STATUS_SUCCESS);
    CHECK(full->SubKeys == 2 && full->Values == 1 && full->MaxNameLen == 10);
    CHECK(full->MaxValueNameLen == 6 && full->MaxValueDataLen == 4);
    KEY_BASIC_INFORMATION *basic = (void *)buffer;
    CHECK_EQ(ZwEnumerateKey(h, 0, KeyBasicInformation, buffer, sizeof buffer, &need),
             STATUS_SUCCESS);
    CHECK(basic->NameLength == 10 && basic->Name[0] == 'A'); /* sorted by name */
    CHECK_EQ(ZwEnumerateKey(h, 2, KeyBasicInformation, buffer, sizeof buffer, &need),
             STATUS_NO_MORE_ENTRIES);
    CHECK_EQ(ZwQueryKey(h, 3 /* KeyNameInformation */, buffer, 4, &need), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(need, 4 + 2 * strlen("\\REGISTRY\\Machine\\System\\CurrentControlSet\\Services\\k"));
}

/* --- RtlQueryRegistryValues ------------------------------------------------------------------ */

static char calls[1024];

static NTSTATUS NTAPI note(PWSTR name, ULONG type, PVOID data, ULONG size, PVOID context,
                           PVOID entry_context)
{
    char line[200];
    char *text = name ? rtl_utf8(name, rtl_wcsnlen(name, 100)) : strdup("-");
    char *value = type == REG_SZ ? rtl_utf8(data, rtl_wcsnlen(data, size / 2)) : strdup("");
    snprintf(line, sizeof line, "%s/%u/%u/%s;", text, type, size, value);
    strcat(calls, line);
    CHECK(context == (void *)1 && entry_context == (void *)2);
    free(text);
    free(value);
    return STATUS_SUCCESS;
}

TEST_NT(rtl_query_calls_the_routine_for_each_value, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES "\\r");
    registry_set_dword(key, "D", 5);
    const char *list[] = {"a", "bc"};
    registry_set_strings(key, "M", list, 2);
    registry_set_text(key, "E", REG_EXPAND_SZ, "%SYSTEMROOT%\\x%y%");
    struct registry_key *below = registry_create(key, "sub");
    registry_set_string(below, "S", "deep");

    RTL_QUERY_REGISTRY_TABLE table[] = {
        {note, 0, NULL, (void *)2, 0, NULL, 0}, /* every value */
        {note, RTL_QUERY_REGISTRY_NOEXPAND, wide("M"), (void *)2, 0, NULL, 0},
        {NULL, RTL_QUERY_REGISTRY_SUBKEY, wide("sub"), NULL, 0, NULL, 0},
        {note, RTL_QUERY_REGISTRY_DELETE, wide("S"), (void *)2, 0, NULL, 0},
        {note, 0, wide("S"), (void *)2, REG_SZ, wide("dflt"), 0},
        {note, RTL_QUERY_REGISTRY_TOPKEY, wide("D"), (void *)2, 0, NULL, 0},
        {note, RTL_QUERY_REGISTRY_NOVALUE, NULL, (void *)2, 0, NULL, 0},
        {NULL, 0, NULL, NULL, 0, NULL, 0},
    };
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, wide("r"), table, (void *)1, NULL),
             STATUS_SUCCESS);
    CHECK_STR(calls, "D/4/4/;M/1/4/a;M/1/6/bc;E/1/32/C:\\Windows\\x%y%;M/7/12/;S/1/10/deep;"
                     "S/1/10/dflt;D/4/4/;-/0/0/;");
    CHECK(!registry_get_string(below, "S"));
}

TEST_NT(rtl_query_direct_stores_as_documented, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES "\\d");
    registry_set_dword(key, "D", 77);
    registry_set_string(key, "S", "text");
    registry_set(key, "B", REG_BINARY, "123456", 6);
    ULONG number = 0, missing = 9, fallback = 33;
    WCHAR small[3], room[10];
    UNICODE_STRING allocated = {0}, too_small = {0, sizeof small, small},
                   fits = {0, sizeof room, room};
    struct {
        LONG size;
        ULONG type;
        uint8_t data[8];
    } binary = {.size = sizeof binary};
#define DIRECT RTL_QUERY_REGISTRY_DIRECT
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {NULL, DIRECT | 0x100, wide("D"), &number, REG_DWORD << 24, NULL, 0},
        {NULL, DIRECT, wide("S"), &allocated, 0, NULL, 0},
        {NULL, DIRECT, wide("S"), &fits, 0, NULL, 0},
        {NULL, DIRECT, wide("B"), &binary, 0, NULL, 0},
        {NULL, DIRECT, wide("none"), &missing, REG_DWORD, &fallback, 4},
        {0},
    };
    WCHAR *path = wide("d");
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, table, NULL, NULL),
             STATUS_SUCCESS);
    CHECK(number == 77 && missing == 33 && fits.Length == 8 && room[4] == 0);
    CHECK_STR(rtl_utf8(allocated.Buffer, allocated.Length / 2), "text");
    RtlFreeUnicodeString(&allocated);
    CHECK(binary.size == 6 && binary.type == REG_BINARY && !memcmp(binary.data, "123456", 6));

    RTL_QUERY_REGISTRY_TABLE one[2] = {{NULL, DIRECT, wide("S"), &too_small, 0, NULL, 0}};
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, one, NULL, NULL),
             STATUS_BUFFER_TOO_SMALL);
    one[0] = (RTL_QUERY_REGISTRY_TABLE){
        NULL, DIRECT | 0x100, wide("S"), &fits, REG_DWORD << 24, NULL, 0};
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, one, NULL, NULL),
             STATUS_OBJECT_TYPE_MISMATCH);
    one[0] = (RTL_QUERY_REGISTRY_TABLE){
        NULL, DIRECT | RTL_QUERY_REGISTRY_REQUIRED, wide("none"), &missing, REG_DWORD, &fallback,
        4};
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, one, NULL, NULL),
             STATUS_OBJECT_NAME_NOT_FOUND);
    one[0] = (RTL_QUERY_REGISTRY_TABLE){NULL, DIRECT, NULL, &missing, 0, NULL, 0};
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, one, NULL, NULL),
             STATUS_INVALID_PARAMETER);
    HANDLE handle = registry_handle(key);
    number = 0;
    one[0] = (RTL_QUERY_REGISTRY_TABLE){NULL, DIRECT, wide("D"), &number, 0, NULL, 0};
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)handle, one, NULL, NULL),
             STATUS_SUCCESS);
    CHECK_EQ(number, 77);
    CHECK_EQ(ZwClose(handle), STATUS_SUCCESS);

    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, wide("no"), one, NULL, NULL),
             STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES | RTL_REGISTRY_OPTIONAL, wide("no"), one,
                                    NULL, NULL),
             STATUS_SUCCESS);
    CHECK_EQ(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, wide("W"), REG_DWORD, &number, 4),
             STATUS_SUCCESS);
    CHECK_EQ(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, wide("w")), STATUS_SUCCESS);
    CHECK_EQ(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, wide("d\\new")),
             STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, wide("d\\new")), STATUS_SUCCESS);
    CHECK_EQ(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, wide("d\\new")), STATUS_SUCCESS);
}

TEST(a_closed_handle_value_is_not_soon_reused, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES);
    HANDLE first = registry_handle(key);
    CHECK((int64_t)first < 0 && ((uintptr_t)first & 3) == 0);
    CHECK_EQ(handle_close(first), STATUS_SUCCESS);
    for (int i = 0; i < 5000; i++) {
        HANDLE h = registry_handle(key);
        CHECK(h && h != first && handle_is_open(h) && !handle_is_open(first));
        CHECK_EQ(handle_close(h), STATUS_SUCCESS);
        CHECK_EQ(handle_close(h), STATUS_INVALID_HANDLE);
    }
    HANDLE many[300];
    for (int i = 0; i < 300; i++)
        many[i] = registry_handle(key);
    CHECK_EQ(handle_report_leaks(), 300);
    for (int i = 0; i < 300; i++)
        CHECK_EQ(handle_close(many[i]), STATUS_SUCCESS);
    CHECK_EQ(handle_report_leaks(), 0);
    CHECK_EQ(handle_close((HANDLE)8), STATUS_INVALID_HANDLE);
}

TEST_NT(closing_what_is_not_open_is_a_violation, "")
{
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES);
    HANDLE handle = registry_handle(key);
    CHECK_EQ(ZwClose(handle), STATUS_SUCCESS);
    CHECK_EQ(nt_test_violations("0x93"), 0);
    CHECK_EQ(ZwClose(handle), STATUS_INVALID_HANDLE);
    CHECK_EQ(nt_test_violations("0x93"), 1);
}
