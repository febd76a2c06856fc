// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers in Rust: which those are, and whether the compiler at hand is the one that has built the kernel.
//!
//! rustc reads what it has written of other crates only if it was the very same rustc (https://docs.kernel.org/rust/quick-start.html),
//! so a module needs the kernel's own. bindgen does not count: it has had its say when the kernel was built.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

use super::stage;
use crate::context::Context;
use crate::driver::{Driver, is_of_another};
use crate::kernel::{KernelTree, Tools, text_of};
use crate::toolchain::Way;

/// It prints a line.
const DEADLINE: Duration = Duration::from_secs(60);

/// The files that crates in Rust begin with, below a driver's folder, relative to it. One is a crate's if the makefile beside it has
/// its object, as scripts/generate_rust_analyzer.py of the kernel tells it, too. A folder of the kernel's own tree, which is not there before
/// its kernel is known, has none.
pub(crate) fn crate_roots(dir: &Path) -> Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let sources = stage::sources(dir)?;
    let is_root = |path: &&PathBuf| {
        let object = path.with_extension("o");
        let object = object.file_name().unwrap_or_default().to_string_lossy();
        ["Kbuild", "Makefile"].iter().any(|makefile| {
            let makefile = dir.join(path).with_file_name(makefile);
            std::fs::read_to_string(makefile).is_ok_and(|text| names(&text, &object))
        })
    };
    let in_rust = sources.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    Ok(in_rust.filter(|path| !is_of_another(dir, path)).filter(is_root).cloned().collect())
}

/// Whether a makefile has this object as a word.
fn names(makefile: &str, object: &str) -> bool {
    let lines = makefile.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.flat_map(|line| line.split([' ', '\t', '=', ':'])).any(|word| word == object)
}

/// An error if modules in Rust can't be built for the kernel with the compiler that make would call.
pub(super) fn check(context: &Context, driver: &Driver, kernel: &KernelTree) -> Result<()> {
    if driver.in_tree.is_some() || crate_roots(&driver.dir)?.is_empty() {
        return Ok(());
    }
    let config = fs::read_to_string(&kernel.config)?;
    // Kernels before 6.11 do not say it.
    let Some(kernels) = text_of(&config, "CONFIG_RUSTC_VERSION_TEXT") else { return Ok(()) };
    let way = context.way()?;
    // Who names a compiler knows what it is.
    let further = way.make_args(kernel);
    if further.iter().chain(&driver.manifest.build.make_args).any(|word| word.starts_with("RUSTC=")) {
        return Ok(());
    }
    let rustc = way
        .build_tool("rustc", kernel, &context.cache, &[])
        .with_context(|| format!("modules for {} need `{kernels}`, which has built it", kernel.release))?
        .arg("--version")
        .deadline(DEADLINE);
    let finished = rustc.output()?.success(&rustc);
    let finished = finished.with_context(|| format!("modules for {} need `{kernels}`", kernel.release))?;
    let here = String::from_utf8_lossy(&finished.stdout).trim().to_owned();
    if kernels == here {
        return Ok(());
    }
    let whose = if kernel.tools == Tools::Root && way == Way::Root { Whose::Root } else { Whose::Hosts };
    bail!("{}", differs(&kernel.release, kernels, &here, whose))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Root,
    Hosts,
}

/// What is said where the compilers are not the same.
fn differs(release: &str, kernels: &str, here: &str, whose: Whose) -> String {
    let mends = match whose {
        Whose::Root => {
            "help: `cargo xtask kernels fetch` gets a kernel and the tools that fit it\n\
             help: a kernel of a profile with Rust has its own: `-k 7_3+rust`"
        }
        Whose::Hosts => {
            "help: install that rustc, and have it first on the PATH; or name it in driver.toml: `[build] make-args = \
             [\"RUSTC=/path/to/rustc\"]`\n\
             help: or build the kernel again with this one"
        }
    };
    format!(
        "{release} was built by `{kernels}`, and `rustc` here is `{here}`: neither can read what the other has written of the \
         kernel's own crates\n{mends}"
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &str) {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let roots = crate_roots(dir.path()).expect("read");
        assert_eq!(roots.iter().map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn who_is_in_rust() {
        check(&[("Kbuild", "obj-m := a.o\n"), ("a.c", ""), ("b.rs", "")], "");
        check(&[("Kbuild", "obj-m := a.o\n"), ("a.rs", ""), ("b.rs", "")], "a.rs");
        check(&[("Makefile", "obj-m:=a.o\nb-objs = c.o\\\n d.o\n"), ("a.rs", ""), ("d.rs", "")], "a.rs d.rs");
        check(&[("Kbuild", "obj-m := ab.o # a.o\n"), ("a.rs", ""), ("b.rs", "")], "");
        check(&[("Kbuild", "obj-m += deep/\n"), ("deep/Kbuild", "obj-m += a.o\n"), ("deep/a.rs", "")], "deep/a.rs");
        check(&[("Kbuild", "obj-m := a.o\n"), ("deep/a.rs", "")], "");
        // Another driver, which lies in this one's folder.
        let other = [("rust/driver.toml", ""), ("rust/Kbuild", "obj-m := a.o\n"), ("rust/a.rs", "")];
        check(&[&other[..], &[("Kbuild", "obj-m := a.o\n"), ("a.c", "")]].concat(), "");
    }

    #[test]
    fn other_compilers() {
        let (old, new) = ("rustc 1.85.0 (4d91de4e4 2025-02-17)", "rustc 1.97.1 (abc 2026-08-01)");
        expect![[r#"
            7.3.4+mine was built by `rustc 1.85.0 (4d91de4e4 2025-02-17)`, and `rustc` here is `rustc 1.97.1 (abc 2026-08-01)`: neither can read what the other has written of the kernel's own crates
            help: install that rustc, and have it first on the PATH; or name it in driver.toml: `[build] make-args = ["RUSTC=/path/to/rustc"]`
            help: or build the kernel again with this one"#]]
        .assert_eq(&differs("7.3.4+mine", old, new, Whose::Hosts));
        assert!(differs("7.3.4", old, new, Whose::Root).contains("kernels fetch"));
    }
}
