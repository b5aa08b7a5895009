/* SPDX-License-Identifier: MIT */
/* rtl_test.c - the run-time library, called as a driver calls it: by export name, with ms_abi. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tests/harness/test.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/pool.h"
#include "nt/rtl.h"

/* The driver-side function `name`, cast to RESULT NTAPI (*)(arguments). */
#define EXPORTED(result, name, ...) ((result(NTAPI *)(__VA_ARGS__))find(#name))

static void *find(const char *name)
{
    const struct nt_export *row = nt_export_find("ntoskrnl.exe", name);
    if (!row)
        test_fail(__FILE__, __LINE__, "%s is not exported", name);
    return row->entry;
}

static WCHAR *wide(const char *s)
{
    return rtl_utf16(s, NULL);
}

static UNICODE_STRING unicode(const char *s)
{
    UNICODE_STRING u;
    RtlInitUnicodeString(&u, wide(s));
    return u;
}

static const char *narrow(const UNICODE_STRING *u)
{
    return rtl_utf8(u->Buffer, u->Length / 2);
}

TEST(memory_copies_every_length_and_overlap, "")
{
    void *(NTAPI * copy)(void *, const void *, SIZE_T) =
        EXPORTED(void *, memcpy, void *, const void *, SIZE_T);
    static uint8_t a[600], b[600];
    for (size_t n = 0; n < 300; n++)
        for (size_t shift = 0; shift < 20; shift += 3) {
            for (size_t i = 0; i < sizeof a; i++)
                a[i] = b[i] = (uint8_t)(i * 7 + n);
            CHECK(copy(a + shift, a + 10, n) == a + shift);
            memmove(b + shift, b + 10, n);
            CHECK(!memcmp(a, b, sizeof a));
        }
}

TEST(memory_is_filled_exactly, "")
{
    void *(NTAPI * set)(void *, int, SIZE_T) = EXPORTED(void *, memset, void *, int, SIZE_T);
    uint8_t a[400];
    for (size_t n = 0; n < 300; n++) {
        memset(a, 0x11, sizeof a);
        set(a + 3, 0x1a5, n);
        for (size_t i = 0; i < sizeof a; i++)
            CHECK_EQ(a[i], i >= 3 && i < 3 + n ? 0xa5 : 0x11);
    }
    EXPORTED(void, RtlFillMemory, void *, SIZE_T, UCHAR)(a, 5, 0xee);
    CHECK_EQ(a[4], 0xee);
    EXPORTED(void, RtlZeroMemory, void *, SIZE_T)(a, 5);
    CHECK_EQ(a[4], 0);
}

