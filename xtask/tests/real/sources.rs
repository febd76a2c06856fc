// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels built from source: with a kernel in small, `tests/sources`, what becomes of settings, revisions and mistakes; a real one that
//! a driver then runs on, and one for another processor.
//!
//! A real one costs 150 MB, 1.5 GB of the cache, and minutes of two cores, so those take WORKBENCH_TESTS=long.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Failed, Trial};
use xtask::cmd::{Cmd, Finished, How};

pub(crate) fn trials(left_out: bool) -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Result<()>| {
        let run = move || run().map_err(|err| Failed::from(format!("{err:#}")));
        Trial::test(format!("sources::{name}"), run).with_ignored_flag(left_out)
    };
    vec![
        trial("settings", settings),
        trial("revisions", revisions),
        trial("folders", folders),
        trial("needs", needs),
        trial("real", real).with_ignored_flag(left_out || !crate::is_long()),
        trial("cross", cross).with_ignored_flag(left_out || !crate::is_long()),
        trial("old_rust", old_rust).with_ignored_flag(left_out || !crate::is_long()),
    ]
}

/// A folder with a workbench.toml of its own and a copy of the kernel in small.
struct Bench {
    top: tempfile::TempDir,
    /// The kernels in small that were built: nobody wants them in the cache.
    made: RefCell<BTreeSet<PathBuf>>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        for kernel in self.made.borrow().iter() {
            let _gone_already = std::fs::remove_dir_all(kernel);
        }
    }
}

const TOML: &str = "[profile.toy]\nconfig = 'toy.config'\n[profile.more]\nbase = 'toy'\nfragments = ['more.config']\n";

impl Bench {
    fn new() -> Result<Self> {
        let bench = Self { top: tempfile::tempdir()?, made: RefCell::default() };
        bench.write("workbench.toml", TOML)?;
        bench.write("toy.config", "CONFIG_WISH=y\n")?;
        bench.write("more.config", "# CONFIG_WISH is not set\n")?;
        for file in ["Makefile", "Kbuild", "Kconfig", "init/main.c"] {
            let text = std::fs::read_to_string(crate::root().join("tests/sources").join(file))?;
            bench.write(&format!("linux/{file}"), &text)?;
        }
        Ok(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().context("it lies in a folder")?)?;
        Ok(std::fs::write(path, text)?)
    }

    /// What the workbench says to these words here.
    fn run(&self, words: &str) -> Result<Finished> {
        let mut cmd = Cmd::new(env!("CARGO_BIN_EXE_xtask")).args(words.split(' ')).dir(self.top.path()).clean_env();
        // Cargo says where the workbench's own workspace is, and this is another.
        for (key, value) in std::env::vars_os().filter(|(key, _)| key != "CARGO_MANIFEST_DIR") {
            cmd = cmd.env(key, value);
        }
        cmd.env("WORKBENCH_ROOT", crate::root()).env("CARGO_TARGET_DIR", self.path("target")).output()
    }

    /// The folder of the kernel that is built.
    fn built(&self, name: &str) -> Result<PathBuf> {
        let output = self.run(&format!("kernels build {name}"))?;
        let said = String::from_utf8(output.stdout)?;
        ensure!(output.how == How::Exited(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let folder = said.split(", in ").nth(1).and_then(|rest| rest.split(" (").next());
        let folder = folder.map(PathBuf::from).with_context(|| format!("it names no folder: {said}"))?;
        if name.contains("/linux") {
            self.made.borrow_mut().insert(folder.clone());
        }
        Ok(folder)
    }

    /// Why it is not.
    fn refused(&self, name: &str, parts: &[&str]) -> Result<()> {
        self.refused_to(&format!("kernels build {name}"), parts)
    }

    fn refused_to(&self, words: &str, parts: &[&str]) -> Result<()> {
        let output = self.run(words)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.how == How::Exited(2), "{words}: {}: {said}", output.how);
        for part in parts {
            ensure!(said.contains(part), "{words}: `{part}` is missing:\n{said}");
        }
        Ok(())
    }

    fn git(&self, words: &[&str]) -> Result<()> {
        let who = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false"];
        let git = Cmd::new("git").args(who).args(words).dir(self.path("linux"));
        git.output()?.success(&git).map(drop)
    }

    /// Every file of the sources and of git's with its time.
    fn noted(&self) -> Result<Vec<String>> {
        let mut noted = Vec::new();
        let mut folders = vec![self.path("linux")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else {
                    noted.push(format!("{} {:?}", entry.path().display(), entry.metadata()?.modified()?));
                }
            }
        }
        noted.sort();
        Ok(noted)
    }
}

