/* SPDX-License-Identifier: MIT */
/* config.h - how registry values become NDIS_CONFIGURATION_PARAMETERs. Pure. */
#pragma once
#include "ndis/ndis_internal.h"

/* A configuration handle for the adapter's driver key; NULL if it has none, or memory ran out. */
NDIS_HANDLE ndis_config_open(struct ndis_adapter *adapter);

/* The number that `chars` UTF-16 units spell: leading blanks, a sign, then digits of `base` (10 or
 * 16) until the first character that is none. A prefix 0x makes it hexadecimal whatever the base. 0
 * if there are no digits, as RtlUnicodeStringToInteger says. */
uint32_t ndis_config_number(const WCHAR *text, size_t chars, unsigned base);

/* A network address: pairs of hexadecimal digits, with or without hyphens. Returns the bytes, at
 * most `max`; 0 if there is anything else in the text, or an odd digit. */
size_t ndis_config_address(const WCHAR *text, size_t chars, uint8_t *bytes, size_t max);

/* Bytes that a parameter needs behind its NDIS_CONFIGURATION_PARAMETER, and then the conversion
 * itself: `type` and `data` are the registry's (REG_SZ ...), `wanted` is what the driver asked for.
 * `room` is where strings and binary data go. False if the registry type has no NDIS type. */
size_t ndis_config_room(uint32_t type, size_t size);
bool ndis_config_convert(uint32_t type, const void *data, size_t size, NDIS_PARAMETER_TYPE wanted,
                         NDIS_CONFIGURATION_PARAMETER *parameter, void *room);
