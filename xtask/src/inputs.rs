// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a build and a verdict hang on, each as one word: while it is the same, neither is made again.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};

use crate::cmd::begin::Begins;
use crate::context::Context;
use crate::driver::{Driver, Elsewhere, Manifest};
use crate::fetch::sha256;
use crate::guest;
use crate::judge::Known;
use crate::kbuild::{self, stamp};
use crate::kernel::{KernelTree, Tools};
use crate::toolchain::{MachineTools, Way, on_path};
use crate::vm::Accel;

/// A word for this program itself, as far as verdicts hang on it (see build.rs).
pub(crate) const ENGINE: &str = env!("WORKBENCH_ENGINE");

/// A driver's sources as one word, made once for all the kernels of a matrix.
#[derive(Debug, Default)]
pub struct Sources(OnceLock<String>);

impl Sources {
    fn word(&self, driver: &Driver) -> Result<String> {
        if let Some(word) = self.0.get() {
            return Ok(word.clone());
        }
        let word = sources(driver)?;
        Ok(self.0.get_or_init(|| word).clone())
    }
}

/// What machines run with, the same for all cells.
#[derive(Debug, Clone, Copy)]
pub struct Testbed<'a> {
    pub accel: Accel,
    /// Whether drivers are stressed that do not ask for it themselves.
    pub stress: bool,
    /// Whether it is counted which lines of drivers run.
    pub coverage: bool,
    /// Whether each machine is booted anew.
    pub cold: bool,
    /// Whether somebody waits so much that a machine need not wait for what comes late: it is run again later.
    pub hurry: bool,
    /// Who says when the sources may be looked at; all that can be done before that is done then.
    pub told: Option<&'a Begins>,
    /// QEMU and busybox.
    pub tools: &'a MachineTools,
}

/// What a driver's build for a kernel hangs on. With `sources` the driver's folder is what it was then; without, it is looked
/// at anew.
pub(crate) fn of_build(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    sources: Option<&Sources>,
) -> Result<String> {
    let sources = match sources {
        Some(sources) => sources.word(driver),
        None => self::sources(driver),
    };
    let sources = sources.with_context(|| format!("failed to read the sources of `{}`", driver.name))?;
    Ok(sha256(format!("sources {sources}\n{}", but_sources(context, driver, kernel)?).as_bytes()))
}

/// All of that but the driver's sources.
pub(crate) fn but_sources(context: &Context, driver: &Driver, kernel: &KernelTree) -> Result<String> {
    let way = context.way()?;
    let mut facts = vec![
        format!("engine {ENGINE}"),
        // Messages and debug information name the folder.
        format!("driver {} in {}", driver.own_name, driver.dir.display()),
        format!("built {}", built(driver)?),
        format!("build {:?}", driver.manifest.build),
        format!("kernel {} {:?} {}", kernel.release, kernel.tools, kernel.compiler),
        format!("root {}", name(&kernel.root)),
    ];
    facts.extend(driver.in_tree.as_ref().map(|tree| format!("tree {}", tree.word())));
    match kernel.tools {
        Tools::Root => facts.push(format!("folder {}", name(&kernel.dir))),
        Tools::Host => facts.extend(tree(kernel)),
        // What lies in Nix's store never changes.
        Tools::Nix(_) => facts.push(format!("store {} {:?}", kernel.dir.display(), kernel.image)),
    }
    if way != Way::Root || kernel.tools == Tools::Host {
        facts.extend(host(kernel));
    }
    facts.push(format!("way {}", way_word(&way)));
    Ok(sha256(facts.join("\n").as_bytes()))
}

/// What a driver's verdict on a kernel hangs on.
pub(crate) fn of_test(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    sources: Option<&Sources>,
    testbed: Testbed<'_>,
) -> Result<String> {
    let facts = [
        of_build(context, driver, kernel, sources)?,
        of_manifest(driver, &driver.known(&kernel.release)),
        format!("guest {}", guest::own_sources(context, driver)?),
        format!("stress {} coverage {} cold {}", testbed.stress, testbed.coverage, testbed.cold),
        format!("machine {} {}", testbed.accel.word(), testbed.tools.word()),
    ];
    Ok(sha256(facts.join("\n").as_bytes()))
}

