/* SPDX-License-Identifier: MIT */
/* run.c - dirql run: the options, and the verdict. */
#include "cli/cli.h"
#include "cli/session.h"
#include "net/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run_config {
    struct session_config session;
    bool json;
};

static bool set_device(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.device = a;
    return true;
}

static bool set_net(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.net = a;
    return true;
}

static bool set_interrupt(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.interrupt.kind = !strcmp(a, "line")   ? NDIS_WISH_LINE
                                                            : !strcmp(a, "msi")  ? NDIS_WISH_MSI
                                                            : !strcmp(a, "msix") ? NDIS_WISH_MSIX
                                                                                 : NDIS_WISH_AUTO;
    return true;
}

static bool set_messages(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, 2048, &v, err, n))
        return false;
    ((struct run_config *)config)->session.interrupt.messages = (unsigned)v;
    return true;
}

static bool set_cpus(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, 64, &v, err, n))
        return false;
    ((struct run_config *)config)->session.cpus = (unsigned)v;
    return true;
}

static bool set_seed(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 0, UINT64_MAX, &v, err, n))
        return false;
    ((struct run_config *)config)->session.seed = v;
    ((struct run_config *)config)->session.deterministic = true;
    return true;
}

static bool set_count(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 0, UINT64_MAX / 2, &v, err, n))
        return false;
    ((struct run_config *)config)->session.count = v;
    ((struct run_config *)config)->session.count_set = true;
    return true;
}

static bool set_traffic(void *config, const char *a, char *err, size_t n)
{
    struct session_config *s = &((struct run_config *)config)->session;
    s->traffic = a;
    return peer_plan_parse(a, &s->plan, err, n);
}

static bool set_window(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, 1000000, &v, err, n))
        return false;
    ((struct run_config *)config)->session.window = (unsigned)v;
    return true;
}

static bool set_filter(void *config, const char *a, char *err, size_t n)
{
    static const struct {
        const char *name;
        ULONG bit;
    } filters[] = {{"directed", NDIS_PACKET_TYPE_DIRECTED},
                   {"multicast", NDIS_PACKET_TYPE_MULTICAST},
                   {"broadcast", NDIS_PACKET_TYPE_BROADCAST},
                   {"all-multicast", NDIS_PACKET_TYPE_ALL_MULTICAST},
                   {"promiscuous", NDIS_PACKET_TYPE_PROMISCUOUS},
                   {"none", 0}};
    enum { FILTERS = sizeof filters / sizeof filters[0] };
    struct ndis_addressing *addressing = &((struct run_config *)config)->session.addressing;
    addressing->filter_set = true;
    addressing->filter = 0;
    do {
        size_t len = strcspn(a, ","), i = 0;
        while (i < FILTERS && (strlen(filters[i].name) != len || memcmp(filters[i].name, a, len)))
            i++;
        if (i == FILTERS) {
            snprintf(err, n,
                     "\"%.*s\" is none of directed, multicast, broadcast, all-multicast, "
                     "promiscuous, none",
                     (int)len, a);
            return false;
        }
        addressing->filter |= filters[i].bit;
        a += len;
    } while (*a++ == ',');
    return true;
}

static bool set_multicast(void *config, const char *a, char *err, size_t n)
{
    struct ndis_addressing *addressing = &((struct run_config *)config)->session.addressing;
    addressing->groups_set = true;
    addressing->groups = 0;
    if (!strcmp(a, "none"))
        return true;
    do {
        char text[32];
        size_t len = strcspn(a, ",");
        snprintf(text, sizeof text, "mac=%.*s", (int)(len < 20 ? len : 20), a);
        if (addressing->groups == NDIS_GROUPS) {
            snprintf(err, n, "more than %d groups", NDIS_GROUPS);
            return false;
        }
        uint8_t *group = addressing->group[addressing->groups++];
        const struct option option = {"mac", OPTION_MAC, group};
        char reason[160];
        if (!options_parse("group", text, &option, 1, reason, sizeof reason) || !(group[0] & 1)) {
            snprintf(err, n, "\"%.*s\" is no group's address, such as 01:00:5e:00:00:fb", (int)len,
                     a);
            return false;
        }
        a += len;
    } while (*a++ == ',');
    return true;
}

