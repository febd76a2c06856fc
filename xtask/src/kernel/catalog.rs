// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which kernels an index of Debian's archive has, and what packages each is made of.

use std::cmp::Ordering;

use crate::debian::{Index, Package, compare_versions};
use crate::kernel::name::{FLAVOURS, Which, Wish};

/// A kernel whose headers and image are both in the archive.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    /// What `uname -r` says: `6.1.0-56-cloud-amd64`.
    pub release: &'a str,
    pub headers: &'a Package,
    /// The packages with the kernel's image, its modules and its configuration.
    pub image: Vec<&'a Package>,
    /// `linux-headers-*-common` and `linux-kbuild-*`.
    pub build: Vec<&'a Package>,
    pub flavour: Option<&'a str>,
}

/// All kernels of an index, the newest last. One that is packed in several ways is there for each, the best one last.
pub(crate) fn candidates(index: &Index) -> Vec<Candidate<'_>> {
    let headers = index.starting_with("linux-headers-");
    let mut found: Vec<Candidate<'_>> = headers.filter_map(|it| of_headers(index, it)).flatten().collect();
    found.sort_by(Candidate::order);
    found
}

impl Candidate<'_> {
    pub(super) fn version(&self) -> &str {
        &self.headers.version
    }

    /// The upstream version's numbers: 6.1.192 of `6.1.192-2`, 7.3.0 of `7.3~rc7-1~exp1`.
    pub(super) fn numbers(&self) -> (u32, u32, u32) {
        let upstream = self.version().split(['-', '+', '~']).next().unwrap_or_default();
        let mut numbers = upstream.split('.').map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        (next(), next(), next())
    }

    /// The bytes that have to be fetched for it, without its compiler and tools.
    pub(super) fn size(&self) -> u64 {
        self.packages().map(|package| package.size).sum()
    }

    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        [self.headers].into_iter().chain(self.image.iter().copied()).chain(self.build.iter().copied())
    }

    pub(super) fn is(&self, wish: &Wish) -> bool {
        let (major, minor, patch) = self.numbers();
        let version_is = match &wish.which {
            Which::Latest => !self.version().contains("~rc"),
            Which::Series(a, b) => (major, minor) == (*a, *b),
            Which::Release(a, b, c) => (major, minor, patch) == (*a, *b, *c),
            Which::Uname(release) => return self.release == release,
            Which::Host | Which::Tree(_) => return false,
        };
        version_is && self.flavour == wish.flavour.as_deref()
    }

    pub(super) fn order(a: &Self, b: &Self) -> Ordering {
        compare_versions(a.version(), b.version()).then_with(|| a.release.cmp(b.release))
    }

    /// The name by which it is asked for: `6_1`, `6_1-cloud`.
    pub(super) fn series_name(&self) -> String {
        let (major, minor, _) = self.numbers();
        Wish { which: Which::Series(major, minor), flavour: self.flavour.map(str::to_owned) }.to_string()
    }
}

fn of_headers<'a>(index: &'a Index, headers: &'a Package) -> Option<Vec<Candidate<'a>>> {
    let release = headers.name.strip_prefix("linux-headers-")?;
    // Metapackages (`linux-headers-amd64`) and the common part have no `REL-FLAVOUR` with digits in front.
    let flavour = flavour(release)?;
    let is_build = |name: &&str| name.starts_with("linux-headers-") || name.starts_with("linux-kbuild-");
    let mut build = Vec::new();
    for choice in headers.dependencies() {
        if let Some(name) = choice.iter().find(|name| is_build(name)) {
            build.push(index.exact(name, &headers.version).or_else(|| index.newest(name))?);
        }
    }
    if build.len() < 2 {
        return None;
    }
    let images = images(index, release, headers).into_iter().rev();
    Some(images.map(|image| Candidate { release, headers, image, build: build.clone(), flavour }).collect())
}

