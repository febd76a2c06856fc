// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernels at hand: those whose headers lie on this machine, of which it can be said what they declare and export.
//! Nothing is ever fetched for an explanation, so what it says depends on what was used before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::cache::Cache;
use crate::kernel::{KernelTree, Record, compare_releases, flavour_of, is_on};

/// A kernel's headers.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// `6.12`; `6.12-cloud` among others that are not.
    pub(crate) label: String,
    pub(crate) release: String,
    series: (u32, u32),
    kdir: PathBuf,
    config: String,
}

/// The kernel that something is about, and at most one more of each series; of its own, the one without a flavour.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    /// By their series.
    pub(crate) kernels: Vec<Known>,
    /// Which of them it is about.
    pub(crate) own: usize,
}

impl Shelf {
    /// This kernel, and those of the cache.
    pub(crate) fn new(kernel: &KernelTree, cache: &Cache) -> Option<Self> {
        let own = Known::new(&kernel.release, kernel.kdir.clone(), &kernel.config)?;
        let dirs = std::fs::read_dir(cache.dir().join("kernels")).ok();
        let others = dirs.into_iter().flatten().flatten().filter_map(|entry| Known::of_cache(&entry.path()));
        Some(Self::of(own, others))
    }

    /// Of several kernels of a series the one that is most like the own is as good as all.
    pub(crate) fn of(own: Known, others: impl Iterator<Item = Known>) -> Self {
        let mut series: BTreeMap<(u32, u32), Known> = BTreeMap::new();
        let is_plain = |known: &Known| known.flavour().is_none();
        let likeness = |known: &Known| (known.flavour() == own.flavour(), is_plain(known));
        let is_other = |known: &Known| known.series != own.series || (is_plain(known) && !is_plain(&own));
        for other in others.filter(is_other) {
            let place = series.entry(other.series).or_insert_with(|| other.clone());
            let order = likeness(&other).cmp(&likeness(place));
            if order.then_with(|| compare_releases(&other.release, &place.release)).is_gt() {
                *place = other;
            }
        }
        let (release, own_series) = (own.release.clone(), own.series);
        let mut kernels: Vec<Known> = series.into_values().collect();
        kernels.insert(kernels.partition_point(|known| known.series <= own_series), own);
        let is_mixed = kernels.iter().any(|known| known.flavour() != kernels[0].flavour());
        for known in kernels.iter_mut().filter(|_| is_mixed) {
            if let Some(flavour) = flavour_of(&known.release) {
                known.label = format!("{}-{flavour}", known.label);
            }
        }
        let own = kernels.iter().position(|known| known.release == release).unwrap_or(0);
        Self { kernels, own }
    }

    pub(crate) fn own(&self) -> &Known {
        &self.kernels[self.own]
    }
}

impl Known {
    /// Whether its headers lie in Nix's store.
    pub(super) fn is_of_nix(&self) -> bool {
        self.kdir.starts_with("/nix/store")
    }

    /// A kernel in the cache, unless it is being removed.
    pub(crate) fn of_cache(dir: &Path) -> Option<Self> {
        let record = Record::read(dir).ok()?;
        Self::new(&record.release, dir.join(record.kdir), &dir.join(record.config))
    }

    /// None for a release that does not begin with two numbers.
    pub(crate) fn new(release: &str, kdir: PathBuf, config: &Path) -> Option<Self> {
        let mut numbers = release.split(|c: char| !c.is_ascii_digit());
        let series = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let config = fs::read_to_string(config).unwrap_or_default();
        Some(Self { label: format!("{}.{}", series.0, series.1), release: release.to_owned(), series, kdir, config })
    }

    /// Whether both are of one series, `6.12`.
    pub(crate) fn is_series_of(&self, other: &Self) -> bool {
        self.series == other.series
    }

    fn flavour(&self) -> Option<&str> {
        flavour_of(&self.release)
    }

    /// Whether it is of this series, `6.16`, or a later one.
    pub(crate) fn is_since(&self, series: &str) -> bool {
        let numbers =
            series.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        numbers.is_some_and(|series| self.series >= series)
    }

    /// Whether it has an option; None without a configuration.
    pub(crate) fn has(&self, option: &str) -> Option<bool> {
        (!self.config.is_empty()).then(|| is_on(&self.config, option))
    }

    /// The options that it has.
    pub(crate) fn options(&self) -> impl Iterator<Item = &str> {
        self.config.lines().filter_map(|line| line.strip_suffix("=y").or_else(|| line.strip_suffix("=m")))
    }

    /// The value of an option that is a text.
    pub(crate) fn option(&self, option: &str) -> Option<String> {
        let line = self.config.lines().find_map(|line| line.strip_prefix(option)?.strip_prefix('='))?;
        Some(line.trim_matches('"').to_owned())
    }

    /// The folders that `include` and `arch` lie in: its own, and the one that has what several flavours share.
    pub(crate) fn tops(&self) -> Vec<PathBuf> {
        let mut tops = vec![self.kdir.clone(), self.kdir.join("source"), self.kdir.join("../source")];
        // `include ../linux-headers-6.1.0-56-common/Makefile`
        let makefile = fs::read_to_string(self.kdir.join("Makefile")).unwrap_or_default();
        let included =
            makefile.lines().filter_map(|line| line.strip_prefix("include ")?.trim().strip_suffix("/Makefile"));
        // The workbench lets Debian's line begin with the folder's own place.
        tops.extend(included.map(|included| self.kdir.join(included.trim_start_matches("$(workbench-kdir)/"))));
        let mut found = Vec::new();
        for top in tops.iter().filter_map(|top| fs::canonicalize(top).ok()) {
            if !found.contains(&top) && top.join("include").is_dir() {
                found.push(top);
            }
        }
        found
    }

    /// The path of a header below `include`, if the kernel has it: `linux/timer.h`.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let tops = self.tops();
        let places = INCLUDES.iter().flat_map(|include| tops.iter().map(move |top| (include, top)));
        places
            .into_iter()
            .find_map(|(include, top)| top.join(include).join(name).is_file().then(|| format!("{include}/{name}")))
    }

    pub(crate) fn symvers(&self) -> PathBuf {
        self.kdir.join("Module.symvers")
    }
}

/// Where `#include <…>` looks (LINUXINCLUDE in the kernel's Makefile).
pub(crate) const INCLUDES: &[&str] = &[
    "include",
    "arch/x86/include",
    "arch/x86/include/generated",
    "include/uapi",
    "arch/x86/include/uapi",
    "arch/x86/include/generated/uapi",
    "include/generated/uapi",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: &str, others: &[&str], expected: &str) {
        let known = |release: &&str| Known::new(release, PathBuf::new(), Path::new("")).expect("a release");
        let shelf = Shelf::of(known(&own), others.iter().map(known));
        let labels: Vec<&str> = shelf.kernels.iter().map(|known| known.label.as_str()).collect();
        assert_eq!((labels.join(" ").as_str(), shelf.own().release.as_str()), (expected, own));
    }

    #[test]
    fn labels() {
        let all = [
            "5.10.0-46-amd64",
            "6.1.0-56-amd64",
            "6.1.0-56-cloud-amd64",
            "6.12.117+deb13-amd64",
            "6.12.117+deb13-cloud-amd64",
        ];
        check("6.1.0-56-amd64", &all[..2], "5.10 6.1");
        check("6.1.0-56-cloud-amd64", &all, "5.10 6.1 6.1-cloud 6.12-cloud");
        check("6.1.0-56-amd64", &all, "5.10 6.1 6.12");
        check("6.6.1-debug", &all, "5.10 6.1 6.6-debug 6.12");
    }
}
