/* SPDX-License-Identifier: MIT */
/* rtl_string.c - UNICODE_STRING and ANSI_STRING: set up, copy, append, compare, change case,
 * convert.
 *
 * Lengths are in bytes, buffers need not be terminated. Strings that a function allocates come from
 * the pool and are released with RtlFreeUnicodeString or RtlFreeAnsiString. IRQL limits are those
 * of each function's WDK page; where the page says "any, if resident" nothing is checked. */
#include "nt/rtl.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/pool.h"

#define STRING_TAG 0x67727453 /* 'Strg' */

/* The longest text that a UNICODE_STRING holds together with its terminator. */
#define MAX_UNICODE_BYTES 0xfffc
#define MAX_ANSI_BYTES    0xfffe

static size_t ansi_length(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

/* --- set up ---------------------------------------------------------------------------------- */

void NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t bytes = SourceString ? 2 * rtl_wcsnlen(SourceString, MAX_UNICODE_BYTES / 2) : 0;
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = SourceString ? (USHORT)(bytes + 2) : 0;
    DestinationString->Buffer = (PWSTR)SourceString;
}
NT_EXPORT("ntoskrnl.exe", RtlInitUnicodeString);

static NTSTATUS NTAPI nt_init_unicode_string_ex(PUNICODE_STRING destination, PCWSTR source)
{
    if (source && rtl_wcsnlen(source, MAX_UNICODE_BYTES / 2 + 1) > MAX_UNICODE_BYTES / 2)
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(destination, source);
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlInitUnicodeStringEx, nt_init_unicode_string_ex);

void NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
    size_t bytes = SourceString ? ansi_length((const char *)SourceString, MAX_ANSI_BYTES) : 0;
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = SourceString ? (USHORT)(bytes + 1) : 0;
    DestinationString->Buffer = (PCHAR)SourceString;
}
NT_EXPORT("ntoskrnl.exe", RtlInitString);

void NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}
NT_EXPORT("ntoskrnl.exe", RtlInitAnsiString);

static NTSTATUS NTAPI nt_init_string_ex(PSTRING destination, PCSZ source)
{
    if (source && ansi_length((const char *)source, MAX_ANSI_BYTES + 1) > MAX_ANSI_BYTES)
        return STATUS_NAME_TOO_LONG;
    RtlInitString(destination, source);
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlInitStringEx, nt_init_string_ex);
NT_EXPORT_AS("ntoskrnl.exe", RtlInitAnsiStringEx, nt_init_string_ex);

/* --- copy and append ------------------------------------------------------------------------- */

static void terminate_if_room(PUNICODE_STRING s)
{
    if (s->Length + 1 < s->MaximumLength)
        s->Buffer[s->Length / 2] = 0;
}

/* Copies what fits (WDK: RtlCopyUnicodeString); a NULL source empties the destination. */
void NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    if (!SourceString) {
        DestinationString->Length = 0;
        return;
    }
    USHORT n = SourceString->Length;
    if (n > DestinationString->MaximumLength)
        n = DestinationString->MaximumLength;
    n &= ~1;
    nt_memmove(DestinationString->Buffer, SourceString->Buffer, n);
    DestinationString->Length = n;
    terminate_if_room(DestinationString);
}
NT_EXPORT("ntoskrnl.exe", RtlCopyUnicodeString);

void NTAPI RtlCopyString(PSTRING DestinationString, const PSTRING SourceString)
{
    USHORT n = SourceString ? SourceString->Length : 0;
    if (n > DestinationString->MaximumLength)
        n = DestinationString->MaximumLength;
    if (n)
        nt_memmove(DestinationString->Buffer, SourceString->Buffer, n);
    DestinationString->Length = n;
}
NT_EXPORT("ntoskrnl.exe", RtlCopyString);

static NTSTATUS append(PUNICODE_STRING to, const WCHAR *text, size_t bytes)
{
    if (to->Length + bytes > to->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    nt_memmove((char *)to->Buffer + to->Length, text, bytes);
    to->Length = (USHORT)(to->Length + bytes);
    terminate_if_room(to);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return Source->Length ? append(Destination, Source->Buffer, Source->Length) : STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlAppendUnicodeStringToString);

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    if (!Source)
        return STATUS_SUCCESS;
    return append(Destination, Source, 2 * rtl_wcsnlen(Source, 0x8000));
}
NT_EXPORT("ntoskrnl.exe", RtlAppendUnicodeToString);

