// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C code is compiled with sanitizers where they work; this shows that they do.

use crate::{abi, stopped};

#[test]
fn sanitizers_are_what_the_probe_said() {
    stopped::check("sanitizers::sanitizers_are_what_the_probe_said", misbehave);
}

/// Hands the C code a ring whose memory is much shorter than it claims, by a pointer that is not aligned.
fn misbehave() {
    let mut memory = vec![b'x'; 16];
    let mut bytes = vec![0_u8; size_of::<abi::foobar_ring>() + 1];
    // Two places for one ring, of which one is misaligned: the undefined behaviour that a trap can see.
    let offset = usize::from(env!("TESTS_SANITIZER") == "undefined, by trap");
    let ring = bytes.as_mut_ptr().wrapping_add(offset).cast::<abi::foobar_ring>();
    // SAFETY: there is none; this is what the sanitizer has to stop.
    unsafe {
        abi::foobar_ring_init(ring, memory.as_mut_ptr(), 4096, abi::FOOBAR_DROP_OLDEST);
        abi::foobar_ring_commit(ring, 4096);
        abi::foobar_ring_make_room(ring, 64);
    }
}
