/* SPDX-License-Identifier: MIT */
/* config_convert.c - how registry values become NDIS_CONFIGURATION_PARAMETERs. Pure.
 *
 * The page of NdisReadConfiguration calls ParameterType ignored; drivers in the field depend on
 * what Windows does with it all the same: standardised keywords ("*SpeedDuplex") are strings in the
 * registry and are read as integers. */
#include "ndis/config.h"
#include "nt/rtl.h"
#include <string.h>

static int digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

uint32_t ndis_config_number(const WCHAR *text, size_t chars, unsigned base)
{
    size_t i = 0;
    while (i < chars && text[i] && text[i] <= ' ')
        i++;
    bool negative = i < chars && text[i] == '-';
    if (i < chars && (text[i] == '-' || text[i] == '+'))
        i++;
    if (i + 1 < chars && text[i] == '0' && (text[i + 1] | 0x20) == 'x') {
        base = 16;
        i += 2;
    }
    uint32_t value = 0;
    for (; i < chars && digit(text[i]) < (int)base; i++)
        value = value * base + (uint32_t)digit(text[i]);
    return negative ? 0 - value : value;
}

size_t ndis_config_address(const WCHAR *text, size_t chars, uint8_t *bytes, size_t max)
{
    size_t digits = 0;
    for (size_t i = 0; i < chars && text[i]; i++) {
        if (text[i] == '-')
            continue;
        int d = digit(text[i]);
        if (d == 16 || digits / 2 >= max)
            return 0;
        bytes[digits / 2] = (uint8_t)(digits % 2 ? bytes[digits / 2] << 4 | d : d);
        digits++;
    }
    return digits % 2 ? 0 : digits / 2;
}

static bool is_number(NDIS_PARAMETER_TYPE type)
{
    return type == NdisParameterInteger || type == NdisParameterHexInteger;
}

/* A number as decimal text with its terminator needs 11 units. */
#define NUMBER_ROOM 24

size_t ndis_config_room(uint32_t type, size_t size)
{
    return size + (type == REG_DWORD ? NUMBER_ROOM : sizeof(WCHAR));
}

bool ndis_config_convert(uint32_t type, const void *data, size_t size, NDIS_PARAMETER_TYPE wanted,
                         NDIS_CONFIGURATION_PARAMETER *parameter, void *room)
{
    const WCHAR *text = data;
    size_t chars = size / sizeof(WCHAR);
    memset(parameter, 0, sizeof(*parameter));
    switch (type) {
    case REG_DWORD: {
        uint32_t value = 0;
        memcpy(&value, data, size < sizeof(value) ? size : sizeof(value));
        if (wanted != NdisParameterString) {
            parameter->ParameterType = NdisParameterInteger;
            parameter->ParameterData.IntegerData = value;
            return true;
        }
        char digits[65];
        size_t n = rtl_integer_text(digits, value, 10, false);
        WCHAR *out = room;
        for (size_t i = 0; i < n; i++)
            out[i] = (WCHAR)digits[i];
        out[n] = 0;
        parameter->ParameterType = NdisParameterString;
        parameter->ParameterData.StringData =
            (NDIS_STRING){(USHORT)(n * sizeof(WCHAR)), (USHORT)((n + 1) * sizeof(WCHAR)), out};
        return true;
    }
    case REG_SZ:
    case REG_EXPAND_SZ:
        while (chars && !text[chars - 1])
            chars--;
        if (is_number(wanted)) {
            /* The resulting type is Integer for both (NDIS_CONFIGURATION_PARAMETER, ParameterType).
             */
            parameter->ParameterType = NdisParameterInteger;
            parameter->ParameterData.IntegerData =
                ndis_config_number(text, chars, wanted == NdisParameterHexInteger ? 16 : 10);
            return true;
        }
        if (chars * sizeof(WCHAR) > UINT16_MAX - sizeof(WCHAR))
            return false;
        memcpy(room, text, chars * sizeof(WCHAR));
        ((WCHAR *)room)[chars] = 0;
        parameter->ParameterType = NdisParameterString;
        parameter->ParameterData.StringData = (NDIS_STRING){
            (USHORT)(chars * sizeof(WCHAR)), (USHORT)((chars + 1) * sizeof(WCHAR)), room};
        return true;
    case REG_MULTI_SZ:
        if (chars * sizeof(WCHAR) > UINT16_MAX)
            return false;
        memcpy(room, text, chars * sizeof(WCHAR));
        parameter->ParameterType = NdisParameterMultiString;
        parameter->ParameterData.StringData =
            (NDIS_STRING){(USHORT)(chars * sizeof(WCHAR)), (USHORT)(chars * sizeof(WCHAR)), room};
        return true;
    case REG_BINARY:
        if (size > UINT16_MAX)
            return false;
        memcpy(room, data, size);
        parameter->ParameterType = NdisParameterBinary;
        parameter->ParameterData.BinaryData.Length = (USHORT)size;
        parameter->ParameterData.BinaryData.Buffer = room;
        return true;
    default:
        return false;
    }
}
