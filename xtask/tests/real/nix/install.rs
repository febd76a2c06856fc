// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Nix with a store of its own: the host's if it is new enough, else the one of Debian, run from its tool root through
//! that root's loader. Nothing of the person's store or settings is read, and nothing is left behind.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;
use xtask::cache::Scratch;
use xtask::cmd::Cmd;
use xtask::context::Context;
use xtask::toolchain::on_path;

/// The oldest Nix that nixpkgs of 2026 lets evaluate it.
const FOR_NIXPKGS: (u32, u32) = (2, 18);

/// The oldest that the stand-in is meant for.
const FOR_STAND_IN: (u32, u32) = (2, 8);

const PROGRAMS: &[&str] = &["nix", "nix-build", "nix-env", "nix-instantiate", "nix-store"];

/// What builds see of the host.
pub(crate) enum Sandbox {
    /// A root of their own, in which these folders are mounted: `INSIDE=OUTSIDE`.
    Mounts(Vec<String>),
    /// The host.
    None,
}

/// Nix's programs, as scripts that know what store is theirs.
pub(crate) struct Install {
    scratch: Scratch,
}

impl Install {
    /// `for_nixpkgs`: whether it has to evaluate a real nixpkgs.
    pub(crate) fn new(context: &Context, sandbox: &Sandbox, for_nixpkgs: bool) -> Result<Self> {
        let install = Self { scratch: context.cache.scratch()? };
        fs::create_dir(install.bin())?;
        fs::create_dir(install.dir().join("home"))?;
        let needed = if for_nixpkgs { FOR_NIXPKGS } else { FOR_STAND_IN };
        let mut settings = settings(sandbox);
        let folder;
        let start: Box<dyn Fn(&str) -> String> = match on_path("nix-instantiate") {
            Some(place) if version(&place).is_some_and(|version| version >= needed) => {
                let dir = place.parent().context("a program lies in a folder")?.to_owned();
                folder = dir.clone();
                Box::new(move |name| format!("'{}'", dir.join(name).display()))
            }
            _ => {
                // bookworm's is the oldest that anybody has, so what works with it works with all.
                let suite = if for_nixpkgs { "trixie" } else { "bookworm" };
                let usr = context.tools()?.programs(suite, &["nix-bin"])?.join("usr");
                // Nix would start itself as its own build hook, by a name that only an installed one has.
                let hook = install.dir().join("hook");
                program(&hook, "echo '# decline-permanently' >&2")?;
                settings.push(format!("build-hook = {}", hook.display()));
                folder = usr.join("bin");
                let usr = usr.display().to_string();
                Box::new(move |name| {
                    format!(
                        "{usr}/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path {usr}/lib/x86_64-linux-gnu:{usr}/lib/nix \
                         {usr}/bin/{name}"
                    )
                })
            }
        };
        for name in PROGRAMS {
            program(&install.bin().join(name), &script(install.dir(), &settings, name, &start(name)))?;
        }
        // What Nix starts to have something built by another machine: an old one knows it by its name alone.
        let old = "../libexec/nix/build-remote";
        let hook = if folder.join(old).exists() { start(old) } else { format!("{} __build-remote", start("nix")) };
        program(&install.bin().join("build-remote"), &script(install.dir(), &settings, "build-remote", &hook))?;
        // Two that were the first at the same time would be in each other's way ("creating symlink: File exists", until 2.8).
        let init = Cmd::new(install.bin().join("nix-store")).arg("--init").deadline(Duration::from_secs(60));
        init.output()?.success(&init)?;
        install.calls()?;
        Ok(install)
    }

    fn dir(&self) -> &Path {
        self.scratch.path()
    }

    /// The folder with its programs.
    pub(crate) fn bin(&self) -> PathBuf {
        self.dir().join("bin")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.dir().join("store")
    }

    /// The command lines since the last call.
    pub(crate) fn calls(&self) -> Result<String> {
        let log = self.dir().join("calls");
        let calls = fs::read_to_string(&log)?;
        fs::remove_file(log)?;
        Ok(calls)
    }
}

/// As the variable NIX_CONFIG has them: it goes before all files.
fn settings(sandbox: &Sandbox) -> Vec<String> {
    let mut settings: Vec<String> = [
        "build-users-group =",
        "substituters =",
        "builders =",
        "sandbox-fallback = false",
        "max-jobs = 2",
        "fsync-metadata = false",
    ]
    .map(str::to_owned)
    .to_vec();
    settings.push("experimental-features = nix-command flakes".to_owned());
    match sandbox {
        Sandbox::Mounts(mounts) => {
            settings.push("sandbox = true".to_owned());
            settings.push(format!("sandbox-paths = {}", mounts.join(" ")));
        }
        Sandbox::None => settings.push("sandbox = false".to_owned()),
    }
    settings
}

fn script(dir: &Path, settings: &[String], name: &str, start: &str) -> String {
    let (dir, settings) = (dir.display(), settings.join("\n"));
    format!(
        "echo {name} \"$@\" >> '{dir}/calls'\n\
         export NIX_STORE_DIR='{dir}/store' NIX_STATE_DIR='{dir}/var' NIX_LOG_DIR='{dir}/log' NIX_CONF_DIR='{dir}/conf'\n\
         export NIX_USER_CONF_FILES= HOME='{dir}/home' XDG_CACHE_HOME='{dir}/home'\n\
         export NIX_CONFIG='{settings}'\n\
         unset NIX_REMOTE NIX_BUILD_HOOK\n\
         exec {start} \"$@\"\n"
    )
}

fn program(path: &Path, lines: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{lines}\n"))?;
    Ok(fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}

/// "nix-instantiate (Nix) 2.34.8"
fn version(program: &Path) -> Option<(u32, u32)> {
    let said = Cmd::new(program).arg("--version").deadline(Duration::from_secs(20)).output().ok()?.stdout;
    let said = String::from_utf8(said).ok()?;
    let mut parts = said.split_whitespace().last()?.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// Why the host lets nobody have what Nix makes a sandbox of. A host on which it can't be tried is taken to be one that does.
pub(crate) fn refusal_of_sandboxes() -> Option<String> {
    let unshare = on_path("unshare")?;
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    // Nix as root does without a user namespace.
    let user: &[&str] = if is_root { &[] } else { &["--user", "--map-root-user"] };
    let tried = Cmd::new(unshare).args(user).args(["--mount", "--net", "--pid", "--fork", "--mount-proc", "true"]);
    let tried = tried.deadline(Duration::from_secs(20));
    let refused = tried.output().and_then(|finished| finished.success(&tried)).err()?;
    Some(format!("{refused:#}").lines().last().unwrap_or_default().to_owned())
}
