// SPDX-License-Identifier: MIT OR Apache-2.0
//! As much C as it takes to read declarations out of the kernel's headers: a tokenizer, what is declared at the top of a
//! file, and the members of a structure. Nothing is preprocessed: conditions are kept beside what they guard.

pub(super) mod config;
pub(super) mod declared;
pub(super) mod members;
pub(super) mod tokens;
