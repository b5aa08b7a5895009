/* SPDX-License-Identifier: MIT */
/* session.h - one run of one driver: what it is given, what is done with it, what came of it.
 *
 * session_run() builds the machine, the card and the wire, loads the driver, takes it through its life
 * (initialise, traffic, halt, unload) and fills a result. One session per process. */
#pragma once
#include "ndis/interrupt.h"
#include "ndis/ndis.h"
#include "ndis5/porting.h"
#include "net/digest.h"
#include "nt/report.h"
#include "peer/peer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_SETTINGS 64

struct session_config {
    const char *driver; /* path of a .sys or .inf */
    const char *device; /* "model:82574l", "none" */
    const char *net;
    struct ndis_grant_options interrupt;
    struct ndis_addressing addressing;
    struct ndis_sending sending;
    unsigned cpus;
    bool deterministic;
    uint64_t seed;
    uint64_t count;         /* frames to send */
    bool count_set;
    const char *traffic; /* the steps of --traffic as text, and parsed; NULL: numbered frames */
    struct peer_plan plan;
    unsigned window;        /* frames on the way at most; 0 = what suits the card */
    uint64_t time_ns;       /* how long to run, 0 = until the traffic is done */
    const char *settings[SESSION_SETTINGS];
    size_t setting_count;
    const char *fault;
    const char *trace;
    bool toggle;            /* call the disable and enable handlers after the traffic */
    bool allow_missing;
    unsigned throttle;      /* MaxNblsToIndicate, 0 = no limit */
    unsigned watchdog;      /* seconds; 0 = the machine's default */
    bool quiet;             /* no progress line */
    bool debugger;          /* goes on at a driver's breakpoints */
    bool porting;           /* a 5.x driver may use 6.x interrupt functions */
    bool early_dpc;         /* 5.x DPCs run during MiniportInitialize */
};

/* How far a run got, in order; the rest of each name is what docs/json.md calls it. */
enum session_reached {
    SESSION_REACHED_NOTHING, /* the machine is missing, or what is at the cable's other end */
    SESSION_REACHED_WIRE,
    SESSION_REACHED_CARD,    /* the card is there, if one was asked for */
    SESSION_REACHED_IMAGE,   /* the INF fits the card, the file is loaded, its imports are there */
    SESSION_REACHED_DRIVER,  /* DriverEntry succeeded and registered a miniport */
    SESSION_REACHED_ADAPTER, /* the miniport initialised */
    SESSION_REACHED_END,     /* halted and unloaded */
};

enum session_end {
    SESSION_OK,
    SESSION_ENVIRONMENT,  /* machine, device, wire, files */
    SESSION_NOT_LOADED,   /* the driver did not load or initialise */
    SESSION_CRASHED,
};

struct session_result {
    enum session_end end;
    enum session_reached reached;
    char error[64 * 1024];     /* a sentence (or the list of missing imports), if end is not SESSION_OK */
    bool interrupted;          /* SIGINT */
    char driver[64];
    unsigned ndis_major, ndis_minor;
    char device[96];
    struct ndis_adapter_report adapter;
    struct ndis_interrupt_stats interrupts; /* message[] belongs to the result */
    uint64_t sent, failed, received, lost, corrupt, duplicates;
    uint64_t excess; /* intact frames indicated with bytes behind their end, at most excess_bytes */
    size_t excess_bytes;
    bool doubtful; /* the card may have lost them by itself */
    uint64_t wire_to, wire_from, wire_dropped;
    struct frame_digest out, in; /* onto the wire; up from the driver. With a seed or a trace only */
    const struct peer_result *steps; /* of --traffic */
    size_t step_count;
    uint64_t elapsed_ns;       /* of the machine's time, traffic only */
    uint64_t round_trips;      /* accesses that waited for another process (QEMU), traffic only */
    size_t rules_checked;
    bool initialised;
    struct porting_chapter porting[PORTING_CHAPTERS]; /* with config.porting */
    size_t porting_chapters;
    const char *ported[PORTING_FUNCTIONS]; /* a 5.x driver: functions of NDIS 6 that it imports */
    size_t ported_count;
};

void session_run(const struct session_config *config, struct session_result *result);
/* What the shell is told. */
int session_status(const struct session_result *result);

/* report_text.c, report_json.c: to standard output. */
void report_print_text(const struct session_config *config, const struct session_result *result);
void report_print_json(const struct session_config *config, const struct session_result *result);
