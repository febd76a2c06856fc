// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Packages`: what a suite has (<https://wiki.debian.org/DebianRepository/Format#A.22Packages.22_Indices>).

use std::collections::BTreeMap;

use super::mirror::Part;
use super::suite::Suite;
use super::version::compare_versions;

/// One binary package, as much of it as we use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Path below the mirror's address.
    pub filename: String,
    pub size: u64,
    pub sha256: String,
    /// Pre-Depends and Depends, as they stand.
    pub depends: String,
    pub provides: String,
    pub part: Part,
    /// The suite whose index names it.
    pub suite: &'static str,
}

/// The packages of a suite, or of several.
#[derive(Debug, Default)]
pub struct Index {
    packages: BTreeMap<String, Vec<Package>>,
    /// From a virtual package's name to the names of those that provide it.
    providers: BTreeMap<String, Vec<String>>,
}

impl Index {
    pub fn parse(text: &str, suite: &'static Suite) -> Self {
        let mut index = Self::default();
        for stanza in text.split("\n\n") {
            if let Some(package) = parse_stanza(stanza, suite) {
                index.add(package);
            }
        }
        index
    }

    fn add(&mut self, package: Package) {
        for provided in package.provides.split(',').filter_map(bare_name) {
            self.providers.entry(provided.to_owned()).or_default().push(package.name.clone());
        }
        self.packages.entry(package.name.clone()).or_default().push(package);
    }

    /// Takes in the packages of another index.
    pub fn merge(&mut self, other: Self) {
        for package in other.packages.into_values().flatten() {
            self.add(package);
        }
    }

    /// The newest version of a package, or of one that provides it.
    pub fn newest(&self, name: &str) -> Option<&Package> {
        let newest = |name: &str| {
            let versions = self.packages.get(name)?;
            versions.iter().max_by(|a, b| compare_versions(&a.version, &b.version))
        };
        newest(name).or_else(|| newest(self.providers.get(name)?.first()?))
    }

    /// A package of exactly this version.
    pub fn exact(&self, name: &str, version: &str) -> Option<&Package> {
        self.packages.get(name)?.iter().find(|package| package.version == version)
    }

    /// All versions of all packages whose names begin with `prefix`.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Package> {
        let range = self.packages.range(prefix.to_owned()..);
        range.take_while(move |(name, _)| name.starts_with(prefix)).flat_map(|(_, versions)| versions)
    }
}

impl Package {
    /// Its dependencies: each a choice of names, the preferred one first.
    pub fn dependencies(&self) -> impl Iterator<Item = Vec<&str>> {
        let choices = self.depends.split(',').map(|choice| choice.split('|').filter_map(bare_name).collect::<Vec<_>>());
        choices.filter(|choice| !choice.is_empty())
    }
}

/// `libc6:any (>= 2.36) [amd64]` is about `libc6`.
fn bare_name(relation: &str) -> Option<&str> {
    let name = relation.trim().split([' ', '(', '[', ':', '<']).next()?;
    (!name.is_empty()).then_some(name)
}

fn parse_stanza(stanza: &str, suite: &'static Suite) -> Option<Package> {
    let mut package = Package {
        name: String::new(),
        version: String::new(),
        filename: String::new(),
        size: 0,
        sha256: String::new(),
        depends: String::new(),
        provides: String::new(),
        part: suite.part,
        suite: suite.name,
    };
    for line in stanza.lines() {
        let Some((key, value)) = line.split_once(": ") else { continue };
        match key {
            "Package" => package.name = value.to_owned(),
            "Version" => package.version = value.to_owned(),
            "Filename" => package.filename = value.to_owned(),
            "Size" => package.size = value.parse().ok()?,
            "SHA256" => package.sha256 = value.to_owned(),
            "Provides" => package.provides = value.to_owned(),
            "Pre-Depends" | "Depends" => {
                if !package.depends.is_empty() {
                    package.depends.push_str(", ");
                }
                package.depends.push_str(value);
            }
            _ => (),
        }
    }
    let whole =
        [&package.name, &package.version, &package.filename, &package.sha256].iter().all(|field| !field.is_empty());
    // A path that climbs out of the archive, or a name that is no file's name, is nobody's package.
    let sane = !package.name.contains('/') && !package.filename.split('/').any(|part| part == "..");
    (whole && sane).then_some(package)
}
