/* SPDX-License-Identifier: MIT */
/* rtl_number.c - numbers, GUIDs and calendar time to text fields and back. */
#include "nt/rtl.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/pool.h"

#define STRING_TAG 0x67727453 /* 'Strg' */

/* --- integers -------------------------------------------------------------------------------- */

static bool known_base(ULONG base)
{
    return base == 0 || base == 2 || base == 8 || base == 10 || base == 16;
}

/* One scanner for both character widths: `at(s, i)` gives a character, 0 at the end. */
static ULONG scan(const void *s, unsigned (*at)(const void *s, size_t i), size_t n, ULONG base)
{
    size_t i = 0;
    while (i < n && at(s, i) && at(s, i) <= ' ')
        i++;
    bool negative = false;
    if (i < n && (at(s, i) == '-' || at(s, i) == '+'))
        negative = at(s, i++) == '-';
    if (base == 0) {
        base = 10;
        if (i + 1 < n && at(s, i) == '0') {
            unsigned mark = at(s, i + 1);
            base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
            if (base != 10)
                i += 2;
        }
    }
    ULONG value = 0;
    for (; i < n; i++) {
        unsigned c = at(s, i), digit;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (c | 32) - 'a' + 10;
        else
            break;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    return negative ? 0 - value : value;
}

static unsigned unit_at(const void *s, size_t i)
{
    return ((const WCHAR *)s)[i];
}

static unsigned char_at(const void *s, size_t i)
{
    return ((const uint8_t *)s)[i];
}

NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    IRQL_MAX(PASSIVE_LEVEL);
    if (!known_base(Base))
        return STATUS_INVALID_PARAMETER;
    *Value = scan(String->Buffer, unit_at, String->Length / 2, Base);
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlUnicodeStringToInteger);

NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value)
{
    IRQL_MAX(PASSIVE_LEVEL);
    if (!known_base(Base))
        return STATUS_INVALID_PARAMETER;
    size_t n = 0;
    while (String[n])
        n++;
    *Value = scan(String, char_at, n, Base);
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlCharToInteger);

/* The terminator must fit as well. */
static NTSTATUS integer_to_unicode(ULONGLONG value, ULONG base, PUNICODE_STRING string)
{
    if (!known_base(base))
        return STATUS_INVALID_PARAMETER;
    char text[65];
    size_t n = rtl_integer_text(text, value, base ? base : 10, true);
    if (2 * n + 2 > string->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    for (size_t i = 0; i <= n; i++)
        string->Buffer[i] = (WCHAR)text[i];
    string->Length = (USHORT)(2 * n);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return integer_to_unicode(Value, Base, String);
}
NT_EXPORT("ntoskrnl.exe", RtlIntegerToUnicodeString);

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return integer_to_unicode(Value, Base, String);
}
NT_EXPORT("ntoskrnl.exe", RtlInt64ToUnicodeString);

/* --- GUIDs ----------------------------------------------------------------------------------- */

#define GUID_CHARS 38 /* {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx} */

/* Where the hexadecimal digits of byte i of a GUID's textual order are: the first three fields are
 * written as numbers, so most significant byte first. */
static const uint8_t guid_text_at[16] = {1,  3,  5,  7,  10, 12, 15, 17,
                                         20, 22, 25, 27, 29, 31, 33, 35};
