/* SPDX-License-Identifier: MIT */
/* session.c - a driver's whole life, in order. */
#include "cli/session.h"
#include "cli/driver_image.h"
#include "cli/progress.h"
#include "cli/tap_nic.h"
#include "cli/traffic.h"
#include "device/device.h"
#include "device/fault.h"
#include "inf/inf.h"
#include "ndis5/interrupt.h"
#include "nt/alarm.h"
#include "nt/handle.h"
#include "nt/iospace.h"
#include "nt/machine.h"
#include "nt/pool.h"
#include "nt/registry.h"
#include "nt/thread.h"
#include "nt/wmi.h"
#include "nt/workitem.h"
#include "pe/emulate.h"
#include "trace/trace.h"
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_NS 10000000000ull /* how long the link may take to come up */
/* The same without a card: software has no autonegotiation to wait for. */
#define VIRTUAL_LINK_NS 1000000000ull
#define LINK_POLL_NS                                                                               \
    100000000ull /* while nobody is at the other end, look so often whether the run is over */

struct session {
    const struct session_config *config;
    struct session_result *result;
    const struct traffic *traffic;
    struct wire *wire;
    struct probe *probe; /* in the cable, for --traffic */
    struct pci_function *card;
    struct device_fault_plan *faults;
    struct inf *inf;
    struct inf_match match;
    char *image_path;
    struct pe_loaded *image;
    struct registry_adapter keys;
    struct ndis_driver *driver;
    struct ndis_adapter *adapter;
};
static struct session s;

static bool fail(enum session_end end, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    s.result->end = end;
    vsnprintf(s.result->error, sizeof s.result->error, fmt, ap);
    va_end(ap);
    return false;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcasecmp(text + n - m, end);
}

/* --- before the machine runs --- */

static bool make_machine(void)
{
    const struct session_config *c = s.config;
    struct machine_config machine = {.cpus = c->cpus, .deterministic = c->deterministic, .seed = c->seed,
                                     .watchdog_seconds = c->watchdog, .debugger = c->debugger};
    int err = machine_init(&machine);
    if (err)
        return fail(SESSION_ENVIRONMENT, "cannot make a machine with %u processors: %s", c->cpus,
                    strerror(-err));
    pe_attach();
    interrupt_timestamps = true;
    ndis_throttle_limit = c->throttle;
    ndis_porting = c->porting;
    ndis5_initialize_dpc = c->early_dpc ? NDIS5_DPC_QUEUED : NDIS5_DPC_HELD;
    if (c->trace && (err = trace_start(1u << 20)))
        return fail(SESSION_ENVIRONMENT, "no memory for the trace: %s", strerror(-err));
    return true;
}

/* The wire and what is above the driver, which depend on each other. */
static bool make_cable(void)
{
    const struct session_config *c = s.config;
    char *err = s.result->error, far_end[64];
    size_t room = sizeof s.result->error;
    if (c->traffic) { /* Linux may be at the far end; above the driver is the peer */
        s.wire = wire_open(c->net, err, room);
    } else {
        s.wire = wire_open(tap_nic_open(c->net, far_end, sizeof far_end, err, room), err, room);
        s.traffic = tap_nic_is_open() ? &traffic_linux : &traffic_numbered;
    }
    if (!s.wire || !c->traffic)
        return s.wire;
    s.probe = probe_open(s.wire);
    if (!s.probe)
        return fail(SESSION_ENVIRONMENT, "out of memory");
    s.wire = &s.probe->wire;
    return true;
}

/* They cost a look at every byte, which a live run is to do without unless somebody will compare. */
static bool wants_digests(void)
{
    return s.config->deterministic || s.config->trace;
}

static bool make_card(void)
{
    char *err = s.result->error;
    size_t room = sizeof s.result->error;
    s.result->end = SESSION_ENVIRONMENT;
    s.faults = fault_plan_parse(s.config->fault ? s.config->fault : "", err, room);
    if (!s.faults)
        return false;
    s.result->reached = SESSION_REACHED_CARD;
    if (!strcmp(s.config->device, "none"))
        return true;
    s.result->reached = SESSION_REACHED_NOTHING;
    if (!make_cable())
        return false;
    s.result->reached = SESSION_REACHED_WIRE;
    if (wants_digests())
        s.wire->digest = &s.result->out;
    s.card = device_create(s.config->device, s.wire, s.faults, err, room);
    if (!s.card)
        return false;
    int e = pci_bus_add(s.card);
    if (e)
        return fail(SESSION_ENVIRONMENT, "no room on the PCI bus for %s: %s", s.config->device, strerror(-e));
    s.result->reached = SESSION_REACHED_CARD;
    return true;
}

