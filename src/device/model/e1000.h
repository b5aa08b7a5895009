/* SPDX-License-Identifier: MIT */
/* e1000.h - the models of Intel's gigabit controllers: their state, and what their parts offer each
 * other.
 *
 * 82574l.c 82540em.c   the chips: a constant description of each (struct e1000_chip)
 * e1000.c      creation, options, PCI glue, reset
 * registers.c  the table of registers: what a read or write of each does
 * nvm.c nvm_spi.c nvm_microwire.c   EEPROM and semaphores; the part behind its pins
 * phy.c        PHY, MDIO and link
 * irq.c        causes, masks, throttling, vectors
 * tx.c offload.c   transmit queues; segmentation, checksum and VLAN insertion
 * rx.c rxdesc.c rss.c   filters and packet buffer; receive descriptors; hash and queue
 * stats.c timesync.c faults.c   counters; IEEE 1588 clock; what the fault plan does here
 *
 * What a chip lacks is off by itself where that is the state after a reset: a register without a
 * row, or a bit that cannot be written, stays zero, and so does what it would enable. The rest is
 * said in struct e1000_chip. Adding a chip: write its description and a DEVICE_TYPE.
 *
 * Where work happens: a register access only changes state and arms a timer. Descriptors are
 * fetched, frames moved and memory accessed on the device thread (nt/alarm.h), where timers expire
 * and the wire delivers. A timer's function and every function below run with dev->lock held,
 * unless they say otherwise; the lock is dropped around calls of the wire.
 *
 * Where the chips are simplified, as far as a driver can tell:
 *  - MDIO, EEPROM and master disable are done at once; negotiation takes 2 ms (option link=), not
 * seconds; frames take no time on the wire.
 *  - A far end is polite: what does not fit, or meets a receiver that is off, waits on the wire
 * (option overrun=drop for the other behaviour); XOFF and XON are counted and obeyed, but no PAUSE
 * frames are sent.
 *  - RXDCTL's thresholds are kept but each receive descriptor is written back at once; PTHRESH and
 * HTHRESH have no effect: a descriptor is read when it is its turn.
 *  - There is no firmware: manageability, wake-up, flexible filters and the flash's command set are
 * storage. Time stamps are never taken (SYSTIM runs).
 *  - RSS hashes IPv6 by the addresses of the header, also where a routing header or home address
 * would replace them.
 *  - A driver's mistake that would make the chip go astray (a tail outside the ring, an address
 * that is no memory, a segmentation that cannot be) stops that queue or packet, and is reported as
 * a violation device/...
 *
 * Sections cited as "DS" are of the 82574 GbE Controller Family Datasheet, revision 3.4. The parts
 * above cite it for what the 8254x Developer's Manual ("SDM", see 82540em.c) says as well. */
#pragma once
#include "device/device.h"
#include "device/fault.h"
#include "device/model/e1000_regs.h"
#include "device/model/packet.h"
#include "nt/alarm.h"
#include "pci/pci.h"

/* The largest chip's. */
#define E1000_QUEUES    2
#define E1000_VECTORS   5
#define E1000_NVM_WORDS 1024
#define E1000_PHY_PAGES 8

#define E1000_PACKET_MAX (256 * 1024) /* a segmentation request, header and payload */
#define E1000_FIFO_BYTES (128 * 1024)

struct e1000;
struct e1000_nvm;

struct e1000_nvm_word {
    uint8_t at;
    uint16_t value;
};

/* The EEPROM of a chip's card, and the ways to it. */
struct e1000_nvm_kind {
    uint16_t words; /* a power of two */
    /* What the card's maker wrote, up to word 0x3E. nvm.c adds the words that all chips have in the
     * same place (address, identity, checksum); what nobody mentions is 0xFFFF. */
    const struct e1000_nvm_word *image;
    size_t image_count;
    uint32_t read_done; /* EERD */
    unsigned address_shift;
    uint32_t address_mask;
    uint32_t eecd;           /* bits of EECD that tell what part this is */
    uint32_t eecd_auto_read; /* bit of EECD: the automatic read is over; 0 = not shown */
    uint32_t eecd_writable;
    /* EECD's pins changed, access is granted or not (E1000_EECD_REQ). */
    void (*pins)(struct e1000_nvm *nvm, uint32_t before, uint32_t now);
};

