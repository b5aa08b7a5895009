/* SPDX-License-Identifier: MIT */
/* rtl_misc.c - the Windows version, assertions, sorting, random numbers, checksums, resources. */
#include "nt/rtl.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/report.h"

/* --- version --------------------------------------------------------------------------------- */

#define FREE_BUILD 0xf0000000u /* the upper nibble of NtBuildNumber: F free, C checked */

const struct rtl_version rtl_version = {RTL_VERSION_MAJOR, RTL_VERSION_MINOR, RTL_VERSION_BUILD};
static ULONG nt_build_number = FREE_BUILD | RTL_VERSION_BUILD;
NT_EXPORT_DATA("ntoskrnl.exe", NtBuildNumber, nt_build_number);

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation)
{
    IRQL_MAX(PASSIVE_LEVEL);
    RTL_OSVERSIONINFOEXW *info = (RTL_OSVERSIONINFOEXW *)lpVersionInformation;
    info->dwMajorVersion = rtl_version.major;
    info->dwMinorVersion = rtl_version.minor;
    info->dwBuildNumber = rtl_version.build;
    info->dwPlatformId = VER_PLATFORM_WIN32_NT;
    info->szCSDVersion[0] = 0;
    if (info->dwOSVersionInfoSize >= sizeof *info) {
        info->wServicePackMajor = info->wServicePackMinor = 0;
        info->wSuiteMask = VER_SUITE_SINGLEUSERTS;
        info->wProductType = VER_NT_WORKSTATION;
        info->wReserved = 0;
    }
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlGetVersion);

/* The result says "not a checked build". */
static BOOLEAN NTAPI nt_ps_get_version(PULONG major, PULONG minor, PULONG build,
                                       PUNICODE_STRING service_pack)
{
    if (major)
        *major = rtl_version.major;
    if (minor)
        *minor = rtl_version.minor;
    if (build)
        *build = rtl_version.build;
    if (service_pack)
        *service_pack = (UNICODE_STRING){0};
    return FALSE;
}
NT_EXPORT_AS("ntoskrnl.exe", PsGetVersion, nt_ps_get_version);

/* A condition mask has three bits for each bit of the type mask. */
static ULONGLONG NTAPI nt_set_condition(ULONGLONG mask, ULONG type, UCHAR condition)
{
    for (unsigned bit = 0; bit < 8; bit++)
        if (type >> bit & 1)
            mask |= (ULONGLONG)(condition & 7) << (3 * bit);
    return mask;
}
NT_EXPORT_AS("ntoskrnl.exe", VerSetConditionMask, nt_set_condition);

static unsigned condition_of(ULONGLONG mask, ULONG type)
{
    return (unsigned)(mask >> (3 * __builtin_ctz(type))) & 7;
}

static bool holds(uint32_t have, uint32_t want, unsigned condition)
{
    switch (condition) {
    case VER_EQUAL:
        return have == want;
    case VER_GREATER:
        return have > want;
    case VER_GREATER_EQUAL:
        return have >= want;
    case VER_LESS:
        return have < want;
    case VER_LESS_EQUAL:
        return have <= want;
    default:
        return false;
    }
}