/* The INF names the driver's file, and gives the registry what the installer would. */
static bool read_inf(const char *path)
{
    char *err = s.result->error;
    size_t room = sizeof s.result->error;
    char ids[PCI_HARDWARE_IDS + PCI_COMPATIBLE_IDS][64];
    const char *list[PCI_HARDWARE_IDS + PCI_COMPATIBLE_IDS];
    size_t hardware = 0, all = 0;
    s.result->end = SESSION_NOT_LOADED;
    if (inf_load(path, &s.inf, err, room))
        return false;
    if (s.card) {
        hardware = pci_hardware_ids(s.card, ids, PCI_HARDWARE_IDS);
        all = hardware + pci_compatible_ids(s.card, ids + hardware, PCI_COMPATIBLE_IDS);
    }
    for (size_t i = 0; i < all; i++)
        list[i] = ids[i];
    if (inf_match(s.inf, list, hardware, all, &s.match, err, room))
        return false;
    s.image_path = inf_driver_file(&s.match, err, room);
    if (!s.image_path)
        return false;
    if (registry_adapter_init(&s.keys, s.match.service, all ? list[0] : s.match.id ? s.match.id : "ROOT\\NET", 0))
        return fail(SESSION_ENVIRONMENT, "out of memory");
    return inf_install(&s.match, &s.keys, err, room) == 0;
}

static bool read_driver(void)
{
    const char *path = s.config->driver;
    char *err = s.result->error;
    size_t room = sizeof s.result->error;
    if (ends_with(path, ".inf") || ends_with(path, ".inx")) {
        if (!read_inf(path))
            return false;
    } else {
        char service[64], ids[1][64] = {"ROOT\\NET"};
        snprintf(service, sizeof service, "%.*s", (int)strcspn(base_name(path), "."), base_name(path));
        if (s.card)
            pci_hardware_ids(s.card, ids, 1);
        s.image_path = strdup(path);
        if (!s.image_path || registry_adapter_init(&s.keys, service, ids[0], 0))
            return fail(SESSION_ENVIRONMENT, "out of memory");
    }
    for (size_t i = 0; i < s.config->setting_count; i++)
        if (registry_adapter_setting(&s.keys, s.config->settings[i], err, room)) {
            s.result->end = SESSION_ENVIRONMENT;
            return false;
        }
    snprintf(s.result->driver, sizeof s.result->driver, "%s", base_name(s.image_path));
    s.result->end = SESSION_NOT_LOADED;
    char *folder = strdup(s.image_path);
    ndis_set_file_directory(folder ? dirname(folder) : NULL);
    free(folder);
    s.image = driver_image_load(s.image_path, s.config->seed + 1, s.config->allow_missing, err, room);
    if (!s.image)
        return false;
    if (!s.image->entry)
        return fail(SESSION_NOT_LOADED, "%s has no entry point (DriverEntry)", s.image_path);
    s.result->reached = SESSION_REACHED_IMAGE;
    return true;
}

/* How far a driver that registers as NDIS 5.x is on its way to NDIS 6. */
static void note_ported(void)
{
    const struct pe_image *image = s.image->image;
    if (s.result->ndis_major >= 6)
        return;
    for (size_t k = 0; porting_functions[k]; k++)
        for (size_t i = 0; i < image->import_count; i++)
            if (image->imports[i].name && !strcmp(image->imports[i].name, porting_functions[k])) {
                s.result->ported[s.result->ported_count++] = porting_functions[k];
                break;
            }
}

/* --- on the machine --- */

