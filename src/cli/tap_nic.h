/* SPDX-License-Identifier: MIT */
/* tap_nic.h - the driver as a Linux network interface.
 *
 *     --net tap:NAME[,PEER]
 *
 * What Linux sends on the interface NAME goes through the driver and its card; what the driver receives comes out
 * of it. The card's cable ends in a second interface, PEER (NAME-peer), which belongs to a bridge, a network
 * namespace or another address: `ping` and `iperf3` between the two go through the driver. */
#pragma once
#include "cli/traffic.h"

/* If spec is a tap's, opens the near interface, and returns the spec of the wire in `far_end`; else returns spec.
 * On failure a spec that wire_open refuses, with err set. */
const char *tap_nic_open(const char *spec, char *far_end, size_t far_size, char *err, size_t err_len);
bool tap_nic_is_open(void);
