// SPDX-License-Identifier: MIT OR Apache-2.0
int toy = 1;
