// SPDX-License-Identifier: MIT OR Apache-2.0
//! Releases of kernels: what `uname -r` says and how distributions write it, put in order.

use std::cmp::Ordering;
use std::fmt;

use crate::debian::compare_versions;

/// The upstream part of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
    /// The number of a release candidate.
    pub rc: Option<u32>,
}

impl Numbers {
    /// The numbers at the beginning of a release or version, and what follows them: 6.1.0 and `-56-amd64`, 7.3-rc7 and `-1~exp1`.
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let (major, rest) = number(text)?;
        let (minor, rest) = number(rest.strip_prefix('.')?)?;
        let (patch, rest) = rest.strip_prefix('.').and_then(number).unwrap_or((0, rest));
        let candidate = rest.strip_prefix("-rc").or_else(|| rest.strip_prefix("~rc")).and_then(number);
        let (rc, rest) = candidate.map_or((None, rest), |(rc, rest)| (Some(rc), rest));
        Some((Self { major, minor, patch, rc }, rest))
    }

    /// The numbers of a release or version, whatever follows them.
    pub fn of(text: &str) -> Option<Self> {
        Self::split(text).map(|(numbers, _)| numbers)
    }

    pub fn series(&self) -> (u32, u32) {
        (self.major, self.minor)
    }
}

impl Ord for Numbers {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.major, it.minor, it.patch, it.rc.unwrap_or(u32::MAX));
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Numbers {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rc {
            Some(rc) => write!(f, "{}.{}-rc{rc}", self.major, self.minor),
            None => write!(f, "{}.{}.{}", self.major, self.minor, self.patch),
        }
    }
}

/// Digits only: `u32::from_str` would also take `+6`.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Which of two releases is newer. What a distribution adds to the numbers is ordered as Debian orders versions, which is
/// how people read the others', too. What is no release comes before all that are.
pub fn compare_releases(a: &str, b: &str) -> Ordering {
    match (Numbers::split(a), Numbers::split(b)) {
        (Some((numbers_a, rest_a)), Some((numbers_b, rest_b))) => {
            numbers_a.cmp(&numbers_b).then_with(|| compare_versions(rest_a, rest_b))
        }
        (a_is, b_is) => a_is.is_some().cmp(&b_is.is_some()).then_with(|| a.cmp(b)),
    }
}

/// The flavour in a release: `cloud` of `6.1.0-56-cloud-amd64`, `generic` of `6.8.0-51-generic`; none of
/// `6.1.0-56-amd64`, `6.12.4-arch1-1` and `6.12.4-200.fc41.x86_64`.
pub fn flavour_of(release: &str) -> Option<&str> {
    // Fedora's flavours come after the architecture.
    let bare = release.split_once(".x86_64+").map(|(_, flavour)| flavour);
    if let Some(flavour) = bare {
        return is_flavour(flavour).then_some(flavour);
    }
    let release = ["-amd64", "-x86_64", "_64"].iter().find_map(|arch| release.strip_suffix(arch)).unwrap_or(release);
    let (_, last) = release.rsplit_once('-')?;
    is_flavour(last).then_some(last)
}