/// What driver.toml says about the test: with the guest's programs, which stand among the sources, it is all that the test is.
/// An allowance that expires changes the verdict without a change to the file.
fn of_manifest(driver: &Driver, known: &[Known]) -> String {
    let Manifest { hardware, test, .. } = &driver.manifest;
    format!("driver {}\nhardware {hardware:?}\ntest {test:?}\nknown {known:?}", driver.name)
}

/// The files that a build sees, with what they contain; of driver.toml the parts that matter stand in [`of_build`] and [`of_test`].
fn sources(driver: &Driver) -> Result<String> {
    let mut facts = String::new();
    for source in kbuild::sources(&driver.dir)? {
        if source != Path::new(crate::driver::MANIFEST) {
            let fact = kbuild::content(&driver.dir.join(&source));
            facts.extend([fact.as_str(), " ", &source.to_string_lossy(), "\n"]);
        }
    }
    Ok(sha256(facts.as_bytes()))
}

/// Modules that somebody else has built, by what is in them: where they lie says nothing.
fn built(driver: &Driver) -> Result<String> {
    let Some(Elsewhere { modules, debug_info }) = &driver.built else { return Ok("here".to_owned()) };
    let mut files = kbuild::modules_below(modules)?;
    files.extend(debug_info.as_deref().map(kbuild::modules_below).transpose()?.unwrap_or_default());
    let facts = files.iter().map(|path| format!("{} {}\n", name(path), kbuild::content(path)));
    Ok(sha256(facts.collect::<String>().as_bytes()))
}

/// A kernel that somebody built, by those of its files that a new build or a new configuration of it replaces.
fn tree(kernel: &KernelTree) -> Vec<String> {
    let parts = ["Makefile", "Module.symvers", ".config", "include/config/auto.conf", "include/generated/utsrelease.h"];
    let mut paths: Vec<_> = parts.iter().map(|part| kernel.kdir.join(part)).collect();
    paths.push(kernel.modules.join("modules.dep"));
    paths.extend(kernel.image.clone());
    paths.iter().map(|path| format!("{} {}", path.display(), stamp(path))).collect()
}

/// The host's tools: those that Kbuild starts, and the environment, of which a driver's Makefile may read any part.
fn host(kernel: &KernelTree) -> Vec<String> {
    let tools = ["make", &kernel.compiler, "gcc", "clang", "ld", "ld.lld", "as", "objcopy", "pahole", "rustc"];
    let mut facts: Vec<String> = tools.iter().map(|tool| program(tool)).collect();
    // Shells and cargo set these anew all the time.
    let is_of_shell = |name: &str| {
        ["_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "LD_LIBRARY_PATH"].contains(&name)
            || name.starts_with("CARGO")
            || name.starts_with("RUST")
    };
    let variables = std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value));
    let variables = variables.filter(|(name, _)| !is_of_shell(name));
    let mut variables: Vec<String> = variables.map(|(name, value)| format!("${name} {}", value.display())).collect();
    variables.sort();
    facts.extend(variables);
    facts
}

fn program(name: &str) -> String {
    let path = on_path(name);
    format!("program {name} {}", path.map_or_else(|| "none".to_owned(), |path| stamp(&path)))
}

fn way_word(way: &Way) -> &'static str {
    match way {
        Way::Root => "root",
        Way::Unconfined { .. } => "unconfined",
        Way::Host => "host",
    }
}

