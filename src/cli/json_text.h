/* SPDX-License-Identifier: MIT */
/* json_text.h - foreign text as JSON.
 *
 * Paths and a driver's own strings are bytes of any encoding; JSON is UTF-8, and jansson makes NULL
 * of anything else, which would take the whole report with it. */
#pragma once
#include <jansson.h>

/* A string; what is not UTF-8 has '?' for every byte above 0x7F. NULL becomes null. */
json_t *json_text(const char *text);
/* The lines of a text, without their ends. */
json_t *json_text_lines(const char *text);
