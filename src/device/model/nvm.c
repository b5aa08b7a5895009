/* SPDX-License-Identifier: MIT */
/* nvm.c - the EEPROM (DS chapter 6), the three ways to it, and the semaphores that guard it.
 *
 * EERD reads and EEWR writes a word at once. EECD's four pins reach the serial part bit by bit
 * (nvm_spi.c). */
#include "device/model/e1000.h"
#include <string.h>

enum {
    WORD_SUBSYSTEM = 0x0B,
    WORD_SUBSYSTEM_VENDOR = 0x0C,
    WORD_DEVICE = 0x0D,
    WORD_VENDOR = 0x0E,
    WORD_CHECKSUM = 0x3F,
    CHECKSUM = 0xBABA, /* sum of words 0x00 to 0x3F; DS 6.1 */
};

void e1000_nvm_init(struct e1000 *dev)
{
    const struct e1000_nvm_kind *kind = &dev->chip->nvm;
    const struct pci_identity *id = &dev->chip->identity;
    uint16_t *word = dev->nvm.word;
    dev->nvm.words = kind->words;
    memset(word, 0xFF, sizeof dev->nvm.word);
    for (unsigned i = 0; i < 3; i++)
        word[i] = (uint16_t)(dev->options.mac[2 * i] | dev->options.mac[2 * i + 1] << 8);
    for (size_t i = 0; i < kind->image_count; i++)
        word[kind->image[i].at] = kind->image[i].value;
    word[WORD_SUBSYSTEM] = dev->options.subsystem;
    word[WORD_SUBSYSTEM_VENDOR] = id->subsystem_vendor;
    word[WORD_DEVICE] = id->device;
    word[WORD_VENDOR] = id->vendor;
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
    const struct e1000_nvm_kind *kind = &dev->chip->nvm;
    uint32_t at = value >> kind->address_shift & kind->address_mask,
             out = at << kind->address_shift;
    /* Beyond the part there is nothing: done, and all ones, as an open data line reads. */
    if (value & E1000_EERW_START)
        out |= kind->read_done | (uint32_t)(at < kind->words ? dev->nvm.word[at] : 0xFFFF)
                                     << E1000_EERW_DATA_SHIFT;
    REG(dev, offset) = out;
}

void e1000_eewr_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t at = value >> E1000_EERW_ADDR_SHIFT & E1000_EERW_ADDR_MASK;
    if ((value & E1000_EERW_START) && at < dev->nvm.words)
        dev->nvm.word[at] = (uint16_t)(value >> E1000_EERW_DATA_SHIFT);
    REG(dev, offset) = (value & ~E1000_EERW_START) | E1000_EERW_DONE;
}

/* --- pins --- */

uint32_t e1000_eecd_read(struct e1000 *dev, uint32_t offset)
{
    uint32_t v = REG(dev, offset) | dev->chip->nvm.eecd;
    if (v & E1000_EECD_REQ)
        v |= E1000_EECD_GNT;
    if (!dev->resetting)
        v |= dev->chip->nvm.eecd_auto_read;
    return v | (dev->nvm.data_out ? E1000_EECD_DO : 0);
}

void e1000_eecd_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t before = REG(dev, offset), now = value & dev->chip->nvm.eecd_writable;
    REG(dev, offset) = now; /* FLUPD ends at once: there is no flash image to update */
    dev->chip->nvm.pins(&dev->nvm, before, now);
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
