// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernels at hand say about the names of a failed build.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::c::config::Guard;
use super::c::declared::{What, declared};
use super::c::tokens::{is_of_word, tokens};
use super::headers::{Index, Place};
use super::options::Exporters;
use super::shelf::{Known, Shelf};
use super::symvers::Symvers;

pub(super) struct Facts<'a> {
    pub(super) shelf: &'a Shelf,
    /// Each is made when it is asked for: to read all headers of a kernel takes a fifth of a second.
    indexes: Vec<OnceCell<Index>>,
    symvers: Vec<OnceCell<Option<Symvers>>>,
    names: Vec<String>,
    exporters: OnceCell<Option<Exporters>>,
    /// The driver's sources, as they were built.
    pub(super) sources: Sources,
    /// Module.symvers of the person's other drivers, with their names.
    pub(super) neighbours: Vec<(String, PathBuf)>,
}

/// A driver's own files: their paths from its folder, and their texts.
#[derive(Debug, Default)]
pub(super) struct Sources(pub(super) Vec<(String, String)>);

/// More words than this make the search slow, and are consequences of the first.
const MOST_NAMES: usize = 60;

impl<'a> Facts<'a> {
    pub(super) fn new(
        shelf: &'a Shelf,
        names: &[String],
        sources: Sources,
        neighbours: Vec<(String, PathBuf)>,
    ) -> Self {
        let mut wanted: Vec<&str> = Vec::new();
        for name in names.iter().filter(|name| name.len() > 2 && name.bytes().all(is_of_word)) {
            if !wanted.contains(&name.as_str()) && wanted.len() < MOST_NAMES {
                wanted.push(name);
            }
        }
        let indexes = shelf.kernels.iter().map(|_| OnceCell::new()).collect();
        let symvers = shelf.kernels.iter().map(|_| OnceCell::new()).collect();
        let names = wanted.into_iter().map(str::to_owned).collect();
        Self { shelf, indexes, symvers, names, exporters: OnceCell::new(), sources, neighbours }
    }

    fn at(&self, known: &Known) -> usize {
        self.shelf.kernels.iter().position(|it| it.release == known.release).unwrap_or(self.shelf.own)
    }

    fn index(&self, known: &Known) -> &Index {
        let names = || self.names.iter().map(String::as_str).collect::<Vec<_>>();
        self.indexes[self.at(known)].get_or_init(|| Index::of(&known.tops(), &names()))
    }

    pub(super) fn symvers(&self, known: &Known) -> Option<&Symvers> {
        self.symvers[self.at(known)].get_or_init(|| Symvers::read(&known.symvers())).as_ref()
    }

    /// Where the own kernel's sources export these names, if it has sources.
    pub(super) fn exporters(&self) -> Option<&Exporters> {
        self.exporters.get_or_init(|| Exporters::of(self.shelf.own(), &self.names)).as_ref()
    }

    /// The declaration that a driver sees: one whose conditions hold, if there is any.
    pub(super) fn place(&self, known: &Known, name: &str, wanted: impl Fn(What) -> bool) -> Option<&Place> {
        let all = || self.index(known).get(name).iter().filter(|place| wanted(place.declared.what));
        all().find(|place| is_seen(known, &place.declared.guards)).or_else(|| all().next())
    }

    pub(super) fn any(&self, known: &Known, name: &str) -> Option<&Place> {
        self.place(known, name, |_| true)
    }

    /// A word that is in a header of the kernels that have something, and in none of the others.
    pub(super) fn tells_apart(&self, text: &str, file: &str, has: impl Fn(&Known) -> bool) -> bool {
        self.shelf.kernels.iter().all(|known| {
            let tops = known.tops();
            let found =
                tops.iter().filter_map(|top| fs::read_to_string(top.join(file)).ok()).any(|it| it.contains(text));
            found == has(known)
        })
    }
}

/// Whether a driver for this kernel sees what has these conditions; yes when it can't be said.
pub(super) fn is_seen(known: &Known, guards: &[Guard]) -> bool {
    options_in_the_way(known, guards).is_empty()
}

/// The options that keep a declaration away.
pub(super) fn options_in_the_way(known: &Known, guards: &[Guard]) -> Vec<String> {
    let is_on = |option: &str| option.starts_with("CONFIG_").then(|| known.has(option)).flatten();
    let mut options: Vec<String> = Vec::new();
    for guard in guards.iter().filter(|guard| guard.holds(&is_on) == Some(false)) {
        options.extend(guard.options());
    }
    options
}

impl Sources {
    /// Of a folder, as far as they are texts that can be read.
    pub(super) fn read(dir: &Path) -> Self {
        let paths = crate::kbuild::sources(dir).unwrap_or_default();
        let is_source = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let ends = [".c", ".h", ".S", ".rs"].iter().any(|end| name.ends_with(end));
            (ends && !name.ends_with(".mod.c")) || ["Kbuild", "Makefile"].contains(&name.as_str())
        };
        let read =
            |path: PathBuf| Some((path.to_string_lossy().into_owned(), fs::read_to_string(dir.join(path)).ok()?));
        Self(paths.into_iter().filter(is_source).filter_map(read).collect())
    }

    /// The structure that an object is: `platform_driver` of `static struct platform_driver foo = {`.
    pub(super) fn structure_of(&self, object: &str) -> Option<String> {
        self.0.iter().filter(|(_, text)| text.contains(object)).find_map(|(_, text)| {
            let tokens = tokens(text);
            let found = tokens.windows(3).find(|it| it[0].is("struct") && it[2].is(object))?;
            Some(found[1].text.to_owned())
        })
    }

    /// The file that has a function's body.
    pub(super) fn defining(&self, function: &str) -> Option<&str> {
        let is_code = |path: &str| path.ends_with(".c");
        let defines =
            |text: &str| declared(text, &[function]).iter().any(|it| it.what == What::Function && it.is_defined);
        let found = self.0.iter().find(|(path, text)| is_code(path) && text.contains(function) && defines(text));
        found.map(|(path, _)| path.as_str())
    }

    pub(super) fn licence(&self) -> Option<String> {
        self.0.iter().find_map(|(_, text)| {
            let tokens = tokens(text);
            let found = tokens.windows(3).find(|it| it[0].is("MODULE_LICENSE") && it[1].is("("))?;
            Some(found[2].text.trim_matches('"').to_owned())
        })
    }

    /// Whether one of them includes a header.
    pub(super) fn includes(&self, header: &str) -> bool {
        let wanted = format!("<{header}>");
        self.0.iter().any(|(_, text)| text.contains(&wanted))
    }

    pub(super) fn makefiles_have(&self, text: &str) -> bool {
        self.0.iter().any(|(path, it)| (path.ends_with("Kbuild") || path.ends_with("Makefile")) && it.contains(text))
    }
}
