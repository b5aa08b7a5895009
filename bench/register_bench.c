/* SPDX-License-Identifier: MIT */
/* register_bench.c - a read of a device register that faults: signal, decoding, the device's
 * answer; against a bare SIGSEGV whose handler does nothing but step over the instruction. */
#include "bench/bench.h"
#include "device/device.h"
#include "net/wire.h"
#include "nt/iospace.h"
#include "pci/pci.h"
#include "pe/emulate.h"
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#define BATCH           20
#define STATUS_REGISTER 0x08 /* 82574 datasheet, 10.2.2.2 */

/* mov eax, [rdi]: two bytes, for the bare handler. */
static uint32_t read_register(const void *va)
{
    uint32_t value;
    __asm__ volatile(".byte 0x8b, 0x07" : "=a"(value) : "D"(va) : "memory");
    return value;
}

static void step_over(int sig, siginfo_t *info, void *context)
{
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void compare(const void *va)
{
    const void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction bare = {.sa_sigaction = step_over,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART},
                     ours;
    while (bench_more()) {
        double s = BENCH_TIME(BATCH, read_register(va));
        sigaction(SIGSEGV, &bare, &ours);
        double p = BENCH_TIME(BATCH, read_register(nowhere));
        sigaction(SIGSEGV, &ours, NULL);
        bench_round(s, p);
    }
}

/* --- a device that answers at once --- */

static uint64_t answer(void *ctx, uint64_t offset, unsigned width)
{
    return 42;
}

static void ignore(void *ctx, uint64_t offset, unsigned width, uint64_t value)
{
}

static void trap_body(void *unused)
{
    static const struct io_ops ops = {answer, ignore};
    uint64_t pa = 0xE0000000;
    const void *va =
        iospace_add(pa, 4096, "bench", &ops, NULL, NULL) ? NULL : iospace_map(pa, 4096);
    pe_attach();
    if (!va || read_register(va) != 42)
        bench_cannot("the register does not answer");
    compare(va);
}

void bench_register_trap(void)
{
    bench_machine(NULL, trap_body);
}

/* --- the simulated card --- */

static const char *device;
static struct pci_function *card;

/* A machine with the card. */
static void make_card(void)
{
    char err[256] = "";
    struct wire *wire = wire_open("none", err, sizeof err);
    card = wire ? device_create(device, wire, NULL, err, sizeof err) : NULL;
    if (!card || pci_bus_add(card))
        bench_cannot("no card: %s", err);
    pe_attach();
}

/* The virtual address of its status register. */
static const void *status_register(void)
{
    const char *va = iospace_map(card->bar[0].address, card->bar[0].size);
    if (!va || read_register(va + STATUS_REGISTER) == 0xFFFFFFFF)
        bench_cannot("the card does not answer");
    return va + STATUS_REGISTER;
}

static void model_body(void *unused)
{
    compare(status_register());
}

void bench_register_model(void)
{
    device = "model:82574l";
    bench_machine(make_card, model_body);
}

/* --- QEMU's card --- */

/* A process that sends back each byte. */
static int echo(void)
{
    int pair[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        bench_cannot("no socket");
    pid_t pid = fork();
    if (pid < 0)
        bench_cannot("no process");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (read(pair[1], &byte, 1) == 1 && write(pair[1], &byte, 1) == 1)
            ;
        _exit(0);
    }
    return pair[0];
}

static void there_and_back(int fd)
{
    char byte = 0;
    if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
        bench_cannot("the other process is gone");
}

static int echo_fd;

static void qemu_body(void *unused)
{
    const void *va = status_register();
    while (bench_more()) {
        double s = BENCH_TIME(BATCH, read_register(va));
        double p = BENCH_TIME(BATCH, there_and_back(echo_fd));
        bench_round(s, p);
    }
}

void bench_register_qemu(void)
{
    echo_fd = echo(); /* before there are threads */
    device = "qemu:e1000e";
    bench_machine(make_card, qemu_body);
}
