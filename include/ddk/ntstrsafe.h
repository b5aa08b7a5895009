/* SPDX-License-Identifier: MIT */
/* ntstrsafe.h - bounded strings for drivers: RtlStringCb*, RtlStringCch*, RtlUnicodeString*.
 *
 * As in the WDK these are inline and need only _vsnprintf and _vsnwprintf of the kernel.
 * mingw-w64's header cannot be used in two files of one driver (its functions are not static).
 *
 * Cb functions count bytes, Cch functions characters, both with the terminating zero. Results: WDK,
 * "RtlStringCchCopyA" and its kin: STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW and a truncated,
 * terminated string; STATUS_INVALID_PARAMETER when the size is 0 or too large. */
#ifndef DDK_NTSTRSAFE_H
#define DDK_NTSTRSAFE_H
#define _NTSTRSAFE_H_INCLUDED_

#include <stdarg.h>

#define NTSTRSAFE_MAX_CCH                2147483647
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define NTSTRSAFE_MAX_LENGTH             (NTSTRSAFE_MAX_CCH - 1)

/* Flags of the Ex functions; the low byte is the fill value. */
#define STRSAFE_FILL_BYTE(x)           ((ULONG)(((x)&0xff) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(x)        ((ULONG)(((x)&0xff) | STRSAFE_FILL_ON_FAILURE))
#define STRSAFE_IGNORE_NULLS           0x00000100
#define STRSAFE_FILL_BEHIND_NULL       0x00000200
#define STRSAFE_FILL_ON_FAILURE        0x00000400
#define STRSAFE_NULL_ON_FAILURE        0x00000800
#define STRSAFE_NO_TRUNCATION          0x00001000
#define STRSAFE_ZERO_LENGTH_ON_FAILURE 0x00010000
#define STRSAFE_FILL_BEHIND            STRSAFE_FILL_BEHIND_NULL

typedef PSTR NTSTRSAFE_PSTR;
typedef PCSTR NTSTRSAFE_PCSTR;
typedef PWSTR NTSTRSAFE_PWSTR;
typedef PCWSTR NTSTRSAFE_PCWSTR;

#define DDK_STR static __inline __attribute__((unused)) NTSTATUS

#ifndef NDIS_WRAPPER
__declspec(dllimport) int __cdecl _vsnprintf(char *, size_t, const char *, va_list);
__declspec(dllimport) int __cdecl _vsnwprintf(WCHAR *, size_t, const WCHAR *, va_list);
#endif

/* What the Ex flags ask for after the string is in place (or failed to be). */
DDK_STR DdkStringFinish(NTSTATUS Status, PVOID Dest, size_t CharSize, size_t Size, size_t Length,
                        ULONG Flags)
{
    if (NT_SUCCESS(Status) && Status == STATUS_SUCCESS) {
        if ((Flags & STRSAFE_FILL_BEHIND_NULL) && Size > Length + 1)
            RtlFillMemory((PUCHAR)Dest + (Length + 1) * CharSize, (Size - Length - 1) * CharSize,
                          (UCHAR)Flags);
    } else if (Size != 0) {
        if (Flags & STRSAFE_FILL_ON_FAILURE) {
            RtlFillMemory(Dest, Size * CharSize, (UCHAR)Flags);
            if ((UCHAR)Flags != 0)
                RtlZeroMemory((PUCHAR)Dest + (Size - 1) * CharSize, CharSize);
        }
        if (Flags & (STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION))
            RtlZeroMemory(Dest, CharSize);
    }
    return Status;
}

/* --- ANSI --- */

/* Characters before the zero; the caller knows that there is one within Max. */
static __inline __attribute__((unused)) size_t DdkStringLengthA(NTSTRSAFE_PCSTR String, size_t Max)
{
    size_t Length = 0;

    while (Length < Max && String[Length] != 0)
        Length++;
    return Length;
}

