// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests the foobar driver's pure half without a kernel: `foobar_core.c`, the same in Rust, and the ioctl ABI.

#[rustfmt::skip]
mod abi;
mod abi_tests;
mod logic;
mod model;
mod ring;
mod rust;
mod sanitizers;
#[path = "../../../tests/userspace/stopped.rs"]
mod stopped;
#[path = "../../rust/ring.rs"]
#[rustfmt::skip]
mod store;