static void note_adapter(void)
{
    struct traffic_result t;
    struct session_result *r = s.result;
    s.traffic->result(&t);
    r->sent = t.sent;
    r->failed = t.failed;
    r->received = t.received;
    r->lost = t.lost;
    r->corrupt = t.corrupt;
    r->duplicates = t.duplicates;
    r->excess = t.excess;
    r->excess_bytes = t.excess_bytes;
    r->doubtful = t.doubtful;
    r->steps = peer_results(&r->step_count);
    r->elapsed_ns = t.elapsed_ns;
    if (s.wire) {
        r->wire_to = s.wire->stats.to_wire;
        r->wire_from = s.wire->stats.from_wire;
        r->wire_dropped = s.wire->stats.dropped + (s.probe ? s.probe->far->stats.dropped : 0);
    }
    if (!s.adapter)
        return;
    struct ndis_adapter_report now;
    ndis_adapter_report(s.adapter, &now);
    if (now.granted == PCI_INTERRUPT_NONE) { /* halted by now: what it had is what counts */
        now.granted = r->adapter.granted;
        now.granted_messages = r->adapter.granted_messages;
        now.requested_messages = r->adapter.requested_messages;
    }
    r->adapter = now;
    const struct ndis_interrupt_stats *stats = ndis_interrupt_stats(s.adapter);
    free(r->interrupts.message);
    r->interrupts = *stats;
    r->interrupts.message = calloc(stats->messages + 1, sizeof *stats->message);
    if (r->interrupts.message && stats->message)
        memcpy(r->interrupts.message, stats->message, stats->messages * sizeof *stats->message);
    else
        r->interrupts.messages = 0;
}

/* Frames may be lost when something goes wrong on purpose, or when somebody ended the run, and a
 * card may lose some by itself (r->doubtful); else it is the driver's loss: nothing on this wire
 * drops a frame that the card has room for. */
static void judge_traffic(void)
{
    const struct session_result *r = s.result;
    bool moves_frames = s.wire && (s.wire->stats.to_wire || s.wire->stats.from_wire);
    if (s.config->fault || machine_interrupted() || s.traffic->judges_itself || !moves_frames)
        return;
    RULE("traffic", r->lost == 0 || r->doubtful,
         "%llu frames were lost between the wire and the protocol, and no fault was injected",
         (unsigned long long)r->lost);
    RULE("traffic", r->corrupt == 0, "%llu frames arrived damaged", (unsigned long long)r->corrupt);
    RULE("traffic", r->excess == 0,
         "%llu frames were indicated with up to %zu bytes behind their end (where their IP packet ends); "
         "the FCS, 4 bytes, is no part of a frame for NDIS",
         (unsigned long long)r->excess, r->excess_bytes);
    RULE("traffic", r->duplicates == 0, "%llu frames arrived twice", (unsigned long long)r->duplicates);
}

static uint64_t round_trips(void)
{
    return s.card && s.card->ops->round_trips ? s.card->ops->round_trips(s.card) : 0;
}

/* The link is up, or will not come. A cable that has no other end yet gets all the time in the
 * world. */
static bool wait_for_link(void)
{
    uint64_t deadline = s.config->time_ns ? host_now() + s.config->time_ns : UINT64_MAX;
    if (s.wire && s.wire->down)
        progress_note(s.wire->missing);
    while (s.wire && s.wire->down && !machine_interrupted() && host_now() < deadline)
        ndis_wait_link(s.adapter, true, LINK_POLL_NS);
    return machine_interrupted() ||
           ndis_wait_link(s.adapter, true, s.card ? LINK_NS : VIRTUAL_LINK_NS);
}

static void check_filter(void)
{
    const struct ndis_addressing *wanted = &s.config->addressing;
    struct ndis_adapter_report about;
    char text[120];
    ndis_adapter_report(s.adapter, &about);
    if (!wanted->filter_set || about.packet_filter == wanted->filter)
        return;
    snprintf(text, sizeof text, "of the packet filter 0x%x the driver took 0x%x", wanted->filter,
             about.packet_filter);
    progress_note(text);
}