/* Copies up to Count characters of Source behind the At characters that are there already. */
DDK_STR DdkStringPutA(NTSTRSAFE_PSTR Dest, size_t Size, size_t At, NTSTRSAFE_PCSTR Source,
                      size_t Count, size_t *End)
{
    size_t i = 0;

    while (i < Count && Source[i] != 0 && At + i + 1 < Size) {
        Dest[At + i] = Source[i];
        i++;
    }
    Dest[At + i] = 0;
    *End = At + i;
    return i < Count && Source[i] != 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* The one worker of Copy, CopyN, Cat and CatN with all their Ex forms. */
DDK_STR DdkStringJoinA(NTSTRSAFE_PSTR Dest, size_t Size, BOOLEAN Append, NTSTRSAFE_PCSTR Source,
                       size_t Count, NTSTRSAFE_PSTR *DestEnd, size_t *Remaining, size_t Unit,
                       ULONG Flags)
{
    size_t At = 0, End = 0;
    NTSTATUS Status;

    if ((Flags & STRSAFE_IGNORE_NULLS) && Source == NULL)
        Count = 0;
    if (Size > NTSTRSAFE_MAX_CCH || (Size == 0 && !((Flags & STRSAFE_IGNORE_NULLS) && Count == 0)))
        return STATUS_INVALID_PARAMETER;
    if (Size == 0)
        return STATUS_SUCCESS;
    if (Append) {
        At = DdkStringLengthA(Dest, Size);
        if (At == Size)
            return STATUS_INVALID_PARAMETER;
    }
    Status = DdkStringPutA(Dest, Size, At, Source, Count, &End);
    if (Status == STATUS_BUFFER_OVERFLOW && (Flags & STRSAFE_NO_TRUNCATION))
        Dest[At] = 0;
    Status = DdkStringFinish(Status, Dest, sizeof(CHAR), Size, End,
                             Append ? Flags & ~(ULONG)STRSAFE_NO_TRUNCATION : Flags);
    if (DestEnd != NULL)
        *DestEnd = Dest + End;
    if (Remaining != NULL)
        *Remaining = (Size - End) * Unit;
    return Status;
}

#ifndef NDIS_WRAPPER
DDK_STR DdkStringFormatA(NTSTRSAFE_PSTR Dest, size_t Size, NTSTRSAFE_PSTR *DestEnd,
                         size_t *Remaining, size_t Unit, ULONG Flags, NTSTRSAFE_PCSTR Format,
                         va_list Args)
{
    size_t End;
    int Written;
    NTSTATUS Status = STATUS_SUCCESS;

    if (Size == 0 || Size > NTSTRSAFE_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    Written = _vsnprintf(Dest, Size - 1, Format, Args);
    if (Written < 0 || (size_t)Written > Size - 1) {
        End = Size - 1;
        Status = STATUS_BUFFER_OVERFLOW;
    } else {
        End = (size_t)Written;
    }
    Dest[End] = 0;
    Status = DdkStringFinish(Status, Dest, sizeof(CHAR), Size, End, Flags);
    if (DestEnd != NULL)
        *DestEnd = Dest + End;
    if (Remaining != NULL)
        *Remaining = (Size - End) * Unit;
    return Status;
}
#endif

/* --- wide --- */

/* Characters before the zero; the caller knows that there is one within Max. */
static __inline __attribute__((unused)) size_t DdkStringLengthW(NTSTRSAFE_PCWSTR String, size_t Max)
{
    size_t Length = 0;

    while (Length < Max && String[Length] != 0)
        Length++;
    return Length;
}

/* Copies up to Count characters of Source behind the At characters that are there already. */
DDK_STR DdkStringPutW(NTSTRSAFE_PWSTR Dest, size_t Size, size_t At, NTSTRSAFE_PCWSTR Source,
                      size_t Count, size_t *End)
{
    size_t i = 0;

    while (i < Count && Source[i] != 0 && At + i + 1 < Size) {
        Dest[At + i] = Source[i];
        i++;
    }
    Dest[At + i] = 0;
    *End = At + i;
    return i < Count && Source[i] != 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* The one worker of Copy, CopyN, Cat and CatN with all their Ex forms. */
DDK_STR DdkStringJoinW(NTSTRSAFE_PWSTR Dest, size_t Size, BOOLEAN Append, NTSTRSAFE_PCWSTR Source,
                       size_t Count, NTSTRSAFE_PWSTR *DestEnd, size_t *Remaining, size_t Unit,
                       ULONG Flags)
{
    size_t At = 0, End = 0;
    NTSTATUS Status;

    if ((Flags & STRSAFE_IGNORE_NULLS) && Source == NULL)
        Count = 0;
    if (Size > NTSTRSAFE_MAX_CCH || (Size == 0 && !((Flags & STRSAFE_IGNORE_NULLS) && Count == 0)))
        return STATUS_INVALID_PARAMETER;
    if (Size == 0)
        return STATUS_SUCCESS;
    if (Append) {
        At = DdkStringLengthW(Dest, Size);
        if (At == Size)
            return STATUS_INVALID_PARAMETER;
    }
    Status = DdkStringPutW(Dest, Size, At, Source, Count, &End);
    if (Status == STATUS_BUFFER_OVERFLOW && (Flags & STRSAFE_NO_TRUNCATION))
        Dest[At] = 0;
    Status = DdkStringFinish(Status, Dest, sizeof(WCHAR), Size, End,
                             Append ? Flags & ~(ULONG)STRSAFE_NO_TRUNCATION : Flags);
    if (DestEnd != NULL)
        *DestEnd = Dest + End;
    if (Remaining != NULL)
        *Remaining = (Size - End) * Unit;
    return Status;
}

#ifndef NDIS_WRAPPER
DDK_STR DdkStringFormatW(NTSTRSAFE_PWSTR Dest, size_t Size, NTSTRSAFE_PWSTR *DestEnd,
                         size_t *Remaining, size_t Unit, ULONG Flags, NTSTRSAFE_PCWSTR Format,
                         va_list Args)
{
    size_t End;
    int Written;
    NTSTATUS Status = STATUS_SUCCESS;

    if (Size == 0 || Size > NTSTRSAFE_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    Written = _vsnwprintf(Dest, Size - 1, Format, Args);
    if (Written < 0 || (size_t)Written > Size - 1) {
        End = Size - 1;
        Status = STATUS_BUFFER_OVERFLOW;
    } else {
        End = (size_t)Written;
    }
    Dest[End] = 0;
    Status = DdkStringFinish(Status, Dest, sizeof(WCHAR), Size, End, Flags);
    if (DestEnd != NULL)
        *DestEnd = Dest + End;
    if (Remaining != NULL)
        *Remaining = (Size - End) * Unit;
    return Status;
}
#endif

/* --- the public names: K is Cb or Cch, A is A or W, D is how a size becomes characters --- */

#define DDK_STRING_FAMILY(K, A, ch, p, cp, D, U)                                                   \
    DDK_STR RtlString##K##Copy##A(p Dest, size_t Size, cp Source)                                  \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), FALSE, Source, NTSTRSAFE_MAX_CCH, NULL, NULL,  \
                                U, 0);                                                             \
    }                                                                                              \
    DDK_STR RtlString##K##CopyEx##A(p Dest, size_t Size, cp Source, p *DestEnd, size_t *Remaining, \
                                    ULONG Flags)                                                   \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), FALSE, Source, NTSTRSAFE_MAX_CCH, DestEnd,     \
                                Remaining, U, Flags);                                              \
    }                                                                                              \
    DDK_STR RtlString##K##CopyN##A(p Dest, size_t Size, cp Source, size_t ToCopy)                  \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), FALSE, Source, (ToCopy) / (D), NULL, NULL, U,  \
                                0);                                                                \
    }                                                                                              \
    DDK_STR RtlString##K##CopyNEx##A(p Dest, size_t Size, cp Source, size_t ToCopy, p *DestEnd,    \
                                     size_t *Remaining, ULONG Flags)                               \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), FALSE, Source, (ToCopy) / (D), DestEnd,        \
                                Remaining, U, Flags);                                              \
    }                                                                                              \
    DDK_STR RtlString##K##Cat##A(p Dest, size_t Size, cp Source)                                   \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), TRUE, Source, NTSTRSAFE_MAX_CCH, NULL, NULL,   \
                                U, 0);                                                             \
    }                                                                                              \
    DDK_STR RtlString##K##CatEx##A(p Dest, size_t Size, cp Source, p *DestEnd, size_t *Remaining,  \
                                   ULONG Flags)                                                    \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), TRUE, Source, NTSTRSAFE_MAX_CCH, DestEnd,      \
                                Remaining, U, Flags);                                              \
    }                                                                                              \
    DDK_STR RtlString##K##CatN##A(p Dest, size_t Size, cp Source, size_t ToAppend)                 \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), TRUE, Source, (ToAppend) / (D), NULL, NULL, U, \
                                0);                                                                \
    }                                                                                              \
    DDK_STR RtlString##K##CatNEx##A(p Dest, size_t Size, cp Source, size_t ToAppend, p *DestEnd,   \
                                    size_t *Remaining, ULONG Flags)                                \
    {                                                                                              \
        return DdkStringJoin##A(Dest, (Size) / (D), TRUE, Source, (ToAppend) / (D), DestEnd,       \
                                Remaining, U, Flags);                                              \
    }                                                                                              \
    DDK_STR RtlString##K##Length##A(cp String, size_t Max, size_t *Length)                         \
    {                                                                                              \
        size_t Characters;                                                                         \
                                                                                                   \
        if (Length != NULL)                                                                        \
            *Length = 0;                                                                           \
        if (String == NULL || (Max) / (D) > NTSTRSAFE_MAX_CCH)                                     \
            return STATUS_INVALID_PARAMETER;                                                       \
        Characters = DdkStringLength##A(String, (Max) / (D));                                      \
        if (Characters == (Max) / (D))                                                             \
            return STATUS_INVALID_PARAMETER;                                                       \
        if (Length != NULL)                                                                        \
            *Length = Characters * (U);                                                            \
        return STATUS_SUCCESS;                                                                     \
    }

