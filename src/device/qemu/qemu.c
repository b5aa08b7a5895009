/* SPDX-License-Identifier: MIT */
/* qemu.c - a network card that QEMU emulates, without a guest.
 *
 *     qemu:NAME[,PROPERTY=VALUE...]     NAME and properties as QEMU's -device has them
 *
 * QEMU runs a q35 PC whose processor sleeps in a firmware of three instructions; the card is the
 * one device that matters, and dirql is its guest:
 *
 *     registers       qtest commands (qtest.h)
 *     configuration   the same, through the chipset's memory-mapped configuration space
 *     DMA             QEMU's RAM is dirql's physical memory (nt/physmem.h), address by address
 *     line            the input of the I/O APIC that the card's pin is wired to (qtest.h)
 *     messages        writes to a doorbell (doorbell.h)
 *     frames          a socket to any of dirql's wires (cable.h)
 *     cable           QEMU's monitor (monitor.h)
 *
 * QEMU keeps its own time, so it cannot be used with --seed. (Its clock could be driven with -accel
 * qtest, which Debian's build does not have.)
 *
 * Sources: QEMU 7.2 documentation (system/invocation, devel/qtest); Intel 3 Series Express Chipset
 * Family datasheet (PCIEXBAR); Intel I/O Controller Hub 9 datasheet (PIRQ routing of devices
 * 0-24: PIRQE-H, I/O APIC inputs 20-23). */
#include "device/device.h"
#include "device/qemu/cable.h"
#include "device/qemu/doorbell.h"
#include "device/qemu/faults.h"
#include "device/qemu/monitor.h"
#include "device/qemu/process.h"
#include "device/qemu/qtest.h"
#include "net/options.h"
#include "nt/machine.h"
#include "nt/physmem.h"
#include "pci/regs.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define CARD_SLOT       4 /* on QEMU's bus 0 */
#define DOORBELL_SLOT   3
#define BRIDGE_SLOT     0
#define BRIDGE_PCIEXBAR 0x60
#define CONFIG_BASE     0xb0000000u /* 256 MiB of memory-mapped configuration space */
#define DOORBELL_BASE   0xfebff000u /* the last page below the I/O APIC */
#define PIRQE_GSI       20
#define BIOS_BYTES      65536u
#define NETDEV          "cable"

struct qemu {
    struct pci_function fn;
    struct qemu_process process;
    struct qtest qtest;
    struct doorbells doorbells;
    struct cable cable;
    struct qemu_monitor monitor;
    struct qemu_faults faults;
    uint32_t identity[3]; /* vendor and device; revision and class; subsystem */
    bool have_identity;
    bool monitored;  /* the monitor answers */
    bool no_far_end; /* nobody at the other end of the wire */
    char name[64];
};

static struct qemu *qemu_of(struct pci_function *fn)
{
    return (struct qemu *)((char *)fn - offsetof(struct qemu, fn));
}

/* --- what QEMU tells --- */

static void on_failure(void *ctx, const char *why)
{
    struct qemu *q = ctx;
    char words[300];
    qemu_process_words(&q->process, words, sizeof words);
    machine_break("%s: %s%s%s", q->name, why, *words ? "; it said: " : "", words);
}

static void on_end(void *ctx)
{
    on_failure(ctx, "QEMU has ended");
}

static void on_line(void *ctx, bool up)
{
    qemu_faults_pin(&((struct qemu *)ctx)->faults, up);
}

static void on_message(void *ctx, unsigned index)
{
    pci_message_raise(&((struct qemu *)ctx)->fn, index);
}

static void plug(struct pci_function *fn, bool in)
{
    monitor_set_link(&qemu_of(fn)->monitor, NETDEV, in);
}

static void on_far_end(void *card, bool up)
{
    struct qemu *q = (struct qemu *)((char *)card - offsetof(struct qemu, cable));
    q->no_far_end = !up;
    if (q->monitored)
        plug(&q->fn, up);
}

static void on_frame(void *ctx)
{
    qemu_faults_frame(&((struct qemu *)ctx)->faults);
}

/* --- registers --- */

static uint64_t qemu_bar_read(struct pci_function *fn, unsigned bar, uint64_t offset,
                              unsigned width)
{
    struct qemu *q = qemu_of(fn);
    const struct pci_bar *b = &fn->bar[bar];
    return qtest_read(&q->qtest, b->io ? QTEST_PORT : QTEST_MEMORY, b->address + offset, width);
}

