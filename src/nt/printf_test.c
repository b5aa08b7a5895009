/* SPDX-License-Identifier: MIT */
/* printf_test.c - the kernel's format rules, through the functions that drivers import. */
#include "tests/harness/test.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/printf.h"
#include "nt/rtl.h"

#define EXPORTED(result, name, ...) ((result(NTAPI *)(__VA_ARGS__))find(#name))

static void *find(const char *name)
{
    const struct nt_export *row = nt_export_find("ntoskrnl.exe", name);
    if (!row)
        test_fail(__FILE__, __LINE__, "%s is not exported", name);
    return row->entry;
}

static char text[256];
#define PRINT(...)                                                                                 \
    (EXPORTED(int, _snprintf, char *, SIZE_T, const char *, ...)(text, 256, __VA_ARGS__), text)

static const WCHAR wide_text[] = {'w', 0xe9, 'd', 0};

TEST(integers_follow_the_width_prefixes, "")
{
    CHECK_STR(PRINT("%d %i %u", -1, 2, 3000000000u), "-1 2 3000000000");
    CHECK_STR(PRINT("%ld %lu", -5, 0xffffffffu), "-5 4294967295"); /* long is 32 bits */
    CHECK_STR(PRINT("%I64d|%lld|%I64u", -1ll, 1ll << 40, ~0ull),
              "-1|1099511627776|18446744073709551615");
    CHECK_STR(PRINT("%I64x %I32x %Ix", 0xabcdef012ull, 7, 0x123456789ull), "abcdef012 7 123456789");
    CHECK_STR(PRINT("%hd %hu %hx", 0x1ffff, 0x1ffff, 0x12345), "-1 65535 2345");
    CHECK_STR(PRINT("%x %X %#x %#X %o %#o", 255, 255, 255, 255, 8, 8), "ff FF 0xff 0XFF 10 010");
    CHECK_STR(PRINT("[%5d][%-5d][%05d][%+d][% d]", 42, 42, -42, 42, 42),
              "[   42][42   ][-0042][+42][ 42]");
    CHECK_STR(PRINT("[%.3d][%6.3d][%06.3d][%.0d]", 7, 7, 7, 0), "[007][   007][   007][]");
    CHECK_STR(PRINT("[%*d][%-*d][%.*d]", 4, 1, 4, 2, 3, 3), "[   1][2   ][003]");
    CHECK_STR(PRINT("[%*d]", -4, 1), "[1   ]");
    CHECK_STR(PRINT("%02x:%02x %08lX", 1, 0xab, 0xbeef), "01:ab 0000BEEF");
    CHECK_STR(PRINT("%I64d", INT64_MIN), "-9223372036854775808");
    CHECK_STR(PRINT("%p", (void *)0xfffff80012ab), "0000FFFFF80012AB");
    CHECK_STR(PRINT("100%% %y"), "100% y");
}

TEST(text_follows_the_width_prefixes, "")
{
    UNICODE_STRING u;
    ANSI_STRING a;
    RtlInitUnicodeString(&u, wide_text);
    RtlInitAnsiString(&a, "counted, not terminated");
    a.Length = 7;
    CHECK_STR(PRINT("%s %S %ws %ls %hs", "n", wide_text, wide_text, wide_text, "h"), "n w\xe9"
                                                                                     "d w\xe9"
                                                                                     "d w\xe9"
                                                                                     "d h");
    CHECK_STR(PRINT("%wZ|%Z|%lZ", &u, &a, &u), "w\xe9"
                                               "d|counted|w\xe9"
                                               "d");
    CHECK_STR(PRINT("%c%C%hc%lc%wc", 'a', 0xe9, 'b', 'c', 'd'), "a\xe9"
                                                                "bcd");
    CHECK_STR(PRINT("[%5s][%-5s][%.2s][%.*s]", "abc", "abc", "abc", 1, "xyz"),
              "[  abc][abc  ][ab][x]");
    CHECK_STR(PRINT("%s %S %wZ", NULL, NULL, NULL), "(null) (null) (null)");
}

