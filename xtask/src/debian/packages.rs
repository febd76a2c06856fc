// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Packages`: what a suite has (<https://wiki.debian.org/DebianRepository/Format#A.22Packages.22_Indices>).

use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// The suite whose index names it.
    pub suite: Arc<Suite>,
    /// A date at which the archive's past has it, as snapshot.debian.org writes one, if a lock says so.
    pub date: Option<String>,
}

/// The packages of a suite, or of several.
#[derive(Debug, Default)]
pub struct Index {
    packages: BTreeMap<String, Vec<Package>>,
    /// From a virtual package's name to the names of those that provide it.
    providers: BTreeMap<String, Vec<String>>,
}

impl Index {
    pub fn parse(text: &str, suite: &Arc<Suite>) -> Self {
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
    /// Where it is now.
    pub fn url(&self) -> String {
        format!("{}/{}", self.suite.url, self.filename)
    }

    /// Where it is for ever, if the archive keeps its past and a date is known.
    pub fn past_url(&self) -> Option<String> {
        let past = self.suite.past.as_ref()?.replace("DATE", self.date.as_ref()?);
        Some(format!("{past}/{}", self.filename))
    }

    /// Its dependencies: each a choice of names, the preferred one first.
    pub fn dependencies(&self) -> impl Iterator<Item = Vec<&str>> {
        let choices = self.depends.split(',').map(|choice| choice.split('|').filter_map(bare_name).collect::<Vec<_>>());
        choices.filter(|choice| !choice.is_empty())
    }
}

/// The stanzas of packages whose names begin with one of `prefixes`, with the fields that [`Index::parse`] reads. Those with
/// debug information are left out: they are seldom looked for.
pub(super) fn only(text: &str, prefixes: &[&str]) -> String {
    let mut kept = String::new();
    for stanza in text.split("\n\n") {
        let name = stanza.lines().find_map(|line| line.strip_prefix("Package: ")).unwrap_or_default();
        if !prefixes.iter().any(|prefix| name.starts_with(prefix)) || name.ends_with("-dbg") {
            continue;
        }
        for line in stanza.lines().filter(|line| FIELDS.iter().any(|field| line.starts_with(field))) {
            kept.push_str(line);
            kept.push('\n');
        }
        kept.push('\n');
    }
    kept
}

/// What is read of a stanza.
const FIELDS: &[&str] =
    &["Package: ", "Version: ", "Filename: ", "Size: ", "SHA256: ", "Provides: ", "Pre-Depends: ", "Depends: "];

/// `libc6:any (>= 2.36) [amd64]` is about `libc6`.
fn bare_name(relation: &str) -> Option<&str> {
    let name = relation.trim().split([' ', '(', '[', ':', '<']).next()?;
    (!name.is_empty()).then_some(name)
}

fn parse_stanza(stanza: &str, suite: &Arc<Suite>) -> Option<Package> {
    let mut package = Package {
        name: String::new(),
        version: String::new(),
        filename: String::new(),
        size: 0,
        sha256: String::new(),
        depends: String::new(),
        provides: String::new(),
        suite: Arc::clone(suite),
        date: None,
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
    (whole && package.is_sane()).then_some(package)
}

impl Package {
    /// A package of which only the file is known: its name and version are in the file's name.
    pub fn of_file(filename: &str, size: u64, sha256: &str, suite: &Arc<Suite>, date: Option<&str>) -> Option<Self> {
        let file = filename.rsplit('/').next()?.strip_suffix(".deb")?;
        let mut parts = file.split('_');
        let package = Self {
            name: parts.next()?.to_owned(),
            version: parts.next()?.replace("%3a", ":"),
            filename: filename.to_owned(),
            size,
            sha256: sha256.to_owned(),
            depends: String::new(),
            provides: String::new(),
            suite: Arc::clone(suite),
            date: date.map(str::to_owned),
        };
        package.is_sane().then_some(package)
    }

    /// A path that climbs out of the archive, or a name that is no file's name, is nobody's package.
    fn is_sane(&self) -> bool {
        !self.name.contains('/') && !self.filename.split('/').any(|part| part == "..")
    }
}
