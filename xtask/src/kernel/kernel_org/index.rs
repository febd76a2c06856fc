// SPDX-License-Identifier: MIT OR Apache-2.0
//! What releases there are: `releases.json` of kernel.org (<https://www.kernel.org/releases.json>), which has those that are
//! kept up, and the signed checksums of a folder of tarballs, which have all.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A release of upstream's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Release {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl Release {
    /// `6.6` and `6.6.143`; nothing for release candidates and linux-next.
    fn parse(version: &str) -> Option<Self> {
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let numbers: Option<Vec<u32>> = version.split('.').map(number).collect();
        match numbers?[..] {
            [major, minor] => Some(Self { major, minor, patch: 0 }),
            [major, minor, patch] if patch > 0 => Some(Self { major, minor, patch }),
            _ => None,
        }
    }

    /// The folder that a tarball has, and its own name without an ending.
    pub(super) fn folder(self) -> String {
        format!("linux-{self}")
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

/// `releases.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    latest_stable: Latest,
    releases: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Latest {
    version: String,
}

#[derive(Debug, Deserialize)]
struct Entry {
    version: String,
}

impl Index {
    pub(super) fn parse(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json).context("it is not a list of releases as kernel.org has it")
    }

    pub(super) fn latest(&self) -> Result<Release> {
        let version = &self.latest_stable.version;
        Release::parse(version).with_context(|| format!("the list of releases names `{version}` as the latest"))
    }

    pub(super) fn newest(&self, major: u32, minor: u32) -> Option<Release> {
        self.releases().filter(|it| (it.major, it.minor) == (major, minor)).max()
    }

    /// `7.3-rc7`, if the series has been begun and not been released.
    pub(super) fn candidate(&self, major: u32, minor: u32) -> Option<&str> {
        let begin = format!("{major}.{minor}-rc");
        self.releases.iter().map(|entry| entry.version.as_str()).find(|version| version.starts_with(&begin))
    }

    fn releases(&self) -> impl Iterator<Item = Release> {
        self.releases.iter().filter_map(|entry| Release::parse(&entry.version))
    }
}

/// The SHA-256 of each tarball of a folder, in hexadecimal.
#[derive(Debug)]
pub(super) struct Sums {
    sums: BTreeMap<Release, String>,
}

impl Sums {
    /// Of what sha256sum(1) writes: only lines of releases with this first number count.
    pub(super) fn parse(text: &str, major: u32) -> Self {
        let of_line = |line: &str| {
            let (sha256, file) = line.split_once("  ")?;
            let release = Release::parse(file.strip_prefix("linux-")?.strip_suffix(".tar.xz")?)?;
            let is_sum = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            (is_sum && release.major == major).then(|| (release, sha256.to_ascii_lowercase()))
        };
        Self { sums: text.lines().filter_map(of_line).collect() }
    }

    pub(super) fn of(&self, release: Release) -> Option<&str> {
        self.sums.get(&release).map(String::as_str)
    }

    pub(super) fn newest(&self, minor: u32) -> Option<Release> {
        self.sums.keys().copied().filter(|release| release.minor == minor).max()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check_release(text: &str, expected: Option<&str>) {
        assert_eq!(Release::parse(text).map(|release| release.to_string()).as_deref(), expected);
    }

    #[test]
    fn releases() {
        check_release("6.6", Some("6.6"));
        check_release("6.6.143", Some("6.6.143"));
        for other in ["", "6", "6.6.0", "6.6.1.2", "7.3-rc7", "next-20261119", "6.+6", "6..1", "99999999999.1", "6.6.x"]
        {
            check_release(other, None);
        }
    }

    #[track_caller]
    fn check_index(json: &str, expected: &Expect) {
        let said = match Index::parse(json.as_bytes()) {
            Ok(index) => format!(
                "latest {:?}\nof 6.6 {:?}, of 7.3 {:?} {:?}",
                index.latest().map_err(|err| err.to_string()).map(|release| release.to_string()),
                index.newest(6, 6).map(|it| it.to_string()),
                index.newest(7, 3).map(|it| it.to_string()),
                index.candidate(7, 3),
            ),
            Err(err) => format!("{err:#}"),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn indexes() {
        check_index(
            r#"{"latest_stable": {"version": "7.2.13"}, "releases": [
                {"iseol": false, "version": "7.3-rc7", "moniker": "mainline", "source": "https://a.example/t.tar.gz", "pgp": null},
                {"iseol": false, "version": "7.2.13", "moniker": "stable"}, {"version": "6.6.9", "moniker": "longterm"},
                {"version": "6.6.10", "moniker": "longterm"}, {"version": "next-20261119", "moniker": "linux-next"}]}"#,
            &expect![[r#"
                latest Ok("7.2.13")
                of 6.6 Some("6.6.10"), of 7.3 None Some("7.3-rc7")"#]],
        );
        check_index(
            r#"{"latest_stable": {"version": "soon"}, "releases": []}"#,
            &expect![[r#"
                latest Err("the list of releases names `soon` as the latest")
                of 6.6 None, of 7.3 None None"#]],
        );
        check_index(
            "<html>",
            &expect!["it is not a list of releases as kernel.org has it: expected value at line 1 column 1"],
        );
    }

    #[track_caller]
    fn check_sums(lines: &[(char, &str)], expected: &[&str]) {
        let text: String =
            lines.iter().map(|(sum, file)| format!("{}  {file}\n", sum.to_string().repeat(64))).collect();
        let sums = Sums::parse(&text, 6);
        let found: Vec<String> = sums.sums.iter().map(|(release, sum)| format!("{release} {}", &sum[..1])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sums() {
        check_sums(
            &[('A', "linux-6.6.10.tar.xz"), ('b', "linux-6.6.9.tar.xz"), ('c', "linux-6.6.tar.xz")],
            &["6.6 c", "6.6.9 b", "6.6.10 a"],
        );
        check_sums(&[('a', "patch-6.6.9.xz"), ('a', "linux-6.6.9.tar.gz"), ('a', "ChangeLog-6.6.9")], &[]);
        check_sums(&[('a', "linux-7.0.1.tar.xz"), ('g', "linux-6.6.9.tar.xz"), ('a', "../linux-6.6.9.tar.xz")], &[]);
        assert!(Sums::parse("aa  linux-6.6.9.tar.xz\n\n  \n", 6).sums.is_empty());
    }
}
