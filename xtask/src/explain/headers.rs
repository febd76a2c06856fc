// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names looked for in all headers of a kernel, each file read once for all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use memchr::memmem::Finder;

use super::c::declared::{Declared, declared};
use super::c::tokens::is_of_word;

/// What a kernel's headers say about some names.
#[derive(Debug, Default, Clone)]
pub(crate) struct Index(BTreeMap<String, Vec<Place>>);

/// A declaration in a header.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// From the top of the kernel: `include/linux/timer.h`.
    pub(crate) file: String,
    pub(crate) declared: Declared,
}

impl Index {
    /// Looks for names below these folders, which are tops of kernels' trees.
    pub(crate) fn of(tops: &[PathBuf], names: &[&str]) -> Self {
        if names.is_empty() {
            return Self::default();
        }
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        for top in tops {
            for dir in ["include", "arch/x86/include"] {
                collect(&top.join(dir), dir, (".h", LEFT_OUT), &mut files);
            }
        }
        files.sort();
        files.dedup_by(|one, other| one.0 == other.0);
        let mut index: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for place in side_by_side(&files, |files| search(files, names)) {
            index.entry(place.declared.name.clone()).or_default().push(place);
        }
        for places in index.values_mut() {
            // What drivers include comes first.
            places.sort_by_key(|place| !place.file.starts_with("include/linux/"));
        }
        Self(index)
    }

    pub(crate) fn get(&self, name: &str) -> &[Place] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Folders without declarations for drivers; autoconf.h has nothing but options.
const LEFT_OUT: &[&str] = &["dt-bindings", "config", "trace", "autoconf.h"];

/// Adds the files of a folder that end so, and those in its folders, but for what has one of these names; `shown` is the way to it.
pub(super) fn collect(
    dir: &Path,
    shown: &str,
    (ending, left_out): (&str, &[&str]),
    files: &mut Vec<(String, PathBuf)>,
) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let shown = format!("{shown}/{name}");
        if left_out.contains(&name.as_str()) {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), &shown, (ending, left_out), files),
            Ok(kind) if kind.is_file() && name.ends_with(ending) => files.push((shown, entry.path())),
            _ => (),
        }
    }
}

/// The headers of this name, as in `include/linux/timer.h`.
pub(super) fn named(top: &Path, base: &str) -> Vec<String> {
    let mut files = Vec::new();
    for dir in ["include", "arch/x86/include"] {
        collect(&top.join(dir), dir, (".h", LEFT_OUT), &mut files);
    }
    files.into_iter().map(|(shown, _)| shown).filter(|shown| shown.rsplit('/').next() == Some(base)).collect()
}

/// What a search finds in parts of a list, one for each CPU.
pub(super) fn side_by_side<F: Sync, T: Send>(files: &[F], search: impl Fn(&[F]) -> Vec<T> + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let search = &search;
    std::thread::scope(|scope| {
        let chunks = files.chunks(files.len().div_ceil(threads).max(1));
        let running: Vec<_> = chunks.map(|files| scope.spawn(move || search(files))).collect();
        running.into_iter().flat_map(|it| it.join().unwrap_or_default()).collect()
    })
}

fn search(files: &[(String, PathBuf)], names: &[&str]) -> Vec<Place> {
    let finders: Vec<(&str, Finder<'_>)> = names.iter().map(|name| (*name, Finder::new(*name))).collect();
    let mut found = Vec::new();
    for (shown, path) in files {
        let Ok(bytes) = fs::read(path) else { continue };
        let here: Vec<&str> =
            finders.iter().filter(|(name, finder)| has(&bytes, name, finder)).map(|(name, _)| *name).collect();
        if !here.is_empty() {
            let text = String::from_utf8_lossy(&bytes);
            found.extend(declared(&text, &here).into_iter().map(|declared| Place { file: shown.clone(), declared }));
        }
    }
    found
}

/// Whether a name stands in a file as a whole word.
fn has(bytes: &[u8], name: &str, finder: &Finder<'_>) -> bool {
    finder.find_iter(bytes).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(at + name.len());
        !before.is_some_and(|byte| is_of_word(*byte)) && !after.is_some_and(|byte| is_of_word(*byte))
    })
}
