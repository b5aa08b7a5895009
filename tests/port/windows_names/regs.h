/* SPDX-License-Identifier: MIT */
enum { STATUS, MASK };
