// SPDX-License-Identifier: MIT OR Apache-2.0
//! The headers that modules are built against: where they are, what else they lean on, and what has to be mended in them
//! before they work at another place than the one they were packaged for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::facts::examples;
use super::package::Kind;
use super::tree::{Tree, lead};

/// Where the headers are, as paths in the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// What make is given as `-C`.
    pub kdir: PathBuf,
    /// It, and the folders that its links and its Makefile lead to.
    pub roots: Vec<PathBuf>,
    pub repairs: Vec<Repair>,
}

/// What has to be mended; `nix/kernel/precompiled.nix` does it, and knows them by these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// Links name absolute places.
    Links,
    /// The Makefile includes another by an absolute path.
    Makefile,
    /// Debian's file that fixes compiler, architecture and release, whatever make is told.
    Kernelvariables,
    /// `kernel.release` is missing or wrong; modules would be installed below it.
    Release,
    /// Modules would be signed by a key that nobody has.
    Signing,
}

impl Repair {
    pub fn name(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::Makefile => "makefile",
            Self::Kernelvariables => "kernelvariables",
            Self::Release => "release",
            Self::Signing => "signing",
        }
    }
}

const UTSRELEASE: &str = "include/generated/utsrelease.h";

/// The releases that there are headers of.
pub(super) fn releases(tree: &Tree) -> BTreeSet<String> {
    folders(tree).filter_map(|(_, release)| release).collect()
}

/// The folders with headers, and the releases that they are of.
fn folders(tree: &Tree) -> impl Iterator<Item = (&Path, Option<String>)> {
    let found = tree.told().filter(|path| path.ends_with(UTSRELEASE));
    found.filter_map(|path| {
        let release = tree.text(path).and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("#define UTS_RELEASE"))?;
            Some(line.trim().trim_matches('"').to_owned())
        });
        Some((path.ancestors().nth(3)?, release))
    })
}

/// The headers of a release.
pub(super) fn of(tree: &Tree, release: &str, hint: Kind) -> Result<Headers> {
    let kdir = folders(tree).find(|(_, of)| of.as_deref() == Some(release)).map(|(path, _)| path.to_owned());
    let kdir = kdir.unwrap_or_default();
    let makefile = tree.text(&kdir.join("Makefile")).unwrap_or_default();
    let roots = roots(tree, &kdir, makefile);
    let missing = roots.iter().find(|root| !tree.has(root));
    ensure!(
        missing.is_none(),
        "the headers of `{release}` lean on `/{}`, which none of the packages has\n\
         help: give the package that brings it, too; a kernel's packages are {}",
        missing.map(|path| path.display().to_string()).unwrap_or_default(),
        examples(hint, release),
    );
    for needed in ["Makefile", "scripts/mod/modpost", "scripts/basic/fixdep", "include/config/auto.conf"] {
        ensure!(
            tree.has(&kdir.join(needed)),
            "the headers of `{release}` have no `{needed}`, so no module can be built against them\n\
             help: give all packages of the kernel: {}",
            examples(hint, release),
        );
    }
    let repairs = repairs(tree, &kdir, &roots, makefile, release);
    Ok(Headers { kdir, roots, repairs })
}

/// The folder with the headers, and all others that it leads to, by links or by its Makefile, directly or through another. Ubuntu's
/// link to what modules in Rust are compiled against is none of them: it leads to a package that few people have.
fn roots(tree: &Tree, kdir: &Path, makefile: &str) -> Vec<PathBuf> {
    let of_rust = kdir.join("rust");
    let included = makefile.lines().filter_map(|line| line.strip_prefix("include /"));
    let included = included.filter_map(|path| root_of(Path::new(path.trim())));
    let mut roots: Vec<PathBuf> = vec![kdir.to_owned()];
    let mut next = 0;
    for root in included {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    while let Some(root) = roots.get(next).cloned() {
        next += 1;
        let links = tree.links(&root).filter(|(link, _)| *link != of_rust);
        let leads = links.filter_map(|(link, target)| lead(link, target));
        let leads = leads.filter_map(|path| root_of(&tree.resolve(&path).unwrap_or(path)));
        for root in leads.collect::<Vec<_>>() {
            if !roots.iter().any(|known| root.starts_with(known)) {
                roots.push(root);
            }
        }
    }
    roots[1..].sort();
    roots
}

/// The folder of headers, or of the programs that go with them, that a path lies in: none if it lies elsewhere, as a link to
/// a licence may.
fn root_of(path: &Path) -> Option<PathBuf> {
    let depth = match path {
        _ if path.starts_with("usr/src/kernels") => 4,
        _ if path.starts_with("usr/src") => 3,
        _ if path.starts_with("usr/lib") => {
            let name = path.iter().nth(2)?.to_str()?;
            return name.starts_with("linux-").then(|| path.iter().take(3).collect());
        }
        _ => return None,
    };
    let root: PathBuf = path.iter().take(depth).collect();
    (root.iter().count() == depth).then_some(root)
}

fn repairs(tree: &Tree, kdir: &Path, roots: &[PathBuf], makefile: &str, release: &str) -> Vec<Repair> {
    let mut repairs = BTreeSet::new();
    if roots.iter().any(|root| tree.links(root).any(|(_, target)| target.is_absolute())) {
        repairs.insert(Repair::Links);
    }
    if makefile.contains("/usr/src/") || makefile.contains("/usr/lib/") {
        repairs.insert(Repair::Makefile);
    }
    if tree.has(&kdir.join(".kernelvariables")) {
        repairs.insert(Repair::Kernelvariables);
    }
    if tree.text(&kdir.join("include/config/kernel.release")).map(str::trim) != Some(release) {
        repairs.insert(Repair::Release);
    }
    let auto = tree.text(&kdir.join("include/config/auto.conf")).unwrap_or_default();
    if auto.lines().any(|line| line == "CONFIG_MODULE_SIG_ALL=y") {
        repairs.insert(Repair::Signing);
    }
    repairs.into_iter().collect()
}
