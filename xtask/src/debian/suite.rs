// SPDX-License-Identifier: MIT OR Apache-2.0
//! The suites that have kernels: Debian's own, of which a new one is a new row, and those that workbench.toml names.

use std::sync::Arc;

use super::mirror::{Mirrors, Part};

/// A suite of an archive: an index of packages at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    pub name: String,
    /// The archive's name: [`DEBIAN`](super::DEBIAN), or that of a row in workbench.toml.
    pub archive: String,
    /// The archive's address, without a slash at its end.
    pub url: String,
    /// Where the archive's past is, with `DATE` in place of a date such as `20261115T000000Z`.
    pub past: Option<String>,
    pub components: Vec<String>,
    /// The suites of the archive that its kernels' compiler and tools come from, besides itself.
    pub base: Vec<String>,
    /// The series whose newest kernel is here or in a suite that names it too. Any other series is looked for
    /// in all suites, since where its newest kernel is changes from week to week.
    pub series: Vec<String>,
}

/// A suite of Debian's.
#[derive(Debug, PartialEq, Eq)]
pub struct DebianSuite {
    pub name: &'static str,
    pub part: Part,
    base: &'static [&'static str],
    series: &'static [&'static str],
}

const fn row(
    name: &'static str,
    part: Part,
    base: &'static [&'static str],
    series: &'static [&'static str],
) -> DebianSuite {
    DebianSuite { name, part, base, series }
}

/// <https://www.debian.org/releases/> and <https://packages.debian.org/search?keywords=linux-image>.
pub const DEBIAN_SUITES: &[DebianSuite] = &[
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

/// Debian's suites at these mirrors.
pub(super) fn of_debian(mirrors: &Mirrors) -> Vec<Arc<Suite>> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let suite = |row: &DebianSuite| Suite {
        name: row.name.to_owned(),
        archive: super::DEBIAN.to_owned(),
        url: mirrors.part(row.part).to_owned(),
        past: mirrors.past(row.part),
        components: owned(&["main"]),
        base: owned(row.base),
        series: owned(row.series),
    };
    DEBIAN_SUITES.iter().map(|row| Arc::new(suite(row))).collect()
}
