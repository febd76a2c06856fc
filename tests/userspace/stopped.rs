// SPDX-License-Identifier: MIT OR Apache-2.0
//! Are the sanitizers that build.rs chose at work? Something wrong is done in a process of its own, which they must end.

use std::{env, os::unix::process::ExitStatusExt as _};

use child::this_test;

#[path = "child.rs"]
mod child;

/// Set in the child that is to be stopped.
const MISBEHAVE: &str = "TESTS_MISBEHAVE";

/// Called in the test of this name, with what reads or writes past the end of a heap block, or is undefined by trap.
#[expect(clippy::print_stdout, reason = "cargo test -- --nocapture shows what is in use")]
pub(crate) fn check(test: &str, misbehave: fn()) {
    if env::var_os(MISBEHAVE).is_some() {
        return misbehave();
    }
    let sanitizer = env!("TESTS_SANITIZER");
    println!("sanitizers of the C code: {sanitizer}");
    let proof = match sanitizer {
        "none" => return,
        "address+undefined" => "AddressSanitizer: heap-buffer-overflow",
        // A trap says nothing.
        "undefined, by trap" => "",
        other => panic!("build.rs knows a sanitizer that this test does not: {other}"),
    };
    let child = this_test(test).env(MISBEHAVE, "1").output().expect("the test program starts once more");
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success(), "reading past the end was not noticed: {said}");
    // Where nothing looks, a bad address is noticed all the same.
    assert_ne!(child.status.signal(), Some(SIGSEGV), "the program was stopped, but not by a sanitizer: {said}");
    assert!(said.contains(proof), "{}: {said}", child.status);
}

const SIGSEGV: i32 = 11;
