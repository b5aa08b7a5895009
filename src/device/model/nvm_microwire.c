/* SPDX-License-Identifier: MIT */
/* nvm_microwire.c - a 93-series Microwire EEPROM of 16-bit words behind EECD's pins, bit by bit.
 *
 * Chip select is high while the part is addressed. At each rising clock it takes DI, and in a read
 * it changes DO. An instruction is a start bit, two bits of opcode and the address (6 bits for 64
 * words, 8 for more); READ then sends a zero, the word from its highest bit, and after it the next
 * word; WRITE takes a word. Programming begins when the part is deselected, only if it was enabled
 * before, and is over at once: DO reads 1 = ready, as it does whenever nobody drives it. */
#include "device/model/e1000.h"

enum { OP_EXTENDED = 0, OP_WRITE = 1, OP_READ = 2, OP_ERASE = 3 };
/* Extended: the two highest bits of the address. */
enum { EXT_DISABLE = 0, EXT_WRITE_ALL = 1, EXT_ERASE_ALL = 2, EXT_ENABLE = 3 };

static unsigned address_bits(const struct e1000_nvm *nvm)
{
    return nvm->words > 64 ? 8 : 6;
}

/* Bits of an instruction up to its address. */
static unsigned instruction_bits(const struct e1000_nvm *nvm)
{
    return 1 + 2 + address_bits(nvm);
}

static unsigned extended_op(const struct e1000_nvm *nvm)
{
    return nvm->address >> (address_bits(nvm) - 2) & 3;
}

/* Deselected: what was clocked in whole is done. */
static void finish(struct e1000_nvm *nvm)
{
    if (nvm->bits < instruction_bits(nvm))
        return;
    unsigned op = nvm->command, more = nvm->bits - instruction_bits(nvm);
    if (op == OP_EXTENDED && extended_op(nvm) == EXT_ENABLE)
        nvm->write_enabled = true;
    if (op == OP_EXTENDED && extended_op(nvm) == EXT_DISABLE)
        nvm->write_enabled = false;
    if (!nvm->write_enabled)
        return;
    uint16_t *word = &nvm->word[nvm->address % nvm->words];
    if (op == OP_WRITE && more >= 16)
        *word = (uint16_t)nvm->shift;
    if (op == OP_ERASE)
        *word = 0xFFFF;
    if (op == OP_EXTENDED && extended_op(nvm) == EXT_WRITE_ALL && more >= 16)
        for (unsigned i = 0; i < nvm->words; i++)
            nvm->word[i] = (uint16_t)nvm->shift;
    if (op == OP_EXTENDED && extended_op(nvm) == EXT_ERASE_ALL)
        for (unsigned i = 0; i < nvm->words; i++)
            nvm->word[i] = 0xFFFF;
}

/* A rising clock. */
static void clock(struct e1000_nvm *nvm, bool in)
{
    if (!nvm->bits && !in)
        return; /* no start bit yet */
    unsigned whole = instruction_bits(nvm);
    bool writes = nvm->command == OP_WRITE || nvm->command == OP_EXTENDED;
    if (nvm->bits < whole || (writes && nvm->bits < whole + 16))
        nvm->shift = nvm->shift << 1 | in;
    nvm->bits++;
    if (nvm->bits == whole) {
        nvm->command = (uint8_t)(nvm->shift >> address_bits(nvm) & 3);
        nvm->address = (uint16_t)(nvm->shift & ((1u << address_bits(nvm)) - 1));
        nvm->data_out = nvm->command != OP_READ; /* a read begins with a zero */
    } else if (nvm->bits > whole && nvm->command == OP_READ) {
        unsigned n = nvm->bits - whole - 1;
        nvm->data_out = nvm->word[(nvm->address + n / 16) % nvm->words] >> (15 - n % 16) & 1;
    }
}

void e1000_microwire_pins(struct e1000_nvm *nvm, uint32_t before, uint32_t now)
{
    if (!(now & E1000_EECD_REQ) || !(now & E1000_EECD_CS)) {
        if (before & E1000_EECD_CS)
            finish(nvm);
        nvm->bits = 0;
        nvm->data_out = true;
    } else if (~before & now & E1000_EECD_SK) {
        clock(nvm, now & E1000_EECD_DI);
    }
}