static NTSTATUS NTAPI nt_append_string(PSTRING destination, const STRING *source)
{
    if (destination->Length + source->Length > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    nt_memmove(destination->Buffer + destination->Length, source->Buffer, source->Length);
    destination->Length += source->Length;
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlAppendStringToString, nt_append_string);

static NTSTATUS NTAPI nt_append_asciiz(PSTRING destination, PCSZ text)
{
    if (!text)
        return STATUS_SUCCESS;
    size_t n = ansi_length((const char *)text, 0x10000);
    if (destination->Length + n > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    nt_memmove(destination->Buffer + destination->Length, text, n);
    destination->Length = (USHORT)(destination->Length + n);
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlAppendAsciizToString, nt_append_asciiz);

/* --- allocate and free ----------------------------------------------------------------------- */

/* A new, terminated string of `bytes` bytes in *s, or false with *s untouched. */
static bool allocate_unicode(UNICODE_STRING *s, size_t bytes)
{
    WCHAR *buffer = nt_pool_alloc(bytes + 2, STRING_TAG);
    if (!buffer)
        return false;
    buffer[bytes / 2] = 0;
    s->Buffer = buffer;
    s->Length = (USHORT)bytes;
    s->MaximumLength = (USHORT)(bytes + 2);
    return true;
}

void NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    IRQL_MAX(APC_LEVEL);
    if (UnicodeString->Buffer) {
        nt_pool_free(UnicodeString->Buffer);
        *UnicodeString = (UNICODE_STRING){0};
    }
}
NT_EXPORT("ntoskrnl.exe", RtlFreeUnicodeString);

void NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    IRQL_MAX(APC_LEVEL);
    if (AnsiString->Buffer) {
        nt_pool_free(AnsiString->Buffer);
        *AnsiString = (ANSI_STRING){0};
    }
}
NT_EXPORT("ntoskrnl.exe", RtlFreeAnsiString);

static BOOLEAN NTAPI nt_create_unicode_string(PUNICODE_STRING destination, PCWSTR source)
{
    irql_require("RtlCreateUnicodeString", 0, PASSIVE_LEVEL);
    size_t bytes = 2 * rtl_wcsnlen(source, 0x8000);
    if (bytes > MAX_UNICODE_BYTES || !allocate_unicode(destination, bytes))
        return FALSE;
    nt_memmove(destination->Buffer, source, bytes);
    return TRUE;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlCreateUnicodeString, nt_create_unicode_string);

/* Flags: 1 terminates the copy, 2 (only together with 1) allocates even for an empty source. */
static NTSTATUS NTAPI nt_duplicate_unicode_string(ULONG flags, const UNICODE_STRING *source,
                                                  PUNICODE_STRING destination)
{
    irql_require("RtlDuplicateUnicodeString", 0, PASSIVE_LEVEL);
    if (flags > 3 || flags == 2 || !destination)
        return STATUS_INVALID_PARAMETER;
    size_t bytes = source ? source->Length : 0;
    if ((flags & 1) && bytes > MAX_UNICODE_BYTES)
        return STATUS_NAME_TOO_LONG;
    if (bytes == 0 && flags != 3) {
        *destination = (UNICODE_STRING){0};
        return STATUS_SUCCESS;
    }
    if (!allocate_unicode(destination, bytes))
        return STATUS_NO_MEMORY;
    if (bytes)
        nt_memmove(destination->Buffer, source->Buffer, bytes);
    if (!(flags & 1))
        destination->MaximumLength = (USHORT)bytes;
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlDuplicateUnicodeString, nt_duplicate_unicode_string);

/* --- compare --------------------------------------------------------------------------------- */

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return rtl_compare(String1->Buffer, String1->Length / 2, String2->Buffer, String2->Length / 2,
                       CaseInSensitive);
}
NT_EXPORT("ntoskrnl.exe", RtlCompareUnicodeString);

