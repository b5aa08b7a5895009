/* SPDX-License-Identifier: MIT */
/* nvm_test.c - the EEPROM by words and, of the 82574L, by the bits of a SPI part; semaphores. */
#include "device/model/testbed.h"

static uint16_t word(struct bed *b, unsigned at)
{
    const struct e1000_nvm_kind *kind = &b->dev->chip->nvm;
    wr(b, E1000_EERD, at << kind->address_shift | E1000_EERW_START);
    uint32_t v = rd(b, E1000_EERD);
    CHECK(v & kind->read_done);
    return (uint16_t)(v >> E1000_EERW_DATA_SHIFT);
}

FAMILY_TEST(nvm_words_sum_up_to_baba_and_hold_the_address, "")
{
    struct bed *b = bed_new("mac=02:11:22:33:44:55", NULL);
    uint16_t sum = 0;
    for (unsigned i = 0; i < 0x40; i++)
        sum = (uint16_t)(sum + word(b, i));
    CHECK_EQ(sum, 0xBABA);
    CHECK_EQ(word(b, 0), 0x1102);
    CHECK_EQ(word(b, 1), 0x3322);
    CHECK_EQ(word(b, 2), 0x5544);
    CHECK_EQ(word(b, 0x0C), 0x8086);
    CHECK_EQ(word(b, 0x0D), b->dev->chip->identity.device);
    CHECK_EQ(word(b, 0x40), 0xFFFF); /* beyond the part, or not used */
    CHECK_EQ(word(b, b->dev->chip->nvm.address_mask), 0xFFFF);
}

MODEL_TEST(nvm_says_that_it_is_there_and_how_large, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint32_t v = rd(b, E1000_EECD);
    CHECK(v & E1000_EECD_PRES);
    CHECK(v & E1000_EECD_AUTO_RD);
    CHECK(v & E1000_EECD_ADDR_BITS);
    CHECK_EQ(word(b, 0x0F) & 0x6000, 0); /* no manageability */
    CHECK_EQ(v >> 15 & 3, 0);            /* an EEPROM, not flash */
    CHECK_EQ(1u << ((v >> E1000_EECD_SIZE_SHIFT & 15) + 6), E1000_NVM_WORDS);
    CHECK(!(v & E1000_EECD_GNT));
    wr(b, E1000_EECD, E1000_EECD_REQ);
    CHECK(rd(b, E1000_EECD) & E1000_EECD_GNT);
}

MODEL_TEST(nvm_word_is_written_through_eewr, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK(rd(b, E1000_EEWR) & E1000_EERW_DONE);
    wr(b, E1000_EEWR, 0xBEEFu << 16 | 0x50 << E1000_EERW_ADDR_SHIFT | E1000_EERW_START);
    CHECK(rd(b, E1000_EEWR) & E1000_EERW_DONE);
    CHECK_EQ(word(b, 0x50), 0xBEEF);
    /* A new address counts after the next automatic read. */
    wr(b, E1000_EEWR, 0x9988u << 16 | 2 << E1000_EERW_ADDR_SHIFT | E1000_EERW_START);
    CHECK_EQ(rd(b, E1000_RAH(0)), 0x80005634);
    wr(b, E1000_CTRL_EXT, E1000_CTRL_EXT_EE_RST);
    CHECK_EQ(rd(b, E1000_CTRL_EXT), 0);
    CHECK_EQ(rd(b, E1000_RAH(0)), 0x80009988);
}

/* --- the SPI pins, as a driver without EERD moves them --- */

static uint32_t pins = E1000_EECD_REQ | E1000_EECD_CS;

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

static void spi_begin(struct bed *b, uint8_t command)
{
    set_pins(b, E1000_EECD_CS, E1000_EECD_SK);
    set_pins(b, 0, E1000_EECD_CS);
    shift_out(b, command, 8);
}

MODEL_TEST(nvm_is_read_bit_by_bit, "")
{
    struct bed *b = bed_new(NULL, NULL);
    spi_begin(b, 3);
    shift_out(b, 0, 16);
    for (unsigned i = 0; i < 6; i++)
        CHECK_EQ(shift_in(b, 8), TO_CARD[i]); /* bytes in sequence, low byte of a word first */
    spi_begin(b, 3);
    shift_out(b, 0x0D * 2, 16);
    CHECK_EQ(shift_in(b, 16), 0xD310);
}

MODEL_TEST(nvm_is_written_bit_by_bit_only_when_enabled, "")
{
    struct bed *b = bed_new(NULL, NULL);
    spi_begin(b, 2);
    shift_out(b, 0x60 * 2, 16);
    shift_out(b, 0x3412, 16);
    set_pins(b, E1000_EECD_CS, 0);
    CHECK_EQ(word(b, 0x60), 0xFFFF);
    spi_begin(b, 6);
    spi_begin(b, 5);
    CHECK_EQ(shift_in(b, 8), 2); /* write enable latch */
    spi_begin(b, 2);
    shift_out(b, 0x60 * 2, 16);
    shift_out(b, 0x3412, 16);
    set_pins(b, E1000_EECD_CS, 0);
    CHECK_EQ(word(b, 0x60), 0x1234);
    spi_begin(b, 5);
    CHECK_EQ(shift_in(b, 8), 0);
}

MODEL_TEST(nvm_pins_do_nothing_without_a_grant, "")
{
    struct bed *b = bed_new(NULL, NULL);
    pins = 0;
    spi_begin(b, 3);
    shift_out(b, 0, 16);
    CHECK_EQ(shift_in(b, 8), 0);
}

/* --- semaphores --- */

MODEL_TEST(smbi_belongs_to_who_reads_zero, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK(!(rd(b, E1000_SWSM) & E1000_SWSM_SMBI));
    CHECK(rd(b, E1000_SWSM) & E1000_SWSM_SMBI);
    wr(b, E1000_SWSM, rd(b, E1000_SWSM) | E1000_SWSM_SWESMBI);
    CHECK_EQ(rd(b, E1000_SWSM) & 3, 3);
    wr(b, E1000_SWSM, 0);
    CHECK_EQ(rd(b, E1000_SWSM) & 3, 0);
}

MODEL_TEST(mdio_ownership_is_granted_and_given_back, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK(!(rd(b, E1000_EXTCNF_CTRL) & E1000_EXTCNF_MDIO_SW));
    wr(b, E1000_EXTCNF_CTRL, rd(b, E1000_EXTCNF_CTRL) | E1000_EXTCNF_MDIO_SW);
    CHECK_EQ(rd(b, E1000_EXTCNF_CTRL) & 0xE0, E1000_EXTCNF_MDIO_SW);
    wr(b, E1000_EXTCNF_CTRL, rd(b, E1000_EXTCNF_CTRL) & ~E1000_EXTCNF_MDIO_SW);
    CHECK(!(rd(b, E1000_EXTCNF_CTRL) & E1000_EXTCNF_MDIO_SW));
}