static void initialised(void)
{
    s.result->initialised = true;
    s.result->reached = SESSION_REACHED_ADAPTER;
    struct session_config config = *s.config;
    check_filter();
    if (!wait_for_link()) {
        progress_note("the link did not come up; going on without it");
        /* Nothing can bring it up any more: some program that dirql has not got would. */
        if (!s.card) {
            config.count = 0;
            config.count_set = true;
        }
    }
    if (s.card && s.card->ops->started)
        s.card->ops->started(s.card);
    uint64_t before = round_trips();
    progress_start(&config, s.traffic, s.adapter);
    s.traffic->run(&config);
    progress_stop();
    s.result->round_trips = round_trips() - before;
    if (s.config->toggle)
        for (unsigned m = 0; m < ndis_interrupt_stats(s.adapter)->messages; m++) {
            ndis_interrupt_switch(s.adapter, m, false);
            ndis_interrupt_switch(s.adapter, m, true);
        }
    note_adapter();
    judge_traffic();
    if (s.card && s.card->surprise_removed)
        ndis_adapter_surprise_remove(s.adapter);
    ndis_adapter_halt(s.adapter);
}

static void life(void *unused)
{
    char *err = s.result->error;
    size_t room = sizeof s.result->error;
    s.result->end = SESSION_NOT_LOADED;
    s.driver = ndis_driver_load(s.image->entry, s.match.service ? s.match.service : s.result->driver,
                                s.image->base, s.image->size, err, room);
    if (!s.driver)
        return;
    s.result->reached = SESSION_REACHED_DRIVER;
    ndis_driver_version(s.driver, &s.result->ndis_major, &s.result->ndis_minor);
    note_ported();
    struct ndis_adapter_config config = {.driver_key = s.keys.driver,
                                         .hardware_key = s.keys.hardware,
                                         .interrupt = s.config->interrupt,
                                         .addressing = s.config->addressing, .sending = s.config->sending};
    s.adapter = ndis_adapter_add(s.driver, s.card, &config, err, room);
    if (s.adapter) {
        s.traffic->attach(s.adapter, s.wire, wants_digests() ? &s.result->in : NULL);
        if (ndis_adapter_start(s.adapter, err, room) == 0) {
            s.result->end = SESSION_OK;
            initialised();
        } else if (s.result->ported_count && !s.config->porting) {
            size_t used = strlen(err);
            snprintf(err + used, room - used,
                     "; the driver registers as NDIS %u.%u and uses %s of NDIS 6: see --porting",
                     s.result->ndis_major, s.result->ndis_minor, s.result->ported[0]);
        }
        note_adapter();
        struct ndis_adapter *gone = s.adapter;
        s.adapter = NULL;
        ndis_adapter_remove(gone);
    }
    if (s.config->porting)
        s.result->porting_chapters = porting_left(s.driver, s.result->porting, PORTING_CHAPTERS);
    ndis_driver_unload(s.driver);
    workitem_drain();
    nt_pool_report_leaks();
    handle_report_leaks();
    wmi_report_leaks();
    if (iospace_mapped())
        report_leak("register mapping", "%zu mapping(s) of device registers still open", iospace_mapped());
    if (s.result->initialised)
        s.result->reached = SESSION_REACHED_END;
}

static void on_sigint(int sig)
{
    machine_interrupt();
    signal(sig, SIG_DFL); /* a second one ends us at once */
}

void session_run(const struct session_config *config, struct session_result *result)
{
    memset(result, 0, sizeof *result);
    s.config = config;
    s.result = result;
    s.traffic = config->traffic ? &traffic_steps : &traffic_numbered;
    if (!make_machine() || !make_card() || !read_driver())
        return;
    result->error[0] = 0;
    snprintf(result->device, sizeof result->device, "%s", config->device);
    signal(SIGINT, on_sigint);
    signal(SIGTERM, on_sigint);
    enum machine_end end = machine_run(life, NULL);
    progress_stop();
    result->interrupted = machine_interrupted();
    result->rules_checked = report_rules_checked();
    if (end == MACHINE_BUGCHECK) {
        note_adapter();
        result->end = SESSION_CRASHED;
    } else if (end == MACHINE_BROKEN) {
        note_adapter();
        fail(SESSION_ENVIRONMENT, "%s", machine_broken());
    } else if (end == MACHINE_DEADLOCK) {
        note_adapter();
        fail(SESSION_CRASHED, "the machine came to rest: every thread waits, and nothing can happen any more");
    }
    int err;
    if (config->trace && (err = trace_write(config->trace)))
        fail(SESSION_ENVIRONMENT, "%s: %s", config->trace, strerror(-err));
}
