/* SPDX-License-Identifier: MIT */
/* 82540em_test.c - what makes the 82540EM: conventional PCI, MSI at most, an ICR that any read
 * clears, few registers, an EEPROM whose EERD has its own layout. */
#include "device/model/testbed.h"
#include "pci/regs.h"

#define CHIP_TEST(label, reqs)                                                                     \
    static void body_##label(void *unused);                                                        \
    TEST(label, reqs)                                                                              \
    {                                                                                              \
        bed_chip = "82540em";                                                                      \
        bed_run(body_##label, true);                                                               \
    }                                                                                              \
    static void body_##label(void *unused)

CHIP_TEST(card_is_an_82540em_in_configuration_space, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(pci_config_read(b->fn, 0, 4), 0x100E8086);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_REVISION, 4), 0x02000002);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_SUBSYSTEM_VENDOR, 4), 0x001E8086);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_INTERRUPT_PIN, 1), 1);
    CHECK_EQ(b->fn->bar[0].size, 128 * 1024);
    CHECK(!b->fn->bar[0].io && !b->fn->bar[0].is64);
    CHECK_EQ(b->fn->bar[1].size, 0); /* no flash */
    CHECK(b->fn->bar[2].io);
    CHECK_EQ(b->fn->bar[2].size, 64);
    for (unsigned i = 3; i < PCI_BARS; i++)
        CHECK_EQ(b->fn->bar[i].size, 0);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_CAPABILITIES, 1), 0xDC);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_POWER), 0xDC);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_MSI), 0xF0);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_EXPRESS), 0);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_MSIX), 0);
    CHECK_EQ(pci_config_read(b->fn, 0x100, 4), 0xFFFFFFFF); /* conventional: 256 bytes */
    struct pci_interrupt_need need;
    pci_interrupt_need(b->fn, &need);
    CHECK(need.line);
    CHECK_EQ(need.msi_messages, 1);
    CHECK_EQ(need.msix_messages, 0);
}

CHIP_TEST(registers_of_later_chips_are_not_there, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static const uint32_t absent[] = {
        E1000_EIAC,        E1000_IAM,    E1000_IVAR,     E1000_EITR(0), E1000_RFCTL,    E1000_MRQC,
        E1000_RETA,        E1000_PSRCTL, E1000_RAID,     E1000_TARC(0), E1000_TDBAL(1), E1000_SWSM,
        E1000_EXTCNF_CTRL, E1000_EEWR,   E1000_EEMNGCTL, E1000_IAC,     E1000_TIMINCA};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        wr(b, absent[i], 0xFFFFFFFF);
        CHECK_EQ(rd(b, absent[i]), 0);
    }
    /* Nor are their bits. */
    wr(b, E1000_CTRL_EXT, 0xFFFFFFFF);
    CHECK_EQ(rd(b, E1000_CTRL_EXT) &
                 (E1000_CTRL_EXT_IAME | E1000_CTRL_EXT_EIAME | E1000_CTRL_EXT_PBA_CLR),
             0);
    wr(b, E1000_RCTL, E1000_RCTL_DTYP_PS | 15u << E1000_RCTL_FLXBUF_SHIFT);
    CHECK_EQ(rd(b, E1000_RCTL), 0);
    wr(b, E1000_RXCSUM, 0xFFFFFFFF);
    CHECK_EQ(rd(b, E1000_RXCSUM), 0x3FF);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_GIO_MD);
    CHECK_EQ(rd(b, E1000_CTRL) & E1000_CTRL_GIO_MD, 0);
    CHECK_EQ(rd(b, E1000_STATUS) & E1000_STATUS_GIO_MASTER, 0);
}

CHIP_TEST(a_link_reset_bit_and_the_mac_start_as_the_manual_says, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint32_t ctrl = rd(b, E1000_CTRL);
    CHECK(ctrl & E1000_CTRL_LRST);
    CHECK(ctrl & E1000_CTRL_SLU);
    wr(b, E1000_CTRL, ctrl & ~E1000_CTRL_LRST);
    bed_link_up(b);
    CHECK_EQ(rd(b, E1000_STATUS), 0x283); /* 1000 Mb/s, up, full duplex, and nothing else */
    CHECK_EQ(rd(b, E1000_RXCSUM), 0);
    CHECK_EQ((uint32_t)phy_rd(b, 2) << 16 | phy_rd(b, 3), 0x01410C20);
}

CHIP_TEST(packet_buffer_is_shared_out_by_its_receive_part, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(rd(b, E1000_PBA), 0x00100030);
    wr(b, E1000_PBA, 0xFFFF0028);
    CHECK_EQ(rd(b, E1000_PBA), 0x00180028);
}

CHIP_TEST(any_read_of_icr_clears_it_and_says_nothing_of_masks, "")
{
    struct bed *b = bed_new(NULL, NULL);
    wr(b, E1000_IMS, E1000_ICR_LSC);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0); /* not enabled, and cleared all the same */
    CHECK_EQ(rd(b, E1000_ICR), 0);
    wr(b, E1000_ICS, E1000_ICR_RXT0 | E1000_ICR_LSC | 0xFFF00000);
    CHECK_EQ(rd(b, E1000_ICS), E1000_ICR_RXT0 | E1000_ICR_LSC);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0 | E1000_ICR_LSC);
    CHECK_EQ(rd(b, E1000_ICR), 0);
    wr(b, E1000_ICS, E1000_ICR_PHYINT | E1000_ICR_GPI);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_PHYINT | E1000_ICR_GPI);
}

CHIP_TEST(acknowledgements_have_no_cause_of_their_own, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    bed_up(b);
    rd(b, E1000_ICR);
    bed_receive(b, frame, make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .flags = 0x10}));
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0);
}

/* --- EEPROM --- */