#define DDK_STRING_PRINTF(K, A, p, cp, D, U)                                                       \
    DDK_STR RtlString##K##VPrintf##A(p Dest, size_t Size, cp Format, va_list Args)                 \
    {                                                                                              \
        return DdkStringFormat##A(Dest, (Size) / (D), NULL, NULL, U, 0, Format, Args);             \
    }                                                                                              \
    DDK_STR RtlString##K##VPrintfEx##A(p Dest, size_t Size, p *DestEnd, size_t *Remaining,         \
                                       ULONG Flags, cp Format, va_list Args)                       \
    {                                                                                              \
        return DdkStringFormat##A(Dest, (Size) / (D), DestEnd, Remaining, U, Flags, Format, Args); \
    }                                                                                              \
    DDK_STR RtlString##K##Printf##A(p Dest, size_t Size, cp Format, ...)                           \
    {                                                                                              \
        va_list Args;                                                                              \
        NTSTATUS Status;                                                                           \
                                                                                                   \
        va_start(Args, Format);                                                                    \
        Status = DdkStringFormat##A(Dest, (Size) / (D), NULL, NULL, U, 0, Format, Args);           \
        va_end(Args);                                                                              \
        return Status;                                                                             \
    }                                                                                              \
    DDK_STR RtlString##K##PrintfEx##A(p Dest, size_t Size, p *DestEnd, size_t *Remaining,          \
                                      ULONG Flags, cp Format, ...)                                 \
    {                                                                                              \
        va_list Args;                                                                              \
        NTSTATUS Status;                                                                           \
                                                                                                   \
        va_start(Args, Format);                                                                    \
        Status =                                                                                   \
            DdkStringFormat##A(Dest, (Size) / (D), DestEnd, Remaining, U, Flags, Format, Args);    \
        va_end(Args);                                                                              \
        return Status;                                                                             \
    }

