// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI in numbers, for the compiler to check.  build.rs compiles this for
 * this machine, and for 32-bit programs where it can.  A number may be added
 * here, but never changed: programs out there were compiled with it.
 */
#include "foobar.h"

/*
 * Sparc, PowerPC, MIPS and Alpha write an ioctl's direction with other bits,
 * so there the values differ, as those of all drivers do.
 */
#if _IOC_READ == 2
_Static_assert(FOOBAR_IOC_GET_STATS == 0x8030f001, "FOOBAR_IOC_GET_STATS");
_Static_assert(FOOBAR_IOC_SET_MODE == 0x4008f002, "FOOBAR_IOC_SET_MODE");
#endif

_Static_assert(sizeof(struct foobar_stats) == 48, "struct foobar_stats");
_Static_assert(_Alignof(struct foobar_stats) == 8, "struct foobar_stats");
_Static_assert(sizeof(struct foobar_mode) == 8, "struct foobar_mode");
_Static_assert(_Alignof(struct foobar_mode) == 4, "struct foobar_mode");

/* ISO C wants a declaration at least. */
int foobar_abi_checked;