struct e1000_phy_register {
    uint8_t page, reg;
    uint16_t reset, writable;
};

struct e1000_phy_kind {
    /* Registers besides, or instead of, those that IEEE 802.3 gives every PHY (phy.c). */
    const struct e1000_phy_register *registers;
    size_t register_count;
    uint8_t page_register; /* chooses the page of registers 16 and up; 0 = there are no pages */
};

/* A chip: all that a driver could tell it from its relatives by. */
struct e1000_chip {
    const char *name;  /* the device's: "model:82574l" */
    const char *title; /* in messages: "82574L" */
    struct pci_identity identity;
    uint32_t flash_bytes; /* BAR 1, as the card comes (option flash=); 0 = none */
    uint32_t io_bytes;    /* BAR 2 */
    /* Capabilities, and BARs beyond the first three. */
    void (*configure)(struct e1000 *dev);

    /* Registers besides, or instead of, those that all chips have (registers.c). */
    const struct e1000_register *registers;
    size_t register_count;
    uint32_t ctrl;     /* bits of CTRL that software can set */
    uint32_t status;   /* bits that STATUS has */
    uint32_t causes;   /* bits that ICR, ICS and IMS have */
    bool int_asserted; /* ICR tells in bit 31 that a cause is enabled too; see irq.c */
    unsigned queues;   /* in each direction */
    uint8_t rx_status; /* bits that the status of a legacy receive descriptor has */

    struct e1000_nvm_kind nvm;
    struct e1000_phy_kind phy;
};

/* An alarm that takes the lock. A timer that was stopped or moved while its alarm was on its way
 * does not fire. */
struct e1000_timer {
    struct alarm alarm;
    struct e1000 *dev;
    void (*expired)(struct e1000 *dev, unsigned index);
    unsigned index;
    bool armed;
    uint64_t due;
};

struct e1000_tx_context { /* what a context descriptor said; DS 7.2 */
    uint8_t ipcss, ipcso, tucss, tucso, hdrlen;
    uint16_t ipcse, tucse, mss;
    uint32_t paylen;
    bool tcp, ipv4;
};

struct e1000_tx_queue {
    struct e1000_tx_context checksum, segment;
    uint8_t
        *packet; /* E1000_PACKET_MAX bytes: the packet that descriptors are being gathered into */
    uint32_t have;
    bool open; /* at least one data descriptor of a packet was taken */
    bool too_long, tse, vle;
    uint8_t popts;
    uint16_t vlan;
    uint16_t done[64]; /* descriptors whose status waits for TXDCTL.WTHRESH */
    unsigned done_count;
    bool hung;       /* a DMA error stopped it; a reset ends that */
    uint32_t loaded; /* descriptors from the head on that will be sent wherever the tail goes */
};

struct e1000_rx_queue {
    bool hung;
};

/* Where a frame of the packet buffer goes. */
struct e1000_rx_route {
    uint8_t queue;
    bool inexact; /* passed a hash or promiscuous filter only: PIF */
    uint8_t rss_type;
    uint32_t rss_hash;
};

struct e1000_nvm {
    uint16_t word[E1000_NVM_WORDS];
    uint16_t words; /* that there are */
    /* The serial part behind EECD's pins. */
    uint32_t shift; /* bits in, most recent in bit 0 */
    unsigned bits;  /* clocked since chip select; Microwire: from the start bit */
    uint8_t command;
    uint16_t address; /* SPI: bytes, Microwire: words */
    uint8_t out;      /* SPI: being shifted out */
    bool data_out;    /* the pin */
    bool write_enabled;
};

struct e1000_phy {
    uint16_t reg[E1000_PHY_PAGES][32];
    bool cable; /* the far end is there */
    bool cut;   /* a fault has the cable out */
    bool link;
    bool latched_down; /* status register bit 2 reads 0 once */
    bool complete;     /* autonegotiation */
    uint8_t speed;     /* 0 = 10, 1 = 100, 2 = 1000 Mb/s: the STATUS encoding */
    bool full_duplex;
};