static void qemu_bar_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                           uint64_t value)
{
    struct qemu *q = qemu_of(fn);
    const struct pci_bar *b = &fn->bar[bar];
    qtest_write(&q->qtest, b->io ? QTEST_PORT : QTEST_MEMORY, b->address + offset, width, value);
}

static uint64_t config_address(unsigned slot, unsigned offset)
{
    return CONFIG_BASE + (slot << 15) + offset;
}

/* Registers that never change, and that are asked for again and again. */
static bool identity_of(const struct qemu *q, unsigned offset, unsigned width, uint32_t *value)
{
    static const uint8_t at[] = {PCI_REG_VENDOR, PCI_REG_REVISION, PCI_REG_SUBSYSTEM_VENDOR};
    for (unsigned i = 0; q->have_identity && i < sizeof at; i++)
        if (offset >= at[i] && offset + width <= at[i] + 4u) {
            *value = q->identity[i] >> 8 * (offset - at[i]);
            return true;
        }
    return false;
}

static uint32_t qemu_config_read(struct pci_function *fn, unsigned offset, unsigned width)
{
    struct qemu *q = qemu_of(fn);
    uint32_t value;
    if (identity_of(q, offset, width, &value))
        return value;
    /* Three bytes are no access of a bus. */
    return (uint32_t)qtest_read(&q->qtest, QTEST_MEMORY, config_address(CARD_SLOT, offset),
                                width == 3 ? 4 : width);
}

static void qemu_config_write(struct pci_function *fn, unsigned offset, unsigned width,
                              uint32_t value)
{
    struct qemu *q = qemu_of(fn);
    for (unsigned done = 0, n; done < width; done += n) {
        n = width - done == 3 ? 2 : width - done;
        qtest_write(&q->qtest, QTEST_MEMORY, config_address(CARD_SLOT, offset + done), n,
                    value >> 8 * done);
    }
}

static int qemu_message_target(struct pci_function *fn, unsigned index, uint64_t *address,
                               uint32_t *data)
{
    (void)fn;
    if (index >= DOORBELLS)
        return -ENOSPC;
    *address = DOORBELL_BASE + DOORBELL_REGISTER;
    *data = index;
    return 0;
}

static void qemu_started(struct pci_function *fn)
{
    struct qemu *q = qemu_of(fn);
    qtest_flush(&q->qtest); /* the receiver that the driver turned on is on before frames come */
    qemu_faults_start(&q->faults);
    cable_ready(&q->cable);
}

static uint64_t qemu_round_trips(const struct pci_function *fn)
{
    return qtest_round_trips(&qemu_of((struct pci_function *)fn)->qtest);
}

static void qemu_close(struct pci_function *fn)
{
    struct qemu *q = qemu_of(fn);
    qemu_faults_stop(&q->faults);
    monitor_close(&q->monitor);
    cable_close(&q->cable);
    doorbells_close(&q->doorbells);
    qtest_close(&q->qtest);
    qemu_process_kill(&q->process);
    pci_function_fini(fn);
    free(q);
}

static const struct pci_function_ops qemu_ops = {
    .name = "qemu",
    .bar_read = qemu_bar_read,
    .bar_write = qemu_bar_write,
    .config_read = qemu_config_read,
    .config_write = qemu_config_write,
    .message_target = qemu_message_target,
    .started = qemu_started,
    .round_trips = qemu_round_trips,
    .close = qemu_close,
};

static unsigned deliver(struct pci_function *fn, int message)
{
    (void)message;
    return fn->ops == &qemu_ops ? qemu_faults_deliver(&qemu_of(fn)->faults) : 1;
}

/* --- starting --- */

/* A firmware that lets the processor sleep: cli; hlt; jmp to the hlt. At the end is where a PC
 * begins (16 bytes below 4 GiB). */
static int make_bios(void)
{
    static const uint8_t reset[] = {0xfa, 0xf4, 0xeb, 0xfd};
    int fd = memfd_create("qemu-bios", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, BIOS_BYTES) ||
        pwrite(fd, reset, sizeof reset, BIOS_BYTES - 16) != sizeof reset)
        return -1;
    return fd;
}

/* The address by which sources of frames call the card: ours to give, unless the user does. */
static bool find_mac(const char *options, uint8_t mac[6], bool *given)
{
    static const uint8_t usual[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    const char *at = options ? strstr(options, "mac=") : NULL;
    memcpy(mac, usual, 6);
    *given = at && (at == options || at[-1] == ',');
    if (!*given)
        return true;
    char text[24], ignored[1];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(at, ","), at);
    const struct option option = {"mac", OPTION_MAC, mac};
    return options_parse("qemu", text, &option, 1, ignored, sizeof ignored);
}

