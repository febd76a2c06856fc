// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C code is compiled with sanitizers where they work; this shows that they do.

use std::env;

use crate::{abi, child::this_test};

/// Set in the child that is to be stopped.
const MISBEHAVE: &str = "FOOBAR_TESTS_MISBEHAVE";

#[test]
#[expect(clippy::print_stdout, reason = "cargo test -- --nocapture shows what is in use")]
fn sanitizers_are_what_the_probe_said() {
    if env::var_os(MISBEHAVE).is_some() {
        return misbehave();
    }
    let sanitizer = env!("FOOBAR_SANITIZER");
    println!("sanitizers of the C code: {sanitizer}");
    let proof = match sanitizer {
        "none" => return,
        "address+undefined" => "AddressSanitizer: heap-buffer-overflow",
        // A trap says nothing.
        "undefined, by trap" => "",
        other => panic!("build.rs knows a sanitizer that this test does not: {other}"),
    };
    let child = this_test("sanitizers::sanitizers_are_what_the_probe_said").env(MISBEHAVE, "1").output();
    let child = child.expect("the test program starts once more");
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success(), "reading past the end was not noticed: {said}");
    assert!(said.contains(proof), "{}: {said}", child.status);
}

/// Hands the C code a ring whose memory is much shorter than it claims, by a pointer that is not aligned.
fn misbehave() {
    let mut memory = vec![b'x'; 16];
    let mut bytes = vec![0_u8; size_of::<abi::foobar_ring>() + 1];
    // Two places for one ring, of which one is misaligned: the undefined behaviour that a trap can see.
    let offset = usize::from(env!("FOOBAR_SANITIZER") == "undefined, by trap");
    let ring = bytes.as_mut_ptr().wrapping_add(offset).cast::<abi::foobar_ring>();
    // SAFETY: there is none; this is what the sanitizer has to stop.
    unsafe {
        abi::foobar_ring_init(ring, memory.as_mut_ptr(), 4096, abi::FOOBAR_DROP_OLDEST);
        abi::foobar_ring_commit(ring, 4096);
        abi::foobar_ring_make_room(ring, 64);
    }
}
