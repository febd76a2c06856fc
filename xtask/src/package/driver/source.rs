// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a package's sources are, and which files of a driver's folder a build needs.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::super::nix::{Nix, Set};
use super::Brings;

/// Where a package has its sources from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Files of a folder, which is named from the package's own.
    Files { root: PathBuf, files: Vec<PathBuf> },
    /// A folder beside the package that has nothing else.
    Folder(PathBuf),
    /// A revision of a repository that everybody can fetch.
    Fetched(Fetched),
}

/// See [`Source::Fetched`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub fetcher: Fetcher,
    /// The commit.
    pub revision: String,
    /// As Nix writes it: `sha256-…`.
    pub hash: String,
    /// The driver's folder in the repository; empty for its top.
    pub folder: String,
}

/// A function of nixpkgs'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetcher {
    GitHub { owner: String, repo: String },
    GitLab { owner: String, repo: String, domain: Option<String> },
    Gitea { domain: String, owner: String, repo: String },
    Sourcehut { owner: String, repo: String },
    Git { url: String },
}

/// Names of folders with what no build reads.
const OTHER_FOLDERS: &[&str] = &[
    "benches",
    "debian",
    "demo",
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "fuzz",
    "hardware",
    "nix",
    "rpm",
    "samples",
    "test",
    "tests",
    "testing",
    "tools",
];

/// Names of files that Kbuild and make read.
const MAKEFILES: &[&str] = &["Kbuild", "Kconfig", "Makefile", "GNUmakefile", "makefile"];

/// Endings of files that are compiled, linked or included.
const ENDINGS: &[&str] = &[
    "S",
    "asn1",
    "bin_shipped",
    "c",
    "c_shipped",
    "def",
    "h",
    "h_shipped",
    "hex",
    "inc",
    "lds",
    "o_shipped",
    "rs",
    "s",
    "tbl",
];

/// Which of a folder's files a build needs; `read` are those that one has read, wherever they are, and `also` what it runs.
pub fn needed<'a>(
    all: impl Iterator<Item = &'a PathBuf>,
    read: &[PathBuf],
    also: &[PathBuf],
    brings: &Brings,
) -> Vec<PathBuf> {
    let is_wanted = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && !is_in_others(path) && (is_compiled(path) || is_makefile(path))
    };
    let named = |path: &PathBuf| read.contains(path) || also.contains(path) || brings.files().any(|it| it == path);
    all.filter(|path| is_wanted(path) || named(path)).cloned().collect()
}

/// Those files whose names stand in one of the makefiles: what they include, and what they run.
pub fn named(all: &[PathBuf], text: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Vec<PathBuf> {
    let makefiles = all.iter().filter(|path| is_makefile(path) && !is_in_others(path)).filter_map(|path| text(path));
    let makefiles: Vec<String> = makefiles.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let words: BTreeSet<&str> = makefiles.iter().flat_map(|text| text.split(|c| !is_part(c))).collect();
    let is_named = |path: &&PathBuf| path.file_name().is_some_and(|name| words.contains(&*name.to_string_lossy()));
    all.iter().filter(|path| !is_in_others(path)).filter(is_named).cloned().collect()
}

/// Whether a file is for a compiler, by its ending.
pub(super) fn is_compiled(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|it| ending == *it))
}

fn is_makefile(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    MAKEFILES.iter().any(|it| name == *it) || name.starts_with("Makefile.") || name.ends_with(".mk")
}

pub(super) fn is_in_others(path: &Path) -> bool {
    let mut folders = path.parent().into_iter().flat_map(Path::components);
    folders.any(|part| match part {
        Component::Normal(name) => {
            let name = name.to_string_lossy().to_lowercase();
            name.starts_with('.') || OTHER_FOLDERS.contains(&name.as_str())
        }
        _ => false,
    })
}

impl Source {
    /// The value of `src`.
    pub(super) fn nix(&self) -> Result<Nix> {
        match self {
            Self::Folder(path) => Nix::path(path),
            Self::Files { root, files } => {
                let files: Result<Vec<Nix>> = files.iter().map(|file| Nix::path(&root.join(file))).collect();
                let union = Nix::call(&Nix::code("lib.fileset.unions"), [Nix::list(files?)]);
                let set = Set::new().with("root", Nix::path(root)?).with("fileset", union);
                Ok(Nix::call(&Nix::code("lib.fileset.toSource"), [set.into()]))
            }
            Self::Fetched(fetched) => Ok(fetched.nix()),
        }
    }

    /// The function that `callPackage` has to give, if any.
    pub(super) fn argument(&self) -> Option<&'static str> {
        match self {
            Self::Fetched(fetched) => Some(fetched.fetcher.function()),
            _ => None,
        }
    }

    /// The driver's folder in what is fetched.
    pub(super) fn folder(&self) -> Option<&str> {
        match self {
            Self::Fetched(fetched) => Some(fetched.folder.as_str()).filter(|folder| !folder.is_empty()),
            _ => None,
        }
    }
}

impl Fetched {
    fn nix(&self) -> Nix {
        let text = |text: &str| Nix::string(text);
        let set = Set::new();
        let set = match &self.fetcher {
            Fetcher::GitHub { owner, repo } | Fetcher::Sourcehut { owner, repo } => {
                set.with("owner", text(owner)).with("repo", text(repo))
            }
            Fetcher::GitLab { owner, repo, domain } => {
                let domain = domain.as_deref().map(Nix::string);
                set.maybe("domain", domain).with("owner", text(owner)).with("repo", text(repo))
            }
            Fetcher::Gitea { domain, owner, repo } => {
                set.with("domain", text(domain)).with("owner", text(owner)).with("repo", text(repo))
            }
            Fetcher::Git { url } => set.with("url", text(url)),
        };
        let set = set.with("rev", text(&self.revision)).with("hash", text(&self.hash));
        Nix::call(&Nix::code(self.fetcher.function()), [set.into()])
    }
}

impl Fetcher {
    fn function(&self) -> &'static str {
        match self {
            Self::GitHub { .. } => "fetchFromGitHub",
            Self::GitLab { .. } => "fetchFromGitLab",
            Self::Gitea { .. } => "fetchFromGitea",
            Self::Sourcehut { .. } => "fetchFromSourcehut",
            Self::Git { .. } => "fetchgit",
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn files() {
        let all = [
            "Kbuild",
            "Makefile",
            "a.c",
            "a.h",
            "README.md",
            "tests/b.c",
            "tests/shared.h",
            "sub/Makefile.inc",
            ".a.c.swp",
            ".git.c",
            "docs/x.rules",
            "udev/60-a.rules",
            "firmware/a.bin",
            "sub/c.S",
            "driver.toml",
            "debian/rules",
            "hooks/run.sh",
        ]
        .map(PathBuf::from);
        let brings = Brings::of(all.iter(), &|_| Some(Vec::new()));
        let needed = needed(all.iter(), &["tests/shared.h".into()], &["hooks/run.sh".into()], &brings);
        let shown: Vec<String> = needed.iter().map(|path| path.display().to_string()).collect();
        expect![
            "Kbuild Makefile a.c a.h tests/shared.h sub/Makefile.inc udev/60-a.rules firmware/a.bin sub/c.S hooks/run.sh"
        ]
        .assert_eq(&shown.join(" "));
    }
}
