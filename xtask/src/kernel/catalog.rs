// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which kernels the index of an archive has, and what packages each is made of.

use std::cmp::Ordering;

use super::name::{Which, Wish};
use super::release::{Numbers, flavour_of};
use crate::debian::{Index, Package, compare_versions};

/// A kernel whose headers and image are both in the archive.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    /// What `uname -r` says: `6.1.0-56-cloud-amd64`.
    pub release: &'a str,
    /// None is the ordinary one.
    pub flavour: Option<&'a str>,
    pub headers: &'a Package,
    /// The packages with the kernel's image, its modules and its configuration.
    pub image: Vec<&'a Package>,
    /// What the headers need of their own source package: `linux-headers-*-common` and `linux-kbuild-*`.
    pub build: Vec<&'a Package>,
}

/// What the packages of headers and of images are called: in Debian and Ubuntu, and in Proxmox.
const NAMES: &[(&str, &str)] =
    &[("linux-headers-", "linux-image-"), ("proxmox-headers-", "proxmox-kernel-"), ("pve-headers-", "pve-kernel-")];

/// All kernels of an index, the newest last. One that is packed in several ways is there for each, the best one last.
/// `ordinary` is the flavour that the archive's ordinary kernel has in its name, if it has one.
pub(super) fn candidates<'a>(index: &'a Index, ordinary: Option<&str>) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'_>> = Vec::new();
    for (headers, image) in NAMES {
        let of_headers = |package| of_headers(index, package, headers, image, ordinary);
        found.extend(index.starting_with(headers).filter_map(of_headers).flatten());
    }
    found.sort_by(Candidate::order);
    found
}

impl Candidate<'_> {
    pub(super) fn version(&self) -> &str {
        &self.headers.version
    }

    /// The upstream version's numbers: 6.1.192 of `6.1.192-2`, 7.3-rc7 of `7.3~rc7-1~exp1`.
    pub(super) fn numbers(&self) -> Numbers {
        let version = self.version().split_once(':').map_or(self.version(), |(_epoch, version)| version);
        Numbers::of(version).unwrap_or(Numbers { major: 0, minor: 0, patch: 0, rc: None })
    }

    /// The bytes that have to be fetched for it, without its compiler and tools.
    pub(super) fn size(&self) -> u64 {
        self.packages().map(|package| package.size).sum()
    }

    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        [self.headers].into_iter().chain(self.image.iter().copied()).chain(self.build.iter().copied())
    }

    pub(super) fn is(&self, wish: &Wish) -> bool {
        if let Which::Uname(release) = &wish.which {
            return self.release == release;
        }
        wish.which.has(self.numbers()) && self.flavour == wish.flavour.as_deref()
    }

    pub(super) fn order(a: &Self, b: &Self) -> Ordering {
        compare_versions(a.version(), b.version()).then_with(|| a.release.cmp(b.release))
    }

    /// The wish by which the newest of its kind is asked for: `6_1`, `6_1-cloud`.
    pub(super) fn series(&self) -> Wish {
        let (major, minor) = self.numbers().series();
        Wish::plain(Which::Series(major, minor), self.flavour)
    }
}

fn of_headers<'a>(
    index: &'a Index,
    headers: &'a Package,
    headers_prefix: &str,
    image_prefix: &str,
    ordinary: Option<&str>,
) -> Option<Vec<Candidate<'a>>> {
    let release = headers.name.strip_prefix(headers_prefix)?;
    // Metapackages, `linux-headers-amd64`, name no release.
    Numbers::of(release)?;
    let flavour = flavour_of(release).filter(|flavour| Some(*flavour) != ordinary);
    let is_build = |name: &&str| name.starts_with(headers_prefix) || name.starts_with("linux-kbuild-");
    let mut build = Vec::new();
    for choice in headers.dependencies() {
        if let Some(name) = choice.iter().find(|name| is_build(name)) {
            build.push(index.exact(name, &headers.version).or_else(|| index.newest(name))?);
        }
    }
    let images = images(index, release, image_prefix, headers).into_iter().rev();
    Some(images.map(|image| Candidate { release, flavour, headers, image, build: build.clone() }).collect())
}