static bool set_buffers(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, NDIS_BUFFERS, &v, err, n))
        return false;
    ((struct run_config *)config)->session.sending.buffers = (unsigned)v;
    return true;
}

static bool set_sends(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, NDIS_SENDS, &v, err, n))
        return false;
    ((struct run_config *)config)->session.sending.sends = (unsigned)v;
    return true;
}

static bool set_time(void *config, const char *a, char *err, size_t n)
{
    char *end;
    double seconds = strtod(a, &end);
    if (end == a || *end || !(seconds > 0) || seconds > 1e6) {
        snprintf(err, n, "\"%s\" is no number of seconds above 0", a);
        return false;
    }
    ((struct run_config *)config)->session.time_ns = (uint64_t)(seconds * 1e9);
    return true;
}

static bool set_setting(void *config, const char *a, char *err, size_t n)
{
    struct session_config *s = &((struct run_config *)config)->session;
    if (s->setting_count == SESSION_SETTINGS) {
        snprintf(err, n, "more than %d settings", SESSION_SETTINGS);
        return false;
    }
    s->settings[s->setting_count++] = a;
    return true;
}

static bool set_fault(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.fault = a;
    return true;
}

static bool set_trace(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.trace = a;
    return true;
}

static bool set_throttle(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, 1000000, &v, err, n))
        return false;
    ((struct run_config *)config)->session.throttle = (unsigned)v;
    return true;
}

static bool set_watchdog(void *config, const char *a, char *err, size_t n)
{
    unsigned long long v;
    if (!cli_number(a, 1, 86400, &v, err, n))
        return false;
    ((struct run_config *)config)->session.watchdog = (unsigned)v;
    return true;
}

static bool set_toggle(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.toggle = true;
    return true;
}

static bool set_allow_missing(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.allow_missing = true;
    return true;
}

static bool set_debugger(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.debugger = true;
    return true;
}

static bool set_porting(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.porting = true;
    return true;
}

static bool set_early_dpc(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.early_dpc = true;
    return true;
}

static bool set_quiet(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->session.quiet = true;
    return true;
}

static bool set_json(void *config, const char *a, char *err, size_t n)
{
    ((struct run_config *)config)->json = true;
    return true;
}