LONG NTAPI RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2,
                                    SIZE_T String2Length, BOOLEAN CaseInSensitive)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return rtl_compare(String1, String1Length, String2, String2Length, CaseInSensitive);
}
NT_EXPORT("ntoskrnl.exe", RtlCompareUnicodeStrings);

BOOLEAN NTAPI RtlEqualUnicodeString(const UNICODE_STRING *String1, const UNICODE_STRING *String2,
                                    BOOLEAN CaseInSensitive)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return String1->Length == String2->Length &&
           !rtl_compare(String1->Buffer, String1->Length / 2, String2->Buffer, String2->Length / 2,
                        CaseInSensitive);
}
NT_EXPORT("ntoskrnl.exe", RtlEqualUnicodeString);

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return String1->Length <= String2->Length &&
           !rtl_compare(String1->Buffer, String1->Length / 2, String2->Buffer, String1->Length / 2,
                        CaseInSensitive);
}
NT_EXPORT("ntoskrnl.exe", RtlPrefixUnicodeString);

CHAR NTAPI RtlUpperChar(CHAR Character)
{
    IRQL_MAX(APC_LEVEL);
    uint16_t upper = rtl_upcase(rtl_ansi_to_unit((uint8_t)Character));
    uint8_t ansi = rtl_unit_to_ansi(upper);
    return ansi == '?' && upper != '?' ? Character : (CHAR)ansi;
}
NT_EXPORT("ntoskrnl.exe", RtlUpperChar);

static LONG compare_ansi(const STRING *a, const STRING *b, size_t n, BOOLEAN ignore_case)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t x = (uint8_t)a->Buffer[i], y = (uint8_t)b->Buffer[i];
        if (x != y && ignore_case) {
            x = (uint8_t)RtlUpperChar((CHAR)x);
            y = (uint8_t)RtlUpperChar((CHAR)y);
        }
        if (x != y)
            return (LONG)x - (LONG)y;
    }
    return 0;
}

LONG NTAPI RtlCompareString(const PSTRING String1, const PSTRING String2, BOOLEAN CaseInSensitive)
{
    IRQL_MAX(PASSIVE_LEVEL);
    USHORT n = String1->Length < String2->Length ? String1->Length : String2->Length;
    LONG order = compare_ansi(String1, String2, n, CaseInSensitive);
    return order ? order : (LONG)String1->Length - (LONG)String2->Length;
}
NT_EXPORT("ntoskrnl.exe", RtlCompareString);

BOOLEAN NTAPI RtlEqualString(const PSTRING String1, const PSTRING String2, BOOLEAN CaseInSensitive)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return String1->Length == String2->Length &&
           !compare_ansi(String1, String2, String1->Length, CaseInSensitive);
}
NT_EXPORT("ntoskrnl.exe", RtlEqualString);

static BOOLEAN NTAPI nt_prefix_string(const STRING *prefix, const STRING *s, BOOLEAN ignore_case)
{
    return prefix->Length <= s->Length && !compare_ansi(prefix, s, prefix->Length, ignore_case);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlPrefixString, nt_prefix_string);

/* Only the x65599 hash exists, and it is the default one (WDK: RtlHashUnicodeString). */
NTSTATUS NTAPI RtlHashUnicodeString(const UNICODE_STRING *String, BOOLEAN CaseInSensitive,
                                    ULONG HashAlgorithm, PULONG HashValue)
{
    IRQL_MAX(APC_LEVEL);
    if (!String || !HashValue || HashAlgorithm > HASH_STRING_ALGORITHM_X65599)
        return STATUS_INVALID_PARAMETER;
    ULONG hash = 0;
    for (unsigned i = 0; i < String->Length / 2u; i++)
        hash = hash * 65599 + (CaseInSensitive ? rtl_upcase(String->Buffer[i]) : String->Buffer[i]);
    *HashValue = hash;
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlHashUnicodeString);

/* --- change case ----------------------------------------------------------------------------- */

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    IRQL_MAX(APC_LEVEL);
    return rtl_upcase(SourceCharacter);
}
NT_EXPORT("ntoskrnl.exe", RtlUpcaseUnicodeChar);

WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    IRQL_MAX(PASSIVE_LEVEL);
    return rtl_downcase(SourceCharacter);
}
NT_EXPORT("ntoskrnl.exe", RtlDowncaseUnicodeChar);

static NTSTATUS change_case(PUNICODE_STRING to, const UNICODE_STRING *from, bool allocate,
                            uint16_t (*change)(uint16_t))
{
    if (allocate) {
        if (!allocate_unicode(to, from->Length))
            return STATUS_NO_MEMORY;
        to->MaximumLength = from->Length;
    } else if (from->Length > to->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (unsigned i = 0; i < from->Length / 2u; i++)
        to->Buffer[i] = change(from->Buffer[i]);
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                      PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    IRQL_MAX(APC_LEVEL);
    return change_case(DestinationString, SourceString, AllocateDestinationString, rtl_upcase);
}
NT_EXPORT("ntoskrnl.exe", RtlUpcaseUnicodeString);

static NTSTATUS NTAPI nt_downcase_string(PUNICODE_STRING to, const UNICODE_STRING *from,
                                         BOOLEAN allocate)
{
    irql_require("RtlDowncaseUnicodeString", 0, APC_LEVEL);
    return change_case(to, from, allocate, rtl_downcase);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlDowncaseUnicodeString, nt_downcase_string);

void NTAPI RtlUpperString(PSTRING DestinationString, const PSTRING SourceString)
{
    IRQL_MAX(APC_LEVEL);
    USHORT n = SourceString->Length;
    if (n > DestinationString->MaximumLength)
        n = DestinationString->MaximumLength;
    for (USHORT i = 0; i < n; i++)
        DestinationString->Buffer[i] = RtlUpperChar(SourceString->Buffer[i]);
    DestinationString->Length = n;
}
NT_EXPORT("ntoskrnl.exe", RtlUpperString);

/* --- ANSI and Unicode ------------------------------------------------------------------------ */

ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
    return 2u * AnsiString->Length + 2;
}
NT_EXPORT("ntoskrnl.exe", RtlxAnsiStringToUnicodeSize);

ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    return UnicodeString->Length / 2u + 1;
}
NT_EXPORT("ntoskrnl.exe", RtlxUnicodeStringToAnsiSize);

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                            PANSI_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    IRQL_MAX(PASSIVE_LEVEL);
    ULONG bytes = RtlxAnsiStringToUnicodeSize(SourceString) - 2;
    if (bytes > MAX_UNICODE_BYTES)
        return STATUS_INVALID_PARAMETER_2;
    if (AllocateDestinationString) {
        if (!allocate_unicode(DestinationString, bytes))
            return STATUS_NO_MEMORY;
    } else if (bytes + 2 > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (ULONG i = 0; i < bytes / 2; i++)
        DestinationString->Buffer[i] = rtl_ansi_to_unit((uint8_t)SourceString->Buffer[i]);
    DestinationString->Buffer[bytes / 2] = 0;
    DestinationString->Length = (USHORT)bytes;
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlAnsiStringToUnicodeString);

NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    IRQL_MAX(PASSIVE_LEVEL);
    ULONG chars = SourceString->Length / 2u;
    if (AllocateDestinationString) {
        char *buffer = nt_pool_alloc(chars + 1, STRING_TAG);
        if (!buffer)
            return STATUS_NO_MEMORY;
        DestinationString->Buffer = buffer;
        DestinationString->MaximumLength = (USHORT)(chars + 1);
    } else if (chars + 1 > DestinationString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (ULONG i = 0; i < chars; i++)
        DestinationString->Buffer[i] = (char)rtl_unit_to_ansi(SourceString->Buffer[i]);
    DestinationString->Buffer[chars] = 0;
    DestinationString->Length = (USHORT)chars;
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlUnicodeStringToAnsiString);

static NTSTATUS NTAPI nt_multibyte_to_unicode(PWCH to, ULONG to_bytes, PULONG done,
                                              const char *from, ULONG from_bytes)
{
    ULONG n = from_bytes < to_bytes / 2 ? from_bytes : to_bytes / 2;
    for (ULONG i = 0; i < n; i++)
        to[i] = rtl_ansi_to_unit((uint8_t)from[i]);
    if (done)
        *done = 2 * n;
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlMultiByteToUnicodeN, nt_multibyte_to_unicode);

