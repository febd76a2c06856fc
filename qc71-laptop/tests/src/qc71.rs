// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests what the qc71-laptop driver makes of registers without a kernel: `qc71_codec.c`, and `qc71_ec.c` with one pretended.

#[rustfmt::skip]
mod abi;
mod access;
mod codec;
mod colors;
mod facts;
mod laptop;
mod power;
mod protocol;
mod sanitizers;
mod scales;
#[path = "../../../tests/userspace/stopped.rs"]
mod stopped;
mod values;
mod writable;