CHIP_TEST(eerd_has_its_address_at_bit_8_and_done_at_bit_4, "")
{
    struct bed *b = bed_new("mac=02:11:22:33:44:55", NULL);
    CHECK_EQ(rd(b, E1000_EERD), 0);
    wr(b, E1000_EERD, 1 << 8 | 1);
    CHECK_EQ(rd(b, E1000_EERD), 0x33220110);
    wr(b, E1000_EERD, 2 << 8); /* not started */
    CHECK_EQ(rd(b, E1000_EERD), 0x0200);
    wr(b, E1000_EERD, 0x40 << 8 | 1); /* beyond the part */
    CHECK_EQ(rd(b, E1000_EERD), 0xFFFF4010);
    wr(b, E1000_EERD, 1 << 2 | 1); /* as the 82574L has it: word 0 */
    CHECK_EQ(rd(b, E1000_EERD), 0x11020010);
}

CHIP_TEST(eecd_tells_a_small_microwire_part, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(rd(b, E1000_EECD) & ~E1000_EECD_DO, E1000_EECD_PRES);
    wr(b, E1000_EECD, E1000_EECD_REQ);
    CHECK_EQ(rd(b, E1000_EECD) & ~E1000_EECD_DO, E1000_EECD_PRES | E1000_EECD_REQ | E1000_EECD_GNT);
}

/* The pins, as drivers move them that know no EERD. */
static uint32_t pins;

static void set_pins(struct bed *b, uint32_t set, uint32_t clear)
{
    pins = (pins & ~clear) | set;
    wr(b, E1000_EECD, pins);
}

static void shift_out(struct bed *b, uint32_t value, unsigned bits)
{
    while (bits--) {
        set_pins(b, value >> bits & 1 ? E1000_EECD_DI : 0, E1000_EECD_DI);
        set_pins(b, E1000_EECD_SK, 0);
        set_pins(b, 0, E1000_EECD_SK);
    }
    set_pins(b, 0, E1000_EECD_DI);
}

static uint32_t shift_in(struct bed *b, unsigned bits)
{
    uint32_t v = 0;
    while (bits--) {
        set_pins(b, E1000_EECD_SK, 0);
        v = v << 1 | !!(rd(b, E1000_EECD) & E1000_EECD_DO);
        set_pins(b, 0, E1000_EECD_SK);
    }
    return v;
}

static void deselect(struct bed *b)
{
    set_pins(b, 0, E1000_EECD_CS);
}

/* Start bit and opcode, three bits; then six of address. */
static void instruction(struct bed *b, unsigned op, unsigned address)
{
    deselect(b);
    set_pins(b, E1000_EECD_REQ | E1000_EECD_CS, E1000_EECD_SK);
    shift_out(b, 0, 2); /* zeros before the start bit do not count */
    shift_out(b, op, 3);
    shift_out(b, address, 6);
}

enum { READ = 6, WRITE = 5, ERASE = 7, EXTENDED = 4 };

static uint16_t read_word(struct bed *b, unsigned address)
{
    instruction(b, READ, address);
    CHECK(!(rd(b, E1000_EECD) & E1000_EECD_DO)); /* the zero in front */
    return (uint16_t)shift_in(b, 16);
}

CHIP_TEST(microwire_part_is_read_bit_by_bit, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(read_word(b, 0), 0x5452);
    CHECK_EQ(shift_in(b, 16), 0x1200); /* the next word follows */
    CHECK_EQ(read_word(b, 0x0D), 0x100E);
    CHECK_EQ(read_word(b, 0x3E), 0xFFFF);
    uint16_t last = (uint16_t)shift_in(b, 16);
    CHECK_EQ(last, read_word(b, 0x3F));
    CHECK_EQ(shift_in(b, 16), 0x5452); /* round to the first */
}

CHIP_TEST(microwire_part_is_written_only_when_enabled, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint16_t before = read_word(b, 0x20);
    instruction(b, WRITE, 0x20);
    shift_out(b, 0x1234, 16);
    deselect(b);
    CHECK_EQ(read_word(b, 0x20), before);
    instruction(b, EXTENDED, 0x30); /* enable */
    instruction(b, WRITE, 0x20);
    shift_out(b, 0x1234, 16);
    deselect(b);
    set_pins(b, E1000_EECD_CS, 0);
    CHECK(rd(b, E1000_EECD) & E1000_EECD_DO); /* ready */
    CHECK_EQ(read_word(b, 0x20), 0x1234);
    instruction(b, WRITE, 0x20); /* cut short */
    shift_out(b, 0x55, 8);
    deselect(b);
    CHECK_EQ(read_word(b, 0x20), 0x1234);
    instruction(b, ERASE, 0x20);
    deselect(b);
    CHECK_EQ(read_word(b, 0x20), 0xFFFF);
    instruction(b, EXTENDED, 0x10); /* write all */
    shift_out(b, 0xABCD, 16);
    deselect(b);
    CHECK_EQ(read_word(b, 0x3F), 0xABCD);
    instruction(b, EXTENDED, 0x20); /* erase all */
    deselect(b);
    CHECK_EQ(read_word(b, 0), 0xFFFF);
    instruction(b, EXTENDED, 0); /* disable */
    instruction(b, WRITE, 0);
    shift_out(b, 0x1234, 16);
    deselect(b);
    CHECK_EQ(read_word(b, 0), 0xFFFF);
}

CHIP_TEST(microwire_pins_do_nothing_without_a_grant, "")
{
    struct bed *b = bed_new(NULL, NULL);
    deselect(b);
    set_pins(b, E1000_EECD_CS, E1000_EECD_SK);
    shift_out(b, READ << 6, 9);
    CHECK_EQ(shift_in(b, 16), 0xFFFF); /* an open line */
}