/// The ways in which a kernel's image and modules are packed, the best one first. Signed images come from a source
/// package of their own: they may be missing, lag behind, or be listed and gone.
fn images<'a>(index: &'a Index, release: &str, prefix: &str, headers: &Package) -> Vec<Vec<&'a Package>> {
    let named = |name: String| index.exact(&name, &headers.version);
    let same = |name: &str| named(format!("{name}-{release}"));
    let mains = [
        format!("{prefix}{release}"),
        format!("{prefix}{release}-signed"),
        format!("{prefix}{release}-unsigned"),
        format!("{prefix}unsigned-{release}"),
    ];
    let mut images = Vec::new();
    for main in mains.into_iter().filter_map(named) {
        // Since Debian's 7.0 the image is a metapackage for parts that each have the release in their names; Ubuntu's
        // has its modules apart, and the less usual of them in a package that it does not depend on.
        let parts = main.dependencies().filter_map(|choice| {
            choice.iter().find(|name| is_part_of(name, release)).and_then(|name| index.newest(name))
        });
        images.push([main].into_iter().chain(parts).chain(same("linux-modules-extra")).collect());
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

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
        let index = Index::parse(&text, &Arc::new(suite()));
        let found = candidates(&index, None);
        let image = found.last().map(|it| it.image.iter().map(|package| package.name.as_str()).collect::<Vec<_>>());
        assert_eq!(image.unwrap_or_default(), expected);
    }

    fn suite() -> Suite {
        Suite {
            name: "sid".to_owned(),
            archive: "debian".to_owned(),
            url: "http://mirror.example/debian".to_owned(),
            past: None,
            components: vec!["main".to_owned()],
            base: Vec::new(),
            series: Vec::new(),
        }
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

    /// The kernel that a name means in an index with these releases, each `RELEASE VERSION`.
    #[track_caller]
    fn check_name(name: &str, expected: &str) {
        let kernels = [
            "5.10.0-9-amd64 5.10.70-1",
            "5.10.0-46-amd64 5.10.262-1",
            "6.1.0-9-amd64 6.1.27-1",
            "6.1.0-56-amd64 6.1.192-2",
            "6.1.0-56-cloud-amd64 6.1.192-2",
            "6.8.0-9-generic 6.8.0-9.9",
            "6.8.0-51-generic 6.8.0-51.52",
            "6.8.0-51-lowlatency 6.8.0-51.52",
            "6.9.7+bpo-amd64 6.9.7-1~bpo12+1",
            "6.12.107+deb12-amd64 6.12.107-1~deb12u1",
            "6.12.107+deb13-amd64 6.12.107-1",
            "6.12.117+deb13-rt-amd64 6.12.117-1",
            "7.2.13+deb14-amd64 7.2.13-1",
            "7.3-rc7-amd64 7.3~rc7-1~exp1",
        ];
        let stanza = |kernel: &str| {
            let (release, version) = kernel.split_once(' ').expect("a version");
            let sha256 = "0".repeat(64);
            let package = |name: &str| {
                format!(
                    "Package: {name}-{release}\nVersion: {version}\nFilename: pool/{name}.deb\nSize: 1\nSHA256: {sha256}\n\n"
                )
            };
            [package("linux-headers"), package("linux-image")].concat()
        };
        let text: String = kernels.iter().map(|kernel| stanza(kernel)).collect();
        let index = Index::parse(&text, &Arc::new(suite()));
        let wish: Wish = name.parse().expect("a name");
        let found = candidates(&index, Some("generic"));
        let found = found.iter().rev().find(|candidate| candidate.is(&wish));
        assert_eq!(found.map_or("none", |candidate| candidate.release), expected, "{name}");
    }

    #[test]
    fn names() {
        check_name("5_10", "5.10.0-46-amd64");
        check_name("6_1", "6.1.0-56-amd64");
        check_name("6.1", "6.1.0-56-amd64");
        check_name("6_1-cloud", "6.1.0-56-cloud-amd64");
        check_name("6_1-rt", "none");
        check_name("6.1.27", "6.1.0-9-amd64");
        check_name("6_8", "6.8.0-51-generic");
        check_name("6_8-lowlatency", "6.8.0-51-lowlatency");
        check_name("6_9", "6.9.7+bpo-amd64");
        check_name("6_12", "6.12.107+deb13-amd64");
        check_name("6_12-rt", "6.12.117+deb13-rt-amd64");
        check_name("6.12.107+deb12-amd64", "6.12.107+deb12-amd64");
        check_name("7_3", "7.3-rc7-amd64");
        check_name("7.3-rc7", "7.3-rc7-amd64");
        check_name("7.3-rc8", "none");
        check_name("latest", "7.2.13+deb14-amd64");
        check_name("latest-cloud", "6.1.0-56-cloud-amd64");
        check_name("6_6", "none");
    }
}
