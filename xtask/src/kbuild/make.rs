// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command that builds a driver: make, or what its dkms.conf says.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use fs_err as fs;

use super::{Editor, replay};
use crate::cmd::Cmd;
use crate::context::{Context, is_plain};
use crate::driver::Driver;
use crate::in_tree::Tree;
use crate::kernel::KernelTree;
use crate::toolchain::enter::Access;

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Modules,
    /// To see whether it makes the same modules.
    Confirm,
    /// All that the compilers can say of the sources; what they make lies in a folder of its own.
    Lint,
}

impl Purpose {
    /// Further words for make. With W=1 Kbuild also runs kernel-doc, a script that needs more of Perl or Python than a tool root has.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Modules | Self::Confirm => &[],
            Self::Lint => &["W=1", "cmd_checkdoc=", "CLIPPY=1"],
        }
    }
}

/// How a build is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    pub purpose: Purpose,
    /// How many jobs make may run at once.
    pub jobs: usize,
    /// What it hangs on, by `inputs::of_build`.
    pub inputs: String,
    /// Whether an earlier build with the same inputs will do.
    pub reuse: bool,
    /// What it does for editors, if anything.
    pub editor: Option<Editor>,
    /// Whether somebody waits: then make may be left out, and has to confirm it later.
    pub hurry: bool,
}

/// No driver takes so long, but a Makefile may wait for what never comes.
pub(super) const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// A folder of the kernel's own tree may have a thousand files.
const DEADLINE_IN_TREE: Duration = Duration::from_secs(4 * 60 * 60);

pub(super) fn deadline(driver: &Driver) -> Duration {
    if driver.in_tree.is_some() { DEADLINE_IN_TREE } else { DEADLINE }
}

pub(super) fn make(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    stage: &Path,
    order: &Order,
) -> Result<Cmd> {
    let Order { purpose, jobs, .. } = order;
    if driver.has_dkms() {
        return make_by_dkms(context, driver, kernel, stage, order);
    }
    let way = context.way()?;
    let mut shown = vec![(kernel.dir.as_path(), Access::Read), (stage, Access::Write)];
    shown.extend(driver.in_tree.iter().flat_map(Tree::folders).map(|folder| (folder, Access::Read)));
    let mut make = way.build_tool("make", kernel, &context.cache, &shown)?;
    make = match &driver.in_tree {
        None => make.arg("-C").arg(&kernel.kdir).arg(format!("M={}", stage.display())),
        // Objects of the kernel itself are nobody's wish, though older kernels would make them for their symbols' sums.
        Some(tree) => make.arg("-C").arg(stage).arg(format!("M={}", tree.top().display())).arg("KBUILD_BUILTIN="),
    };
    make = make.arg(format!("-j{jobs}"));
    if let Some(flags) = person_flags(driver, stage) {
        make = make.arg(format!("KCFLAGS={flags}"));
    }
    if order.hurry && replay::needs_words(kernel) {
        make = make.arg("V=1");
    }
    make = make.deadline(deadline(driver)).args(purpose.words());
    Ok(make.args(way.make_args(kernel)).args(&driver.manifest.build.make_args).arg("modules"))
}

/// make, for a target of Kbuild's that is no module.
pub(super) fn target(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    stage: &Path,
    target: &str,
) -> Result<Cmd> {
    let way = context.way()?;
    let shown = [(kernel.dir.as_path(), Access::Read), (stage, Access::Write)];
    let make = way.build_tool("make", kernel, &context.cache, &shown)?.arg("-C").arg(&kernel.kdir);
    let make = make.arg(format!("M={}", stage.display())).args(way.make_args(kernel));
    Ok(make.args(&driver.manifest.build.make_args).arg(target).deadline(DEADLINE))
}

/// What a driver's dkms.conf says is run instead of plain Kbuild: its author knows what else has to be made.
fn make_by_dkms(context: &Context, driver: &Driver, kernel: &KernelTree, stage: &Path, order: &Order) -> Result<Cmd> {
    let way = context.way()?;
    let script = stage.join(".workbench-dkms.sh");
    fs::write(&script, include_str!("dkms.sh"))?;
    let shown = [(kernel.dir.as_path(), Access::Read), (stage, Access::Write)];
    let flags = [format!("-j{}", order.jobs)].into_iter();
    let flags = flags.chain(order.purpose.words().iter().map(|word| (*word).to_owned()));
    let flags = flags.chain(way.make_args(kernel)).chain(driver.manifest.build.make_args.iter().cloned());
    let escaped: Vec<String> = flags.map(|word| word.replace('\\', r"\\").replace(' ', r"\ ")).collect();
    let mut bash = way
        .build_tool("bash", kernel, &context.cache, &shown)?
        .arg(script)
        .arg(&kernel.release)
        .arg(&kernel.kdir)
        .arg(stage)
        .env("MAKEFLAGS", escaped.join(" "));
    if let Some(flags) = person_flags(driver, stage) {
        bash = bash.env("KCFLAGS", flags);
    }
    Ok(bash.deadline(DEADLINE))
}

/// WARN() and debug information then name the person's own files.
fn person_flags(driver: &Driver, stage: &Path) -> Option<String> {
    let person = driver.dir.to_string_lossy();
    let plain = |c: char| c == '/' || is_plain(c);
    person.chars().all(plain).then(|| format!("-ffile-prefix-map={}={person}", stage.display()))
}
