// SPDX-License-Identifier: GPL-2.0-only
// Never compiled: no kernel is new enough for it.
#error this kernel is not for this driver
