// SPDX-License-Identifier: MIT OR Apache-2.0
//! A test that must run in a process of its own: this very program, started again for one test.

use std::{env, process::Command};

/// This very program, to run one test in a process of its own.
#[expect(clippy::disallowed_methods, reason = "this crate has no cmd.rs; the child is one test of our own")]
pub(crate) fn this_test(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("a program knows its path"));
    command.args(["--exact", name, "--nocapture"]);
    command
}
