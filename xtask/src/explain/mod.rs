// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the compiler, modpost and make mean when they refuse a driver, why, and what mends it: looked up in the headers and the
//! exports of the kernels at hand, and in a table of changes that many drivers meet.
//!
//! A fact is what these kernels say; it names them. Advice begins with `help: `.

mod c;
mod complaint;
mod drift;
mod facts;
mod headers;
mod link;
mod loading;
pub mod nix;
mod options;
mod renames;
mod shelf;
mod symvers;
#[cfg(test)]
mod tests;
mod trouble;
mod words;

use std::path::{Path, PathBuf};

use complaint::{Complaint, complaints};
use facts::{Facts, Sources};
pub(crate) use loading::note;
pub(crate) use shelf::Shelf;

use crate::kernel::KernelTree;

/// So many complaints are explained: those that follow are mostly of the same kind.
const MOST: usize = 8;

/// What a kernel's headers say against the table of changes, a line for each name: the table's own test.
pub fn contradictions(kernel: &KernelTree) -> Vec<String> {
    let known = shelf::Known::new(&kernel.release, kernel.kdir.clone(), &kernel.config);
    renames::contradictions(known.as_slice())
}

/// What is explained about.
#[derive(Debug)]
pub(crate) struct About<'a> {
    pub(crate) shelf: &'a Shelf,
    /// The driver's sources, as they were built.
    pub(crate) sources: &'a Path,
    /// Module.symvers of other drivers that were built for this kernel, with their names.
    pub(crate) neighbours: Vec<(String, PathBuf)>,
}

/// What these lines of a build mean; nothing where there is nothing to add to them.
pub(crate) fn explain(lines: &[String], about: About<'_>) -> Vec<String> {
    let all = complaints(lines);
    // Folders and flags of Nix's trouble builds for Nix's kernels only.
    let of_nix = if about.shelf.own().is_of_nix() { nix::help(lines) } else { Vec::new() };
    if all.is_empty() {
        return of_nix;
    }
    let sources = Sources::read(about.sources);
    let facts = Facts::new(about.shelf, &names(&all, &sources), sources, about.neighbours);
    let mut said: Vec<String> = of_nix;
    let mut explained = 0;
    let mut left = 0;
    for complaint in &all {
        let lines = of(&facts, complaint);
        let is_news = lines.iter().any(|line| !said.contains(line));
        if is_news && explained == MOST {
            left += 1;
        } else if is_news {
            explained += 1;
            let news: Vec<String> = lines.into_iter().filter(|line| !said.contains(line)).collect();
            said.extend(news);
        }
    }
    if left > 0 {
        said.push(format!("{left} more of its complaints could be explained, once these are mended"));
    }
    said
}

fn of(facts: &Facts<'_>, complaint: &Complaint) -> Vec<String> {
    match complaint {
        Complaint::Unknown { name, what } => drift::unknown(facts, name, *what),
        Complaint::NoMember { of, member } => drift::member(facts, of, member),
        Complaint::Arguments { function } => drift::call(facts, function),
        Complaint::Pointer { place, wants, has } => drift::pointer(facts, place.as_deref(), wants, has),
        Complaint::Nothing { names } => {
            names.iter().map(|name| drift::call(facts, name)).find(|said| said.len() > 1).unwrap_or_default()
        }
        Complaint::Declared { name } => drift::declared(facts, name),
        Complaint::ReadOnly { name } => {
            let of = renames::row_of_member(name).and_then(|row| row.was.rsplit_once('.'));
            of.map(|(of, member)| drift::member(facts, &format!("struct {of}"), member)).unwrap_or_default()
        }
        Complaint::Syntax { names } => syntax(facts, names),
        Complaint::NoHeader { header } => trouble::header(facts, header),
        Complaint::Strict { warning, name } => trouble::strict(warning, name),
        Complaint::Undefined { symbol, module } => link::undefined(facts, symbol, module),
        Complaint::GplOnly { symbol, module } => link::gpl_only(facts, symbol, module),
        Complaint::Namespace { symbol, namespace, .. } => link::namespace(facts, symbol, namespace),
        Complaint::NoLicence { module } => vec![
            format!("`{module}` does not say under which licence it is"),
            "help: add `MODULE_LICENSE(\"GPL\");`, if that is what it is".to_owned(),
        ],
        Complaint::NoDescription { module } => vec![
            format!("`{module}` does not say what it is, of which modpost warns since upstream's 6.11"),
            "help: add `MODULE_DESCRIPTION(\"...\");`".to_owned(),
        ],
        Complaint::Section { from, to, section } => link::section(from, to, section),
        Complaint::Make(trouble) => trouble::explain(facts, trouble),
    }
}

/// A line that the compiler can't read has mostly a macro that is gone, or one that takes something else.
fn syntax(facts: &Facts<'_>, names: &[String]) -> Vec<String> {
    let own = facts.shelf.own();
    if names.iter().any(|name| name == "MODULE_IMPORT_NS" || name.starts_with("EXPORT_SYMBOL_NS")) {
        let what = if link::takes_text(own) { "a text: `\"NAME\"`" } else { "a name without quotes" };
        return vec![
            format!("a symbol's namespace is {what} in {}", own.label),
            "help: since upstream's 6.13 it is a text: `#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)`".to_owned(),
        ];
    }
    let is_gone = |name: &&String| {
        let is_known = || facts.shelf.kernels.iter().any(|known| facts.any(known, name).is_some());
        facts.any(own, name).is_none() && (renames::row(name).is_some() || is_known())
    };
    names.iter().find(is_gone).map(|name| drift::unknown(facts, name, complaint::Unknown::Name)).unwrap_or_default()
}

/// The names to look for in the headers.
fn names(all: &[Complaint], sources: &Sources) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.rsplit(' ').next().unwrap_or(name);
        names.push(name.to_owned());
        let others = renames::row(name).map(|row| row.now).into_iter().chain(renames::row_to(name).map(|row| row.was));
        names.extend(others.filter(|other| !other.is_empty()).map(str::to_owned));
    };
    for complaint in all {
        match complaint {
            Complaint::Unknown { name, .. } | Complaint::Declared { name } => add(name),
            Complaint::NoMember { of, .. } => add(of),
            Complaint::Arguments { function } => add(function),
            Complaint::Undefined { symbol, .. } => add(symbol),
            Complaint::Nothing { names } | Complaint::Syntax { names } => names.iter().for_each(|name| add(name)),
            Complaint::ReadOnly { name } => {
                if let Some((of, _)) = renames::row_of_member(name).and_then(|row| row.was.rsplit_once('.')) {
                    add(of);
                }
            }
            Complaint::Pointer { place: Some(place), .. } => {
                let object = place.rsplit_once('.').and_then(|(object, _)| object.rsplit('.').next());
                let object = object.and_then(|object| object.split('[').next());
                if let Some(tag) = object.and_then(|object| sources.structure_of(object)) {
                    add(&tag);
                }
            }
            _ => (),
        }
    }
    names
}
