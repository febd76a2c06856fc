// SPDX-License-Identifier: MIT OR Apache-2.0
//! The documentation of a driver in Rust, by rustdoc. Kbuild has a target for the kernel's own crates alone, so rustdoc gets the words
//! with which Kbuild has called rustc for the driver; Kbuild notes them beside each object.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::noted::{Call, Noted};
use super::{Build, PathMap, crates, diagnostics, run_make, stage};
use crate::cmd::How;
use crate::context::Context;
use crate::driver::Driver;
use crate::kernel::KernelTree;
use crate::report::{self, Event};
use crate::toolchain::enter::Access;

/// What rustdoc made.
#[derive(Debug)]
pub struct Doc {
    /// The first page of each crate.
    pub pages: Vec<PathBuf>,
    pub warnings: usize,
}

/// Has rustdoc write about a driver that was built for a kernel. An error if it has nothing in Rust, or rustdoc fails.
pub fn doc(context: &Context, driver: &Driver, kernel: &KernelTree, build: &Build) -> Result<Doc> {
    let roots = crates::crate_roots(&driver.dir)?;
    ensure!(!roots.is_empty(), "`{}` has no crate in Rust", driver.dir.display());
    let output = build.stage.with_file_name("doc");
    stage::remove_all(&output)?;
    fs::create_dir_all(&output)?;
    let paths = PathMap::new(&build.stage, &driver.dir);
    let mut doc = Doc { pages: Vec::new(), warnings: 0 };
    for root in roots {
        let name = root.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let source = build.stage.join(&root);
        let noted = source.with_file_name(format!(".{name}.o.cmd"));
        let text = fs::read_to_string(&noted)?;
        let call = Noted::parse(&text).with_context(|| format!("`{}` has no call of rustc", noted.display()))?.call;
        let call = call.of_rustdoc();
        let way = context.way()?;
        let shown = [
            (kernel.dir.as_path(), Access::Read),
            (build.stage.as_path(), Access::Read),
            (output.as_path(), Access::Write),
        ];
        // Since 6.13 Kbuild works in the driver's folder, and names the source from there.
        let is_in_stage = call.args.last().is_some_and(|source| Path::new(source).is_relative());
        let mut rustdoc = way.build_tool(&call.program, kernel, &context.cache, &shown)?;
        for (name, value) in call.env {
            rustdoc = rustdoc.env(name, value);
        }
        // The kernel's Makefile has it in the environment: the flags are those of a nightly compiler.
        rustdoc = rustdoc.env("RUSTC_BOOTSTRAP", "1").args(call.args).arg("--output").arg(&output);
        rustdoc = rustdoc.dir(if is_in_stage { &build.stage } else { &kernel.kdir }).deadline(super::make::DEADLINE);
        let said = run_make(context, driver, kernel, &rustdoc, &paths)?;
        if said.how != How::Exited(0) {
            bail!("`{rustdoc}` ended by {}:\n{}", said.how, said.lines.join("\n"));
        }
        for line in said.lines.iter().filter(|line| !diagnostics::is_noise(line)) {
            context.events.say(Event::Diagnostic { line: report::ours(line) });
        }
        doc.warnings += said.warnings;
        doc.pages.push(output.join(name.replace('-', "_")).join("index.html"));
    }
    Ok(doc)
}

impl Call {
    /// The call of rustdoc that sees the same.
    fn of_rustdoc(self) -> Self {
        let mut args = Vec::new();
        let mut words = self.args.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--out-dir" => drop(words.next()),
                // What rustdoc has no option for; that of the second the kernel's own rule leaves out, too (rust/Makefile).
                _ if word.starts_with("--emit=") || word.starts_with("--remap-path-scope=") => (),
                _ => args.push(word),
            }
        }
        // A module has no users, so what is public in it says nothing.
        args.insert(0, "--document-private-items".to_owned());
        let program = match self.program.strip_suffix("rustc") {
            Some(before) => format!("{before}rustdoc"),
            None => "rustdoc".to_owned(),
        };
        Self { program, args, ..self }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &Expect) {
        let Call { env, program, args } = Noted::parse(text).expect("a call").call.of_rustdoc();
        let said = format!("{env:?} {program} {args:?}");
        expected.assert_eq(&said);
    }

    #[test]
    fn calls() {
        check(
            "savedcmd_a.o := OBJTREE=/k RUST_MODFILE=a rustc -Copt-level=2 @/k/include/generated/rustc_cfg \
             -Zcrate-attr='feature(a,b)' --cfg 'x=\"$$y$(pound)\"' --out-dir . --emit=dep-info=./.a.o.d --emit=obj=a.o a.rs ; \
             /k/tools/objtool/objtool a.o\n\nsource_a.o := a.rs\n",
            &expect![[
                r#"[("OBJTREE", "/k"), ("RUST_MODFILE", "a")] rustdoc ["--document-private-items", "-Copt-level=2", "@/k/include/generated/rustc_cfg", "-Zcrate-attr=feature(a,b)", "--cfg", "x=\"$y#\"", "a.rs"]"#
            ]],
        );
        check(
            "savedcmd_/m/a.o := RUST_MODFILE=/m/a /opt/bin/rustc -L ./rust/ --out-dir /m/ --emit=obj=/m/a.o /m/a.rs\n",
            &expect![[
                r#"[("RUST_MODFILE", "/m/a")] /opt/bin/rustdoc ["--document-private-items", "-L", "./rust/", "/m/a.rs"]"#
            ]],
        );
    }
}
