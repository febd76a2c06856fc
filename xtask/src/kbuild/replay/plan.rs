// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of the commands that Kbuild has noted make the modules anew when these sources have changed, and when that is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::kbuild::noted::{Noted, plain};

/// A file that make has made, and how.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) noted: Noted,
    /// Where relative paths begin.
    pub(super) base: PathBuf,
}

impl Note {
    fn at(&self, path: &str) -> PathBuf {
        plain(&self.base.join(path))
    }

    pub(super) fn target(&self) -> PathBuf {
        self.at(&self.noted.target)
    }

    /// All that the compiler has read.
    pub(super) fn read(&self) -> BTreeSet<PathBuf> {
        self.noted.source.iter().chain(&self.noted.read).map(|path| self.at(path)).collect()
    }

    /// What a linker's call names: objects, and lists of them.
    fn inputs(&self) -> impl Iterator<Item = (bool, PathBuf)> {
        let words = self.noted.call.args.iter();
        words
            .map(|word| word.strip_prefix('@').map_or((false, word.as_str()), |list| (true, list)))
            .filter(|(is_list, word)| *is_list || word.ends_with(".o"))
            .map(|(is_list, word)| (is_list, self.at(word)))
    }

    pub(super) fn step(&self) -> Step {
        Step { target: self.target(), dir: self.base.clone(), line: self.noted.line.clone() }
    }
}

/// A command for the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) target: PathBuf,
    pub(super) dir: PathBuf,
    pub(super) line: String,
}

/// All that there is to do.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// One for each object whose sources have changed.
    pub(super) compile: Vec<&'a Note>,
    /// Objects of which others are made.
    pub(super) link: Vec<Step>,
    pub(super) modpost: Step,
    pub(super) modules: Vec<Module>,
}

impl Plan<'_> {
    /// All files that it may make.
    pub(super) fn makes(&self) -> BTreeSet<PathBuf> {
        let compiled = self.compile.iter().map(|note| note.target());
        let linked = self.link.iter().chain([&self.modpost]).map(|step| step.target.clone());
        let modules = self.modules.iter();
        let modules = modules.flat_map(|it| [it.source.clone(), it.compile.target.clone(), it.link.target.clone()]);
        compiled.chain(linked).chain(modules).collect()
    }
}

/// What modpost is followed by.
#[derive(Debug)]
pub(super) struct Module {
    /// What modpost writes, and if that has changed, compiles.
    pub(super) source: PathBuf,
    pub(super) compile: Step,
    pub(super) link: Step,
}

/// Why only make can tell.
pub(super) type Doubt = String;

/// What there is to do when these files have changed, by their absolute paths; `list` reads a list of objects.
pub(super) fn plan<'a>(
    notes: &'a [Note],
    changed: &BTreeSet<PathBuf>,
    list: &dyn Fn(&Path) -> Option<String>,
) -> Result<Plan<'a>, Doubt> {
    let kinds: BTreeMap<PathBuf, (&Note, Kind)> =
        notes.iter().map(|note| (note.target(), (note, Kind::of(note)))).collect();
    let mut objects: BTreeMap<PathBuf, &Note> = BTreeMap::new();
    for path in changed {
        let mut readers = kinds.iter().filter(|(_, (note, _))| note.read().contains(path)).peekable();
        if readers.peek().is_none() {
            return Err(format!("Kbuild does not note who reads `{}`", path.display()));
        }
        for (target, (note, kind)) in readers {
            if *kind != Kind::Object {
                return Err(format!("`{}` is made of `{}`, and is no object", target.display(), path.display()));
            }
            objects.insert(target.clone(), note);
        }
    }
    let mut link = Vec::new();
    for (target, (note, _)) in kinds.iter().filter(|(_, (_, kind))| *kind == Kind::Linked) {
        let mut inputs = BTreeSet::new();
        for (is_list, path) in note.inputs() {
            if is_list {
                let text = list(&path).ok_or_else(|| format!("`{}` can't be read", path.display()))?;
                inputs.extend(text.lines().map(|line| note.at(line.trim())));
            } else {
                inputs.insert(path);
            }
        }
        inputs.remove(target);
        if inputs.iter().any(|input| objects.contains_key(input)) {
            link.push(note.step());
        }
    }
    let the_only = |kind: Kind| {
        let mut found = kinds.values().filter(|(_, it)| *it == kind).map(|(note, _)| note.step());
        found.next().filter(|_| found.next().is_none())
    };
    let modpost = the_only(Kind::Symbols).ok_or("Kbuild notes no call of modpost, or several")?;
    let mut modules = Vec::new();
    for (target, (note, _)) in kinds.iter().filter(|(_, (_, kind))| *kind == Kind::Module) {
        let own = kinds.get(&target.with_extension("mod.o")).filter(|(_, kind)| *kind == Kind::OfModpost);
        let (own, _) = own.ok_or_else(|| format!("Kbuild does not note what `{}` is linked with", target.display()))?;
        modules.push(Module { source: target.with_extension("mod.c"), compile: own.step(), link: note.step() });
    }
    if modules.is_empty() {
        return Err("Kbuild notes no module".to_owned());
    }
    Ok(Plan { compile: objects.into_values().collect(), link, modpost, modules })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Compiled out of one source.
    Object,
    /// Linked out of other objects.
    Linked,
    /// What modpost writes of all modules.
    Symbols,
    /// Compiled out of what modpost writes.
    OfModpost,
    Module,
    Other,
}

impl Kind {
    fn of(note: &Note) -> Self {
        let target = note.noted.target.as_str();
        let is_compiled = note.noted.source.is_some();
        if target.ends_with(".mod.o") {
            Self::OfModpost
        } else if target.ends_with(".o") && is_compiled {
            Self::Object
        } else if target.ends_with(".o") {
            Self::Linked
        } else if target.ends_with(".ko") {
            Self::Module
        } else if target.ends_with("Module.symvers") {
            Self::Symbols
        } else {
            Self::Other
        }
    }
}