static const struct cli_option options[] = {
    {"device", "KIND:NAME", NULL,
     "The card: model:82574l (default), model:82540em (conventional PCI, without MSI-X), any that "
     "QEMU emulates, as qemu:rtl8139 (in real time only), or none for a driver without hardware. "
     "Options follow after a comma, e.g. model:82574l,mac=52:54:00:12:34:56.",
     set_device},
    {"interrupt", "TYPE", "auto|line|msi|msix",
     "Which interrupts the machine grants. auto (default): as the driver's INF or --set says, "
     "MSI-X before MSI "
     "before the line, as Windows does.",
     set_interrupt},
    {"messages", "N", NULL, "Grant at most N messages, however many the driver asks for.",
     set_messages},
    {"cpus", "N", NULL, "Processors, 1 to 64 (default 2). More than the host has is fine.",
     set_cpus},
    {"seed", "N", NULL,
     "Run deterministically: virtual time, and every choice of the scheduler from this seed. The "
     "same seed gives "
     "the same run. Without it the run is live: processors are threads, time is real.",
     set_seed},
    {"net", "SPEC", NULL,
     "What is at the other end of the cable: loopback (default; what is sent comes back), "
     "pcap:IN,OUT, gen:KEY=VALUE,..., "
     "none, or one of these:\n"
     "tap:NAME[,PEER] - the driver becomes the Linux network interface NAME, and the far end of "
     "its cable is the "
     "interface PEER (NAME with -peer). With --traffic, NAME is the far end.\n"
     "user[:KEY=VALUE,...] - QEMU's user network: an address by DHCP, the gateway 10.0.2.2 and the "
     "host's network behind "
     "it; net=, host=, dns=, dhcpstart=, restrict=, hostfwd=, hostname= and ipv6= as -netdev user "
     "has them.\n"
     "socket:listen=[HOST:]PORT, socket:connect=HOST:PORT, socket:unix=PATH - another dirql's "
     "card, or a QEMU guest's "
     "(-netdev socket). While nobody is there, the link is down.",
     set_net},
    {"count", "N", NULL, "Send N test frames (default 10000 where frames are sent at all).",
     set_count},
    {"traffic", "STEPS", NULL,
     "What a host above the driver does, a comma list of steps in order, instead of sending "
     "numbered frames:\n"
     "dhcp - get an address and a gateway; address=IP and gateway=IP say them instead.\n"
     "arp - find the gateway; ping[=N] - ping it N times (10); answer[=TIME] - answer others' ARP "
     "and pings (10s).\n"
     "burst[=N] - N frames of all usual lengths each way (1000); jumbo[=N] - longer ones, if the "
     "driver's MTU allows "
     "them (100); min[=N] - the shortest, which have to be padded (100). Every byte is checked; "
     "the frames to the "
     "driver come from a probe in the cable, whatever is at its far end.\n"
     "multicast - a group that is joined, and others; link - the cable goes out and in again.\n"
     "Each step passes, fails by the driver's fault (a violation), is skipped, or is inconclusive "
     "and says what was "
     "seen. With --net user, dhcp,arp,ping is what is done unless --count or --traffic says "
     "otherwise.",
     set_traffic},
    {"window", "N", NULL,
     "At most N frames on the way to the driver at a time, before more are sent: 2048 on a card "
     "that keeps frames for "
     "which it has no room waiting (the models), 8 on others (QEMU's), which lose them as real "
     "cards do.",
     set_window},
    {"filter", "LIST", NULL,
     "What the protocols above receive, a comma list of directed, multicast, broadcast, "
     "all-multicast, promiscuous, or "
     "none (default directed,multicast,broadcast, as Windows' TCP/IP sets it). What the driver "
     "does not support is left "
     "out.",
     set_filter},
    {"multicast", "LIST", NULL,
     "The groups that the protocols are in, a comma list of addresses (default 01:00:5e:00:00:01, "
     "01:00:5e:00:00:fb and "
     "33:33:00:00:00:01), or none: the driver is never given a multicast list, for looking past a "
     "fault in that.",
     set_multicast},
    {"buffers", "N", NULL,
     "A frame that is sent lies in one to N buffers (default 3, as with Windows' TCP/IP; 1 is as "
     "with Microsoft's sample NDISPROT).",
     set_buffers},
    {"sends", "N", NULL,
     "Let the driver have at most N frames at once, sent and not completed (default 512).",
     set_sends},
    {"time", "S", NULL,
     "Run for S seconds of the machine's time, sending as much as fits unless --count says how "
     "many.",
     set_time},
    {"set", "KEY=VALUE", NULL,
     "A value in the driver's registry key, e.g. --set *RSS=0 or --set "
     "NetworkAddress=525400123456. MSISupported, "
     "MessageNumberLimit, DevicePolicy, DevicePriority and AssignmentSetOverride go where Windows "
     "looks for them, below "
     "Interrupt Management. Other places: --set Parameters\\NAME=VALUE (the service's key), --set "
     "\"Interrupt "
     "Management\\...\\NAME=VALUE\". A type may follow the name: NAME:dword=1. May be given "
     "several times.",
     set_setting},
    {"fault", "SPEC", NULL,
     "What goes wrong on purpose, a comma list: lost-interrupt=1%, duplicate-interrupt=every:10, "
     "spurious-interrupt=5, stuck-interrupt@10ms:1ms, storm@10ms:100000, link-flap@20ms:5ms, "
     "dma-error=100, "
     "surprise-remove@50ms, stuck-reset=1, seed=N.",
     set_fault},
    {"throttle", "N", NULL,
     "Let a receive DPC indicate at most N frames (MaxNblsToIndicate); the driver asks for another "
     "call with "
     "MoreNblsPending.",
     set_throttle},
    {"toggle-interrupts", NULL, NULL,
     "After the traffic, call the driver's disable and enable interrupt handlers for every "
     "message, as NDIS may do for "
     "diagnostics.",
     set_toggle},
    {"watchdog", "S", NULL,
     "End the run if a processor makes no progress above PASSIVE_LEVEL (with --seed: anywhere) for "
     "S seconds of real "
     "time (default 10).",
     set_watchdog},
    {"trace", "FILE", NULL, "Write what happened, event by event, to FILE.", set_trace},
    {"allow-missing", NULL, NULL,
     "Run a driver that imports functions dirql does not have; calling one of them ends the run.",
     set_allow_missing},
    {"debugger", NULL, NULL,
     "Go on at the driver's breakpoints (DbgBreakPoint, int 3), as somebody would at a kernel "
     "debugger; each is reported. Without it they end in a bug check, as on a machine without a "
     "debugger.",
     set_debugger},
    {"porting", NULL, NULL,
     "Let a driver that registers as NDIS 5.x use the interrupt functions of NDIS 6 "
     "(NdisMRegisterInterruptEx ...), and "
     "list by chapter of Microsoft's porting guide what of it is still 5.x. Windows would not load "
     "such a driver yet.",
     set_porting},
    {"initialize-dpc", NULL, NULL,
     "Let a 5.x driver's MiniportHandleInterrupt run while its MiniportInitialize executes. "
     "Without it, it is held back "
     "until that has returned, as the NT DDK says; one page of Microsoft's shows the opposite.",
     set_early_dpc},
    {"json", NULL, NULL, "Print the report as one JSON object.", set_json},
    {"quiet", NULL, NULL, "No progress line.", set_quiet},
};

