// SPDX-License-Identifier: MIT OR Apache-2.0
//! See `report` in xtask/src/oracle.rs.
#![no_main]

use xtask::oracle;

libfuzzer_sys::fuzz_target!(|data: &[u8]| oracle::report(data));
