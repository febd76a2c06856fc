// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask new`: the folder of the smallest driver, with its test.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::context::Context;
use crate::outcome::ExitStatus;

/// A file's name and its text; both have [`NAME`] where the module's name comes.
type Template = &'static [(&'static str, &'static str)];

const IN_C: Template = &[
    ("Kbuild", include_str!("new/c/Kbuild")),
    ("hello.c", include_str!("new/c/hello.c")),
    ("driver.toml", include_str!("new/c/driver.toml")),
    ("README.md", include_str!("new/c/README.md")),
    (".gitignore", include_str!("new/gitignore")),
];

const IN_RUST: Template = &[
    ("Kbuild", include_str!("new/rust/Kbuild")),
    ("hello.rs", include_str!("new/rust/hello.rs")),
    ("driver.toml", include_str!("new/rust/driver.toml")),
    ("README.md", include_str!("new/rust/README.md")),
    (".gitignore", include_str!("new/gitignore")),
];

/// In the templates the module's name.
const NAME: &str = "hello";

/// In them the name of its type.
const TYPE: &str = "Hello";

/// In the texts for people the driver's folder.
const FOLDER: &str = "FOLDER";

/// How a driver in Rust is tried first.
const KERNEL: &str = " -k 7_3+rust";

/// MODULE_NAME_LEN of include/linux/moduleparam.h on 64 bits, less the zero at the end.
const LONGEST: usize = 55;

/// Names that Rust gives to crates which the kernel's own are built of.
const CRATES: &[&str] =
    &["alloc", "bindings", "build_error", "core", "ffi", "kernel", "macros", "pin_init", "std", "uapi", "zerocopy"];

pub(super) fn run(context: &Context, folder: &Path, rust: bool) -> Result<ExitStatus> {
    let name = module_name(folder, rust)?;
    ensure!(
        fs::symlink_metadata(folder).is_err(),
        "`{}` is there already\nhelp: name a folder that is not",
        folder.display()
    );
    fs::create_dir_all(folder)?;
    for (file, text) in if rust { IN_RUST } else { IN_C } {
        fs::write(folder.join(filled(file, &name, folder)), filled(text, &name, folder))?;
    }
    let (lang, kernel) = if rust { (" in Rust", KERNEL) } else { ("", "") };
    context.events.note(format!("`{}` has the driver `{name}`{lang}, and a README.md", folder.display()));
    context.events.note(format!("to build and test it: `cargo xtask vm-test {}{kernel}`", folder.display()));
    Ok(ExitStatus::Good)
}

/// The name of the module in a folder: as the folder's, with `_` for each `-`.
fn module_name(folder: &Path, rust: bool) -> Result<String> {
    let said = folder.file_name().with_context(|| format!("`{}` ends in no name", folder.display()))?;
    let name = said.to_string_lossy().replace('-', "_");
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_plain) || name.len() > LONGEST {
        bail!(
            "`{}` can't be a module's name\nhelp: a small letter, then small letters, digits, `_` and `-`, {LONGEST} at the most",
            said.to_string_lossy()
        );
    }
    ensure!(
        !rust || !CRATES.contains(&name.as_str()),
        "`{name}` is a crate of the kernel's own\nhelp: choose another name"
    );
    Ok(name)
}

/// A template's text for a driver of this name.
fn filled(text: &str, name: &str, folder: &Path) -> String {
    let camel: String = name.split('_').map(capitalized).collect();
    text.replace(NAME, name).replace(TYPE, &camel).replace(FOLDER, &folder.to_string_lossy())
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
