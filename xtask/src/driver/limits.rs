// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver needs of a kernel; where it is not met, the driver is skipped, with the reason.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::{Deserialize, Deserializer};

use super::{Driver, Manifest};
use crate::kbuild;
use crate::kernel::{KernelTree, features, is_on};

/// Series of kernels, as driver.toml has them: `>=5.15`, `>=5.15, <7.0`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series(Vec<Bound>);

/// `[driver.NAME]` in workbench.toml: limits besides those of its driver.toml, which may be somebody else's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    pub kernels: Series,
    pub needs: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    relation: &'static str,
    series: (u32, u32),
}

/// An option that takes more than a configuration.
pub(crate) const RUST: &str = "CONFIG_RUST";

/// Longer ones first, so that `<=` is not read as `<`.
const RELATIONS: &[&str] = &[">=", "<=", "=", ">", "<"];

impl Driver {
    /// The driver with further limits.
    pub fn limited(mut self, limits: &Limits) -> Self {
        self.manifest.kernels.narrow(&limits.kernels);
        self.manifest.needs.extend(limits.needs.iter().cloned());
        self
    }

    /// Why this kernel is not for this driver; nothing when it is.
    pub fn unmet(&self, kernel: &KernelTree) -> Result<Vec<String>> {
        let Manifest { kernels, needs, .. } = &self.manifest;
        let needs_rust = needs.iter().any(|option| option == RUST);
        // Nobody should have to say what the makefile says.
        let is_in_rust = !needs_rust && self.in_tree.is_none() && !kbuild::crate_roots(&self.dir)?.is_empty();
        let needs: Vec<String> = needs.iter().cloned().chain(is_in_rust.then(|| RUST.to_owned())).collect();
        let mut reasons = unmet(kernels, &needs, &kernel.release, &kernel.config)?;
        // Debian's kernels have the option, and headers that modules in Rust can't be built with.
        if reasons.is_empty() && (needs_rust || is_in_rust) && !features(kernel).contains(&"rust") {
            reasons.push(format!(
                "it needs {RUST}, and this kernel's headers lack what modules in Rust are built with, such as \
                 rust/libkernel.rmeta"
            ));
        }
        Ok(reasons)
    }
}

impl Series {
    /// Each of its bounds: how a kernel's series has to be to which one.
    pub fn bounds(&self) -> impl Iterator<Item = (&'static str, (u32, u32))> {
        self.0.iter().map(|bound| (bound.relation, bound.series))
    }

    /// Leaves those that are in the other, too.
    pub(super) fn narrow(&mut self, Self(bounds): &Self) {
        self.0.extend(bounds.iter().cloned());
    }

    /// Whether a kernel's release is in it; one that is none is in no series but in that of all.
    pub(super) fn has(&self, release: &str) -> bool {
        self.0.is_empty() || series_of(release).is_some_and(|series| self.0.iter().all(|bound| bound.holds(series)))
    }
}

impl Limits {
    /// Which of them a kernel of this release, with this file as its configuration, does not keep to.
    pub fn unmet(&self, release: &str, config: &Path) -> Result<Vec<String>> {
        unmet(&self.kernels, &self.needs, release, config)
    }
}

fn unmet(Series(bounds): &Series, needs: &[String], release: &str, config: &Path) -> Result<Vec<String>> {
    let mut reasons = Vec::new();
    if !bounds.is_empty() {
        let series =
            series_of(release).with_context(|| format!("the release `{release}` does not begin with two numbers"))?;
        let broken = bounds.iter().filter(|bound| !bound.holds(series));
        reasons.extend(broken.map(|bound| format!("it is for kernels {bound}")));
    }
    if !needs.is_empty() {
        let config = fs::read_to_string(config)?;
        let missing = needs.iter().filter(|option| !is_on(&config, option));
        reasons.extend(missing.map(|option| format!("it needs {option}, which this kernel has not")));
    }
    Ok(reasons)
}

fn series_of(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

impl Bound {
    fn holds(&self, series: (u32, u32)) -> bool {
        match self.relation {
            ">=" => series >= self.series,
            "<=" => series <= self.series,
            ">" => series > self.series,
            "<" => series < self.series,
            _ => series == self.series,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}.{}", self.relation, self.series.0, self.series.1)
    }
}

impl FromStr for Series {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bounds = text.split(',').map(|bound| {
            let relation = RELATIONS.iter().find(|relation| bound.trim().starts_with(**relation))?;
            let series = bound.trim()[relation.len()..].trim();
            let (major, minor) = series.split_once(['.', '_'])?;
            Some(Bound { relation, series: (major.parse().ok()?, minor.parse().ok()?) })
        });
        let bounds: Option<Vec<Bound>> = bounds.collect();
        bounds.map(Self).ok_or_else(|| format!("`{text}` names no kernels: write `>=5.15`, or `>=5.15, <7.0`"))
    }
}

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limits: &str, expected: &str) {
        let releases = ["5.10.0-46-amd64", "5.15.0", "6.1.0-56-cloud-amd64", "6.12.117+deb13-amd64", "7.3-rc7"];
        let said = limits.parse::<Series>().map_or_else(
            |err| err,
            |Series(bounds)| {
                let fits = |release: &&&str| bounds.iter().all(|it| it.holds(series_of(release).expect("a release")));
                releases
                    .iter()
                    .filter(fits)
                    .map(|it| it.split(['-', '+']).next().unwrap_or_default())
                    .collect::<Vec<_>>()
                    .join(" ")
            },
        );
        assert_eq!(said, expected, "{limits}");
    }

    #[test]
    fn limits() {
        check(">=5.15", "5.15.0 6.1.0 6.12.117 7.3");
        check(">5.15, <7.0", "6.1.0 6.12.117");
        check("<=6.1", "5.10.0 5.15.0 6.1.0");
        check("= 6_12", "6.12.117");
        check("6.1", "`6.1` names no kernels: write `>=5.15`, or `>=5.15, <7.0`");
        check(">=6", "`>=6` names no kernels: write `>=5.15`, or `>=5.15, <7.0`");
        check("", "`` names no kernels: write `>=5.15`, or `>=5.15, <7.0`");
    }

    #[test]
    fn options() {
        let config = "CONFIG_ACPI=y\nCONFIG_ACPI_WMI=m\n# CONFIG_RUST is not set\nCONFIG_X=\"y\"\n";
        let on = |option| is_on(config, option);
        assert_eq!([on("CONFIG_ACPI"), on("CONFIG_ACPI_WMI")], [true, true]);
        assert_eq!([on("CONFIG_RUST"), on("CONFIG_ACP"), on("CONFIG_X")], [false, false, false]);
    }
}
