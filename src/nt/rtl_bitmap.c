/* SPDX-License-Identifier: MIT */
/* rtl_bitmap.c - bitmaps over a caller's array of ULONGs.
 *
 * Nothing here locks: callers serialise, as on Windows. IRQL: any, if header and buffer are
 * resident (WDK: RtlInitializeBitMap, Remarks); pageable ones do not exist in dirql. */
#include "nt/rtl.h"
#include "nt/export.h"

#define NOT_FOUND 0xffffffffu

void NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}
NT_EXPORT("ntoskrnl.exe", RtlInitializeBitMap);

static bool bit_at(const RTL_BITMAP *map, ULONG i)
{
    return map->Buffer[i / 32] >> (i % 32) & 1;
}

/* The first index in [from, to) whose bit is `value`, or `to`. Whole words are skipped at once. */
static ULONG next_bit(const RTL_BITMAP *map, ULONG from, ULONG to, bool value)
{
    while (from < to) {
        ULONG word = map->Buffer[from / 32];
        if (!value)
            word = ~word;
        word >>= from % 32;
        if (word) {
            ULONG found = from + (ULONG)__builtin_ctz(word);
            return found < to ? found : to;
        }
        from = (from | 31) + 1;
        if (!from)
            break;
    }
    return to;
}

/* --- single bits ----------------------------------------------------------------------------- */

void NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    BitMapHeader->Buffer[BitNumber / 32] |= 1u << (BitNumber % 32);
}
NT_EXPORT("ntoskrnl.exe", RtlSetBit);

void NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    BitMapHeader->Buffer[BitNumber / 32] &= ~(1u << (BitNumber % 32));
}
NT_EXPORT("ntoskrnl.exe", RtlClearBit);

BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    return bit_at(BitMapHeader, BitNumber);
}
NT_EXPORT("ntoskrnl.exe", RtlTestBit);

/* --- ranges ---------------------------------------------------------------------------------- */

/* A range that leaves the bitmap changes nothing. */
static void put_bits(PRTL_BITMAP map, ULONG start, ULONG count, bool value)
{
    if (start >= map->SizeOfBitMap || count > map->SizeOfBitMap - start)
        return;
    while (count) {
        ULONG shift = start % 32, n = 32 - shift < count ? 32 - shift : count;
        ULONG mask = (n == 32 ? ~0u : (1u << n) - 1) << shift;
        if (value)
            map->Buffer[start / 32] |= mask;
        else
            map->Buffer[start / 32] &= ~mask;
        start += n;
        count -= n;
    }
}

void NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    put_bits(BitMapHeader, StartingIndex, NumberToSet, true);
}
NT_EXPORT("ntoskrnl.exe", RtlSetBits);

void NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    put_bits(BitMapHeader, StartingIndex, NumberToClear, false);
}
NT_EXPORT("ntoskrnl.exe", RtlClearBits);

void NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    nt_memset(BitMapHeader->Buffer, 0xff, ((SIZE_T)BitMapHeader->SizeOfBitMap + 31) / 32 * 4);
}
NT_EXPORT("ntoskrnl.exe", RtlSetAllBits);

void NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    nt_memset(BitMapHeader->Buffer, 0, ((SIZE_T)BitMapHeader->SizeOfBitMap + 31) / 32 * 4);
}
NT_EXPORT("ntoskrnl.exe", RtlClearAllBits);

/* An empty range, or one that leaves the bitmap, is neither set nor clear. */
static bool all_bits(const RTL_BITMAP *map, ULONG start, ULONG count, bool value)
{
    if (!count || start >= map->SizeOfBitMap || count > map->SizeOfBitMap - start)
        return false;
    return next_bit(map, start, start + count, !value) == start + count;
}

BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return all_bits(BitMapHeader, StartingIndex, Length, false);
}
NT_EXPORT("ntoskrnl.exe", RtlAreBitsClear);

BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return all_bits(BitMapHeader, StartingIndex, Length, true);
}
NT_EXPORT("ntoskrnl.exe", RtlAreBitsSet);

ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    ULONG n = 0, size = BitMapHeader->SizeOfBitMap;
    for (ULONG i = 0; i < size / 32; i++)
        n += (ULONG)__builtin_popcount(BitMapHeader->Buffer[i]);
    if (size % 32)
        n += (ULONG)__builtin_popcount(BitMapHeader->Buffer[size / 32] & ((1u << size % 32) - 1));
    return n;
}
NT_EXPORT("ntoskrnl.exe", RtlNumberOfSetBits);

ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return BitMapHeader->SizeOfBitMap - RtlNumberOfSetBits(BitMapHeader);
}
NT_EXPORT("ntoskrnl.exe", RtlNumberOfClearBits);

/* --- finding a range of a given length ------------------------------------------------------- */

/* A run of at least `count` bits of `value` inside [from, to), or NOT_FOUND. */
static ULONG find_run(const RTL_BITMAP *map, ULONG from, ULONG to, ULONG count, bool value)
{
    while (from < to) {
        ULONG start = next_bit(map, from, to, value);
        if (to - start < count)
            return NOT_FOUND;
        ULONG end = next_bit(map, start, start + count, !value);
        if (end == start + count)
            return start;
        from = end;
    }
    return NOT_FOUND;
}