/* Major, minor and service pack compare as one number, most significant part first; the rest each
 * on its own (WDK: RtlVerifyVersionInfo, Remarks). */
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask,
                                    ULONGLONG ConditionMask)
{
    IRQL_MAX(PASSIVE_LEVEL);
    if (!TypeMask || !ConditionMask)
        return STATUS_INVALID_PARAMETER;
    RTL_OSVERSIONINFOEXW now = {.dwOSVersionInfoSize = sizeof now};
    RtlGetVersion((PRTL_OSVERSIONINFOW)&now);

    const struct {
        ULONG type;
        uint32_t have, want;
    } parts[] =
        {
            {VER_MAJORVERSION, now.dwMajorVersion, VersionInfo->dwMajorVersion},
            {VER_MINORVERSION, now.dwMinorVersion, VersionInfo->dwMinorVersion},
            {VER_SERVICEPACKMAJOR, now.wServicePackMajor, VersionInfo->wServicePackMajor},
            {VER_SERVICEPACKMINOR, now.wServicePackMinor, VersionInfo->wServicePackMinor},
        },
      alone[] = {
          {VER_BUILDNUMBER, now.dwBuildNumber, VersionInfo->dwBuildNumber},
          {VER_PLATFORMID, now.dwPlatformId, VersionInfo->dwPlatformId},
          {VER_PRODUCT_TYPE, now.wProductType, VersionInfo->wProductType},
      };
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
        if ((TypeMask & alone[i].type) &&
            !holds(alone[i].have, alone[i].want, condition_of(ConditionMask, alone[i].type)))
            return STATUS_REVISION_MISMATCH;
    if (TypeMask & VER_SUITENAME) {
        unsigned want = VersionInfo->wSuiteMask, have = now.wSuiteMask & want;
        bool any = condition_of(ConditionMask, VER_SUITENAME) == VER_OR;
        if (any ? want && !have : have != want)
            return STATUS_REVISION_MISMATCH;
    }
    for (size_t i = 0, last = 4; i <= 4; i++) {
        if (i == 4)
            return last == 4 || holds(0, 0, condition_of(ConditionMask, parts[last].type))
                       ? STATUS_SUCCESS
                       : STATUS_REVISION_MISMATCH;
        if (!(TypeMask & parts[i].type))
            continue;
        if (parts[i].have != parts[i].want)
            return holds(parts[i].have, parts[i].want, condition_of(ConditionMask, parts[i].type))
                       ? STATUS_SUCCESS
                       : STATUS_REVISION_MISMATCH;
        last = i;
    }
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", RtlVerifyVersionInfo);

/* --- assertions ------------------------------------------------------------------------------ */

/* A checked kernel would stop in the debugger. A driver that says itself that something is wrong
 * has broken a rule; the run goes on, as it does when the debugger is told to ignore it. */
void NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    violation("ASSERT", "the driver's assertion \"%.200s\" failed at %.200s:%u%s%.200s",
              (const char *)FailedAssertion, (const char *)FileName, (unsigned)LineNumber,
              Message ? ": " : "", Message ? Message : "");
}
NT_EXPORT("ntoskrnl.exe", RtlAssert);

/* --- sorting and searching ------------------------------------------------------------------- */

static int compare(void *function, const void *a, const void *b)
{
    return (int)DRIVER_CALL(function, a, b);
}

static void swap(char *a, char *b, SIZE_T width)
{
    for (; width; width--, a++, b++) {
        char c = *a;
        *a = *b;
        *b = c;
    }
}

/* Heap sort: no recursion on a kernel stack and no bad case. */
static void NTAPI nt_qsort(void *base, SIZE_T count, SIZE_T width, void *function)
{
    char *a = base;
    for (SIZE_T heap = count / 2, end = count; end > 1;) {
        if (heap) {
            heap--;
        } else {
            end--;
            swap(a, a + end * width, width);
        }
        for (SIZE_T root = heap, child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end &&
                compare(function, a + child * width, a + (child + 1) * width) < 0)
                child++;
            if (compare(function, a + root * width, a + child * width) >= 0)
                break;
            swap(a + root * width, a + child * width, width);
        }
    }
}
NT_EXPORT_AS("ntoskrnl.exe", qsort, nt_qsort);

