// SPDX-License-Identifier: MIT OR Apache-2.0
//! A package's source out of the driver's own repository: the commit that it is at, with the hash that Nix will find, made here of
//! what the fetcher brings.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::ci;
use crate::context::Context;
use crate::package::driver::source::{Fetched, Source};
use crate::package::driver::{Package, names, origin};
use crate::package::nar::Node;
use crate::repository::Repository;

/// Also says in the package where it comes from, and which version a commit is.
pub(super) fn source(context: &Context, dir: &Path, package: &mut Package) -> Result<Source> {
    let repository = Repository::at(dir);
    let shown = dir.display();
    let Some(url) = repository.origin() else {
        bail!(
            "`{shown}` is in no repository with a remote `origin`\nhelp: `git remote add origin URL`, or --source local"
        )
    };
    let Some(url) = ci::public(&url) else {
        bail!(
            "the remote `origin` of `{shown}` is `{url}`, which Nix can't fetch for others\nhelp: name a public one, or use --source local"
        )
    };
    ensure!(
        repository.changes_here().is_none(),
        "`{shown}` has changes that are in no commit\nhelp: commit and push them, or use --source local"
    );
    let Some(revision) = repository.published() else {
        bail!(
            "the commit of `{shown}` is not at `origin`, as far as is known here\nhelp: `git push`, or use --source local"
        )
    };
    let fetcher = origin::fetcher(&url);
    let scratch = context.target.join("package");
    fs::create_dir_all(&scratch)?;
    let scratch = tempfile::tempdir_in(&scratch)?;
    let tree = if fetcher.is_archive() {
        let tar = scratch.path().join("tar");
        repository.archive(&revision, &tar)?;
        unpacked(&fs::read(tar)?)?
    } else {
        ensure!(
            !repository.top()?.join(".gitmodules").exists(),
            "the repository of `{shown}` has submodules, which Nix would fetch, too\nhelp: write the package by hand, or use --source local"
        );
        repository.check_out(&revision, scratch.path())?;
        folder(&scratch.path().join("tree"))?
    };
    package.homepage.get_or_insert_with(|| url.trim_end_matches('/').trim_end_matches(".git").to_owned());
    package.version = match repository.tag().as_deref().and_then(names::version) {
        Some(version) => version,
        None => format!("{}-unstable-{}", package.version, repository.day()?),
    };
    let folder = repository.prefix().unwrap_or_default().trim_end_matches('/').to_owned();
    Ok(Source::Fetched(Fetched { fetcher, revision, hash: tree.hash(), folder }))
}

/// What a tar archive has.
fn unpacked(tar: &[u8]) -> Result<Node> {
    let mut top = Node::Folder(BTreeMap::new());
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let path = entry.path_bytes().into_owned();
        let kind = entry.header().entry_type();
        let node = if kind.is_dir() {
            Node::Folder(BTreeMap::new())
        } else if kind.is_symlink() {
            Node::Link(entry.link_name_bytes().context("a link without a target")?.into_owned())
        } else if kind.is_file() {
            let is_executable = entry.header().mode()? & 0o100 != 0;
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content)?;
            Node::File { is_executable, content }
        } else {
            continue;
        };
        top.insert(path.strip_suffix(b"/").unwrap_or(&path), node);
    }
    Ok(top)
}

/// What a folder has.
fn folder(dir: &Path) -> Result<Node> {
    let mut entries = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let node = if kind.is_dir() {
            folder(&entry.path())?
        } else if kind.is_symlink() {
            Node::Link(fs::read_link(entry.path())?.as_os_str().as_bytes().to_vec())
        } else {
            let is_executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
            Node::File { is_executable, content: fs::read(entry.path())? }
        };
        entries.insert(entry.file_name().as_bytes().to_vec(), node);
    }
    Ok(Node::Folder(entries))
}