/* From the hint to the end first, then from the start; a run may reach past the hint then. */
static ULONG find_bits(const RTL_BITMAP *map, ULONG count, ULONG hint, bool value)
{
    ULONG size = map->SizeOfBitMap;
    if (hint >= size)
        hint = 0;
    if (count == 0)
        return hint & ~7u;
    if (count > size)
        return NOT_FOUND;
    ULONG found = find_run(map, hint, size, count, value);
    if (found == NOT_FOUND && hint) {
        ULONG to = size - hint < count ? size : hint + count - 1;
        found = find_run(map, 0, to, count, value);
    }
    return found;
}

ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find_bits(BitMapHeader, NumberToFind, HintIndex, false);
}
NT_EXPORT("ntoskrnl.exe", RtlFindClearBits);

ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find_bits(BitMapHeader, NumberToFind, HintIndex, true);
}
NT_EXPORT("ntoskrnl.exe", RtlFindSetBits);

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG found = find_bits(BitMapHeader, NumberToFind, HintIndex, false);
    if (found != NOT_FOUND)
        put_bits(BitMapHeader, found, NumberToFind, true);
    return found;
}
NT_EXPORT("ntoskrnl.exe", RtlFindClearBitsAndSet);

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG found = find_bits(BitMapHeader, NumberToFind, HintIndex, true);
    if (found != NOT_FOUND)
        put_bits(BitMapHeader, found, NumberToFind, false);
    return found;
}
NT_EXPORT("ntoskrnl.exe", RtlFindSetBitsAndClear);

/* --- walking runs of clear bits -------------------------------------------------------------- */

ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                       PULONG StartingRunIndex)
{
    ULONG size = BitMapHeader->SizeOfBitMap;
    if (FromIndex >= size) {
        *StartingRunIndex = FromIndex;
        return 0;
    }
    ULONG start = next_bit(BitMapHeader, FromIndex, size, false);
    *StartingRunIndex = start;
    return start == size ? 0 : next_bit(BitMapHeader, start, size, true) - start;
}
NT_EXPORT("ntoskrnl.exe", RtlFindNextForwardRunClear);

ULONG NTAPI RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return RtlFindNextForwardRunClear(BitMapHeader, 0, StartingIndex);
}
NT_EXPORT("ntoskrnl.exe", RtlFindFirstRunClear);

/* The last run that begins at or below FromIndex, counted down from there. */
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                        PULONG StartingRunIndex)
{
    ULONG end = FromIndex < BitMapHeader->SizeOfBitMap ? FromIndex + 1 : BitMapHeader->SizeOfBitMap;
    while (end && bit_at(BitMapHeader, end - 1))
        end--;
    ULONG start = end;
    while (start && !bit_at(BitMapHeader, start - 1))
        start--;
    *StartingRunIndex = start == end ? FromIndex : start;
    return end - start;
}
NT_EXPORT("ntoskrnl.exe", RtlFindLastBackwardRunClear);

ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    ULONG best = 0, best_start = 0, start, n;
    for (ULONG at = 0; (n = RtlFindNextForwardRunClear(BitMapHeader, at, &start)); at = start + n)
        if (n > best) {
            best = n;
            best_start = start;
        }
    *StartingIndex = best_start;
    return best;
}
NT_EXPORT("ntoskrnl.exe", RtlFindLongestRunClear);

/* The first runs, or the longest ones in descending order; returns how many were stored. */
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray,
                             ULONG SizeOfRunArray, BOOLEAN LocateLongestRuns)
{
    ULONG count = 0, start, n;
    for (ULONG at = 0; (n = RtlFindNextForwardRunClear(BitMapHeader, at, &start)); at = start + n) {
        ULONG slot = count;
        if (LocateLongestRuns) {
            while (slot && RunArray[slot - 1].NumberOfBits < n)
                slot--;
        }
        if (slot >= SizeOfRunArray) {
            if (LocateLongestRuns)
                continue;
            break;
        }
        if (count < SizeOfRunArray)
            count++;
        for (ULONG i = count - 1; i > slot; i--)
            RunArray[i] = RunArray[i - 1];
        RunArray[slot].StartingIndex = start;
        RunArray[slot].NumberOfBits = n;
    }
    return count;
}
NT_EXPORT("ntoskrnl.exe", RtlFindClearRuns);

/* --- bits of an integer ---------------------------------------------------------------------- */

CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set)
{
    return Set ? (CCHAR)(63 - __builtin_clzll(Set)) : -1;
}
NT_EXPORT("ntoskrnl.exe", RtlFindMostSignificantBit);

CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return Set ? (CCHAR)__builtin_ctzll(Set) : -1;
}
NT_EXPORT("ntoskrnl.exe", RtlFindLeastSignificantBit);

ULONG NTAPI RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target)
{
    return (ULONG)__builtin_popcountll(Target);
}
NT_EXPORT("ntoskrnl.exe", RtlNumberOfSetBitsUlongPtr);
