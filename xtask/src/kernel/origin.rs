// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which package of an archive a kernel came from, so that the package of its sources can be found.

use anyhow::{Context as _, Result};

use super::release::Numbers;
use super::tree::KernelTree;
use crate::debian::DEBIAN;

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The archive's name.
    pub archive: String,
    pub suite: String,
    /// The distribution's version.
    pub version: String,
    /// `6.1`.
    pub series: String,
}

impl Origin {
    /// What the archive's name is for people.
    pub(crate) fn said(archive: &str, suite: &str, version: &str) -> String {
        let distribution = if archive == DEBIAN { "Debian" } else { archive };
        format!("{distribution} {suite} {version}")
    }

    /// The origin of a kernel that was composed of an archive's packages.
    pub fn of(kernel: &KernelTree) -> Result<Self> {
        Self::parse(&kernel.origin)
            .with_context(|| format!("`{}` does not say which package {} came from", kernel.origin, kernel.release))
    }

    fn parse(said: &str) -> Option<Self> {
        let mut words = said.split(' ');
        let (archive, suite, version) = (words.next()?, words.next()?, words.next()?);
        let upstream = version.split_once(':').map_or(version, |(_epoch, version)| version);
        let (major, minor) = Numbers::of(upstream)?.series();
        Some(Self {
            archive: if archive == "Debian" { DEBIAN.to_owned() } else { archive.to_owned() },
            suite: suite.to_owned(),
            version: version.to_owned(),
            series: format!("{major}.{minor}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a package is what is understood of it.
    #[track_caller]
    fn check(archive: &str, suite: &str, version: &str, series: &str) {
        let origin = Origin::parse(&Origin::said(archive, suite, version)).expect("an origin");
        let Origin { archive: a, suite: s, version: v, series: found } = &origin;
        assert_eq!([a, s, v, found], [archive, suite, version, series]);
    }

    #[test]
    fn origins() {
        check("debian", "bookworm-security", "6.1.192-2", "6.1");
        check("debian", "experimental", "7.3~rc7-1~exp1", "7.3");
        check("far", "noble-updates", "6.8.0-51.52", "6.8");
        assert_eq!(Origin::parse("the running kernel"), None);
    }
}