fn config(kernel: &Path) -> Result<String> {
    Ok(std::fs::read_to_string(kernel.join("kdir/.config"))?)
}

fn settings() -> Result<()> {
    let bench = Bench::new()?;
    let toy = bench.built("./linux+toy")?;
    ensure!(config(&toy)?.contains("CONFIG_WISH=y\n"), "it has not the wish");
    ensure!(toy.file_name().is_some_and(|it| it.to_string_lossy().starts_with("6.1.7+toy_")), "{}", toy.display());
    // What has not changed is not another kernel, and what adds to it is.
    ensure!(bench.built("./linux+toy")? == toy, "the same is another");
    let more = bench.built("./linux+more")?;
    ensure!(more != toy && config(&more)?.contains("# CONFIG_WISH is not set\n"), "the fragment is not heeded");

    bench.write("more.config", "CONFIG_STUBBORN=y\n")?;
    bench.refused(
        "./linux+more",
        &[
            "`./linux+more` could not be configured",
            "not all settings of the profile `more` took",
            "STUBBORN was to be y",
        ],
    )?;
    bench.write("more.config", "STUBBORN=y\n")?;
    bench.refused("./linux+more", &["`more.config`, line 1: `STUBBORN=y` is no setting"])?;
    bench.refused("./linux+nothing", &["there is no profile `nothing`", "`toy`"])?;
    bench.refused("./linux", &["does not say how it is to be built", "`./linux+vm`"])?;
    bench.refused("./linus+toy", &["there is no folder `./linus`"])
}

fn revisions() -> Result<()> {
    let bench = Bench::new()?;
    bench.git(&["init", "-q"])?;
    let commit = |text: &str, tag: &str| -> Result<()> {
        bench.write("linux/init/main.c", text)?;
        bench.git(&["add", "--all"])?;
        bench.git(&["commit", "-q", "-m", tag])?;
        bench.git(&["tag", tag])
    };
    commit("int toy = 1;\n", "first")?;
    commit("int toy = nobody;\n", "broken")?;
    commit("int toy = 3;\n", "last")?;
    // A change that is in no commit, in a file that git has not heard of.
    bench.write("linux/init/new.c", "int more;\n")?;
    let before = bench.noted()?;
    let first = bench.built("./linux@first+toy")?;
    bench.refused(
        "./linux@broken+toy",
        &["could not be built", "main.c:1:11: error:", "help: all that make said is in `"],
    )?;
    // Nothing is lost: neither what was built before, nor what can be built after it.
    ensure!(bench.built("./linux@first+toy")? == first, "the first is another now");
    let last = bench.built("./linux@last+toy")?;
    let dirty = bench.built("./linux+toy")?;
    ensure!(first != last && last != dirty, "revisions are not told apart");
    ensure!(bench.noted()? == before, "the repository was changed");
    bench.refused("./linux@never+toy", &["git knows no revision `never`", "help: `git -C "])
}

/// Sources that no git knows, and some that were built in place.
fn folders() -> Result<()> {
    let bench = Bench::new()?;
    let before = bench.built("./linux+toy")?;
    bench.write("linux/init/main.c", "int toy = 2;\n")?;
    ensure!(bench.built("./linux+toy")? != before, "a change is not seen");
    bench.write("linux/.config", "")?;
    bench.refused("./linux+toy", &["was built or configured in place: it has `.config`", "mrproper"])
}

