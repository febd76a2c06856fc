// SPDX-License-Identifier: GPL-2.0-only

//! What programs and the driver agree on: `include/uapi/foobar.h` in Rust, where each type and each
//! bit is explained.

use kernel::ioctl::{_IOR, _IOW};
use kernel::transmute::{AsBytes, FromBytes};

/// A write that finds the store full drops the oldest lines.
pub(crate) const DROP_OLDEST: u32 = 1 << 0;

/// All bits that have a meaning.
pub(crate) const MODE_ALL: u32 = DROP_OLDEST;

/// What has happened since the module was loaded.
#[repr(C)]
pub(crate) struct Stats {
    pub(crate) bytes_written: u64,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_lost: u64,
    pub(crate) capacity: u32,
    pub(crate) used: u32,
    pub(crate) high_water: u32,
    pub(crate) mode: u32,
    pub(crate) open_files: u32,
    pub(crate) reserved: u32,
}

/// How the store behaves.
#[repr(C)]
pub(crate) struct Mode {
    pub(crate) flags: u32,
    pub(crate) reserved: u32,
}

// A hole would show a program old memory, and would have another size in a 32-bit program.
const _: () = assert!(size_of::<Stats>() == 3 * size_of::<u64>() + 6 * size_of::<u32>());
const _: () = assert!(size_of::<Mode>() == 2 * size_of::<u32>());

// SAFETY: It has no hole, as was just asserted, and nothing in it can change behind a reference.
unsafe impl AsBytes for Stats {}

// SAFETY: It consists of integers, for which all bytes have a meaning.
unsafe impl FromBytes for Mode {}

/// The kernel's list of ioctl numbers knows no user of it.
const MAGIC: u32 = 0xF0;

/// Gives a program [`Stats`].
pub(crate) const GET_STATS: u32 = _IOR::<Stats>(MAGIC, 0x01);

/// Takes a [`Mode`] from a program.
pub(crate) const SET_MODE: u32 = _IOW::<Mode>(MAGIC, 0x02);