TEST(floating_point_takes_its_argument, "")
{
    CHECK_STR(PRINT("%d %.2f %s", 1, 2.5, "after"), "1 2.50 after");
}

TEST(wide_functions_turn_s_round, "")
{
    WCHAR out[64], format[] = {'%', 's', ' ', '%', 'S', ' ', '%', 'h', 's', ' ', '%', 'd', 0};
    int n = EXPORTED(int, _snwprintf, WCHAR *, SIZE_T, const WCHAR *,
                     ...)(out, 64, format, wide_text, "narrow", "h", 5);
    CHECK_STR(rtl_utf8(out, (size_t)n), "w\xc3\xa9"
                                        "d narrow h 5");
}

TEST(results_tell_whether_the_text_fitted, "")
{
    char b[8];
    int(NTAPI * print)(char *, SIZE_T, const char *, ...) =
        EXPORTED(int, _snprintf, char *, SIZE_T, const char *, ...);
    memset(b, '#', sizeof b);
    CHECK_EQ(print(b, 4, "%s", "abc"), 3);
    CHECK_STR(b, "abc");
    CHECK_EQ(print(b, 4, "%s", "wxyz"), 4);
    CHECK(b[3] == 'z' && b[4] == '#'); /* exactly full: no terminator */
    CHECK_EQ((unsigned)print(b, 4, "%s", "abcde"), (unsigned)-1);
    int(NTAPI * print_s)(char *, SIZE_T, const char *, ...) =
        EXPORTED(int, sprintf_s, char *, SIZE_T, const char *, ...);
    CHECK_EQ(print_s(b, 4, "%d", 123), 3);
    CHECK_EQ((unsigned)print_s(b, 4, "%d", 1234), (unsigned)-1);
    CHECK_EQ(b[0], 0);
    int(NTAPI * print_sn)(char *, SIZE_T, SIZE_T, const char *, ...) =
        EXPORTED(int, _snprintf_s, char *, SIZE_T, SIZE_T, const char *, ...);
    CHECK_EQ((unsigned)print_sn(b, 4, (SIZE_T)-1, "%d", 12345), (unsigned)-1);
    CHECK_STR(b, "123");
    CHECK_EQ((unsigned)print_sn(b, 8, 2, "%d", 12345), (unsigned)-1);
    CHECK_STR(b, "12");
}

static char seen[4096];

static void sink(const char *part)
{
    strcat(seen, part);
}

TEST(dbgprint_reaches_the_sink_as_utf8, "")
{
    dbgprint_sink = sink;
    EXPORTED(ULONG, DbgPrint, const char *, ...)("link %s, %d Mb/s, %ws\n", "up", 1000, wide_text);
    CHECK_STR(seen, "link up, 1000 Mb/s, w\xc3\xa9"
                    "d\n");
    seen[0] = 0;
    dbgprint_levels = 1;
    EXPORTED(ULONG, DbgPrintEx, ULONG, ULONG, const char *, ...)(0, 3, "hidden");
    EXPORTED(ULONG, DbgPrintEx, ULONG, ULONG, const char *, ...)(0, 0, "shown");
    CHECK_STR(seen, "shown");
    seen[0] = 0;
    char *much = malloc(3001);
    memset(much, 'x', 3000);
    much[3000] = 0;
    EXPORTED(ULONG, DbgPrint, const char *, ...)("%s", much);
    CHECK_EQ(strlen(seen), 512);
}

/* WDK: DbgPrint, Remarks: %C, %S, %lc, %ls, %wc, %ws and %wZ only at PASSIVE_LEVEL. */
TEST_NT(unicode_conversions_belong_to_passive_level, "")
{
    dbgprint_sink = sink;
    ULONG (NTAPI *print)(const char *, ...) = EXPORTED(ULONG, DbgPrint, const char *, ...);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    print("%s %d\n", "narrow", 1);
    CHECK_EQ(nt_test_violations("Irql"), 0);
    print("%ws\n", wide_text);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("Irql"), 1);
    CHECK_HAS(seen, "narrow 1\nw\xc3\xa9");
}