/// What a driver of the workspace needs is switched on, with what that hangs on.
fn needs() -> Result<()> {
    let bench = Bench::new()?;
    let before = bench.built("./linux+toy")?;
    bench.write("mine/Kbuild", "obj-m := mine.o\n")?;
    bench.write("mine/mine.c", "")?;
    bench.write("mine/driver.toml", "needs = ['CONFIG_DEEP', 'CONFIG_STUBBORN', 'CONFIG_NEVER', 'CONFIG_RUST']\n")?;
    let output = bench.run("kernels build ./linux+toy")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.how == How::Exited(0), "{said}");
    ensure!(
        said.contains("+toy can't have CONFIG_NEVER, CONFIG_STUBBORN, which drivers here need"),
        "it is not told what the kernel can't have:\n{said}"
    );
    let after = bench.built("./linux+toy")?;
    ensure!(config(&after)?.contains("CONFIG_DEEP=y\n") && config(&after)?.contains("CONFIG_WELL=y\n"), "it is off");
    ensure!(!config(&before)?.contains("CONFIG_DEEP=y\n"), "it was on before");
    // The profile has the last word.
    bench.write("toy.config", "CONFIG_WISH=y\n# CONFIG_WELL is not set\n")?;
    bench.write("more.config", "# CONFIG_WELL is not set\n")?;
    let more = bench.built("./linux+more")?;
    ensure!(!config(&more)?.contains("CONFIG_DEEP=y\n"), "the profile was overruled");
    // What does not change the configuration makes no other kernel.
    bench.write("mine/driver.toml", "needs = ['CONFIG_WISH']\n")?;
    bench.write("toy.config", "CONFIG_WISH=y\n")?;
    ensure!(bench.built("./linux+toy")? == before, "a need that is met makes another kernel");
    bench.refused_to("kernels lock ./linux+toy", &["`./linux+toy` can't be pinned"])
}

/// A small kernel of Debian's source, on which the teaching driver passes; pinned, and asked for as pinned.
fn real() -> Result<()> {
    let bench = Bench::new()?;
    let kernel = bench.built("6_12+vm")?;
    for words in ["kernels lock 6_12+vm", "--locked --offline kernels build 6_12+vm"] {
        let output = bench.run(words)?;
        ensure!(output.how == How::Exited(0), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let lock = std::fs::read_to_string(bench.path("kernels.lock"))?;
    ensure!(lock.contains("[kernel.\"6_12+vm\"]\nrelease = \"6.12.") && lock.contains("/linux-source-6.12_"), "{lock}");
    ensure!(bench.built("6_12+vm")? == kernel, "what is pinned is another");
    bench.refused_to("--locked kernels build 6_12+debug", &["kernels.lock does not pin the kernel `6_12+debug`"])?;
    let output =
        crate::xtask(&["vm-test", "--force", "foobar", "-k", "6_12+vm"]).map_err(|err| anyhow::anyhow!("{err:?}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && said.contains("pass foobar on 6.12.") && said.contains("+vm"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Little of what a board would have.
const BOARD: &str = "CONFIG_MODULES=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_EXPERT=y\n# CONFIG_NET is not set\n# CONFIG_DRM is not set\n\
                     # CONFIG_USB_SUPPORT is not set\n# CONFIG_KVM is not set\n# CONFIG_ACPI is not set\n# CONFIG_EFI is not set\n";

/// A kernel for another processor, the teaching driver for it, and what is said to who wants to boot it.
fn cross() -> Result<()> {
    let bench = Bench::new()?;
    bench.write("workbench.toml", "[profile.board]\nconfig = 'board.config'\narch = 'arm64'\n")?;
    bench.write("board.config", BOARD)?;
    let driver = crate::root().join("driver");
    let output = bench.run(&format!("build {} -k 6_12+board", driver.display()))?;
    ensure!(output.how == How::Exited(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let module = said.split_whitespace().find(|word| word.ends_with("/foobar.ko")).context("it names no module")?;
    let module = std::fs::read(bench.top.path().join(module))?;
    // e_machine of an ELF header; EM_AARCH64 of elf.h.
    ensure!(module[18..20] == 183_u16.to_le_bytes(), "the module is for another machine: {:?}", &module[18..20]);
    let vm = format!("vm-test {} -k 6_12+board", driver.display());
    bench.refused_to(&vm, &["is a kernel for arm64, and the machines here are of x86"])
}

/// The tools of an old suite, and sources that want newer ones, or know no Rust.
fn old_rust() -> Result<()> {
    let bench = Bench::new()?;
    bench.refused("./linux+rust", &["has no Rust", "help: kernels have it since 6.1"])?;
    bench.write("linux/scripts/min-tool-version.sh", "case $1 in rustc) echo 1.78.0;; *) echo 0.65.1;; esac\n")?;
    bench.refused(
        "./linux+rust",
        &["needs rustc 1.78.0 or newer, and bookworm has `rustc 1.63.0", "help: name sources"],
    )?;
    bench.write("linux/scripts/min-tool-version.sh", "case $1 in rustc) echo 1.60.0;; *) echo 0.65.1;; esac\n")?;
    bench.refused("./linux+rust", &["needs bindgen 0.65.1 or newer, and bookworm has `bindgen 0.60.1"])
}