DDK_STRING_FAMILY(Cch, A, CHAR, NTSTRSAFE_PSTR, NTSTRSAFE_PCSTR, 1, 1)
DDK_STRING_FAMILY(Cch, W, WCHAR, NTSTRSAFE_PWSTR, NTSTRSAFE_PCWSTR, 1, 1)
DDK_STRING_FAMILY(Cb, A, CHAR, NTSTRSAFE_PSTR, NTSTRSAFE_PCSTR, 1, 1)
DDK_STRING_FAMILY(Cb, W, WCHAR, NTSTRSAFE_PWSTR, NTSTRSAFE_PCWSTR, sizeof(WCHAR), sizeof(WCHAR))
#ifndef NDIS_WRAPPER
DDK_STRING_PRINTF(Cch, A, NTSTRSAFE_PSTR, NTSTRSAFE_PCSTR, 1, 1)
DDK_STRING_PRINTF(Cch, W, NTSTRSAFE_PWSTR, NTSTRSAFE_PCWSTR, 1, 1)
DDK_STRING_PRINTF(Cb, A, NTSTRSAFE_PSTR, NTSTRSAFE_PCSTR, 1, 1)
DDK_STRING_PRINTF(Cb, W, NTSTRSAFE_PWSTR, NTSTRSAFE_PCWSTR, sizeof(WCHAR), sizeof(WCHAR))
#endif
#undef DDK_STRING_FAMILY
#undef DDK_STRING_PRINTF

