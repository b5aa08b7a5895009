/* SPDX-License-Identifier: MIT */
/* header.c - the NDIS_OBJECT_HEADER that opens nearly every NDIS 6 structure.
 *
 * Type says what the structure is, Revision which version of it, Size how many bytes the driver
 * filled, header included. A newer revision than ours is accepted and its tail ignored,
 * because revisions only append; a Size larger than the revision's is accepted too, since
 * sizeof() may include padding or members of a later revision. */
#include "ndis/ndis_internal.h"
#include <stdio.h>

/* Why it is wrong, in `text`; false if it is right. */
static bool header_wrong(const NDIS_OBJECT_HEADER *header, uint8_t type,
                         const struct ndis_revision *revisions, size_t count, char *text,
                         size_t text_len)
{
    if (header->Type != type) {
        snprintf(text, text_len, "Header.Type is 0x%02x, expected 0x%02x", header->Type, type);
        return true;
    }
    const struct ndis_revision *known = NULL;
    for (size_t i = 0; i < count; i++)
        if (revisions[i].revision <= header->Revision)
            known = &revisions[i];
    if (!known) {
        snprintf(text, text_len, "Header.Revision is %u, expected %u to %u", header->Revision,
                 revisions[0].revision, revisions[count - 1].revision);
        return true;
    }
    if (header->Size < known->size) {
        snprintf(text, text_len, "Header.Size is %u, expected at least %u for revision %u",
                 header->Size, known->size, header->Revision);
        return true;
    }
    return false;
}

bool ndis_header_check(const NDIS_OBJECT_HEADER *header, const char *structure, uint8_t type,
                       const struct ndis_revision *revisions, size_t count)
{
    char text[160];
    bool wrong = true;
    if (!header)
        snprintf(text, sizeof(text), "the pointer is NULL");
    else
        wrong = header_wrong(header, type, revisions, count, text, sizeof(text));
    return RULE("R-026", !wrong, "%s: %s", structure, text);
}

void ndis_header_require(NDIS_HANDLE handle, const NDIS_OBJECT_HEADER *header,
                         const char *structure, uint8_t type, const struct ndis_revision *revisions,
                         size_t count)
{
    char text[160];
    if (!header)
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_HEADER, (uint64_t)handle, 0, 0,
                 "%s: the pointer is NULL", structure);
    if (header_wrong(header, type, revisions, count, text, sizeof(text)))
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_HEADER, (uint64_t)handle, (uint64_t)header, 0,
                 "%s: %s", structure, text);
}

void ndis_header_set(NDIS_OBJECT_HEADER *header, uint8_t type, uint8_t revision, size_t size)
{
    header->Type = type;
    header->Revision = revision;
    header->Size = (USHORT)size;
}