enum e1000_overrun {
    E1000_OVERRUN_PAUSE, /* what does not fit waits on the wire */
    E1000_OVERRUN_DROP,  /* ... is lost and counted */
};

struct e1000_options {
    uint8_t mac[6];
    uint64_t link_ns; /* autonegotiation takes so long */
    uint64_t reset_ns;
    uint8_t speed; /* what the far end can do at most, STATUS encoding */
    enum e1000_overrun overrun;
    uint16_t subsystem;
    uint32_t flash_bytes; /* 0 = no flash */
};

struct e1000 {
    const struct e1000_chip *chip;
    struct pci_function fn;
    struct pci_function_ops ops; /* the family's, with the chip's name */
    struct host_lock lock;
    struct wire *wire; /* may be NULL: nothing plugged in, but link is up */
    struct e1000_options options;
    struct fault_state faults;
    bool closing;

    uint32_t reg[E1000_REGISTER_BYTES / 4]; /* what is stored; see registers.c for what is read */
    uint32_t ioaddr;
    uint8_t row_of[E1000_REGISTER_BYTES / 4]; /* registers.c */
    uint8_t *flash;                           /* options.flash_bytes; NULL if that is 0 */
    struct e1000_nvm nvm;
    struct e1000_phy phy;

    unsigned generation; /* resets so far: work that dropped the lock notices one */
    bool resetting, reset_stuck;
    bool mac_link; /* the MAC has seen the PHY's link since reset */

    struct e1000_tx_queue tx[E1000_QUEUES];
    struct e1000_rx_queue rx[E1000_QUEUES];
    uint8_t *out;          /* E1000_PACKET_MAX bytes: a frame as it leaves; device thread only */
    unsigned tx_turn;      /* the queue whose packet is next */
    uint64_t paused_until; /* a PAUSE frame stopped the transmitter */

    /* The receive packet buffer: records of {length, route, bytes}. */
    uint8_t *fifo;
    uint32_t fifo_head, fifo_tail;
    uint32_t fifo_used; /* bytes of frames, as the chip would count them */
    bool refused;       /* the wire keeps a frame for us */
    bool xoff;          /* above FCRTH, and said so */

    /* irq.c */
    uint32_t sent;    /* causes whose message went out, until they are cleared */
    uint32_t delayed; /* causes that a delay timer holds back */
    bool line, line_lost, line_again, line_spurious;
    bool intx;       /* what the bus was told last */
    uint32_t echoes; /* vectors whose message a fault will repeat */
    uint32_t stuck;  /* causes that cannot be cleared */
    bool stuck_line;

    /* wire calls that wait for the lock to be free */
    bool tell_link, link_told, tell_ready, tell_removed;

    uint64_t time_base, time_from; /* timesync.c */
    uint64_t time_latch;

    struct e1000_timer tx_timer, rx_timer;
    struct e1000_timer tidv, tadv, rdtr, radv, raid, itr, eitr[E1000_VECTORS];
    struct e1000_timer autoneg, mac_sync, reset_done, fault_timer, spurious_end, echo;
    struct alarm outside; /* wire calls; takes the lock itself */
};

#define REG(dev, offset) ((dev)->reg[(offset) >> 2])

/* --- e1000.c --- */
struct pci_function *e1000_create(const struct e1000_chip *chip, const struct device_config *config,
                                  char *err, size_t err_len);
static inline struct e1000 *e1000_of(struct pci_function *fn)
{
    return (struct e1000 *)((char *)fn - offsetof(struct e1000, fn));
}
void e1000_timer_arm(struct e1000_timer *timer, uint64_t due);
void e1000_timer_after(struct e1000_timer *timer, uint64_t ns);
void e1000_timer_stop(struct e1000_timer *timer);
/* CTRL.RST: all but configuration space, PHY and what registers.c marks as kept. */
void e1000_reset(struct e1000 *dev);
/* NVM contents to where the chip puts them (CTRL_EXT.EE_RST, resets). */
void e1000_auto_read(struct e1000 *dev);
/* Calls what needs the lock free (dev->tell_*) on the device thread, soon. */
void e1000_outside(struct e1000 *dev);
/* Requests on PCIe are possible: D0, bus master, not CTRL.GIO_MD, no reset under way. */
bool e1000_can_dma(struct e1000 *dev);
/* Memory for a transfer of the device; NULL if it ends in an error (the fault plan's, or an address
 * that is no memory, which is the driver's fault and reported as that). `what`: "transmit
 * descriptor" ... */
