/* SPDX-License-Identifier: MIT */
/* config_fuzz.c - any bytes as a registry value, read as any NDIS parameter type. */
/* fuzz: src/ndis/config.c */
#include "ndis/config.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint32_t type = data[0] % 12;
    NDIS_PARAMETER_TYPE wanted = (NDIS_PARAMETER_TYPE)(data[1] % 5);
    size_t n = size - 2;
    /* Exactly as much room as is promised to be enough; the registry's copies are aligned. */
    uint8_t *value = malloc(n ? n : 1), *room = malloc(ndis_config_room(type, n));
    memcpy(value, data + 2, n);
    NDIS_CONFIGURATION_PARAMETER parameter;
    if (ndis_config_convert(type, value, n, wanted, &parameter, room)) {
        const NDIS_STRING *string = &parameter.ParameterData.StringData;
        bool text = parameter.ParameterType == NdisParameterString ||
                    parameter.ParameterType == NdisParameterMultiString;
        if (text && (string->Length > string->MaximumLength || string->Length % sizeof(WCHAR)))
            abort();
        if (parameter.ParameterType == NdisParameterString &&
            (wanted == NdisParameterInteger || wanted == NdisParameterHexInteger))
            abort();
    }
    uint8_t address[32];
    if (ndis_config_address((const WCHAR *)value, n / sizeof(WCHAR), address, sizeof address) >
        sizeof address)
        abort();
    free(room);
    free(value);
    return 0;
}
