// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of kernels, with one spelling everywhere: `6_1`, `6_1-cloud`, `6.1.192`, `6.1.0-56-amd64`, `latest`, `host`, a path,
//! and any of the first with the name of a source in front: `nixpkgs:6_6`. With a profile behind it, a kernel is built from
//! source: `6_12+debug`, `kernel.org:6.6.30+vm`, `~/linux+vm`, `~/linux@v6.8+debug`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Error, Result, bail};

use super::release::{Numbers, flavour_of, is_flavour};

/// A kernel as a person asks for it; which one that is, a source of kernels decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The one source to ask; by default all are asked in turn.
    pub source: Option<String>,
    pub which: Which,
    /// None is the distribution's ordinary kernel.
    pub flavour: Option<String>,
    /// How it is to be built from source; none is a kernel that somebody has built.
    pub profile: Option<String>,
}

/// The part of a [`Wish`] that is about the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The newest kernel of all.
    Latest,
    /// The newest of a series: `6_1`, `6.1`.
    Series(u32, u32),
    /// One upstream release: `6.1.192`, `7.3-rc7`.
    Release(Numbers),
    /// What `uname -r` says: `6.1.0-56-amd64`.
    Uname(String),
    /// The kernel that is running.
    Host,
    /// A tree that somebody built, by a path with a slash in it.
    Tree(PathBuf),
    /// Sources that somebody has, as they are or at a revision of git's; there is always a profile with it.
    Sources { dir: PathBuf, revision: Option<String> },
}

impl Which {
    /// Whether a version is what is asked for; none that only `uname -r` or a place can tell.
    pub(super) fn has(&self, numbers: Numbers) -> bool {
        match self {
            Self::Latest => numbers.rc.is_none(),
            Self::Series(major, minor) => numbers.series() == (*major, *minor),
            Self::Release(wished) => numbers == *wished,
            Self::Uname(_) | Self::Host | Self::Tree(_) | Self::Sources { .. } => false,
        }
    }
}

impl Wish {
    /// Of whichever source, and built by whomever.
    pub(super) fn plain(which: Which, flavour: Option<&str>) -> Self {
        Self { source: None, which, flavour: flavour.map(str::to_owned), profile: None }
    }

    /// The series that it is about, if it names one.
    pub fn series(&self) -> Option<(u32, u32)> {
        match &self.which {
            Which::Series(major, minor) => Some((*major, *minor)),
            Which::Release(numbers) => Some(numbers.series()),
            Which::Uname(release) => Numbers::of(release).map(|numbers| numbers.series()),
            Which::Latest | Which::Host | Which::Tree(_) | Which::Sources { .. } => None,
        }
    }

    /// Whether it is for a source of kernels to say what it means.
    pub fn is_of_sources(&self) -> bool {
        let is_here = matches!(self.which, Which::Host | Which::Tree(_) | Which::Sources { .. });
        !is_here && self.profile.is_none()
    }

    /// The newest kernel of its series, and of its flavour.
    pub fn newest_of_series(&self) -> Option<Self> {
        let (major, minor) = self.series()?;
        let flavour = match &self.which {
            Which::Uname(release) => flavour_of(release).map(str::to_owned),
            _ => self.flavour.clone(),
        };
        Some(Self { which: Which::Series(major, minor), flavour, ..self.clone() })
    }

    /// The same wish, to whichever source.
    pub fn anywhere(&self) -> Self {
        Self { source: None, ..self.clone() }
    }
}

impl FromStr for Wish {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "host" || text.contains('/') {
            return Ok(here(text));
        }
        let (source, name) = match text.split_once(':') {
            Some((source, name)) => (Some(source.to_owned()), name),
            None => (None, text),
        };
        if let Some((name, profile)) = with_profile(name)
            && let Ok(wish) = name.parse::<Self>()
            && wish.flavour.is_none()
            && matches!(wish.which, Which::Latest | Which::Series(..) | Which::Release(_))
            && source.as_deref().is_none_or(looks_like_source)
        {
            return Ok(Self { source, profile: Some(profile.to_owned()), ..wish });
        }
        let (version, flavour) = match name.rsplit_once('-') {
            Some((version, flavour)) if is_flavour(flavour) => (version, Some(flavour.to_owned())),
            _ => (name, None),
        };
        let which = match numbers(version) {
            _ if version == "latest" => Some(Which::Latest),
            Some(which) => Some(which),
            None if looks_like_uname(name) => {
                return Ok(Self { source, ..Self::plain(Which::Uname(name.to_owned()), None) });
            }
            None => None,
        };
        match which {
            Some(which) if source.as_deref().is_none_or(looks_like_source) => {
                Ok(Self { source, which, flavour, profile: None })
            }
            _ => bail!(
                "`{text}` is not the name of a kernel\n\
                 help: name a series (`6_1`), a flavour of it (`6_1-cloud`, `6_1-rt`), a release (`6.1.192`), \
                 what `uname -r` says (`6.1.0-56-amd64`), `latest`, `all`, `host` for the running one, a path to a built tree, \
                 or a series, a release or sources with a profile to build them by (`6_12+debug`, `~/linux+vm`)"
            ),
        }
    }
}

/// A kernel on this machine: the running one, one that was built, or sources with a profile.
fn here(text: &str) -> Wish {
    let (which, profile) = match with_profile(text) {
        _ if text == "host" => (Which::Host, None),
        Some((place, profile)) => {
            let (dir, revision) = place.split_once('@').map_or((place, None), |(dir, revision)| (dir, Some(revision)));
            (Which::Sources { dir: dir.into(), revision: revision.map(str::to_owned) }, Some(profile.to_owned()))
        }
        None => (Which::Tree(text.into()), None),
    };
    Wish { source: None, which, flavour: None, profile }
}

