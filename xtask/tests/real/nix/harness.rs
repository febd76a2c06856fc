// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asking Nix: evaluate this, build that, with one nixpkgs or the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use xtask::cmd::{Cmd, Finished, How};
use xtask::context::{Context, Locking, ToolChoice};
use xtask::fetch::Network;
use xtask::kernel::KernelTree;
use xtask::report::Events;
use xtask::toolchain::VM_SUITE;

use super::install::{Install, Sandbox};

/// The stand-in's kernels, by the workbench's names; 6_1 is `linux_6_1` there.
const KERNELS: &[&str] = &["5_10", "6_1", "6_12", "7_3"];

/// What unpacks packages of other distributions than Debian, which no driver's build needs.
const UNPACKERS: &[&str] = &["libarchive-tools", "zstd"];

/// Names a real nixpkgs to evaluate with; NIX_PATH may as well.
pub(super) const VARIABLE: &str = "WORKBENCH_TEST_NIXPKGS";

/// Longer than any of them takes on a slow machine: what hangs must not hang for ever.
const DEADLINE: Duration = Duration::from_secs(900);

/// A kernel takes as long as a core is slow.
const DEADLINE_OF_KERNELS: Duration = Duration::from_secs(3600);

/// What an expression's `<nixpkgs>` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nixpkgs {
    /// tests/nixpkgs, which can build.
    StandIn,
    /// The host's: without a network, and with nothing built, it evaluates only.
    Real,
}

/// A Nix with a store, and what it is asked with.
pub(crate) struct Nix {
    install: Install,
    kernels: BTreeMap<String, KernelTree>,
    real: Option<PathBuf>,
    deadline: Duration,
    /// As long as it lives nobody prunes what it has found.
    context: Context,
}

impl Nix {
    pub(crate) fn new() -> Result<Self> {
        let context =
            Context::new(Events::new(channel().0), Network::Online, Locking::Preferred, None, ToolChoice::Own)?;
        let mut kernels = BTreeMap::new();
        for name in KERNELS {
            kernels.insert(format!("linux_{name}"), context.kernel(&name.parse()?)?);
        }
        let newest = kernels.get("linux_7_3").context("there are kernels")?;
        let unpackers = context.tools()?.programs(VM_SUITE, UNPACKERS)?;
        let vm = context.vm_root()?;
        let mounts = mounts(&newest.root, &[("vm", &vm), ("unpackers", &unpackers)], kernels.values());
        let real = real_nixpkgs();
        let install = Install::new(&context, &Sandbox::Mounts(mounts), real.is_some())?;
        Ok(Self { install, kernels, real, deadline: DEADLINE, context })
    }

    /// One without kernels, whose sandbox has the tools that kernels are compiled with; the root of those, with a package of
    /// sources in it, and that package's version upstream.
    pub(crate) fn that_compiles(tools: &[&str], source: &str) -> Result<(Self, PathBuf, String)> {
        let context =
            Context::new(Events::new(channel().0), Network::Online, Locking::Preferred, None, ToolChoice::Own)?;
        let maker = context.tools()?;
        let further: Vec<String> = tools.iter().chain([&source]).map(|name| (*name).to_owned()).collect();
        let root = maker.root_for_builds(maker.archive.suite("trixie")?, "gcc-14", &further)?;
        let package = root.packages.iter().find(|package| package.name == source).context("it has no sources")?;
        let version = package.version.split('-').next().unwrap_or_default().to_owned();
        let root = maker.make_root_for_builds(&root)?;
        let real = real_nixpkgs();
        let sandbox = Sandbox::Mounts(mounts(&root, &[("vm", &context.vm_root()?)], [].into_iter()));
        let install = Install::new(&context, &sandbox, real.is_some())?;
        let nix = Self { install, kernels: BTreeMap::new(), real, deadline: DEADLINE_OF_KERNELS, context };
        Ok((nix, root, version))
    }

    /// Those that there are.
    pub(crate) fn nixpkgs(&self) -> Vec<Nixpkgs> {
        [Some(Nixpkgs::StandIn), self.real.as_ref().map(|_| Nixpkgs::Real)].into_iter().flatten().collect()
    }

    /// The workbench's cache.
    pub(crate) fn cache(&self) -> &Path {
        self.context.cache.dir()
    }

    /// One of the stand-in's kernels, by its name there: `linux_6_1`.
    pub(crate) fn kernel(&self, name: &str) -> Result<&KernelTree> {
        self.kernels.get(name).with_context(|| format!("the stand-in has no kernel `{name}`"))
    }

    /// The value of an expression, in full. `root` is a variable of it: the workspace's folder.
    pub(crate) fn eval(&self, nixpkgs: Nixpkgs, expression: &str) -> Result<serde_json::Value> {
        let finished = self.ask(nixpkgs, "nix-instantiate", &["--eval", "--strict", "--json", "-E"], expression)?;
        ensure!(finished.how == How::Exited(0), "{nixpkgs:?}: {}", said(expression, &finished));
        Ok(serde_json::from_slice(&finished.stdout)?)
    }

    /// Why an expression has no value.
    pub(crate) fn refuses(&self, nixpkgs: Nixpkgs, expression: &str) -> Result<String> {
        let finished = self.ask(nixpkgs, "nix-instantiate", &["--eval", "--strict", "--json", "-E"], expression)?;
        refusal(nixpkgs, expression, finished)
    }

