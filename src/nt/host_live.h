/* SPDX-License-Identifier: MIT */
/* host_live.h - starting and stopping the live scheduler; private to nt/. */
#pragma once
#include "nt/processor.h"
#include <signal.h>

/* "Look at your pending mask." */
#define SIGNAL_WINDOW   (SIGRTMIN + 1)
/* "Report where you are, and stop." (watchdog) */
#define SIGNAL_WATCHDOG (SIGRTMIN + 2)

int host_live_init(void);
int host_live_start(void);
/* After run_state left RUN_GOING: joins the processors. Not after a bug check: they may be anywhere. */
void host_live_stop(void);
/* A descriptor whose readiness wakes a sleeping processor. 0 or -errno. */
int cpu_watch_fd(struct cpu *cpu, int fd);
/* On host threads that are no processor. */
void trap_block_window_signal(void);
