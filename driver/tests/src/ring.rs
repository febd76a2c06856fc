// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C ring as a Rust value, so that the tests read as they would for a Rust type.

use std::{mem::MaybeUninit, ptr, slice};

use crate::abi;

/// The C ring and the memory it uses: what a `struct foobar_device` is in the kernel, without the lock.
///
/// [`read`](Self::read) and [`write`](Self::write) are the loops of `foobar_main.c`, with plain copies.
pub(crate) struct Ring {
    c: abi::foobar_ring,
    /// Owned here, written through `c.data` only.
    memory: *mut [u8],
}

impl Ring {
    /// # Panics
    /// If the driver would refuse to load with this capacity.
    pub(crate) fn new(capacity: u32, mode: u32) -> Self {
        // SAFETY: the function takes any number.
        let valid = unsafe { abi::foobar_capacity_is_valid(capacity) };
        assert_eq!(valid, 1, "{capacity} is not a valid capacity");
        let memory = Box::into_raw(vec![0; capacity as usize].into_boxed_slice());
        let mut c = MaybeUninit::uninit();
        // SAFETY: the memory is as large as is said, and lives until `drop`. The function sets every field.
        let c = unsafe {
            abi::foobar_ring_init(c.as_mut_ptr(), memory.cast(), capacity, mode);
            c.assume_init()
        };
        Self { c, memory }
    }

    /// The C structure, to prepare a state that would take long to reach.
    pub(crate) fn c(&mut self) -> &mut abi::foobar_ring {
        &mut self.c
    }

    pub(crate) fn used(&self) -> u32 {
        // SAFETY: `c` was initialised, here and in all functions below.
        unsafe { abi::foobar_ring_used(&self.c) }
    }

    pub(crate) fn room(&self) -> u32 {
        // SAFETY: see `used`.
        unsafe { abi::foobar_ring_room(&self.c) }
    }

    /// The oldest bytes, up to the end of the memory.
    pub(crate) fn peek(&self) -> &[u8] {
        let mut data = ptr::null_mut();
        // SAFETY: see `used`. The bytes are in our memory, and stay as they are while `self` is borrowed.
        unsafe {
            let count = abi::foobar_ring_peek(&self.c, &mut data);
            slice::from_raw_parts(data, count as usize)
        }
    }

    /// Where the next bytes go, up to the end of the memory.
    pub(crate) fn reserve(&mut self) -> &mut [u8] {
        let mut data = ptr::null_mut();
        // SAFETY: see `used`. The bytes are in our memory, and `self` is borrowed exclusively.
        unsafe {
            let count = abi::foobar_ring_reserve(&self.c, &mut data);
            slice::from_raw_parts_mut(data, count as usize)
        }
    }

    pub(crate) fn consume(&mut self, count: u32) -> u32 {
        // SAFETY: see `used`.
        unsafe { abi::foobar_ring_consume(&mut self.c, count) }
    }

    pub(crate) fn commit(&mut self, count: u32) -> u32 {
        // SAFETY: see `used`.
        unsafe { abi::foobar_ring_commit(&mut self.c, count) }
    }

    pub(crate) fn make_room(&mut self, wanted: u32) -> u32 {
        // SAFETY: see `used`.
        unsafe { abi::foobar_ring_make_room(&mut self.c, wanted) }
    }

    pub(crate) fn stats(&self) -> abi::foobar_stats {
        // Not zeroed: a field that the C code forgets has to show.
        let mut stats = MaybeUninit::<abi::foobar_stats>::uninit();
        // SAFETY: see `used`. All bytes were written, by us first; every value of them is a valid number.
        unsafe {
            stats.as_mut_ptr().cast::<u8>().write_bytes(0xa5, size_of::<abi::foobar_stats>());
            abi::foobar_ring_stats(&self.c, stats.as_mut_ptr());
            stats.assume_init()
        }
    }

    pub(crate) fn read(&mut self, count: usize) -> Vec<u8> {
        let mut got = Vec::new();
        while got.len() < count {
            let chunk = self.peek();
            let chunk = &chunk[..chunk.len().min(count - got.len())];
            if chunk.is_empty() {
                break;
            }
            got.extend_from_slice(chunk);
            let chunk = as_u32(chunk.len());
            assert_eq!(self.consume(chunk), chunk, "what can be seen can be taken");
        }
        got
    }

    /// How many bytes were taken; `None` is `ENOSPC`.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Option<usize> {
        let count = bytes.len().min(self.c.capacity as usize);
        if self.c.mode & abi::FOOBAR_DROP_OLDEST != 0 {
            self.make_room(as_u32(count));
        }
        let mut done = 0;
        while done < count {
            let room = self.reserve();
            let chunk = room.len().min(count - done);
            if chunk == 0 {
                return (done > 0).then_some(done);
            }
            room[..chunk].copy_from_slice(&bytes[done..done + chunk]);
            assert_eq!(self.commit(as_u32(chunk)), as_u32(chunk), "what was offered is accepted");
            done += chunk;
        }
        Some(done)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: this came from a box, and nobody can use the ring any more.
        drop(unsafe { Box::from_raw(self.memory) });
    }
}

/// Nothing in a ring is larger than its capacity.
fn as_u32(length: usize) -> u32 {
    u32::try_from(length).expect("shorter than a ring's capacity")
}