    /// Builds what an expression is, and names the folders, in the order of Nix's answer; by the stand-in.
    pub(crate) fn build(&self, expression: &str) -> Result<Vec<PathBuf>> {
        self.build_by(Nixpkgs::StandIn, expression)
    }

    /// By either; a real one needs tests/nix/native.nix to build anything.
    pub(crate) fn build_by(&self, nixpkgs: Nixpkgs, expression: &str) -> Result<Vec<PathBuf>> {
        let finished = self.ask(nixpkgs, "nix-build", &["--no-out-link", "-E"], expression)?;
        ensure!(finished.how == How::Exited(0), "{}", said(expression, &finished));
        let lines = String::from_utf8(finished.stdout)?;
        Ok(lines.lines().map(PathBuf::from).collect())
    }

    /// Why a build failed, with its log.
    pub(crate) fn fails(&self, expression: &str) -> Result<String> {
        self.fails_by(Nixpkgs::StandIn, expression)
    }

    pub(crate) fn fails_by(&self, nixpkgs: Nixpkgs, expression: &str) -> Result<String> {
        let finished = self.ask(nixpkgs, "nix-build", &["--no-out-link", "-E"], expression)?;
        refusal(nixpkgs, expression, finished)
    }

    /// The store paths that something in the store refers to, itself included.
    pub(crate) fn closure(&self, path: &Path) -> Result<Vec<String>> {
        let cmd = Cmd::new(self.install.bin().join("nix-store")).args(["--query", "--requisites"]).arg(path);
        let cmd = cmd.deadline(DEADLINE);
        let finished = cmd.output()?.success(&cmd)?;
        Ok(String::from_utf8(finished.stdout)?.lines().map(str::to_owned).collect())
    }

    fn ask(&self, nixpkgs: Nixpkgs, program: &str, args: &[&str], expression: &str) -> Result<Finished> {
        let cmd = Cmd::new(self.install.bin().join(program)).args(args).arg(with_root(expression));
        self.environment(nixpkgs, cmd)?.deadline(self.deadline).output()
    }

    /// A command that finds this Nix on its PATH, and its `<nixpkgs>`.
    pub(crate) fn environment(&self, nixpkgs: Nixpkgs, cmd: Cmd) -> Result<Cmd> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [self.install.bin()].into_iter().chain(std::env::split_paths(&path));
        let folder = match nixpkgs {
            Nixpkgs::StandIn => stand_in(),
            Nixpkgs::Real => self.real.clone().context("there is no real nixpkgs")?,
        };
        let folders = self.kernels.iter().map(|(name, kernel)| (name.as_str(), kernel.dir.as_path()));
        Ok(cmd
            .env("PATH", std::env::join_paths(path)?)
            .env("NIX_PATH", format!("nixpkgs={}", folder.display()))
            .env("WORKBENCH_TEST_KERNELS", kernels_variable(folders)?))
    }
}

/// Where the stand-in is.
pub(crate) fn stand_in() -> PathBuf {
    crate::root().join("tests/nixpkgs")
}

/// The value of WORKBENCH_TEST_KERNELS: names in nixpkgs, and folders.
pub(crate) fn kernels_variable<'a>(folders: impl Iterator<Item = (&'a str, &'a Path)>) -> Result<String> {
    Ok(serde_json::to_string(&folders.collect::<BTreeMap<_, _>>())?)
}

/// One root of tools serves all kernels; QEMU, busybox and what unpacks packages are in further ones, by the names by which the
/// stand-in looks for them; and kernels are where they are outside, to be copied from.
fn mounts<'a>(tools: &Path, further: &[(&str, &Path)], kernels: impl Iterator<Item = &'a KernelTree>) -> Vec<String> {
    let usr = tools.join("usr").display().to_string();
    let mut mounts = vec![format!("/usr={usr}")];
    mounts.extend(further.iter().map(|(name, dir)| format!("/workbench/{name}={}", dir.display())));
    mounts.extend(["bin", "sbin", "lib", "lib64"].map(|name| format!("/{name}={usr}/{name}")));
    mounts.extend(kernels.map(|kernel| kernel.dir.display().to_string()));
    mounts
}

/// The one that the environment names, if it is a real one.
pub(super) fn real_nixpkgs() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let path = std::env::var("NIX_PATH").unwrap_or_default();
    let found = path.split(':').filter_map(|entry| entry.strip_prefix("nixpkgs=")).map(PathBuf::from);
    // NIX_PATH may as well name the stand-in.
    named.into_iter().chain(found).find(|folder| folder.join("pkgs/top-level/linux-kernels.nix").exists())
}

fn with_root(expression: &str) -> String {
    let root = crate::root().display().to_string();
    let quoted = root.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    format!("let root = /. + \"{quoted}\"; in {expression}")
}

fn refusal(nixpkgs: Nixpkgs, expression: &str, finished: Finished) -> Result<String> {
    ensure!(
        matches!(finished.how, How::Exited(code) if code != 0),
        "{nixpkgs:?}: no refusal: {}",
        said(expression, &finished)
    );
    Ok(String::from_utf8_lossy(&finished.stderr).into_owned())
}

fn said(expression: &str, finished: &Finished) -> String {
    let [out, err] = [&finished.stdout, &finished.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{}, asked for\n{expression}\nit said:\n{out}{err}", finished.how)
}