struct ends { /* QEMU's */
    int qtest, doorbells, cable, monitor, bios;
};

static int start(struct qemu *q, const struct device_config *config, const struct ends *ends,
                 char *err, size_t err_len)
{
    char memory[160], size[32], qtest[48], doorbells[48], cable[64], monitor[48], bios[40];
    char card[1024];
    uint8_t *mac = config->wire->station;
    bool given;
    if (!find_mac(config->options, mac, &given)) {
        snprintf(err, err_len, "%s: mac= takes six bytes in hexadecimal, 52:54:00:12:34:56",
                 q->name);
        return -EINVAL;
    }
    snprintf(memory, sizeof memory,
             "memory-backend-file,id=ram,share=on,size=%zu,mem-path=/proc/self/fd/%d",
             physmem_size(), physmem_fd());
    snprintf(size, sizeof size, "%zuK", physmem_size() >> 10);
    snprintf(qtest, sizeof qtest, "socket,id=qtest,fd=%d", ends->qtest);
    snprintf(doorbells, sizeof doorbells, "socket,id=doorbells,fd=%d", ends->doorbells);
    snprintf(monitor, sizeof monitor, "socket,id=monitor,fd=%d", ends->monitor);
    snprintf(cable, sizeof cable, "socket,id=" NETDEV ",fd=%d", ends->cable);
    snprintf(bios, sizeof bios, "/proc/self/fd/%d", ends->bios);
    int n = snprintf(card, sizeof card, "%s,netdev=" NETDEV ",addr=%d,romfile=%s%s", config->name,
                     CARD_SLOT, config->options ? "," : "", config->options ? config->options : "");
    if (!given && n > 0 && (size_t)n < sizeof card)
        n += snprintf(card + n, sizeof card - (size_t)n, ",mac=%02x:%02x:%02x:%02x:%02x:%02x",
                      mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    if (n < 0 || (size_t)n >= sizeof card) {
        snprintf(err, err_len, "%s: the options are too long", q->name);
        return -EINVAL;
    }
    char vectors[64];
    snprintf(vectors, sizeof vectors, "ivshmem-doorbell,chardev=doorbells,vectors=%d,addr=%d",
             DOORBELLS, DOORBELL_SLOT);
    char *argv[] = {QEMU_BINARY,
                    "-machine",
                    "q35,memory-backend=ram,smm=off,usb=off,vmport=off,sata=off,pit=off,hpet=off",
                    "-accel",
                    "tcg",
                    "-m",
                    size,
                    "-object",
                    memory,
                    "-bios",
                    bios,
                    "-nodefaults",
                    "-no-user-config",
                    "-display",
                    "none",
                    "-chardev",
                    qtest,
                    "-object",
                    "qtest,id=registers,chardev=qtest,log=/dev/null",
                    "-chardev",
                    monitor,
                    "-mon",
                    "chardev=monitor,mode=control",
                    "-chardev",
                    doorbells,
                    "-device",
                    vectors,
                    "-netdev",
                    cable,
                    "-device",
                    card,
                    NULL};
    int keep[] = {physmem_fd(), ends->qtest,   ends->doorbells,
                  ends->cable,  ends->monitor, ends->bios};
    char why[300];
    int e =
        qemu_process_start(&q->process, argv, keep, sizeof keep / sizeof *keep, why, sizeof why);
    if (e)
        snprintf(err, err_len, "%s: %s", q->name, why);
    return e;
}

static void bridge_write(struct qemu *q, unsigned offset, uint32_t value)
{
    qtest_write(&q->qtest, QTEST_PORT, 0xcf8, 4, 0x80000000u | BRIDGE_SLOT << 11 | offset);
    qtest_write(&q->qtest, QTEST_PORT, 0xcfc, 4, value);
}

/* Configuration space in memory, the doorbells where messages will go. */
static bool set_up_chipset(struct qemu *q)
{
    bridge_write(q, BRIDGE_PCIEXBAR + 4, 0);
    bridge_write(q, BRIDGE_PCIEXBAR, CONFIG_BASE | 1);
    qtest_write(&q->qtest, QTEST_MEMORY, config_address(DOORBELL_SLOT, PCI_REG_BAR0), 4,
                DOORBELL_BASE);
    qtest_write(&q->qtest, QTEST_MEMORY, config_address(DOORBELL_SLOT, PCI_REG_COMMAND), 2,
                PCI_CMD_MEMORY);
    /* The device gets its eventfds one by one, in its main loop: the last is there when it rings.
     */
    for (unsigned tries = 0; tries < 100; tries++) {
        qtest_write(&q->qtest, QTEST_MEMORY, DOORBELL_BASE + DOORBELL_REGISTER, 4, DOORBELLS - 1);
        if (!qtest_flush(&q->qtest))
            return false;
        if (doorbells_wait(&q->doorbells, DOORBELLS - 1, 100))
            return true;
    }
    return false;
}

/* The card as it is found: its identity, its pin. False: it is not there, or none that we can use.
 */
static bool look_at_card(struct qemu *q)
{
    static const unsigned at[] = {PCI_REG_VENDOR, PCI_REG_REVISION, PCI_REG_SUBSYSTEM_VENDOR};
    uint32_t found[3];
    for (unsigned i = 0; i < 3; i++)
        found[i] = qemu_config_read(&q->fn, at[i], 4);
    if (found[0] == UINT32_MAX)
        return false;
    memcpy(q->identity, found, sizeof found);
    q->have_identity = true;
    unsigned pin = qemu_config_read(&q->fn, PCI_REG_INTERRUPT_PIN, 1);
    return pin == 0 || qtest_intercept(&q->qtest, PIRQE_GSI + (CARD_SLOT + pin - 1) % 4);
}

static bool connect_ends(struct qemu *q, struct wire *wire, struct ends *ends)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    q->qtest.fd = pair[0];
    ends->qtest = pair[1];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    q->monitor.fd = pair[0];
    ends->monitor = pair[1];
    ends->bios = make_bios();
    return ends->bios >= 0 && doorbells_open(&q->doorbells, &ends->doorbells) == 0 &&
           cable_open(&q->cable, wire, on_far_end, &ends->cable) == 0;
}