void *e1000_dma(struct e1000 *dev, uint64_t pa, size_t len, const char *what);
uint32_t e1000_ctrl_read(struct e1000 *dev, uint32_t offset);
void e1000_ctrl_write(struct e1000 *dev, uint32_t offset, uint32_t value);
uint32_t e1000_status_read(struct e1000 *dev, uint32_t offset);
void e1000_status_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_ctrl_ext_write(struct e1000 *dev, uint32_t offset, uint32_t value);

/* --- registers.c --- */
/* Finds the chip's rows; before any other of these. */
void e1000_registers_init(struct e1000 *dev);
uint32_t e1000_register_read(struct e1000 *dev, uint32_t offset);
void e1000_register_write(struct e1000 *dev, uint32_t offset, uint32_t value);
/* Initial values; `power_on` also those that a software reset keeps. */
void e1000_registers_reset(struct e1000 *dev, bool power_on);
/* NULL if the chip has no register at offset. */
const char *e1000_register_name(const struct e1000 *dev, uint32_t offset);

/* --- nvm.c --- */
void e1000_nvm_init(struct e1000 *dev);
uint32_t e1000_eecd_read(struct e1000 *dev, uint32_t offset);
void e1000_eecd_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_eerd_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_eewr_write(struct e1000 *dev, uint32_t offset, uint32_t value);
uint32_t e1000_swsm_read(struct e1000 *dev, uint32_t offset);
void e1000_swsm_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_extcnf_write(struct e1000 *dev, uint32_t offset, uint32_t value);

/* --- nvm_spi.c --- */
/* A 25-series part on EECD's pins; see e1000_nvm_kind. */
void e1000_spi_pins(struct e1000_nvm *nvm, uint32_t before, uint32_t now);

/* --- nvm_microwire.c --- */
/* A 93-series part there. */
void e1000_microwire_pins(struct e1000_nvm *nvm, uint32_t before, uint32_t now);

/* --- phy.c --- */
/* Power-on or CTRL.PHY_RST: registers as after a hardware reset, negotiation begins. */
void e1000_phy_reset(struct e1000 *dev);
void e1000_mdic_write(struct e1000 *dev, uint32_t offset, uint32_t value);
/* The cable was plugged in or pulled (by the wire, or by a fault). */
void e1000_phy_cable(struct e1000 *dev);
void e1000_phy_negotiated(struct e1000 *dev, unsigned index);
void e1000_mac_synced(struct e1000 *dev, unsigned index);
bool e1000_phy_loopback(const struct e1000 *dev);
/* Frames can pass: link, or loopback. */
bool e1000_link_usable(const struct e1000 *dev);
/* STATUS.LU from PHY and CTRL.SLU; a change is LSC. */
void e1000_link_update(struct e1000 *dev);

/* --- irq.c --- */
/* These causes happened. */
void e1000_cause(struct e1000 *dev, uint32_t causes);
void e1000_cause_rx(struct e1000 *dev, unsigned queue, bool below_threshold, bool ack);
/* A descriptor of queue was written back; `delay`: IDE. */
void e1000_cause_tx(struct e1000 *dev, unsigned queue, bool delay);
/* Finished descriptors wait to be written back: TIDV and TADV run. */
void e1000_delay_tx(struct e1000 *dev);
void e1000_irq_reset(struct e1000 *dev);
/* Looks again at causes, masks, timers and PCI enables. */
void e1000_irq_update(struct e1000 *dev);
/* One interrupt without a cause. */
void e1000_irq_spurious(struct e1000 *dev);
void e1000_irq_throttle_expired(struct e1000 *dev, unsigned index);
void e1000_irq_delay_expired(struct e1000 *dev, unsigned index);
void e1000_irq_spurious_end(struct e1000 *dev, unsigned index);
void e1000_irq_echo(struct e1000 *dev, unsigned index);
uint32_t e1000_icr_read(struct e1000 *dev, uint32_t offset);
void e1000_icr_write(struct e1000 *dev, uint32_t offset, uint32_t value);
uint32_t e1000_ics_read(struct e1000 *dev, uint32_t offset);
void e1000_ics_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_ims_write(struct e1000 *dev, uint32_t offset, uint32_t value);
uint32_t e1000_imc_read(struct e1000 *dev, uint32_t offset);
void e1000_imc_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_pbaclr_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_rdtr_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_tidv_write(struct e1000 *dev, uint32_t offset, uint32_t value);