/// What stands before and behind the last `+`, if that could be a profile: no distribution's `uname -r` has letters alone there.
fn with_profile(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once('+').filter(|(_, profile)| looks_like_profile(profile))
}

/// What the name of a profile may be: small letters, and dashes between them.
pub(crate) fn looks_like_profile(text: &str) -> bool {
    text.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// `6_1`, `6.1`, `6.1.192`, `7.3-rc7`.
fn numbers(version: &str) -> Option<Which> {
    let dotted = version.replace('_', ".");
    let (numbers, rest) = Numbers::split(&dotted)?;
    if !rest.is_empty() {
        return None;
    }
    let is_series = dotted.bytes().filter(|byte| *byte == b'.').count() == 1 && numbers.rc.is_none();
    Some(if is_series { Which::Series(numbers.major, numbers.minor) } else { Which::Release(numbers) })
}

fn looks_like_uname(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-~".contains(c);
    let ends = text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    ends && Numbers::of(text).is_some() && text.contains('-') && text.chars().all(plain)
}

/// What the name of a source may be.
pub(crate) fn looks_like_source(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(plain)
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}:")?;
        }
        match &self.which {
            Which::Latest => f.write_str("latest")?,
            Which::Series(major, minor) => write!(f, "{major}_{minor}")?,
            Which::Release(numbers) => write!(f, "{numbers}")?,
            Which::Uname(release) => f.write_str(release)?,
            Which::Host => f.write_str("host")?,
            Which::Tree(dir) | Which::Sources { dir, revision: None } => write!(f, "{}", dir.display())?,
            Which::Sources { dir, revision: Some(revision) } => write!(f, "{}@{revision}", dir.display())?,
        }
        if let Some(flavour) = &self.flavour {
            write!(f, "-{flavour}")?;
        }
        self.profile.iter().try_for_each(|profile| write!(f, "+{profile}"))
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

    /// Whatever a distribution calls a kernel can be asked for, and is about its series.
    #[test]
    fn releases_of_all_distributions() {
        for (release, _) in crate::kernel::release::tests::ASCENDING {
            let wish: Wish = release.parse().expect("a name");
            assert_eq!(wish.series(), Numbers::of(release).map(|numbers| numbers.series()), "{release}");
            assert_eq!(wish.to_string().parse::<Wish>().expect("a name"), wish, "{release}");
        }
    }

    #[test]
    fn names() {
        check("6_1", "6_1 Series(6, 1)");
        check("6.12", "6_12 Series(6, 12)");
        check("6_12-cloud", "6_12-cloud Series(6, 12)");
        check("6_8-generic", "6_8-generic Series(6, 8)");
        check("6_12-16k", "6_12-16k Series(6, 12)");
        let release = |major, minor, patch, rc| format!("Release({:?})", Numbers { major, minor, patch, rc });
        check("6.1.192", &format!("6.1.192 {}", release(6, 1, 192, None)));
        check("6.1.192-rt", &format!("6.1.192-rt {}", release(6, 1, 192, None)));
        check("7.3-rc7", &format!("7.3-rc7 {}", release(7, 3, 0, Some(7))));
        check("7_3-rc7-rt", &format!("7.3-rc7-rt {}", release(7, 3, 0, Some(7))));
        check("latest", "latest Latest");
        check("latest-cloud", "latest-cloud Latest");
        check("host", "host Host");
        check("../linux", r#"../linux Tree("../linux")"#);
        check("a/b:c", r#"a/b:c Tree("a/b:c")"#);
        check("nixpkgs:6_6", "nixpkgs:6_6 Series(6, 6)");
        check("kernel.org:latest", "kernel.org:latest Latest");
        check("6.12+debug", "6_12+debug Series(6, 12)");
        check("kernel.org:7.3-rc7+vm", &format!("kernel.org:7.3-rc7+vm {}", release(7, 3, 0, Some(7))));
        check("latest+my-own", "latest+my-own Latest");
        check("./linux+vm", r#"./linux+vm Sources { dir: "./linux", revision: None }"#);
        check("~/a@b/c+vm", r#"~/a@b/c+vm Sources { dir: "~/a", revision: Some("b/c") }"#);
        check("./linux+vm/", r#"./linux+vm/ Tree("./linux+vm/")"#);
        check("./linux+", r#"./linux+ Tree("./linux+")"#);
        for uname in [
            "6.1.0-56-amd64",
            "6.12.117+deb13-cloud-amd64",
            "6.12.34+rpt-rpi-v8",
            "7.3-rc7-amd64",
            "6.8.0-51-generic",
            "6.8.12-4-pve",
            "6.12.4-200.fc41.x86_64",
            "6.12.4-arch1-1",
            "6.12.4-zen1-1-zen",
            "5.14.0-503.14.1.el9_5.x86_64",
            "6.4.0-150600.23.7-default",
            "6.6.143-hardened1",
        ] {
            check(uname, &format!("{uname} Uname({uname:?})"));
        }
        for bad in [
            "",
            "6",
            "six",
            "6_",
            "_6",
            "6_+1",
            "6..1",
            "6_1-Debug",
            "6.1-",
            "99999999999_1",
            "latest_1",
            "6_1_2_3",
            ":6_1",
            "A:6_1",
            "nixpkgs:",
            "nixpkgs:host",
            "6_12+",
            "6_12+Debug",
            "6_12-cloud+debug",
            "host+debug",
            "A:6_12+debug",
        ] {
            check(bad, &format!("`{bad}` is not the name of a kernel"));
        }
    }
}
