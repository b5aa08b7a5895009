/* SPDX-License-Identifier: MIT */
/* nvm_spi.c - a 25-series SPI EEPROM with 16-bit addresses behind EECD's pins, bit by bit, in mode
 * 0 (DS chapter 3, NVM interface). */
#include "device/model/e1000.h"

enum { SPI_WRITE = 2, SPI_READ = 3, SPI_WRITE_OFF = 4, SPI_STATUS = 5, SPI_WRITE_ON = 6 };
#define SPI_STATUS_WEL 2 /* write enable latch; bit 0, busy, is never seen */

static uint8_t spi_byte(const struct e1000_nvm *nvm, uint16_t address)
{
    address %= nvm->words * 2;
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
        uint16_t *word = &nvm->word[nvm->address % (nvm->words * 2) / 2];
        *word = nvm->address % 2 ? (uint16_t)((*word & 0x00FF) | byte << 8)
                                 : (uint16_t)((*word & 0xFF00) | byte);
        nvm->address++;
    }
}

/* Mode 0: the part takes DI at a rising clock and changes DO at a falling one. The pin EE_CS_N
 * selects while it is low, and reaches the part once access was granted (DS 10.2.2, EECD). */
void e1000_spi_pins(struct e1000_nvm *nvm, uint32_t before, uint32_t now)
{
    if (!(now & E1000_EECD_REQ) || (now & E1000_EECD_CS)) {
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