int session_status(const struct session_result *result)
{
    const struct violation_record *violations;
    const char *const *leaks;
    switch (result->end) {
    case SESSION_ENVIRONMENT:
        return EXIT_USAGE;
    case SESSION_CRASHED:
        return EXIT_CRASHED;
    case SESSION_NOT_LOADED:
        return EXIT_NO_DRIVER;
    case SESSION_OK:
        break;
    }
    return report_violations(&violations) || report_leaks(&leaks) ? EXIT_BROKEN : EXIT_FINE;
}

/* A network that answers is there to be asked. */
static void usual_traffic(struct session_config *s)
{
    char err[200];
    bool user = !strncmp(s->net, "user", 4) && (!s->net[4] || s->net[4] == ':');
    if (user && !s->traffic && !s->count_set)
        set_traffic((struct run_config *)s, "dhcp,arp,ping", err, sizeof err);
}

static int run(int argc, char **argv)
{
    struct run_config config = {
        .session = {.device = "model:82574l", .net = "loopback", .cpus = 2, .seed = 1, .count = 10000}};
    const char *rest[argc + 1];
    if (!cli_parse(cli_command_find("run"), argc, argv, &config, rest))
        return EXIT_USAGE;
    if (!rest[0] || rest[1]) {
        cli_error(rest[0] ? "one driver at a time (dirql help run)" : "which driver? (dirql help run)");
        return EXIT_USAGE;
    }
    config.session.driver = rest[0];
    if (config.session.traffic && config.session.count_set) {
        cli_error("--count is for numbered frames; with --traffic, burst=N says how many");
        return EXIT_USAGE;
    }
    usual_traffic(&config.session);
    if (access(rest[0], R_OK)) {
        cli_error("%s: %m", rest[0]);
        return EXIT_USAGE;
    }
    /* Rather before the run than after it. */
    FILE *trace = config.session.trace ? fopen(config.session.trace, "w") : NULL;
    if (config.session.trace && !trace) {
        cli_error("%s: %m", config.session.trace);
        return EXIT_USAGE;
    }
    if (trace)
        fclose(trace);
    static struct session_result result;
    session_run(&config.session, &result);
    if (config.json)
        report_print_json(&config.session, &result);
    else
        report_print_text(&config.session, &result);
    fflush(NULL);
    return session_status(&result);
}

CLI_COMMAND(run, .name = "run", .arguments = "DRIVER.sys|DRIVER.inf", .summary = "run a driver on a card",
            .description =
                "Loads a Windows network driver, gives it a machine and a card, and takes it through its life: "
                "DriverEntry, initialise, traffic, halt, unload. Prints what its interrupts did, how many frames went "
                "through it, and what rules it broke.\n"
                "An INF brings the registry values and the interrupt settings that its installation would; a bare .sys "
                "runs with an empty registry and, as on Windows, with a line-based interrupt unless --interrupt or --set "
                "says otherwise. Files that the driver opens (NdisOpenFile) are those beside it.",
            .options = options, .option_count = sizeof options / sizeof *options, .run = run);