#ifdef UNICODE
#define DDK_STRING_AW(name) name##W
#else
#define DDK_STRING_AW(name) name##A
#endif
#define RtlStringCchCopy     DDK_STRING_AW(RtlStringCchCopy)
#define RtlStringCbCopy      DDK_STRING_AW(RtlStringCbCopy)
#define RtlStringCchCopyN    DDK_STRING_AW(RtlStringCchCopyN)
#define RtlStringCbCopyN     DDK_STRING_AW(RtlStringCbCopyN)
#define RtlStringCchCat      DDK_STRING_AW(RtlStringCchCat)
#define RtlStringCbCat       DDK_STRING_AW(RtlStringCbCat)
#define RtlStringCchCatN     DDK_STRING_AW(RtlStringCchCatN)
#define RtlStringCbCatN      DDK_STRING_AW(RtlStringCbCatN)
#define RtlStringCchPrintf   DDK_STRING_AW(RtlStringCchPrintf)
#define RtlStringCbPrintf    DDK_STRING_AW(RtlStringCbPrintf)
#define RtlStringCchVPrintf  DDK_STRING_AW(RtlStringCchVPrintf)
#define RtlStringCbVPrintf   DDK_STRING_AW(RtlStringCbVPrintf)
#define RtlStringCchPrintfEx DDK_STRING_AW(RtlStringCchPrintfEx)
#define RtlStringCbPrintfEx  DDK_STRING_AW(RtlStringCbPrintfEx)
#define RtlStringCchLength   DDK_STRING_AW(RtlStringCchLength)
#define RtlStringCbLength    DDK_STRING_AW(RtlStringCbLength)

/* --- UNICODE_STRING: lengths in bytes, no terminating zero --- */

