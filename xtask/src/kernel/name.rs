// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of kernels, with one spelling everywhere: `6_1`, `6_1-cloud`, `6.1.192`, `6.1.0-56-amd64`, `latest`, `host`, a path.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

/// A kernel as a person asks for it; which one that is, a source of kernels decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub which: Which,
    /// None is the distribution's ordinary kernel.
    pub flavour: Option<String>,
}

/// The part of a [`Wish`] that is about the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The newest kernel of all.
    Latest,
    /// The newest of a series: `6_1`, `6.1`.
    Series(u32, u32),
    /// One upstream release: `6.1.192`.
    Release(u32, u32, u32),
    /// What `uname -r` says: `6.1.0-56-amd64`.
    Uname(String),
    /// The kernel that is running.
    Host,
    /// A tree that somebody built, by a path with a slash in it.
    Tree(PathBuf),
}

/// The flavours that Debian has had since 5.10.
pub(super) const FLAVOURS: &[&str] = &["cloud", "rt", "16k"];

impl FromStr for Wish {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "host" || text.contains('/') {
            let which = if text == "host" { Which::Host } else { Which::Tree(text.into()) };
            return Ok(Self { which, flavour: None });
        }
        let (version, flavour) = match text.rsplit_once('-') {
            Some((version, flavour)) if FLAVOURS.contains(&flavour) => (version, Some(flavour.to_owned())),
            _ => (text, None),
        };
        if version == "latest" {
            return Ok(Self { which: Which::Latest, flavour });
        }
        let numbers: Option<Vec<u32>> = version.split(['_', '.']).map(parse_number).collect();
        let which = match numbers.as_deref() {
            Some([major, minor]) => Which::Series(*major, *minor),
            Some([major, minor, patch]) => Which::Release(*major, *minor, *patch),
            _ if flavour.is_none() && looks_like_uname(version) => Which::Uname(version.to_owned()),
            _ => bail!(
                "`{text}` is not the name of a kernel\n\
                 help: name a series (`6_1`), a flavour of it (`6_1-cloud`, `6_1-rt`), a release (`6.1.192`), \
                 what `uname -r` says (`6.1.0-56-amd64`), `latest`, `all`, `host` for the running one, or a path to a built tree"
            ),
        };
        Ok(Self { which, flavour })
    }
}

/// Numbers only: `u32::from_str` would also take `+6`.
fn parse_number(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn looks_like_uname(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-~".contains(c);
    let ends = text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    ends && text.contains('.') && text.contains('-') && text.chars().all(plain)
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::Latest => f.write_str("latest")?,
            Which::Series(major, minor) => write!(f, "{major}_{minor}")?,
            Which::Release(major, minor, patch) => write!(f, "{major}.{minor}.{patch}")?,
            Which::Uname(release) => f.write_str(release)?,
            Which::Host => f.write_str("host")?,
            Which::Tree(dir) => write!(f, "{}", dir.display())?,
        }
        match &self.flavour {
            Some(flavour) => write!(f, "-{flavour}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        match text.parse::<Wish>() {
            Ok(wish) => assert_eq!(format!("{wish} {:?}", wish.which), expected),
            Err(err) => assert_eq!(err.to_string().lines().next().unwrap_or_default(), expected),
        }
    }

    #[test]
    fn names() {
        check("6_1", "6_1 Series(6, 1)");
        check("6.12", "6_12 Series(6, 12)");
        check("6_12-cloud", "6_12-cloud Series(6, 12)");
        check("6.1.192", "6.1.192 Release(6, 1, 192)");
        check("6.1.192-rt", "6.1.192-rt Release(6, 1, 192)");
        check("latest", "latest Latest");
        check("latest-cloud", "latest-cloud Latest");
        check("host", "host Host");
        check("../linux", r#"../linux Tree("../linux")"#);
        check("6.1.0-56-amd64", r#"6.1.0-56-amd64 Uname("6.1.0-56-amd64")"#);
        check("6.12.117+deb13-cloud-amd64", r#"6.12.117+deb13-cloud-amd64 Uname("6.12.117+deb13-cloud-amd64")"#);
        for bad in
            ["", "6", "six", "6_", "_6", "6_+1", "6..1", "6_1-debug", "6.1-", "99999999999_1", "latest_1", "6_1_2_3"]
        {
            check(bad, &format!("`{bad}` is not the name of a kernel"));
        }
    }
}
