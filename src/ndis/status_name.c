/* SPDX-License-Identifier: MIT */
/* status_name.c - what a driver's status is called in ndis.h. */
#include "ndis/ndis_internal.h"

/* Those that an initialisation ends with; NTSTATUS values among them have the NDIS name too. */
#define STATUS_LIST(X)                                                                             \
    X(NDIS_STATUS_PENDING)                                                                         \
    X(NDIS_STATUS_NOT_RECOGNIZED)                                                                  \
    X(NDIS_STATUS_NOT_ACCEPTED)                                                                    \
    X(NDIS_STATUS_SOFT_ERRORS)                                                                     \
    X(NDIS_STATUS_HARD_ERRORS)                                                                     \
    X(NDIS_STATUS_FAILURE)                                                                         \
    X(NDIS_STATUS_RESOURCES)                                                                       \
    X(NDIS_STATUS_NOT_SUPPORTED)                                                                   \
    X(NDIS_STATUS_INVALID_PARAMETER)                                                               \
    X(NDIS_STATUS_BAD_VERSION)                                                                     \
    X(NDIS_STATUS_BAD_CHARACTERISTICS)                                                             \
    X(NDIS_STATUS_ADAPTER_NOT_FOUND)                                                               \
    X(NDIS_STATUS_OPEN_FAILED)                                                                     \
    X(NDIS_STATUS_DEVICE_FAILED)                                                                   \
    X(NDIS_STATUS_ADAPTER_NOT_READY)                                                               \
    X(NDIS_STATUS_INVALID_LENGTH)                                                                  \
    X(NDIS_STATUS_INVALID_DATA)                                                                    \
    X(NDIS_STATUS_ADAPTER_REMOVED)                                                                 \
    X(NDIS_STATUS_UNSUPPORTED_MEDIA)                                                               \
    X(NDIS_STATUS_FILE_NOT_FOUND)                                                                  \
    X(NDIS_STATUS_ERROR_READING_FILE)                                                              \
    X(NDIS_STATUS_RESOURCE_CONFLICT)                                                               \
    X(NDIS_STATUS_NO_CABLE)

const char *ndis_status_suffix(NDIS_STATUS status)
{
    static const struct {
        NDIS_STATUS status;
        const char *suffix;
    } names[] = {
#define ROW(name) {name, ", " #name},
        STATUS_LIST(ROW)};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].status == status)
            return names[i].suffix;
    return "";
}
