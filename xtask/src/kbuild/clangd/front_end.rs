// SPDX-License-Identifier: MIT OR Apache-2.0
//! A call of the kernel's compiler as clangd may have it: what the source means is the same, and the files are where the person has them.
//!
//! clang refuses what it does not know, and gcc has options for its code generator that clang has not. An editor generates no code:
//! so what stays of `-f` and `-m` is what the language itself hangs on, whoever has the other options.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::kbuild::noted::{Noted, plain};

/// Options with a path behind them, which may be a word of its own.
const WITH_PATH: &[&str] = &["-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I"];

/// Options with a macro behind them, which may be a word of its own.
const WITH_MACRO: &[&str] = &["-D", "-U"];

/// What the language hangs on; and `-w`, which asks for no warning.
const OF_LANGUAGE: &[&str] = &["-ansi", "-nostdinc", "-undef", "-trigraphs", "-m16", "-m32", "-m64", "-mx32", "-w"];

/// The same of what begins with `-f` or `-fno-`.
const FEATURES: &[&str] = &[
    "builtin",
    "freestanding",
    "gnu89-inline",
    "hosted",
    "ms-extensions",
    "pack-struct",
    "short-enums",
    "short-wchar",
    "signed-char",
    "unsigned-char",
];

/// What clang alone has: not to complain of gcc's names of warnings, and to take a cast as an operand of assembly, as gcc does.
const OF_CLANG: [&str; 2] = ["-Wno-unknown-warning-option", "-fheinous-gnu-extensions"];

/// Where the files of a build are for an editor.
#[derive(Debug)]
pub(super) struct Places<'a> {
    /// The copy that was built.
    pub(super) stage: &'a Path,
    /// The folder that it is a copy of.
    pub(super) dir: &'a Path,
    /// Folders of the tool root, and where they are outside of it.
    pub(super) moves: Vec<(PathBuf, PathBuf)>,
}

impl Places<'_> {
    /// The person's own file or folder; what the build alone has is where that has made it.
    pub(super) fn outside(&self, path: &Path) -> PathBuf {
        if let Ok(below) = path.strip_prefix(self.stage) {
            let own = plain(&self.dir.join(below));
            return if own.exists() || !path.exists() { own } else { path.to_owned() };
        }
        let moved = self.moves.iter().find_map(|(from, to)| Some(plain(&to.join(path.strip_prefix(from).ok()?))));
        moved.unwrap_or_else(|| path.to_owned())
    }

    fn is_generated(&self, path: &Path) -> bool {
        path.starts_with(self.stage) && self.outside(path).starts_with(self.stage)
    }
}

/// The words for clangd, but for the source itself; relative paths begin at `base`, and `machine` is whom the kernel is for.
pub(super) fn arguments(noted: &Noted, base: &Path, places: &Places<'_>, machine: &str) -> Vec<String> {
    let call = &noted.call;
    let absolute = |path: &str| plain(&base.join(path));
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let generated: BTreeSet<PathBuf> =
        noted.read.iter().map(|path| absolute(path)).filter(|path| places.is_generated(path)).collect();
    // There may be others before the compiler: ccache.
    let before = call.args.iter().take_while(|word| !word.starts_with('-')).last();
    let mut words = vec![before.unwrap_or(&call.program).clone()];
    if !call.args.iter().any(|word| word.starts_with("--target=")) {
        words.push(format!("--target={machine}"));
    }
    let mut rest = call.args.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if let Some((option, value)) = split(word, WITH_PATH) {
            let path = absolute(if value.is_empty() { rest.next().unwrap_or_default() } else { value });
            let own = places.outside(&path);
            let also = (!generated.is_empty() && own != path && path.starts_with(places.stage)).then_some(path);
            for path in [Some(own), also.filter(|path| path.is_dir())].into_iter().flatten() {
                words.extend([option.to_owned(), text(&path)]);
            }
        } else if let Some((option, value)) = split(word, WITH_MACRO) {
            let value = if value.is_empty() { rest.next().unwrap_or_default() } else { value };
            words.push(option.to_owned() + &value.replace(&text(places.stage), &text(places.dir)));
        } else if let Some(word) = warning(word) {
            words.push(word);
        } else if is_of_language(word) {
            words.push(word.to_owned());
        }
    }
    // `#include "…"` looks beside the file first, and there the build has more.
    let source = noted.source.as_deref().map(absolute);
    let beside: BTreeSet<&Path> =
        generated.iter().chain(&source).filter(|_| !generated.is_empty()).filter_map(|path| path.parent()).collect();
    words.extend(beside.into_iter().flat_map(|folder| ["-iquote".to_owned(), text(folder)]));
    words.extend(OF_CLANG.map(str::to_owned));
    words
}

fn split<'a>(word: &'a str, options: &[&'static str]) -> Option<(&'static str, &'a str)> {
    options.iter().find_map(|option| Some((*option, word.strip_prefix(option)?)))
}

/// An option about warnings. What is an error to gcc is a warning here: clang means other things by the same names, and has
/// warnings of its own.
fn warning(word: &str) -> Option<String> {
    let about = word.strip_prefix("-W")?;
    // `-Wp,…` and the like are words for other programs.
    if about.contains(',') || about == "error" || about.starts_with("no-error") {
        return None;
    }
    Some(format!("-W{}", about.strip_prefix("error=").unwrap_or(about)))
}

fn is_of_language(word: &str) -> bool {
    let is_feature = |word: &str| {
        let word = word.strip_prefix("no-").unwrap_or(word);
        FEATURES.contains(&word.split('=').next().unwrap_or(word)) || word.starts_with("builtin-")
    };
    OF_LANGUAGE.contains(&word)
        || ["-std=", "-O", "--target="].iter().any(|start| word.starts_with(start))
        || word.strip_prefix("-f").is_some_and(is_feature)
}