static void *NTAPI nt_bsearch(const void *key, const void *base, SIZE_T count, SIZE_T width,
                              void *function)
{
    SIZE_T low = 0, high = count;
    while (low < high) {
        SIZE_T middle = low + (high - low) / 2;
        char *element = (char *)base + middle * width;
        int order = compare(function, key, element);
        if (order == 0)
            return element;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
NT_EXPORT_AS("ntoskrnl.exe", bsearch, nt_bsearch);

/* --- random numbers -------------------------------------------------------------------------- */

/* Lehmer's generator modulo 2^31 - 1: the same seed gives the same sequence in every run. */
#define RANDOM_MODULUS    0x7fffffffu
#define RANDOM_MULTIPLIER 48271u

static ULONG NTAPI nt_random(PULONG seed)
{
    uint32_t s = *seed % RANDOM_MODULUS;
    *seed = (ULONG)((uint64_t)(s ? s : 1) * RANDOM_MULTIPLIER % RANDOM_MODULUS);
    return *seed - 1; /* 0 .. MAXLONG - 2; the pages promise 0 .. MAXLONG - 1 */
}
NT_EXPORT_AS("ntoskrnl.exe", RtlRandom, nt_random);
NT_EXPORT_AS("ntoskrnl.exe", RtlRandomEx, nt_random);

static uint32_t rand_state = 1;

static void NTAPI nt_srand(unsigned seed)
{
    __atomic_store_n(&rand_state, seed, __ATOMIC_RELAXED);
}
NT_EXPORT_AS("ntoskrnl.exe", srand, nt_srand);

static int NTAPI nt_rand(void)
{
    uint32_t old = __atomic_load_n(&rand_state, __ATOMIC_RELAXED), next;
    do
        next = old * 1103515245u + 12345u; /* the example generator of the C standard, 7.20.2.2 */
    while (!__atomic_compare_exchange_n(&rand_state, &old, next, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
    return (int)(next >> 16 & 0x7fff);
}
NT_EXPORT_AS("ntoskrnl.exe", rand, nt_rand);

/* --- checksums ------------------------------------------------------------------------------- */

/* The reflected CRC-32 of IEEE 802.3; `partial` continues an earlier result. */
static ULONG NTAPI nt_crc32(ULONG partial, const void *data, ULONG length)
{
    const uint8_t *p = data;
    uint32_t crc = ~partial;
    for (; length; length--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320u & (0 - (crc & 1)));
    }
    return ~crc;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlComputeCrc32, nt_crc32);

/* --- resource descriptors -------------------------------------------------------------------- */

/* A large memory resource counts its length in units of 256 bytes, 64 KiB or 4 GiB (WDK:
 * CM_PARTIAL_RESOURCE_DESCRIPTOR, u.Memory40, Memory48 and Memory64). */
static unsigned large_shift(UCHAR type, USHORT flags)
{
    if (type != CmResourceTypeMemoryLarge)
        return 0;
    if (flags & CM_RESOURCE_MEMORY_LARGE_40)
        return 8;
    return flags & CM_RESOURCE_MEMORY_LARGE_48 ? 16 : 32;
}

ULONGLONG NTAPI RtlCmDecodeMemIoResource(PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor,
                                         PULONGLONG Start)
{
    if (Start)
        *Start = (ULONGLONG)Descriptor->u.Memory.Start.QuadPart;
    return (ULONGLONG)Descriptor->u.Memory.Length
           << large_shift(Descriptor->Type, Descriptor->Flags);
}
NT_EXPORT("ntoskrnl.exe", RtlCmDecodeMemIoResource);

ULONGLONG NTAPI RtlIoDecodeMemIoResource(PIO_RESOURCE_DESCRIPTOR Descriptor, PULONGLONG Alignment,
                                         PULONGLONG MinimumAddress, PULONGLONG MaximumAddress)
{
    unsigned shift = large_shift(Descriptor->Type, Descriptor->Flags);
    if (Alignment)
        *Alignment = (ULONGLONG)Descriptor->u.Memory.Alignment << shift;
    if (MinimumAddress)
        *MinimumAddress = (ULONGLONG)Descriptor->u.Memory.MinimumAddress.QuadPart;
    if (MaximumAddress)
        *MaximumAddress = (ULONGLONG)Descriptor->u.Memory.MaximumAddress.QuadPart;
    return (ULONGLONG)Descriptor->u.Memory.Length << shift;
}
NT_EXPORT("ntoskrnl.exe", RtlIoDecodeMemIoResource);

void NTAPI RtlMapGenericMask(PACCESS_MASK AccessMask, PGENERIC_MAPPING GenericMapping)
{
    const struct {
        ACCESS_MASK generic, specific;
    } map[] = {
        {GENERIC_READ, GenericMapping->GenericRead},
        {GENERIC_WRITE, GenericMapping->GenericWrite},
        {GENERIC_EXECUTE, GenericMapping->GenericExecute},
        {GENERIC_ALL, GenericMapping->GenericAll},
    };
    ACCESS_MASK mask = *AccessMask;
    for (int i = 0; i < 4; i++)
        if (mask & map[i].generic)
            mask |= map[i].specific;
    *AccessMask = mask & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
}
NT_EXPORT("ntoskrnl.exe", RtlMapGenericMask);

/* What a C++ compiler puts into the slots of pure virtual functions. */
static int NTAPI pure_call(void)
{
    bugcheck(0x1E, (ULONG_PTR)(LONG)STATUS_NOT_IMPLEMENTED, 0, 0, 0,
             "a pure virtual function was called (_purecall): the object is being made or destroyed, "
             "or is none");
}
NT_EXPORT_AS("ntoskrnl.exe", _purecall, pure_call);
