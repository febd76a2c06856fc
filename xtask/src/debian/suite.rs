// SPDX-License-Identifier: MIT OR Apache-2.0
//! The suites of the archive that have kernels. A new one is a new row.

use super::mirror::Part;

/// A suite of Debian's archive.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    pub name: &'static str,
    pub part: Part,
    /// The suites that its kernels' compiler and tools come from, besides itself.
    pub base: &'static [&'static str],
    /// The long-term series whose newest kernel is here or in a suite that names it too. Any other series is looked for
    /// in all suites, since where its newest kernel is changes from week to week.
    pub series: &'static [&'static str],
}

const fn row(name: &'static str, part: Part, base: &'static [&'static str], series: &'static [&'static str]) -> Suite {
    Suite { name, part, base, series }
}

/// <https://www.debian.org/releases/> and <https://packages.debian.org/search?keywords=linux-image>.
pub const SUITES: &[Suite] = &[
    row("bullseye", Part::Main, &[], &["5.10"]),
    row("bullseye-security", Part::Security, &["bullseye"], &["5.10"]),
    row("bookworm", Part::Main, &[], &["6.1"]),
    row("bookworm-security", Part::Security, &["bookworm"], &["6.1"]),
    row("bookworm-backports", Part::Main, &["bookworm", "bookworm-security"], &[]),
    row("trixie", Part::Main, &[], &["6.12"]),
    row("trixie-security", Part::Security, &["trixie"], &["6.12"]),
    row("trixie-backports", Part::Main, &["trixie", "trixie-security"], &[]),
    row("forky", Part::Main, &[], &[]),
    row("sid", Part::Main, &[], &[]),
    row("experimental", Part::Main, &["sid"], &[]),
];

impl Suite {
    pub fn named(name: &str) -> Option<&'static Self> {
        SUITES.iter().find(|suite| suite.name == name)
    }
}
