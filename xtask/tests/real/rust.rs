// SPDX-License-Identifier: MIT OR Apache-2.0
//! The teaching driver in Rust, on kernels that are built for it.
//!
//! The sources of each are 160 MB and the compilers 310, and it takes ten minutes of two cores, so nobody pays for it who has not asked
//! to: it takes WORKBENCH_RUST=1, and without that the trial is reported as ignored.

use libtest_mimic::{Failed, Trial};

const VARIABLE: &str = "WORKBENCH_RUST";

/// They have compilers of different suites.
const KERNELS: &str = "7_2+rust 7_3+rust";

/// Debian's own has the option, and headers that lack the rest.
const WITHOUT: &str = "7_3";

pub(crate) fn trial(left_out: bool) -> Trial {
    let is_asked = std::env::var(VARIABLE).is_ok_and(|value| value == "1");
    Trial::test("rust", passes).with_ignored_flag(left_out || !is_asked)
}

fn passes() -> Result<(), Failed> {
    super::passes(&["driver/rust"], KERNELS)?;
    let outcome = super::outcome(&super::xtask(&["vm-test", "--json", "driver/rust", "-k", WITHOUT])?)?;
    if outcome["verdict"]["verdict"] == "skip" { Ok(()) } else { Err(format!("{outcome} on {WITHOUT}").into()) }
}