/* --- tx.c --- */
void e1000_tx_reset(struct e1000 *dev);
/* There may be something to send: soon, on the device thread. */
void e1000_tx_kick(struct e1000 *dev);
void e1000_tx_run(struct e1000 *dev, unsigned index);
/* Writes back what TXDCTL.WTHRESH holds. */
void e1000_tx_flush(struct e1000 *dev);
void e1000_tx_ring_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_tdt_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_tctl_write(struct e1000 *dev, uint32_t offset, uint32_t value);

/* --- offload.c: device thread --- */
/* Sends the packet gathered in q (one frame, or many by segmentation). May drop the lock; false if
 * a reset came. */
bool e1000_tx_packet(struct e1000 *dev, struct e1000_tx_queue *q, uint32_t eop_lower);
/* One whole frame of len bytes in dev->out, without FCS. May drop the lock; false if a reset came.
 */
bool e1000_tx_frame(struct e1000 *dev, uint32_t len);

/* --- rx.c --- */
void e1000_rx_reset(struct e1000 *dev);
/* Wire's callbacks: lock not held. */
bool e1000_wire_receive(void *card, const void *frame, size_t len);
void e1000_wire_link(void *card, bool up);
/* A frame arrives (wire or loopback). False: the wire is to keep it. */
bool e1000_rx_frame(struct e1000 *dev, const uint8_t *frame, size_t len, bool loopback);
/* Room may have appeared. */
void e1000_rx_kick(struct e1000 *dev);
void e1000_rx_run(struct e1000 *dev, unsigned index);
void e1000_rdt_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_rctl_write(struct e1000 *dev, uint32_t offset, uint32_t value);

/* --- rxdesc.c --- */
/* Descriptors that the device owns in queue. */
uint32_t e1000_rx_available(const struct e1000 *dev, unsigned queue);
/* False: not enough descriptors for a frame of len bytes (without FCS) now. */
bool e1000_rx_has_room(const struct e1000 *dev, unsigned queue, size_t len);
/* Puts it into memory and raises what it causes; a DMA error loses it and stops the queue. */
void e1000_rx_deliver(struct e1000 *dev, const uint8_t *frame, size_t len,
                      const struct e1000_rx_route *route);

/* --- rss.c --- */
/* Toeplitz hash (DS 7.1, RSS) of n bytes with a 40-byte key in memory order. */
uint32_t e1000_toeplitz(const uint8_t key[40], const uint8_t *data, size_t n);
/* Fills queue, type and hash of the route. */
void e1000_rss_route(const struct e1000 *dev, const struct packet *p, struct e1000_rx_route *route);

/* --- stats.c --- */
void e1000_count(struct e1000 *dev, uint32_t offset, uint32_t n);
void e1000_count_rx(struct e1000 *dev, const struct packet *p, size_t len, bool accepted);
void e1000_count_tx(struct e1000 *dev, const uint8_t *frame, size_t len);
uint32_t e1000_stat_read(struct e1000 *dev, uint32_t offset);

/* --- timesync.c --- */
uint32_t e1000_systim_read(struct e1000 *dev, uint32_t offset);
void e1000_systim_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_timinca_write(struct e1000 *dev, uint32_t offset, uint32_t value);
void e1000_timadj_write(struct e1000 *dev, uint32_t offset, uint32_t value);

/* --- faults.c --- */
/* (Re)arms for the plan's next moment. */
void e1000_faults_arm(struct e1000 *dev);
void e1000_faults_expired(struct e1000 *dev, unsigned index);
/* A frame passed: the plan may pull the card. */
void e1000_faults_frame(struct e1000 *dev);