TEST(copying_touches_no_byte_beyond_the_range, "")
{
    long page = sysconf(_SC_PAGESIZE);
    char *m = mmap(NULL, 3 * (size_t)page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(m != MAP_FAILED && !mprotect(m + page, (size_t)page, PROT_READ | PROT_WRITE));
    char from[300] = {0};
    for (size_t n = 1; n < sizeof from; n++) {
        nt_memcpy(m + 2 * page - n, from, n);
        nt_memcpy(m + page, from, n);
        nt_memset(m + 2 * page - n, 1, n);
        CHECK_EQ(RtlCompareMemory(m + 2 * page - n, m + 2 * page - n, n), n);
    }
}

TEST(compare_memory_counts_equal_bytes, "")
{
    CHECK_EQ(RtlCompareMemory("abcdef", "abcxef", 6), 3);
    CHECK_EQ(RtlCompareMemory("abc", "abc", 3), 3);
    CHECK_EQ(RtlCompareMemory("a", "b", 0), 0);
}

TEST(unicode_string_set_up_and_append, "")
{
    UNICODE_STRING u;
    RtlInitUnicodeString(&u, NULL);
    CHECK(u.Length == 0 && u.MaximumLength == 0 && u.Buffer == NULL);
    WCHAR buffer[8];
    UNICODE_STRING to = {0, sizeof buffer, buffer}, from = unicode("abc");
    CHECK_EQ(from.Length, 6);
    CHECK_EQ(from.MaximumLength, 8);
    RtlCopyUnicodeString(&to, &from);
    CHECK_EQ(buffer[3], 0);
    CHECK_EQ(RtlAppendUnicodeToString(&to, wide("de")), STATUS_SUCCESS);
    CHECK_STR(narrow(&to), "abcde");
    CHECK_EQ(RtlAppendUnicodeStringToString(&to, &from), STATUS_SUCCESS);
    CHECK_STR(narrow(&to), "abcdeabc");
    CHECK_EQ(RtlAppendUnicodeToString(&to, wide("x")), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(to.Length, 16);
    to.MaximumLength = 5; /* an odd size holds two characters */
    RtlCopyUnicodeString(&to, &from);
    CHECK_EQ(to.Length, 4);
    RtlCopyUnicodeString(&to, NULL);
    CHECK_EQ(to.Length, 0);
}

TEST(strings_compare_with_and_without_case, "")
{
    UNICODE_STRING a = unicode("Rss\xc3\xa4"), b = unicode("rSS\xc3\x84"), c = unicode("rss");
    CHECK(RtlEqualUnicodeString(&a, &b, TRUE));
    CHECK(!RtlEqualUnicodeString(&a, &b, FALSE));
    CHECK(RtlCompareUnicodeString(&a, &b, TRUE) == 0);
    CHECK(RtlCompareUnicodeString(&a, &b, FALSE) < 0);
    CHECK(RtlCompareUnicodeString(&a, &c, TRUE) > 0);
    CHECK(RtlPrefixUnicodeString(&c, &a, TRUE));
    CHECK(!RtlPrefixUnicodeString(&c, &a, FALSE));
    ULONG h1, h2;
    CHECK_EQ(RtlHashUnicodeString(&a, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &h1), STATUS_SUCCESS);
    CHECK_EQ(RtlHashUnicodeString(&b, TRUE, HASH_STRING_ALGORITHM_X65599, &h2), STATUS_SUCCESS);
    CHECK_EQ(h1, h2);
    CHECK_EQ(RtlHashUnicodeString(&c, FALSE, 0, &h1), STATUS_SUCCESS);
    CHECK_EQ(h1, ('r' * 65599u + 's') * 65599u + 's');
    ANSI_STRING x, y;
    RtlInitAnsiString(&x, "Speed");
    RtlInitAnsiString(&y, "sPEED");
    CHECK(RtlEqualString(&x, &y, TRUE) && !RtlEqualString(&x, &y, FALSE));
    CHECK(RtlCompareString(&x, &y, FALSE) < 0);
}

TEST(case_tables_map_back, "")
{
    for (unsigned c = 0; c < 0x10000; c++) {
        uint16_t up = rtl_upcase((uint16_t)c);
        if (up != c)
            CHECK_EQ(rtl_downcase(up), c);
        CHECK_EQ(rtl_upcase(up), up);
    }
    CHECK_EQ(rtl_upcase(0xe9), 0xc9);
    CHECK_EQ(rtl_upcase(0xf7), 0xf7); /* the division sign lies among the letters */
    CHECK_EQ(rtl_upcase(0x0451), 0x0401);
    CHECK_EQ(rtl_downcase(0x0178), 0xff);
}

TEST_NT(ansi_and_unicode_convert, "")
{
    UNICODE_STRING u;
    ANSI_STRING a, back;
    RtlInitAnsiString(&a, "10 \x80"); /* the euro sign of Windows-1252 */
    CHECK_EQ(RtlAnsiStringToUnicodeString(&u, &a, TRUE), STATUS_SUCCESS);
    CHECK_STR(narrow(&u), "10 \xe2\x82\xac");
    CHECK_EQ(RtlUnicodeStringToAnsiString(&back, &u, TRUE), STATUS_SUCCESS);
    CHECK_STR(back.Buffer, "10 \x80");
    RtlFreeAnsiString(&back);
    CHECK(back.Buffer == NULL);
    RtlFreeUnicodeString(&u);
    char small[4];
    ANSI_STRING s = {0, sizeof small, small};
    UNICODE_STRING four = unicode("abcd"), three = unicode("ab\xce\xa9");
    CHECK_EQ(RtlUnicodeStringToAnsiString(&s, &four, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(RtlUnicodeStringToAnsiString(&s, &three, FALSE), STATUS_SUCCESS);
    CHECK_STR(small, "ab?");
}

TEST(utf8_rejects_overlong_and_lone_surrogates, "")
{
    size_t used, n;
    CHECK_EQ(rtl_utf8_next("\xc0\x80", 2, &used), 0xfffd);
    CHECK_EQ(rtl_utf8_next("\xed\xa0\x80", 3, &used), 0xfffd);
    CHECK_EQ(rtl_utf8_next("\xe2\x82", 2, &used), 0xfffd);
    CHECK_EQ(rtl_utf8_next("\xf0\x9f\x98\x80", 4, &used), 0x1f600);
    CHECK_EQ(used, 4);
    WCHAR *w = rtl_utf16("\xf0\x9f\x98\x80", &n);
    CHECK_EQ(n, 2);
    CHECK_STR(rtl_utf8(w, 2), "\xf0\x9f\x98\x80");
    CHECK_STR(rtl_utf8(w, 1), "\xef\xbf\xbd");
}

TEST(integers_convert_as_the_pages_say, "")
{
    static const struct {
        const char *text;
        ULONG base, value;
    } rows[] = {{"42", 0, 42},    {"0x2a", 0, 42}, {"0b101", 0, 5},      {"0o17", 0, 15},
                {" -1", 10, ~0u}, {"ff", 16, 255}, {"12x", 10, 12},      {"", 10, 0},
                {"0x10", 10, 0},  {"101", 2, 5},   {"  +7 apples", 0, 7}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        UNICODE_STRING u = unicode(rows[i].text);
        ULONG v = 0xdead, w = 0xdead;
        CHECK_EQ(RtlUnicodeStringToInteger(&u, rows[i].base, &v), STATUS_SUCCESS);
        CHECK_EQ(v, rows[i].value);
        CHECK_EQ(RtlCharToInteger(rows[i].text, rows[i].base, &w), STATUS_SUCCESS);
        CHECK_EQ(w, rows[i].value);
    }
    ULONG v;
    UNICODE_STRING u = unicode("1");
    CHECK_EQ(RtlUnicodeStringToInteger(&u, 7, &v), STATUS_INVALID_PARAMETER);
    WCHAR buffer[10];
    UNICODE_STRING out = {0, sizeof buffer, buffer};
    CHECK_EQ(RtlIntegerToUnicodeString(0xbeef, 16, &out), STATUS_SUCCESS);
    CHECK_STR(narrow(&out), "BEEF");
    CHECK_EQ(RtlIntegerToUnicodeString(1234567890, 10, &out), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(RtlInt64ToUnicodeString(123456789, 0, &out), STATUS_SUCCESS);
    CHECK_STR(narrow(&out), "123456789");
}

TEST_NT(guid_survives_its_text, "")
{
    UNICODE_STRING text = unicode("{4D36E972-E325-11ce-BFC1-08002BE10318}"), back;
    GUID guid;
    CHECK_EQ(RtlGUIDFromString(&text, &guid), STATUS_SUCCESS);
    CHECK_EQ(guid.Data1, 0x4d36e972);
    CHECK_EQ(guid.Data3, 0x11ce);
    CHECK_EQ(guid.Data4[7], 0x18);
    CHECK_EQ(RtlStringFromGUID(&guid, &back), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&text, &back, TRUE));
    RtlFreeUnicodeString(&back);
    text.Buffer[3] = 'g';
    CHECK_EQ(RtlGUIDFromString(&text, &guid), STATUS_INVALID_PARAMETER);
}

TEST(time_fields_follow_the_gregorian_calendar, "")
{
    LARGE_INTEGER t = {.QuadPart = 116444736000000000ll + 951782400ll * 10000000}; /* 2000-02-29 */
    TIME_FIELDS f;
    RtlTimeToTimeFields(&t, &f);
    CHECK(f.Year == 2000 && f.Month == 2 && f.Day == 29 && f.Weekday == 2 && f.Hour == 0);
    for (int64_t day = 0; day < 400 * 366; day += 13) {
        LARGE_INTEGER in = {.QuadPart = day * 864000000000ll + 123450000}, out;
        RtlTimeToTimeFields(&in, &f);
        CHECK(RtlTimeFieldsToTime(&f, &out));
        CHECK_EQ(in.QuadPart, out.QuadPart);
    }
    f = (TIME_FIELDS){.Year = 1900, .Month = 2, .Day = 29};
    CHECK(!RtlTimeFieldsToTime(&f, &t));
}

TEST(bitmap_finds_runs_around_the_hint, "")
{
    ULONG words[4];
    RTL_BITMAP map;
    RtlInitializeBitMap(&map, words, 100);
    RtlSetAllBits(&map);
    CHECK_EQ(RtlNumberOfSetBits(&map), 100);
    RtlClearBits(&map, 30, 5);
    RtlClearBits(&map, 90, 10);
    CHECK_EQ(RtlNumberOfClearBits(&map), 15);
    CHECK_EQ(RtlFindClearBits(&map, 5, 0), 30);
    CHECK_EQ(RtlFindClearBits(&map, 5, 31), 90);
    CHECK_EQ(RtlFindClearBits(&map, 5, 97), 30);
    CHECK_EQ(RtlFindClearBits(&map, 10, 95), 90);
    CHECK_EQ(RtlFindClearBits(&map, 11, 0), 0xffffffff);
    CHECK_EQ(RtlFindClearBits(&map, 0, 13), 8);
    CHECK_EQ(RtlFindClearBitsAndSet(&map, 3, 0), 30);
    CHECK(RtlAreBitsSet(&map, 30, 3) && RtlAreBitsClear(&map, 33, 2));
    CHECK(!RtlAreBitsClear(&map, 98, 3) && !RtlAreBitsClear(&map, 98, 0));
    ULONG start;
    CHECK_EQ(RtlFindFirstRunClear(&map, &start), 2);
    CHECK_EQ(start, 33);
    CHECK_EQ(RtlFindLongestRunClear(&map, &start), 10);
    CHECK_EQ(start, 90);
    CHECK_EQ(RtlFindNextForwardRunClear(&map, 34, &start), 1);
    CHECK_EQ(RtlFindLastBackwardRunClear(&map, 80, &start), 2);
    CHECK_EQ(start, 33);
    RTL_BITMAP_RUN runs[3];
    CHECK_EQ(RtlFindClearRuns(&map, runs, 3, TRUE), 2);
    CHECK(runs[0].StartingIndex == 90 && runs[1].NumberOfBits == 2);
    CHECK_EQ(RtlFindClearRuns(&map, runs, 1, FALSE), 1);
    CHECK_EQ(runs[0].StartingIndex, 33);
    CHECK_EQ(RtlFindSetBitsAndClear(&map, 50, 0), 35);
    CHECK(RtlAreBitsClear(&map, 33, 52));
    CHECK_EQ(RtlFindMostSignificantBit(0x8000000000ull), 39);
    CHECK_EQ(RtlFindLeastSignificantBit(0), (CCHAR)-1);
}

TEST(the_machine_claims_to_be_windows_8, "")
{
    RTL_OSVERSIONINFOEXW v = {.dwOSVersionInfoSize = sizeof v, .szCSDVersion = {1}};
    CHECK_EQ(RtlGetVersion((PRTL_OSVERSIONINFOW)&v), STATUS_SUCCESS);
    CHECK(v.dwMajorVersion == 6 && v.dwMinorVersion == 2 && v.dwBuildNumber == 9200);
    CHECK(v.wProductType == VER_NT_WORKSTATION && v.szCSDVersion[0] == 0);
    CHECK_EQ(*(ULONG *)find("NtBuildNumber") & 0xffff, 9200);

    ULONGLONG(NTAPI * condition)
    (ULONGLONG, ULONG, UCHAR) = EXPORTED(ULONGLONG, VerSetConditionMask, ULONGLONG, ULONG, UCHAR);
    ULONGLONG at_least = condition(condition(0, VER_MAJORVERSION, VER_GREATER_EQUAL),
                                   VER_MINORVERSION, VER_GREATER_EQUAL);
    RTL_OSVERSIONINFOEXW want = {.dwMajorVersion = 6, .dwMinorVersion = 1};
    ULONG mask = VER_MAJORVERSION | VER_MINORVERSION;
    CHECK_EQ(RtlVerifyVersionInfo(&want, mask, at_least), STATUS_SUCCESS);
    want.dwMajorVersion = 5, want.dwMinorVersion = 9; /* a higher minor of a lower major */
    CHECK_EQ(RtlVerifyVersionInfo(&want, mask, at_least), STATUS_SUCCESS);
    want.dwMajorVersion = 10, want.dwMinorVersion = 0;
    CHECK_EQ(RtlVerifyVersionInfo(&want, mask, at_least), STATUS_REVISION_MISMATCH);
    want.dwMajorVersion = 6, want.dwMinorVersion = 2;
    CHECK_EQ(RtlVerifyVersionInfo(&want, mask,
                                  condition(condition(0, VER_MAJORVERSION, VER_GREATER),
                                            VER_MINORVERSION, VER_GREATER)),
             STATUS_REVISION_MISMATCH);
    CHECK_EQ(RtlVerifyVersionInfo(&want, 0, at_least), STATUS_INVALID_PARAMETER);
}

TEST(c_strings_behave_as_in_the_kernel, "")
{
    char b[16];
    CHECK_EQ(EXPORTED(SIZE_T, strlen, const char *)("four"), 4);
    CHECK(EXPORTED(int, strcmp, const char *, const char *)("a\x80", "a\x01") > 0);
    CHECK(EXPORTED(int, strncmp, const char *, const char *, SIZE_T)("abX", "abY", 2) == 0);
    CHECK(EXPORTED(int, _stricmp, const char *, const char *)("MTU", "mtu") == 0);
    CHECK_STR(EXPORTED(char *, strstr, const char *, const char *)("a.b.sys", ".s"), ".sys");
    CHECK_STR(EXPORTED(char *, strrchr, const char *, int)("a\\b\\c", '\\'), "\\c");
    CHECK_STR(EXPORTED(char *, strncpy, char *, const char *, SIZE_T)(b, "ab", 16), "ab");
    CHECK_EQ(b[15], 0);
    CHECK_EQ(EXPORTED(int, strcpy_s, char *, SIZE_T, const char *)(b, 3, "abc"), 34);
    CHECK_EQ(b[0], 0);
    CHECK_EQ(
        EXPORTED(int, strncpy_s, char *, SIZE_T, const char *, SIZE_T)(b, 3, "abc", (SIZE_T)-1),
        80);
    CHECK_STR(b, "ab");
    CHECK_EQ(EXPORTED(int, strcat_s, char *, SIZE_T, const char *)(b, 5, "cd"), 0);
    CHECK_STR(b, "abcd");
    char list[] = "::a:b", *context;
    CHECK_STR(EXPORTED(char *, strtok_s, char *, const char *, char **)(list, ":", &context), "a");
    CHECK_STR(EXPORTED(char *, strtok_s, char *, const char *, char **)(NULL, ":", &context), "b");
    CHECK(!EXPORTED(char *, strtok_s, char *, const char *, char **)(NULL, ":", &context));
    CHECK_EQ(EXPORTED(ULONG, strtoul, const char *, char **, int)("0xffffffffff", NULL, 0), ~0u);
    CHECK_EQ((LONG)EXPORTED(LONG, strtol, const char *, char **, int)(" -017z", NULL, 0),
             (LONG)-15);
    CHECK_EQ((LONG)EXPORTED(int, atoi, const char *)("-9999999999"), INT32_MIN);
    CHECK_EQ(EXPORTED(int, _itoa_s, int, char *, SIZE_T, int)(-255, b, 16, 16), 0);
    CHECK_STR(b, "ffffff01");
}

TEST(wide_strings_behave_as_in_the_kernel, "")
{
    WCHAR b[16];
    CHECK_EQ(EXPORTED(SIZE_T, wcslen, const WCHAR *)(wide("four")), 4);
    CHECK(EXPORTED(int, _wcsicmp, const WCHAR *, const WCHAR *)(wide("*RSS"), wide("*rss")) == 0);
    CHECK(EXPORTED(int, wcscmp, const WCHAR *, const WCHAR *)(wide("b"), wide("abc")) > 0);
    EXPORTED(WCHAR *, wcscpy, WCHAR *, const WCHAR *)(b, wide("ab"));
    EXPORTED(WCHAR *, wcscat, WCHAR *, const WCHAR *)(b, wide("cd"));
    CHECK_STR(rtl_utf8(b, 4), "abcd");
    CHECK_EQ(*EXPORTED(WCHAR *, wcschr, const WCHAR *, WCHAR)(b, 'c'), 'c');
    CHECK(EXPORTED(WCHAR *, wcsstr, const WCHAR *, const WCHAR *)(b, wide("bc")) == b + 1);
    CHECK_EQ(EXPORTED(ULONG, wcstoul, const WCHAR *, WCHAR **, int)(wide("0x10g"), NULL, 16), 16);
    CHECK_EQ(EXPORTED(SIZE_T, mbstowcs, WCHAR *, const char *, SIZE_T)(b, "xyz", 16), 3);
    CHECK_EQ(b[3], 0);
}

TEST(random_numbers_repeat_for_a_seed, "")
{
    ULONG(NTAPI * next)(PULONG) = EXPORTED(ULONG, RtlRandomEx, PULONG);
    ULONG a = 0, b = 0;
    for (int i = 0; i < 1000; i++) {
        ULONG v = next(&a);
        CHECK_EQ(v, next(&b));
        CHECK(v < 0x7fffffff);
    }
    CHECK_EQ(EXPORTED(ULONG, RtlComputeCrc32, ULONG, const void *, ULONG)(0, "123456789", 9),
             0xcbf43926);
}

static unsigned order_calls;

static int NTAPI by_number(const void *a, const void *b)
{
    order_calls++;
    return *(const int *)a - *(const int *)b;
}

TEST_NT(sorting_calls_the_drivers_function, "")
{
    void(NTAPI * sort)(void *, SIZE_T, SIZE_T, void *) =
        EXPORTED(void, qsort, void *, SIZE_T, SIZE_T, void *);
    void *(NTAPI * search)(const void *, const void *, SIZE_T, SIZE_T, void *) =
        EXPORTED(void *, bsearch, const void *, const void *, SIZE_T, SIZE_T, void *);
    int n[101], key;
    for (int size = 0; size <= 101; size += 7) {
        for (int i = 0; i < size; i++)
            n[i] = i * 37 % size;
        sort(n, (SIZE_T)size, sizeof n[0], by_number);
        for (int i = 0; i < size; i++)
            CHECK_EQ(n[i], i);
        for (key = 0; key < size; key++)
            CHECK(search(&key, n, (SIZE_T)size, sizeof n[0], by_number) == &n[key]);
        CHECK(!search(&key, n, (SIZE_T)size, sizeof n[0], by_number));
    }
    CHECK(order_calls > 0);
}

TEST_NT(a_failed_assertion_is_a_violation, "")
{
    RtlAssert("Adapter != NULL", "miniport.c", 12, NULL);
    CHECK_EQ(nt_test_violations("ASSERT"), 1);
    const struct violation_record *v;
    CHECK_EQ(report_violations(&v), 1);
    CHECK_HAS(v[0].text, "\"Adapter != NULL\" failed at miniport.c:12");
}

TEST_NT(comparing_unicode_strings_belongs_to_passive_level, "")
{
    UNICODE_STRING a = unicode("x");
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK(RtlEqualUnicodeString(&a, &a, TRUE)); /* reported, and done all the same */
    irql_lower(old);
    CHECK_EQ(nt_test_violations("Irql"), 1);
}
