// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C code is compiled with sanitizers where they work; this shows that they do.

use std::ptr;

use crate::{abi, stopped};

#[test]
fn sanitizers_are_what_the_probe_said() {
    stopped::check("sanitizers::sanitizers_are_what_the_probe_said", misbehave);
}

/// Asks for a request where half of it has room, or, as a trap sees only what is undefined, where nothing is.
fn misbehave() {
    let mut room = vec![0_u8; 4];
    let trap = env!("TESTS_SANITIZER") == "undefined, by trap";
    let request = if trap { ptr::null_mut() } else { room.as_mut_ptr() };
    // SAFETY: there is none; this is what the sanitizer has to stop.
    unsafe { abi::qc71_encode_write(request, 0x0751, 0xa0) };
}
