/* SPDX-License-Identifier: MIT */
/* string.c - the NDIS names of string functions, as exports.
 *
 * ndis.h makes most of them macros over Rtl functions; drivers built for older headers import them.
 */
#include "ndis/ndis_internal.h"
#include <string.h>

#undef NdisInitAnsiString
#undef NdisInitUnicodeString
#undef NdisAnsiStringToUnicodeString
#undef NdisUnicodeStringToAnsiString
#undef NdisEqualString
#undef NdisUpcaseUnicodeString

static const uint32_t string_tag = 0x7274534e; /* "NStr" */

/* Destination's buffer is pool memory, freed with NdisFreeString. On failure it is empty. */
VOID NTAPI NdisInitializeString(PNDIS_STRING Destination, PUCHAR Source)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    ANSI_STRING ansi;
    *Destination = (NDIS_STRING){0};
    RtlInitAnsiString(&ansi, (PCSZ)Source);
    ULONG bytes = RtlxAnsiStringToUnicodeSize(&ansi);
    if (bytes > UINT16_MAX)
        return;
    Destination->Buffer = ExAllocatePoolWithTag(NonPagedPool, bytes, string_tag);
    if (!Destination->Buffer)
        return;
    Destination->MaximumLength = (USHORT)bytes;
    RtlAnsiStringToUnicodeString(Destination, &ansi, FALSE);
}
NT_EXPORT("ndis.sys", NdisInitializeString);

VOID NTAPI NdisInitAnsiString(PNDIS_ANSI_STRING Destination, PCSTR Source)
{
    RtlInitAnsiString(Destination, Source);
}
NT_EXPORT("ndis.sys", NdisInitAnsiString);

VOID NTAPI NdisInitUnicodeString(PNDIS_STRING Destination, PCWSTR Source)
{
    RtlInitUnicodeString(Destination, Source);
}
NT_EXPORT("ndis.sys", NdisInitUnicodeString);

NDIS_STATUS NTAPI NdisAnsiStringToUnicodeString(PNDIS_STRING Destination, PNDIS_ANSI_STRING Source)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return RtlAnsiStringToUnicodeString(Destination, Source, FALSE);
}
NT_EXPORT("ndis.sys", NdisAnsiStringToUnicodeString);

NDIS_STATUS NTAPI NdisUnicodeStringToAnsiString(PNDIS_ANSI_STRING Destination, PNDIS_STRING Source)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return RtlUnicodeStringToAnsiString(Destination, Source, FALSE);
}
NT_EXPORT("ndis.sys", NdisUnicodeStringToAnsiString);

BOOLEAN NTAPI NdisEqualString(PNDIS_STRING String1, PNDIS_STRING String2, BOOLEAN CaseInsensitive)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return RtlEqualUnicodeString(String1, String2, CaseInsensitive);
}
NT_EXPORT("ndis.sys", NdisEqualString);

NDIS_STATUS NTAPI NdisUpcaseUnicodeString(PUNICODE_STRING Destination, PUNICODE_STRING Source)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return RtlUpcaseUnicodeString(Destination, Source, FALSE);
}
NT_EXPORT("ndis.sys", NdisUpcaseUnicodeString);