/// The ways in which a kernel's image and modules are packed, the best one first. Signed images come from a source
/// package of their own: they may be missing, lag behind, or be listed and gone.
fn images<'a>(index: &'a Index, release: &str, headers: &Package) -> Vec<Vec<&'a Package>> {
    let same = |name: &str| index.exact(&format!("{name}-{release}"), &headers.version);
    let unsigned = index.exact(&format!("linux-image-{release}-unsigned"), &headers.version);
    let mut images = Vec::new();
    for main in [same("linux-image"), unsigned].into_iter().flatten() {
        // Since 7.0 the image is a metapackage for parts that each have the release in their names.
        let parts = main.dependencies().filter_map(|choice| {
            choice.iter().find(|name| is_part_of(name, release)).and_then(|name| index.newest(name))
        });
        images.push([main].into_iter().chain(parts).collect());
    }
    // The metapackage is signed, too; without it there are still the parts.
    for binary in [same("linux-binary"), same("linux-binary-unsigned")].into_iter().flatten() {
        if let (Some(modules), Some(base)) = (same("linux-modules"), same("linux-base")) {
            images.push(vec![binary, modules, base]);
        }
    }
    images
}

fn is_part_of(name: &str, release: &str) -> bool {
    ["linux-binary-", "linux-modules-", "linux-base-"].iter().any(|kind| name.starts_with(kind))
        && name.ends_with(release)
}

/// `Some(None)` for an ordinary kernel, `Some(Some("cloud"))` for a flavour, `None` for what is not a kernel's release.
#[expect(clippy::option_option, reason = "no kernel at all is another thing than a kernel without a flavour")]
fn flavour(release: &str) -> Option<Option<&str>> {
    let rest = release.strip_suffix("-amd64")?;
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(match rest.rsplit_once('-') {
        Some((_, flavour)) if FLAVOURS.contains(&flavour) => Some(flavour),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debian::Suite;

    /// The packages that make up the image of the kernel in an index with these packages, all of one version.
    #[track_caller]
    fn check(packages: &[(&str, &str)], expected: &[&str]) {
        let needed = "linux-headers-7.3.4-common, linux-kbuild-7.3.4";
        let always =
            [("linux-headers-7.3.4-amd64", needed), ("linux-headers-7.3.4-common", ""), ("linux-kbuild-7.3.4", "")];
        let stanza = |(name, depends): &(&str, &str)| {
            let sha256 = "0".repeat(64);
            format!(
                "Package: {name}\nVersion: 7.3.4-1\nArchitecture: amd64\nDepends: {depends}\nFilename: pool/{name}.deb\nSize: 1\nSHA256: {sha256}\n\n"
            )
        };
        let text: String = always.iter().chain(packages).map(stanza).collect();
        let index = Index::parse(&text, Suite::named("sid").expect("a suite"));
        let found = candidates(&index);
        let image = found.last().map(|it| it.image.iter().map(|package| package.name.as_str()).collect::<Vec<_>>());
        assert_eq!(image.unwrap_or_default(), expected);
    }

    #[test]
    fn ways_to_pack_an_image() {
        check(&[("linux-image-7.3.4-amd64", "kmod")], &["linux-image-7.3.4-amd64"]);
        check(&[("linux-image-7.3.4-amd64-unsigned", "kmod")], &["linux-image-7.3.4-amd64-unsigned"]);
        let parts = [
            ("linux-binary-unsigned-7.3.4-amd64", ""),
            ("linux-modules-7.3.4-amd64", ""),
            ("linux-base-7.3.4-amd64", ""),
        ];
        let names = parts.map(|(name, _)| name);
        check(&parts, &names);
        let meta = ("linux-image-7.3.4-amd64", "linux-binary-unsigned-7.3.4-amd64, linux-modules-7.3.4-amd64");
        check(&[&[meta], &parts[..]].concat(), &[meta.0, names[0], names[1]]);
        check(&parts[..2], &[]);
    }
}
