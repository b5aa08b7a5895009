/* SPDX-License-Identifier: MIT */
/* ipv4.h - what a host needs to find its gateway and to ping it: ARP (RFC 826), ICMP echo (RFC
 * 792), DHCP (RFC 2131 and 2132).
 *
 * Whole Ethernet frames without VLAN tag; IP addresses are numbers in host order (10.0.2.2 is
 * 0x0a000202). Building never pads: the shortest frame is 42 bytes. Pure functions. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_ARP_BYTES  42
#define IPV4_DHCP_BYTES 342
#define IPV4_ECHO_HEAD  42 /* in front of an echo's data */
#define IPV4_TEXT       16

/* --- building: each returns the frame's length --- */

struct ipv4_end {
    uint8_t mac[6];
    uint32_t ip;
};

/* A request to everybody (to->mac is not used), or the reply to it. Room for IPV4_ARP_BYTES. */
size_t ipv4_build_arp(uint8_t *out, bool reply, const struct ipv4_end *from,
                      const struct ipv4_end *to);
/* Room for IPV4_ECHO_HEAD + len; len at most 1472. */
size_t ipv4_build_echo(uint8_t *out, bool reply, const struct ipv4_end *from,
                       const struct ipv4_end *to, unsigned id, unsigned sequence, const void *data,
                       size_t len);

enum dhcp_type { DHCP_DISCOVER = 1, DHCP_OFFER = 2, DHCP_REQUEST = 3, DHCP_ACK = 5, DHCP_NAK = 6 };
/* From a client without an address to everybody. DHCP_REQUEST names the address and the server of
 * an offer, else both are 0. Room for IPV4_DHCP_BYTES. */
size_t ipv4_build_dhcp(uint8_t *out, enum dhcp_type type, const uint8_t mac[6], uint32_t xid,
                       uint32_t wanted, uint32_t server);

/* --- reading --- */

enum ipv4_kind {
    IPV4_OTHER, /* none of these, or too damaged to tell */
    IPV4_ARP_REQUEST,
    IPV4_ARP_REPLY,
    IPV4_ECHO_REQUEST,
    IPV4_ECHO_REPLY,
    IPV4_DHCP_REPLY,
};

struct dhcp_reply {
    enum dhcp_type type;
    uint32_t xid, yours;
    uint8_t mac[6];
    uint32_t server, mask, router, dns; /* 0: not told. The first, of several */
    uint32_t lease;                     /* seconds */
};

struct ipv4_message {
    enum ipv4_kind kind;
    struct ipv4_end from, to; /* ARP: as its body says. Else the frame's and the IP header's */
    uint16_t id, sequence;    /* of an echo */
    const uint8_t *data;      /* of an echo; in the frame */
    size_t data_len;
    struct dhcp_reply dhcp;
    const char
        *wrong; /* NULL, or "IP checksum", "ICMP checksum", "UDP checksum": what is damaged */
};

/* Safe on any bytes. False if the kind is IPV4_OTHER. */
bool ipv4_read(const void *frame, size_t len, struct ipv4_message *message);

/* "10.0.2.2"; returns text. */
const char *ipv4_text(uint32_t ip, char text[IPV4_TEXT]);
