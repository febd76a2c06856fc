// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel that a distribution has compiled, made into a Nix package: its packages are read here, once, and what was found
//! is written down as data, so that Nix has nothing to find out while it evaluates. `nix/kernel/precompiled.nix` does the rest.

mod config;
mod facts;
mod headers;
mod package;
mod rpm;
mod source;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

pub use facts::Facts;
pub use headers::{Headers, Repair};
pub use package::Kind;
pub use source::{Place, Source};
pub use text::Imported;

use crate::debian::Package;

/// A file that Nix is to have for a source, and that has been read here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Given {
    file: PathBuf,
    source: Source,
}

/// A kernel out of files of packages. Those that were published below the address `url` are fetched from there.
pub fn of_files(files: &[PathBuf], url: Option<&str>, name: Option<&str>) -> Result<(Imported, Vec<String>)> {
    if let Some(url) = url {
        check_url(url)?;
    }
    let mut given = Vec::new();
    for file in files {
        let shown = file.display();
        ensure!(!file.is_dir(), "`{shown}` is a folder\nhelp: name the packages of one kernel in it, `{shown}/NAME…`");
        let source = Source::of_file(file, url).with_context(|| format!("failed to read `{}`", file.display()))?;
        given.push(Given { file: file.clone(), source });
    }
    given.sort_by(|a, b| a.source.name.cmp(&b.source.name));
    given.dedup_by(|a, b| a.source == b.source);
    let names: Vec<String> = given.iter().map(|it| it.source.name.clone()).collect();
    let words = names.iter().map(|name| in_shell(name)).collect::<Vec<_>>().join(" ");
    let further = url.map(|url| format!(" --url {}", in_shell(url))).unwrap_or_default();
    import(given, name, |_| None, &format!("{words}{further}"))
}

/// What a browser shows where GitHub's files are is not where they are.
fn check_url(url: &str) -> Result<()> {
    ensure!(url.contains("://"), "`{url}` is no address\nhelp: begin it with `https://`");
    if let Some((project, tag)) = url.split_once("/releases/tag/") {
        bail!("`{url}` is a page about files\nhelp: the files are below `{project}/releases/download/{tag}`");
    }
    Ok(())
}

/// The kernel that an archive calls `asked`, out of its packages and the files that they were fetched to.
pub fn of_archive(asked: &str, packages: &[(Package, PathBuf)], name: Option<&str>) -> Result<(Imported, Vec<String>)> {
    let mut given = Vec::new();
    for (package, file) in packages {
        given.push(Given { file: file.clone(), source: Source::of_package(package, file)? });
    }
    given.sort_by(|a, b| a.source.name.cmp(&b.source.name));
    import(given, name, |_| Some(asked.replace([':', '.', '/'], "-")), asked)
}

/// Gives what was found, and the names of packages that nothing is needed of.
fn import(
    given: Vec<Given>,
    name: Option<&str>,
    usual: impl FnOnce(&Facts) -> Option<String>,
    arguments: &str,
) -> Result<(Imported, Vec<String>)> {
    let files: Vec<PathBuf> = given.iter().map(|it| it.file.clone()).collect();
    let (tree, kinds) = tree::read_all(&files)?;
    let facts = Facts::of(&tree, &kinds, &files)?;
    let (needed, unneeded): (Vec<_>, Vec<_>) =
        given.into_iter().enumerate().partition(|(number, _)| facts.needed.contains(number));
    let chosen = match name {
        Some(name) => name.to_owned(),
        None => usual(&facts).unwrap_or_else(|| facts.release.replace('.', "_")),
    };
    // It becomes part of a store path, and of an attribute's.
    let chosen: String = chosen.chars().map(|c| if is_fit(c) { c } else { '-' }).collect();
    ensure!(
        name.is_none_or(|name| name == chosen) && chosen.starts_with(|c: char| c.is_ascii_alphanumeric()),
        "`{}` is no name for a kernel's folder\nhelp: use letters, digits, `-`, `_` and `+`, and begin with a letter or digit",
        name.unwrap_or(&chosen)
    );
    let arguments = match name {
        Some(name) => format!("{arguments} --name {name}"),
        None => arguments.to_owned(),
    };
    let sources = needed.into_iter().map(|(_, it)| it.source).collect();
    let unneeded = unneeded.into_iter().map(|(_, it)| it.source.name).collect();
    Ok((Imported { name: chosen, facts, sources, arguments }, unneeded))
}

fn is_fit(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_+".contains(c)
}

/// A word as one writes it in a shell.
fn in_shell(word: &str) -> String {
    let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:+~,=@%".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Whether an argument is the path of a package, and no name of a kernel.
pub fn is_file(argument: &str) -> bool {
    argument.contains('/')
        || argument.ends_with(".deb")
        || argument.ends_with(".rpm")
        || argument.contains(".pkg.tar")
        || Path::new(argument).exists()
}
