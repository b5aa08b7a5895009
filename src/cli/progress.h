/* SPDX-License-Identifier: MIT */
/* progress.h - the line that moves while a run is on: to standard error, if that is a terminal. */
#pragma once
#include "cli/traffic.h"

void progress_start(const struct session_config *config, const struct traffic *traffic,
                    struct ndis_adapter *adapter);
/* Ends the line. May be called when none was started. */
void progress_stop(void);
/* A sentence beside the line. */
void progress_note(const char *text);
