/* SPDX-License-Identifier: MIT */
/* nvm.c - the EEPROM (DS chapter 6), the three ways to it, and the semaphores that guard it.
 *
 * EERD reads and EEWR writes a word at once. EECD's four pins reach a SPI part of 2 KB with 16-bit
 * addresses, bit by bit (DS chapter 3, NVM interface). The image is one of a desktop card: no
 * manageability firmware, wake-up enabled. */
#include "device/model/82574l.h"
#include <string.h>

#define NVM_SIZE_CODE 4 /* 1 << (4 + 6) = 1024 words */
_Static_assert(E1000_NVM_WORDS == 1 << (NVM_SIZE_CODE + 6), "EECD's size field");

enum {
    WORD_CHECKSUM = 0x3F,
    CHECKSUM = 0xBABA, /* sum of words 0x00 to 0x3F; DS 6.1 */
};

/* Words up to 0x3E by DS table 6-1; not listed = 0xFFFF. */
static const struct {
    uint8_t at;
    uint16_t value;
} image[] = {
    {0x03, 0x0420},                 /* compatibility: LOM bit clear = a card */
    {0x04, 0xF746},                 /* LEDs: the chip's default */
    {0x05, 0x2010},                 /* image version 2.1.0 */
    {0x08, 0xE42F},                 /* printed board assembly number E42F26-000, as two words */
    {0x09, 0x2600}, {0x0A, 0x026B}, /* initialization control 1 */
    {0x0C, 0x8086},                 /* subsystem vendor */
    {0x0D, 0x10D3},                 /* device */
    {0x0E, 0x8086},                 /* vendor */
    {0x0F, 0x0058},                 /* control 2; bits 14:13 are 0: no manageability */
    {0x10, 0x0000}, {0x11, 0x2001}, {0x12, 0x7E7C}, {0x14, 0x1000}, {0x15, 0x00C8},
    {0x16, 0x0000}, {0x17, 0x2704}, {0x18, 0x6CC9}, /* PCIe configuration 1 to 3 */
    {0x19, 0x3150}, {0x1A, 0x070E}, {0x1B, 0x460B}, {0x1C, 0x2D84}, {0x1D, 0x0100},
    {0x1E, 0xF000}, {0x1F, 0x0706}, {0x20, 0x6000}, {0x21, 0x0080}, {0x22, 0x0F04},
    {0x23, 0x7FFF}, {0x24, 0x4F01}, /* control 3: APM wake-up */
    {0x25, 0xC600}, {0x26, 0x0000}, {0x27, 0x20FF}, {0x28, 0x0028}, {0x29, 0x0003},
    {0x2A, 0x0000}, {0x2B, 0x0000}, {0x2C, 0x0000}, {0x2D, 0x0003}, {0x2E, 0x0000},
    {0x30, 0x0100}, /* boot agent */
    {0x31, 0xC000}, {0x32, 0x121C}, {0x33, 0xC007}, {0x3C, 0x0000}, {0x3D, 0x0120},
};

void e1000_nvm_init(struct e1000 *dev)
{
    uint16_t *word = dev->nvm.word;
    memset(word, 0xFF, sizeof dev->nvm.word);
    for (unsigned i = 0; i < 3; i++)
        word[i] = (uint16_t)(dev->options.mac[2 * i] | dev->options.mac[2 * i + 1] << 8);
    for (size_t i = 0; i < sizeof image / sizeof *image; i++)
        word[image[i].at] = image[i].value;
    word[0x0B] = dev->options.subsystem;
    uint16_t sum = 0;
    for (unsigned i = 0; i < WORD_CHECKSUM; i++)
        sum = (uint16_t)(sum + word[i]);
    word[WORD_CHECKSUM] = (uint16_t)(CHECKSUM - sum);
}

void e1000_auto_read(struct e1000 *dev)
{
    const uint16_t *word = dev->nvm.word;
    REG(dev, E1000_RAL(0)) = word[0] | (uint32_t)word[1] << 16;
    REG(dev, E1000_RAH(0)) = word[2] | E1000_RAH_AV;
    REG(dev, E1000_EEMNGCTL) |= E1000_EEMNGCTL_CFG_DONE;
}

/* --- words --- */

void e1000_eerd_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t at = value >> E1000_EERW_ADDR_SHIFT & E1000_EERW_ADDR_MASK,
             out = at << E1000_EERW_ADDR_SHIFT;
    /* Beyond the part there is nothing: done, and all ones, as an open data line reads. */
    if (value & E1000_EERW_START)
        out |= E1000_EERW_DONE | (uint32_t)(at < E1000_NVM_WORDS ? dev->nvm.word[at] : 0xFFFF)
                                     << E1000_EERW_DATA_SHIFT;
    REG(dev, offset) = out;
}

void e1000_eewr_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t at = value >> E1000_EERW_ADDR_SHIFT & E1000_EERW_ADDR_MASK;
    if ((value & E1000_EERW_START) && at < E1000_NVM_WORDS)
        dev->nvm.word[at] = (uint16_t)(value >> E1000_EERW_DATA_SHIFT);
    REG(dev, offset) = (value & ~E1000_EERW_START) | E1000_EERW_DONE;
}