static struct pci_function *qemu_create(const struct device_config *config, char *err,
                                        size_t err_len)
{
    char why[300], words[300];
    struct qemu *q = calloc(1, sizeof *q);
    if (!q) {
        snprintf(err, err_len, "qemu: out of memory");
        return NULL;
    }
    snprintf(q->name, sizeof q->name, "qemu:%s", config->name);
    q->qtest.line = on_line;
    q->qtest.failed = q->monitor.failed = on_failure;
    q->process.ended = on_end;
    q->doorbells.rang = on_message;
    q->qtest.ctx = q->monitor.ctx = q->process.ctx = q->doorbells.ctx = q;
    q->cable.passed = on_frame;
    q->cable.ctx = q;
    pci_function_init(&q->fn, &qemu_ops, NULL);
    q->faults.fn = &q->fn;
    q->faults.cable = plug;
    if (!qemu_faults_init(&q->faults, config->faults, err, err_len))
        return NULL;
    pci_fault_deliver = deliver;

    struct ends ends;
    if (physmem_size() > CONFIG_BASE) {
        snprintf(err, err_len, "%s: QEMU's card can reach %u MiB of memory, the machine has %zu",
                 q->name, CONFIG_BASE >> 20, physmem_size() >> 20);
        return NULL;
    }
    if (!connect_ends(q, config->wire, &ends)) {
        snprintf(err, err_len, "%s: cannot make its sockets: %s", q->name, strerror(errno));
        return NULL;
    }
    int e = start(q, config, &ends, err, err_len);
    close(ends.qtest);
    close(ends.monitor);
    close(ends.doorbells);
    close(ends.cable);
    close(ends.bios);
    if (e)
        return NULL;

    qtest_init(&q->qtest);
    q->monitored = monitor_open(&q->monitor, why, sizeof why);
    if (q->monitored && q->no_far_end)
        plug(&q->fn, false);
    bool ok = q->monitored && set_up_chipset(q) && look_at_card(q);
    if (!ok) {
        qemu_process_words(&q->process, words, sizeof words);
        if (!*words && machine_broken())
            snprintf(err, err_len, "%s", machine_broken());
        else
            snprintf(err, err_len, "%s: %s", q->name,
                     *words ? words : "QEMU did not show the card on its bus");
        qemu_process_kill(&q->process);
        return NULL;
    }
    if (doorbells_listen(&q->doorbells) || cable_listen(&q->cable)) {
        snprintf(err, err_len, "%s: cannot listen to QEMU: %s", q->name, strerror(errno));
        return NULL;
    }
    return &q->fn;
}

DEVICE_TYPE(qemu, .kind = "qemu", .name = NULL, .argument = "NAME[,PROPERTY=VALUE...]",
            .description = "any PCI network card that QEMU emulates", .live = true, .create = qemu_create);