static NTSTATUS NTAPI nt_multibyte_to_unicode_size(PULONG bytes, const char *from, ULONG from_bytes)
{
    *bytes = 2 * from_bytes;
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlMultiByteToUnicodeSize, nt_multibyte_to_unicode_size);

static NTSTATUS NTAPI nt_unicode_to_multibyte(char *to, ULONG to_bytes, PULONG done, PCWCH from,
                                              ULONG from_bytes)
{
    ULONG n = from_bytes / 2 < to_bytes ? from_bytes / 2 : to_bytes;
    for (ULONG i = 0; i < n; i++)
        to[i] = (char)rtl_unit_to_ansi(from[i]);
    if (done)
        *done = n;
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlUnicodeToMultiByteN, nt_unicode_to_multibyte);

static NTSTATUS NTAPI nt_unicode_to_multibyte_size(PULONG bytes, PCWCH from, ULONG from_bytes)
{
    *bytes = from_bytes / 2;
    return STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlUnicodeToMultiByteSize, nt_unicode_to_multibyte_size);

/* Without a destination only the size is told. STATUS_SOME_NOT_MAPPED says that a malformed
 * sequence was replaced (WDK: RtlUTF8ToUnicodeN). */
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                                 ULONG UTF8StringByteCount)
{
    IRQL_MAX(PASSIVE_LEVEL);
    if (!UTF8StringSource)
        return STATUS_INVALID_PARAMETER_4;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG units = 0;
    size_t used;
    for (ULONG i = 0; i < UTF8StringByteCount; i += (ULONG)used) {
        uint32_t c = rtl_utf8_next(UTF8StringSource + i, UTF8StringByteCount - i, &used);
        if (c == 0xfffd && used == 1)
            status = STATUS_SOME_NOT_MAPPED;
        ULONG need = c >= 0x10000 ? 2 : 1;
        if (UnicodeStringDestination) {
            if (units + need > UnicodeStringMaxByteCount / 2) {
                status = STATUS_BUFFER_TOO_SMALL;
                break;
            }
            if (need == 2) {
                UnicodeStringDestination[units] = (WCHAR)(0xd800 | (c - 0x10000) >> 10);
                UnicodeStringDestination[units + 1] = (WCHAR)(0xdc00 | (c & 0x3ff));
            } else {
                UnicodeStringDestination[units] = (WCHAR)c;
            }
        }
        units += need;
    }
    if (UnicodeStringActualByteCount)
        *UnicodeStringActualByteCount = 2 * units;
    return status;
}
NT_EXPORT("ntoskrnl.exe", RtlUTF8ToUnicodeN);

NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                 PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount)
{
    IRQL_MAX(PASSIVE_LEVEL);
    if (!UnicodeStringSource)
        return STATUS_INVALID_PARAMETER_4;
    if (UnicodeStringByteCount % 2)
        return STATUS_INVALID_PARAMETER_5;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG bytes = 0, chars = UnicodeStringByteCount / 2;
    for (ULONG i = 0; i < chars; i++) {
        uint32_t c = UnicodeStringSource[i];
        if (c >= 0xd800 && c <= 0xdfff) {
            if (c <= 0xdbff && i + 1 < chars && (UnicodeStringSource[i + 1] & 0xfc00) == 0xdc00) {
                c = 0x10000 + ((c & 0x3ff) << 10 | (UnicodeStringSource[++i] & 0x3ff));
            } else {
                c = 0xfffd;
                status = STATUS_SOME_NOT_MAPPED;
            }
        }
        char text[4];
        ULONG need = (ULONG)rtl_utf8_put(text, c);
        if (UTF8StringDestination) {
            if (bytes + need > UTF8StringMaxByteCount) {
                status = STATUS_BUFFER_TOO_SMALL;
                break;
            }
            nt_memcpy(UTF8StringDestination + bytes, text, need);
        }
        bytes += need;
    }
    if (UTF8StringActualByteCount)
        *UTF8StringActualByteCount = bytes;
    return status;
}
NT_EXPORT("ntoskrnl.exe", RtlUnicodeToUTF8N);