/* --- bits: a 25-series SPI EEPROM in mode 0 --- */

enum { SPI_WRITE = 2, SPI_READ = 3, SPI_WRITE_OFF = 4, SPI_STATUS = 5, SPI_WRITE_ON = 6 };
#define SPI_STATUS_WEL 2 /* write enable latch; bit 0, busy, is never seen */

static uint8_t spi_byte(const struct e1000_nvm *nvm, uint16_t address)
{
    address %= E1000_NVM_WORDS * 2;
    return (uint8_t)(nvm->word[address / 2] >> (address % 2 ? 8 : 0));
}

/* A whole byte has been clocked in. `out` is what the next eight clocks send. */
static void spi_byte_in(struct e1000_nvm *nvm, unsigned index, uint8_t byte)
{
    if (index == 0) {
        nvm->command = byte;
        if (byte == SPI_WRITE_ON || byte == SPI_WRITE_OFF)
            nvm->write_enabled = byte == SPI_WRITE_ON;
        if (byte == SPI_STATUS)
            nvm->out = nvm->write_enabled ? SPI_STATUS_WEL : 0;
        return;
    }
    if (nvm->command != SPI_READ && nvm->command != SPI_WRITE)
        return;
    if (index <= 2) {
        nvm->address = (uint16_t)(nvm->address << 8 | byte);
        if (index == 2 && nvm->command == SPI_READ)
            nvm->out = spi_byte(nvm, nvm->address++);
    } else if (nvm->command == SPI_READ) {
        nvm->out = spi_byte(nvm, nvm->address++);
    } else if (nvm->write_enabled) {
        uint16_t *word = &nvm->word[nvm->address % (E1000_NVM_WORDS * 2) / 2];
        *word = nvm->address % 2 ? (uint16_t)((*word & 0x00FF) | byte << 8)
                                 : (uint16_t)((*word & 0xFF00) | byte);
        nvm->address++;
    }
}

/* Mode 0: the part takes DI at a rising clock and changes DO at a falling one. `select` is chip
 * select as the part takes it, whatever the pin's level. */
static void spi_pins(struct e1000_nvm *nvm, bool select, uint32_t before, uint32_t now)
{
    if (!select) {
        if (nvm->command == SPI_WRITE && nvm->bits > 24)
            nvm->write_enabled = false; /* a finished write drops the latch */
        nvm->bits = 0;
        nvm->command = 0;
    } else if (~before & now & E1000_EECD_SK) {
        nvm->shift = nvm->shift << 1 | !!(now & E1000_EECD_DI);
        if (++nvm->bits % 8 == 0)
            spi_byte_in(nvm, nvm->bits / 8 - 1, (uint8_t)nvm->shift);
    } else if (before & ~now & E1000_EECD_SK) {
        nvm->data_out = nvm->out >> (7 - nvm->bits % 8) & 1;
    }
}

uint32_t e1000_eecd_read(struct e1000 *dev, uint32_t offset)
{
    uint32_t v = REG(dev, offset) | E1000_EECD_PRES | E1000_EECD_ADDR_BITS |
                 NVM_SIZE_CODE << E1000_EECD_SIZE_SHIFT;
    if (v & E1000_EECD_REQ)
        v |= E1000_EECD_GNT;
    if (!dev->resetting)
        v |= E1000_EECD_AUTO_RD;
    return v | (dev->nvm.data_out ? E1000_EECD_DO : 0);
}

/* The pin EE_CS_N selects while it is low, and reaches the part once access was granted
 * (DS 10.2.2, EECD). */
void e1000_eecd_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t before = REG(dev, offset);
    uint32_t now = value & (E1000_EECD_SK | E1000_EECD_CS | E1000_EECD_DI | 3u << 4 |
                            E1000_EECD_REQ | 1u << 20);
    REG(dev, offset) = now; /* FLUPD ends at once: there is no flash image to update */
    spi_pins(&dev->nvm, (now & E1000_EECD_REQ) && !(now & E1000_EECD_CS), before, now);
}

/* --- semaphores (DS 10.2.3) --- */

/* SMBI: who reads it as 0 has it; the read sets it. */
uint32_t e1000_swsm_read(struct e1000 *dev, uint32_t offset)
{
    uint32_t v = REG(dev, offset);
    REG(dev, offset) = v | E1000_SWSM_SMBI;
    return v;
}

/* SWESMBI can be taken whenever firmware has not: there is none. */
void e1000_swsm_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t smbi = REG(dev, offset) & value & E1000_SWSM_SMBI; /* software can only clear it */
    REG(dev, offset) = (value & 0xE) | smbi;
}

/* MDIO ownership: granted if neither hardware nor manageability holds it, and they never do here.
 */
void e1000_extcnf_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    REG(dev, offset) = value & ~E1000_EXTCNF_MDIO_OTHERS;
}
