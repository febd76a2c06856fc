// SPDX-License-Identifier: MIT OR Apache-2.0
//! A laptop of the tests (`laptop.h`), and the driver's way to its controller.

use std::ops::{Deref, DerefMut};

use crate::abi;

pub(crate) const EPERM: i32 = -1;
pub(crate) const EIO: i32 = -5;
pub(crate) const ENODATA: i32 = -61;
pub(crate) const EPROTO: i32 = -71;

/// Its memory, what was asked of it, and its faults are those of the C structure.
pub(crate) struct Laptop(*mut abi::qc71_tests_laptop);

/// Lets so many microseconds pass, and tells what the clock of this thread says then.
pub(crate) fn pass(us: u32) -> u64 {
    // SAFETY: it adds numbers.
    unsafe { abi::qc71_tests_pass(us) }
}

/// A change of bits in a register.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// Writes nothing where nothing changes.
    Update,
    /// Always writes.
    Apply,
}

impl Laptop {
    pub(crate) fn new() -> Self {
        // SAFETY: it returns one, or ends the program.
        Self(unsafe { abi::qc71_tests_laptop_new() })
    }

    pub(crate) fn change(&mut self, change: Change, address: u16, mask: u8, bits: u8) -> i32 {
        // SAFETY: the laptop lives, and is borrowed exclusively.
        unsafe {
            match change {
                Change::Update => abi::qc71_tests_update(self.0, address, mask, bits),
                Change::Apply => abi::qc71_tests_apply(self.0, address, mask, bits),
            }
        }
    }

    /// What came of it, and the value, which was `value` before.
    pub(crate) fn read(&mut self, address: u16, mut value: u8) -> (i32, u8) {
        // SAFETY: as in `change`.
        let err = unsafe { abi::qc71_tests_read(self.0, address, &mut value) };
        (err, value)
    }

    pub(crate) fn read_pair(&mut self, address: u16, mut pair: [u8; 2]) -> (i32, [u8; 2]) {
        // SAFETY: as in `change`; there is room for two.
        let err = unsafe { abi::qc71_tests_read_pair(self.0, address, pair.as_mut_ptr()) };
        (err, pair)
    }

    /// How many reads and writes there were since it was last asked. All of them were as the firmware wants them.
    pub(crate) fn traffic(&mut self) -> (u32, u32) {
        assert_eq!((self.malformed, self.hasty), (0, 0), "calls that were malformed, and that came too early");
        let traffic = (self.reads, self.writes);
        (self.reads, self.writes) = (0, 0);
        traffic
    }
}

impl Deref for Laptop {
    type Target = abi::qc71_tests_laptop;

    fn deref(&self) -> &abi::qc71_tests_laptop {
        // SAFETY: it lives as long as `self`, and all its bytes were set.
        unsafe { &*self.0 }
    }
}

impl DerefMut for Laptop {
    fn deref_mut(&mut self) -> &mut abi::qc71_tests_laptop {
        // SAFETY: see `deref`; `self` is borrowed exclusively.
        unsafe { &mut *self.0 }
    }
}

impl Drop for Laptop {
    fn drop(&mut self) {
        // SAFETY: nobody can use it any more.
        unsafe { abi::qc71_tests_laptop_free(self.0) };
    }
}