static const uint8_t guid_byte_at[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

NTSTATUS NTAPI RtlStringFromGUID(const GUID *const Guid, PUNICODE_STRING GuidString)
{
    IRQL_MAX(PASSIVE_LEVEL);
    WCHAR *text = nt_pool_alloc(2 * GUID_CHARS + 2, STRING_TAG);
    if (!text)
        return STATUS_NO_MEMORY;
    text[0] = '{';
    text[9] = text[14] = text[19] = text[24] = '-';
    text[GUID_CHARS - 1] = '}';
    text[GUID_CHARS] = 0;
    for (int i = 0; i < 16; i++) {
        uint8_t byte = ((const uint8_t *)Guid)[guid_byte_at[i]];
        text[guid_text_at[i]] = (WCHAR) "0123456789ABCDEF"[byte >> 4];
        text[guid_text_at[i] + 1] = (WCHAR) "0123456789ABCDEF"[byte & 15];
    }
    GuidString->Buffer = text;
    GuidString->Length = 2 * GUID_CHARS;
    GuidString->MaximumLength = 2 * GUID_CHARS + 2;
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlStringFromGUID);

static int hex_value(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

NTSTATUS NTAPI RtlGUIDFromString(PUNICODE_STRING GuidString, GUID *Guid)
{
    IRQL_MAX(PASSIVE_LEVEL);
    const WCHAR *text = GuidString->Buffer;
    if (GuidString->Length < 2 * GUID_CHARS || text[0] != '{' || text[9] != '-' ||
        text[14] != '-' || text[19] != '-' || text[24] != '-' || text[GUID_CHARS - 1] != '}')
        return STATUS_INVALID_PARAMETER;
    GUID guid;
    for (int i = 0; i < 16; i++) {
        int high = hex_value(text[guid_text_at[i]]), low = hex_value(text[guid_text_at[i] + 1]);
        if (high < 0 || low < 0)
            return STATUS_INVALID_PARAMETER;
        ((uint8_t *)&guid)[guid_byte_at[i]] = (uint8_t)(high << 4 | low);
    }
    *Guid = guid;
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlGUIDFromString);

/* --- time ------------------------------------------------------------------------------------ */

/* NT counts 100 ns since 1 January 1601, a Monday, in the proleptic Gregorian calendar. */
#define TICKS_PER_SECOND 10000000ll
#define DAYS_400_YEARS   146097
#define SECONDS_TO_1970  11644473600ll
#define SECONDS_TO_1980  11960006400ll

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1601-01-01 to January 1 of `year`. */
static int64_t days_before(int year)
{
    int64_t y = year - 1601;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

void NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    int64_t ticks = Time->QuadPart < 0 ? 0 : Time->QuadPart;
    int64_t ms = ticks / (TICKS_PER_SECOND / 1000);
    int64_t days = ms / 86400000;
    int32_t rest = (int32_t)(ms % 86400000);
    int year = (int)(1601 + days * 400 / DAYS_400_YEARS);
    while (days_before(year) > days)
        year--;
    while (days_before(year + 1) <= days)
        year++;
    int day = (int)(days - days_before(year)), month = 1;
    while (day >= month_days(year, month))
        day -= month_days(year, month++);
    TimeFields->Year = (CSHORT)year;
    TimeFields->Month = (CSHORT)month;
    TimeFields->Day = (CSHORT)(day + 1);
    TimeFields->Hour = (CSHORT)(rest / 3600000);
    TimeFields->Minute = (CSHORT)(rest / 60000 % 60);
    TimeFields->Second = (CSHORT)(rest / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(rest % 1000);
    TimeFields->Weekday = (CSHORT)((days + 1) % 7);
}
NT_EXPORT("ntoskrnl.exe", RtlTimeToTimeFields);

/* FALSE if a field is out of its range; Weekday is ignored (WDK: RtlTimeFieldsToTime). */
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    const TIME_FIELDS *f = TimeFields;
    if (f->Year < 1601 || f->Year > 30827 || f->Month < 1 || f->Month > 12 || f->Day < 1 ||
        f->Day > month_days(f->Year, f->Month) || f->Hour < 0 || f->Hour > 23 || f->Minute < 0 ||
        f->Minute > 59 || f->Second < 0 || f->Second > 59 || f->Milliseconds < 0 ||
        f->Milliseconds > 999)
        return FALSE;
    int64_t days = days_before(f->Year) + f->Day - 1;
    for (int month = 1; month < f->Month; month++)
        days += month_days(f->Year, month);
    int64_t seconds = days * 86400 + f->Hour * 3600 + f->Minute * 60 + f->Second;
    Time->QuadPart = seconds * TICKS_PER_SECOND + f->Milliseconds * (TICKS_PER_SECOND / 1000);
    return TRUE;
}
NT_EXPORT("ntoskrnl.exe", RtlTimeFieldsToTime);

static BOOLEAN to_seconds(const LARGE_INTEGER *time, PULONG seconds, int64_t base)
{
    int64_t s = time->QuadPart / TICKS_PER_SECOND - base;
    if (s < 0 || s > UINT32_MAX)
        return FALSE;
    *seconds = (ULONG)s;
    return TRUE;
}

static BOOLEAN NTAPI nt_seconds_1970(PLARGE_INTEGER time, PULONG seconds)
{
    return to_seconds(time, seconds, SECONDS_TO_1970);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlTimeToSecondsSince1970, nt_seconds_1970);

static BOOLEAN NTAPI nt_seconds_1980(PLARGE_INTEGER time, PULONG seconds)
{
    return to_seconds(time, seconds, SECONDS_TO_1980);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlTimeToSecondsSince1980, nt_seconds_1980);

static void NTAPI nt_time_1970(ULONG seconds, PLARGE_INTEGER time)
{
    time->QuadPart = (seconds + SECONDS_TO_1970) * TICKS_PER_SECOND;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlSecondsSince1970ToTime, nt_time_1970);

static void NTAPI nt_time_1980(ULONG seconds, PLARGE_INTEGER time)
{
    time->QuadPart = (seconds + SECONDS_TO_1980) * TICKS_PER_SECOND;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlSecondsSince1980ToTime, nt_time_1980);
