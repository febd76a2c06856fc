// SPDX-License-Identifier: MIT OR Apache-2.0
//! Taking out of the cache what has not been used for long. What a run is using stays, and so do the tools of a kernel that stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use fs_err as fs;

use crate::cache::{Cache, KINDS};
use crate::context::Context;
use crate::kernel::Record;

/// The folder of suites' lists, which are as old as the last time that somebody asked for newer ones.
const LISTS: &str = "debian";

/// The folder of links to what Nix has made, each as old as the pin of its name.
const LINKS: &str = "nixpkgs";

/// Something in the cache that can be made again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: &'static str,
    key: String,
    /// In bytes, as the disk counts them.
    size: u64,
    /// For how long it has not been used.
    unused: Duration,
    /// The tool root that it needs.
    root: Option<String>,
}

/// Removes what was not used for `age`, then the longest unused until at most `most` bytes are left.
pub(crate) fn run(context: &Context, age: Duration, most: Option<u64>, dry_run: bool) -> Result<()> {
    let entries = entries(&context.cache)?;
    let doomed = doomed(entries, age, most);
    let mut freed = 0;
    for entry in &doomed {
        let name = format!("{}/{}", entry.kind, entry.key);
        if !dry_run && !context.cache.remove(entry.kind, &entry.key)? {
            context.events.note(format!("{name} stays: another run is using it"));
            continue;
        }
        freed += entry.size;
        let days = entry.unused.as_secs() / (24 * 3600);
        let verb = if dry_run { "would remove" } else { "removed" };
        context.events.answer(format!("{verb} {name}: {} MB, unused for {days} days", entry.size / 1_000_000));
    }
    let verb = if dry_run { "would be freed" } else { "freed" };
    context.events.answer(format!("{} MB {verb}", freed / 1_000_000));
    Ok(())
}

/// What goes, the longest unused first.
fn doomed(mut entries: Vec<Entry>, age: Duration, most: Option<u64>) -> Vec<Entry> {
    // A root is used whenever one of its kernels is.
    let mut of_kernels: BTreeMap<String, Duration> = BTreeMap::new();
    for entry in &entries {
        if let Some(root) = &entry.root {
            let unused = of_kernels.entry(root.clone()).or_insert(entry.unused);
            *unused = entry.unused.min(*unused);
        }
    }
    for entry in entries.iter_mut().filter(|entry| entry.kind == "roots") {
        entry.unused = of_kernels.get(&entry.key).map_or(entry.unused, |unused| entry.unused.min(*unused));
    }
    // Of a kernel and its root the kernel goes first.
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.unused), entry.kind == "roots"));
    let mut left: u64 = entries.iter().map(|entry| entry.size).sum();
    entries.retain(|entry| {
        let is_doomed = entry.unused >= age || most.is_some_and(|most| left > most);
        left -= if is_doomed { entry.size } else { 0 };
        is_doomed
    });
    entries
}

fn entries(cache: &Cache) -> Result<Vec<Entry>> {
    let now = SystemTime::now();
    let mut entries = Vec::new();
    let mut found: Vec<(&'static str, PathBuf)> = Vec::new();
    for kind in KINDS {
        found.extend(folders(&cache.path(kind, "")).into_iter().map(|dir| (*kind, dir)));
    }
    // The lists of suites, by mirror.
    for mirror in folders(&cache.path(LISTS, "")) {
        found.extend(folders(&mirror).into_iter().map(|dir| (LISTS, dir)));
    }
    for (kind, dir) in found {
        let key = dir.strip_prefix(cache.path(kind, "")).unwrap_or(&dir).to_string_lossy().into_owned();
        let unused = cache.last_used(kind, &key).and_then(|time| now.duration_since(time).ok());
        let root = Record::read(&dir).ok().map(|record| record.root);
        entries.push(Entry { kind, key, size: size(&dir)?, unused: unused.unwrap_or_default(), root });
    }
    // Nix keeps what a link leads to for as long as the link is there.
    for link in fs::read_dir(cache.path(LINKS, "")).into_iter().flatten().filter_map(Result::ok) {
        if link.file_type()?.is_symlink() {
            let key = link.file_name().to_string_lossy().into_owned();
            let pin = fs::metadata(cache.path("pins", &format!("{LINKS}-{key}"))).or_else(|_| link.metadata());
            let unused = pin.ok().and_then(|stamp| now.duration_since(stamp.modified().ok()?).ok());
            entries.push(Entry { kind: LINKS, key, size: 0, unused: unused.unwrap_or_default(), root: None });
        }
    }
    Ok(entries)
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
}

fn size(dir: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut sum = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let data = entry.metadata()?;
        // stat(2) counts blocks of 512 bytes.
        sum += if data.is_dir() { size(&entry.path())? } else { data.blocks() * 512 };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600;

    /// Entries as `kind/key size days [root]`.
    #[track_caller]
    fn check(entries: &[&str], days: u64, most: Option<u64>, expected: &[&str]) {
        let entry = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            let (kind, key) = words[0].split_once('/').expect("a kind");
            Entry {
                kind: KINDS.iter().find(|it| **it == kind).expect("a known kind"),
                key: key.to_owned(),
                size: words[1].parse().expect("a size"),
                unused: Duration::from_secs(words[2].parse::<u64>().expect("days") * DAY),
                root: words.get(3).map(|&root| root.to_owned()),
            }
        };
        let doomed = doomed(entries.iter().map(entry).collect(), Duration::from_secs(days * DAY), most);
        let names: Vec<String> = doomed.iter().map(|entry| format!("{}/{}", entry.kind, entry.key)).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn what_goes() {
        let all = ["kernels/a 10 40 r1", "kernels/b 10 20 r2", "roots/r1 30 50", "roots/r2 30 50", "init/i 1 3"];
        check(&[], 30, None, &[]);
        check(&all, 30, None, &["kernels/a", "roots/r1"]);
        check(&all, 100, None, &[]);
        check(&all, 0, None, &["kernels/a", "roots/r1", "kernels/b", "roots/r2", "init/i"]);
        check(&all, 30, Some(41), &["kernels/a", "roots/r1"]);
        check(&all, 100, Some(80), &["kernels/a"]);
        check(&all, 30, Some(40), &["kernels/a", "roots/r1", "kernels/b"]);
        check(&all, 30, Some(0), &["kernels/a", "roots/r1", "kernels/b", "roots/r2", "init/i"]);
        // A root that two kernels share goes with the last of them.
        check(&["kernels/a 1 90 r", "kernels/b 1 1 r", "roots/r 1 90"], 30, None, &["kernels/a"]);
    }
}
