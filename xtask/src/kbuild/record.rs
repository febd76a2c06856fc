// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came of a build, kept beside it: while its inputs are the same and nobody touches what it made, make need not run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::stage::stamp;

/// `known.json` in a build's folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Record {
    /// The word of `inputs::of_build`.
    pub(super) inputs: String,
    /// That of `inputs::but_sources`.
    pub(super) frame: String,
    /// Files of which nothing is made yet, since the compiler refused them.
    #[serde(default)]
    pub(super) pending: BTreeSet<PathBuf>,
    /// What make does to an object after compiling it, where Kbuild does not note it.
    #[serde(default)]
    pub(super) after: BTreeMap<PathBuf, String>,
    /// What was made without make, which has not confirmed it.
    #[serde(default)]
    pub(super) replayed: BTreeSet<PathBuf>,
    pub(super) warnings: usize,
    /// Why the compiler refused, when it did.
    pub(super) refused: Option<Refused>,
    /// Files that the build made, with their stamps.
    pub(super) made: BTreeMap<PathBuf, String>,
}

/// A refusal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Refused {
    pub(super) lines: Vec<String>,
    /// What they mean, by the kernels that were at hand then.
    #[serde(default)]
    pub(super) why: Vec<String>,
    /// Paths in `lines` are relative to where the person was: what stands before them.
    pub(super) shown_as: String,
}

impl Record {
    const FILE: &str = "known.json";

    pub(super) fn new<'a>(
        (inputs, frame): (String, String),
        warnings: usize,
        refused: Option<Refused>,
        made: impl Iterator<Item = &'a Path>,
    ) -> Self {
        let made = made.map(|path| (path.to_owned(), stamp(path))).collect();
        let (pending, replayed, after) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Self { inputs, frame, pending, after, replayed, warnings, refused, made }
    }

    /// Whether all that it made is as it was.
    pub(super) fn is_whole(&self) -> bool {
        self.made.iter().all(|(path, known)| path.is_file() && stamp(path) == *known)
    }

    /// The modules among that.
    pub(super) fn modules(&self) -> impl Iterator<Item = &Path> {
        self.made.keys().map(PathBuf::as_path).filter(|path| path.extension().is_some_and(|ending| ending == "ko"))
    }

    /// The record of a build with these inputs, if all that it made is as it was. One that can't be read was never written.
    pub(super) fn read(dir: &Path, inputs: &str) -> Option<Self> {
        let record = Self::last(dir)?;
        (record.inputs == inputs && record.is_whole()).then_some(record)
    }

    /// The record of the last build, whatever has become of it.
    pub(super) fn last(dir: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(dir.join(Self::FILE)).ok()?).ok()
    }

    /// The warnings of a build that came after this one, if it made nothing anew: then make had no reason to say them again.
    pub(super) fn warnings_of<'a>(&self, mut modules: impl Iterator<Item = &'a Path>) -> usize {
        let is_same = |path: &Path| self.made.get(path).is_some_and(|known| stamp(path) == *known);
        if self.refused.is_none() && modules.all(is_same) { self.warnings } else { 0 }
    }

    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        let partial = dir.join(format!("{}.partial", Self::FILE));
        fs::write(&partial, serde_json::to_string_pretty(self)?)?;
        fs::rename(&partial, dir.join(Self::FILE))?;
        Ok(())
    }

    /// Make is about to run.
    pub(super) fn remove(dir: &Path) -> Result<()> {
        match fs::remove_file(dir.join(Self::FILE)) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(err.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a record when its file has this text, and the module it speaks of this one.
    #[track_caller]
    fn check(spoil: impl Fn(&Path), inputs: &str, expected: bool) {
        let dir = tempfile::tempdir().expect("a folder");
        let module = dir.path().join("m.ko");
        fs::write(&module, "module").expect("written");
        let refused = Some(Refused { lines: vec!["no".to_owned()], why: Vec::new(), shown_as: String::new() });
        let record = Record::new(("a".to_owned(), String::new()), 2, refused, [module.as_path()].into_iter());
        record.write(dir.path()).expect("written");
        spoil(dir.path());
        let read = Record::read(dir.path(), inputs);
        assert_eq!(read.is_some(), expected);
        if let Some(read) = read {
            assert_eq!((read.warnings, read.refused.map(|it| it.lines)), (2, Some(vec!["no".to_owned()])));
        }
    }

    #[test]
    fn what_a_record_is_good_for() {
        let file = |dir: &Path| dir.join(Record::FILE);
        check(|_| (), "a", true);
        check(|_| (), "b", false);
        check(|dir| fs::remove_file(file(dir)).expect("removed"), "a", false);
        check(|dir| fs::write(file(dir), "").expect("written"), "a", false);
        check(|dir| fs::write(file(dir), "{\"inputs\": \"a\"}").expect("written"), "a", false);
        check(|dir| fs::write(file(dir), [0xff, 0xfe]).expect("written"), "a", false);
        let cut = |dir: &Path| {
            let text = fs::read(file(dir)).expect("read");
            fs::write(file(dir), &text[..text.len() / 2]).expect("written");
        };
        check(cut, "a", false);
        check(|dir| fs::remove_file(dir.join("m.ko")).expect("removed"), "a", false);
        check(|dir| fs::write(dir.join("m.ko"), "changed").expect("written"), "a", false);
        check(|dir| Record::remove(dir).expect("removed"), "a", false);
    }
}