DDK_STR RtlUnicodeStringValidate(PCUNICODE_STRING String)
{
    if (String == NULL)
        return STATUS_SUCCESS;
    if ((String->Length & 1) || (String->MaximumLength & 1) ||
        String->Length > String->MaximumLength ||
        (String->Buffer == NULL && (String->Length != 0 || String->MaximumLength != 0)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

DDK_STR RtlUnicodeStringInit(PUNICODE_STRING Dest, NTSTRSAFE_PCWSTR Source)
{
    size_t Length = 0;

    Dest->Length = Dest->MaximumLength = 0;
    Dest->Buffer = NULL;
    if (Source == NULL)
        return STATUS_SUCCESS;
    Length = DdkStringLengthW(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH);
    if (Length >= NTSTRSAFE_UNICODE_STRING_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    Dest->Buffer = (PWSTR)Source;
    Dest->Length = (USHORT)(Length * sizeof(WCHAR));
    Dest->MaximumLength = (USHORT)((Length + 1) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* Puts Count characters at byte offset At of Dest, as many as fit. */
DDK_STR DdkUnicodePut(PUNICODE_STRING Dest, USHORT At, NTSTRSAFE_PCWSTR Source, size_t Count)
{
    size_t Room = (Dest->MaximumLength - At) / sizeof(WCHAR);
    NTSTATUS Status = STATUS_SUCCESS;

    if (!NT_SUCCESS(RtlUnicodeStringValidate(Dest)))
        return STATUS_INVALID_PARAMETER;
    if (Count > Room) {
        Count = Room;
        Status = STATUS_BUFFER_OVERFLOW;
    }
    RtlMoveMemory((PUCHAR)Dest->Buffer + At, Source, Count * sizeof(WCHAR));
    Dest->Length = (USHORT)(At + Count * sizeof(WCHAR));
    return Status;
}

DDK_STR RtlUnicodeStringCopy(PUNICODE_STRING Dest, PCUNICODE_STRING Source)
{
    return DdkUnicodePut(Dest, 0, Source->Buffer, Source->Length / sizeof(WCHAR));
}

DDK_STR RtlUnicodeStringCopyString(PUNICODE_STRING Dest, NTSTRSAFE_PCWSTR Source)
{
    return DdkUnicodePut(Dest, 0, Source,
                         DdkStringLengthW(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH));
}

DDK_STR RtlUnicodeStringCat(PUNICODE_STRING Dest, PCUNICODE_STRING Source)
{
    return DdkUnicodePut(Dest, Dest->Length, Source->Buffer, Source->Length / sizeof(WCHAR));
}

DDK_STR RtlUnicodeStringCatString(PUNICODE_STRING Dest, NTSTRSAFE_PCWSTR Source)
{
    return DdkUnicodePut(Dest, Dest->Length, Source,
                         DdkStringLengthW(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH));
}

#ifndef NDIS_WRAPPER
DDK_STR RtlUnicodeStringVPrintf(PUNICODE_STRING Dest, NTSTRSAFE_PCWSTR Format, va_list Args)
{
    size_t Room = Dest->MaximumLength / sizeof(WCHAR);
    int Written;

    if (!NT_SUCCESS(RtlUnicodeStringValidate(Dest)))
        return STATUS_INVALID_PARAMETER;
    Written = _vsnwprintf(Dest->Buffer, Room, Format, Args);
    if (Written < 0 || (size_t)Written > Room) {
        Dest->Length = (USHORT)(Room * sizeof(WCHAR));
        return STATUS_BUFFER_OVERFLOW;
    }
    Dest->Length = (USHORT)(Written * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

DDK_STR RtlUnicodeStringPrintf(PUNICODE_STRING Dest, NTSTRSAFE_PCWSTR Format, ...)
{
    va_list Args;
    NTSTATUS Status;

    va_start(Args, Format);
    Status = RtlUnicodeStringVPrintf(Dest, Format, Args);
    va_end(Args);
    return Status;
}
#endif

#endif /* DDK_NTSTRSAFE_H */