/// The name of a folder of the cache, which has a version or a hash of its content.
fn name(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use fs_err as fs;

    use super::*;
    use crate::kernel::local;

    /// Whether a change to a driver's folder is one of its sources.
    #[track_caller]
    fn check(change: impl Fn(&Path), is_news: bool) {
        let top = tempfile::tempdir().expect("a folder");
        let dir = top.path().join("driver");
        fs::create_dir_all(dir.join("include")).expect("a folder");
        let files =
            [("driver/Kbuild", "obj-m := m.o\n"), ("driver/m.c", "1"), ("driver/include/m.h", "2"), ("shared.h", "3")];
        for (name, text) in files {
            fs::write(top.path().join(name), text).expect("written");
        }
        symlink("../shared.h", dir.join("shared.h")).expect("a link");
        let driver = Driver::open(&dir).expect("a driver");
        let before = sources(&driver).expect("sources");
        change(&dir);
        let after = sources(&driver).expect("sources");
        assert_eq!(before != after, is_news);
    }

    #[test]
    fn what_sources_are() {
        let write = |name: &'static str, text: &'static str| {
            move |dir: &Path| fs::write(dir.join(name), text).expect("written")
        };
        check(|_| (), false);
        check(write("m.c", "1"), false);
        check(write("m.c", "2"), true);
        check(write("include/m.h", "3"), true);
        check(write("new.h", ""), true);
        check(write("../shared.h", "4"), true);
        check(write("m.o", "product"), false);
        check(write("driver.toml", "[hardware]\ncpus = 2\n"), false);
        check(|dir| fs::rename(dir.join("m.c"), dir.join("n.c")).expect("renamed"), true);
        let executable = std::fs::Permissions::from_mode(0o755);
        check(|dir| fs::set_permissions(dir.join("m.c"), executable.clone()).expect("set"), true);
        let relink = |dir: &Path| {
            fs::remove_file(dir.join("shared.h")).expect("removed");
            symlink("include/m.h", dir.join("shared.h")).expect("a link");
        };
        check(relink, true);
    }

    /// A verdict of one day is another's, unless an allowance has expired between them.
    #[test]
    fn what_a_day_is() {
        let top = tempfile::tempdir().expect("a folder");
        fs::write(top.path().join("Kbuild"), "obj-m := m.o\n").expect("written");
        let check = |keys: &str, then: &str, now: &str, is_news: bool| {
            let text = format!("[[test.known]]\nreport = \"WARNING: m_init\"\nreason = \"x\"\n{keys}\n");
            fs::write(top.path().join("driver.toml"), text).expect("written");
            let driver = Driver::open(top.path()).expect("a driver");
            let on = |day: &str| of_manifest(&driver, &driver.known_on("6.1.0-56-amd64", day.parse().expect("a day")));
            assert_eq!(on(then) != on(now), is_news, "{keys}: {then}, {now}");
        };
        check("", "2026-11-20", "2036-11-20", false);
        check("until = \"2026-11-21\"", "2026-11-20", "2026-11-21", false);
        check("until = \"2026-11-21\"", "2026-11-21", "2026-11-22", true);
        check("until = \"2026-11-21\"", "2026-11-22", "2026-11-23", false);
        check("until = \"2026-11-21\"\nkernels = \">=6.12\"", "2026-11-21", "2026-11-22", false);
    }

    #[test]
    fn what_a_tree_is() {
        let top = tempfile::tempdir().expect("a folder");
        let dir = fs::canonicalize(top.path()).expect("a folder");
        let parts = ["Makefile", "Module.symvers", "scripts/basic/fixdep", "scripts/mod/modpost", "vmlinuz", "m.o"];
        let parts = parts.iter().chain(&["include/config/auto.conf", "include/generated/utsrelease.h"]);
        for name in parts {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "#define UTS_RELEASE \"6.1.99-mine\"\n").expect("written");
        }
        let guest = local::GuestTools { root: "/root".into(), compiler: "gcc-12".to_owned() };
        let kernel = local::tree(&dir, guest).expect("a tree");
        for (name, is_news) in
            [("Module.symvers", true), ("include/config/auto.conf", true), ("vmlinuz", true), ("m.o", false)]
        {
            let before = tree(&kernel);
            fs::write(dir.join(name), "12").expect("written");
            fs::write(dir.join(name), "1 2").expect("written");
            assert_eq!(tree(&kernel) != before, is_news, "{name}");
            assert_eq!(tree(&kernel), tree(&kernel));
        }
    }
}