/// A word of letters, or the size of a page.
pub(super) fn is_flavour(word: &str) -> bool {
    let page =
        word.strip_suffix('k').is_some_and(|size| !size.is_empty() && size.bytes().all(|it| it.is_ascii_digit()));
    page || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Releases as their distributions have them, the oldest first, with their flavours.
    pub(in crate::kernel) const ASCENDING: &[(&str, &str)] = &[
        ("3.10.0-1160.el7.x86_64", ""),
        ("4.19.0-27-amd64", ""),
        ("5.4.0-9-generic", "generic"),
        ("5.4.0-204-generic", "generic"),
        ("5.10.0-0.deb10.28-amd64", ""),
        ("5.10.0-9-amd64", ""),
        ("5.10.0-46-amd64", ""),
        ("5.10.0-46-cloud-amd64", "cloud"),
        ("5.10.0-46-rt-amd64", "rt"),
        ("5.14.0-503.14.1.el9_5.x86_64", ""),
        ("5.15.0-130-generic", "generic"),
        ("5.15.0-130-lowlatency", "lowlatency"),
        ("5.15.0-1053-aws", "aws"),
        ("5.15.167.4-microsoft-standard-WSL2", ""),
        ("6.1-rc1", ""),
        ("6.1-rc8", ""),
        ("6.1.0-0.deb11.13-amd64", ""),
        ("6.1.0-9-amd64", ""),
        ("6.1.0-56-amd64", ""),
        ("6.1.0-56-cloud-amd64", "cloud"),
        ("6.1.9", ""),
        ("6.1.119-129.201.amzn2023.x86_64", ""),
        ("6.1.192", ""),
        ("6.4.0-150600.23.7-default", "default"),
        ("6.5.0-0.deb12.4-rt-amd64", "rt"),
        ("6.6-rc7", ""),
        ("6.6", ""),
        ("6.6.67-gentoo-x86_64", "gentoo"),
        ("6.6.71-0-lts", "lts"),
        ("6.6.72-1-lts", "lts"),
        ("6.6.143", ""),
        ("6.6.143-hardened1", ""),
        ("6.8.0-9-generic", "generic"),
        ("6.8.0-51-generic", "generic"),
        ("6.8.0-1020-gcp", "gcp"),
        ("6.8.12-4-pve", "pve"),
        ("6.8.12-15-pve", "pve"),
        ("6.9.7+bpo-amd64", ""),
        ("6.9.7+bpo-cloud-amd64", "cloud"),
        ("6.11.0-1.fc42.x86_64+debug", "debug"),
        ("6.12-rc2", ""),
        ("6.12-rc7-amd64", ""),
        ("6.12.4-200.fc40.x86_64", ""),
        ("6.12.4-200.fc41.x86_64", ""),
        ("6.12.4-arch1-1", ""),
        ("6.12.4-arch1-2", ""),
        ("6.12.4-zen1-1-zen", "zen"),
        ("6.12.8-0-virt", "virt"),
        ("6.12.95+deb12-amd64", ""),
        ("6.12.107+deb12-amd64", ""),
        ("6.12.107+deb13-amd64", ""),
        ("6.12.117+deb13-amd64", ""),
        ("6.12.117+deb13-cloud-amd64", "cloud"),
        ("6.18.0-rc3", ""),
        ("6.18.0", ""),
        ("6.18.12-zen1", ""),
        ("6.19.14+deb13-amd64", ""),
        ("7.0.0-14-generic", "generic"),
        ("7.0.13+deb13-rt-amd64", "rt"),
        ("7.2.13+deb14-amd64", ""),
        ("7.2.13+deb14-cloud-amd64", "cloud"),
        ("7.3-rc7-amd64", ""),
        ("7.3-rc10-amd64", ""),
        ("7.3.4+deb13-amd64", ""),
        ("10.0.1-1-amd64", ""),
    ];

    #[test]
    fn order() {
        for (n, (a, _)) in ASCENDING.iter().enumerate() {
            for (m, (b, _)) in ASCENDING.iter().enumerate() {
                assert_eq!(compare_releases(a, b), n.cmp(&m), "{a} against {b}");
            }
        }
        assert_eq!(compare_releases("linux", "0.1"), Ordering::Less);
        assert_eq!(compare_releases("", ""), Ordering::Equal);
    }

    #[test]
    fn flavours() {
        for (release, flavour) in ASCENDING {
            assert_eq!(flavour_of(release).unwrap_or_default(), *flavour, "{release}");
        }
    }

    #[test]
    fn numbers() {
        let check = |text, expected: &str| {
            let said = Numbers::split(text).map(|(numbers, rest)| format!("{numbers} {rest}"));
            assert_eq!(said.as_deref().unwrap_or("none"), expected, "{text}");
        };
        check("6.1.0-56-amd64", "6.1.0 -56-amd64");
        check("7.3~rc7-1~exp1", "7.3-rc7 -1~exp1");
        check("6.18.0-rc3", "6.18-rc3 ");
        check("6.12", "6.12.0 ");
        check("5.15.167.4-microsoft", "5.15.167 .4-microsoft");
        check("6.x", "none");
        check("6", "none");
        check("+6.1", "none");
        check("99999999999.1", "none");
        check("", "none");
    }
}
