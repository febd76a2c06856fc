// SPDX-License-Identifier: MIT OR Apache-2.0
//! What runs a machine, and the small tools that its guest has: those of a tool root, or the host's. Of the host's nothing is
//! fetched, so that a build which has no network, such as one of Nix's, brings its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;
use object::Object as _;

use super::{QEMU, on_path};
use crate::cmd::Cmd;
use crate::fetch::sha256;
use crate::kbuild::stamp;
use crate::kernel::HOST_ROOT;

const BUSYBOX: &str = "busybox";

/// In the virtual machine's root: the names that busybox goes by.
const APPLETS: &str = "usr/share/busybox-applets";

/// See the module's documentation.
#[derive(Debug, Clone)]
pub struct MachineTools {
    root: PathBuf,
    busybox: PathBuf,
    applets: Vec<String>,
    word: String,
}

impl MachineTools {
    /// Those of the virtual machine's root.
    pub(crate) fn of_root(root: PathBuf) -> Result<Self> {
        let applets = lines(&fs::read_to_string(root.join(APPLETS))?);
        // The folder's name has a hash of its packages.
        let word = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { busybox: busybox_in(&root), applets, word, root })
    }

    /// Those on the person's PATH; the error names all that are missing.
    pub(crate) fn of_host() -> Result<Self> {
        let wanted = [(QEMU, "runs the machine"), (BUSYBOX, "is the guest's shell and its small tools")];
        let found: Vec<Option<PathBuf>> = wanted.iter().map(|(program, _)| on_path(program)).collect();
        let [Some(qemu), Some(busybox)] = &found[..] else {
            let missing = wanted.iter().zip(&found).filter(|(_, path)| path.is_none());
            let missing: Vec<String> =
                missing.map(|((program, job), _)| format!("\n  `{program}`, which {job}")).collect();
            bail!("the host lacks what --host-tools needs:{}\n{}", missing.concat(), help(&missing.concat()));
        };
        check_static(busybox)?;
        let (word, applets) = (host_word(qemu, busybox), applets(busybox)?);
        Ok(Self { root: HOST_ROOT.into(), busybox: busybox.clone(), applets, word })
    }

    /// The tool root that QEMU is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A static one: the guest has no libraries.
    pub fn busybox(&self) -> &Path {
        &self.busybox
    }

    /// The names under which busybox is found in the guest.
    pub fn applets(&self) -> &[String] {
        &self.applets
    }

    /// They all as one word, which verdicts hang on.
    pub fn word(&self) -> &str {
        &self.word
    }
}

/// Leaves the names of busybox in a root where it is found at once.
pub(super) fn write_applets(root: &Path) -> Result<()> {
    let applets = applets(&busybox_in(root))?;
    Ok(fs::write(root.join(APPLETS), applets.join("\n") + "\n")?)
}

fn busybox_in(root: &Path) -> PathBuf {
    root.join("usr/bin").join(BUSYBOX)
}

fn applets(busybox: &Path) -> Result<Vec<String>> {
    let list = Cmd::new(busybox).arg("--list").deadline(Duration::from_secs(10));
    Ok(lines(&String::from_utf8_lossy(&list.output()?.success(&list)?.stdout)))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// A program that asks for a loader can't be started in the guest.
fn check_static(busybox: &Path) -> Result<()> {
    let content = fs::read(busybox)?;
    let elf = object::File::parse(&*content);
    let elf =
        elf.with_context(|| format!("the host's `{}` is no program that the guest can run", busybox.display()))?;
    ensure!(
        elf.section_by_name(".interp").is_none(),
        "the host's `{}` is not static, and the guest has no libraries\n{}",
        busybox.display(),
        help(BUSYBOX)
    );
    Ok(())
}

fn help(missing: &str) -> String {
    let static_one = if missing.contains(BUSYBOX) { " (of busybox the static one)" } else { "" };
    format!("help: install them{static_one}, or leave out --host-tools")
}

fn host_word(qemu: &Path, busybox: &Path) -> String {
    let stamps = [qemu, busybox].map(|path| format!("{} {}\n", path.display(), stamp(path)));
    format!("host-{}", &sha256(stamps.concat().as_bytes())[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guest_can_run() {
        let said =
            |path: &Path| check_static(path).err().map(|err| err.to_string().replace(&path.display().to_string(), "X"));
        // Our own tests are linked to libraries.
        let exe = std::env::current_exe().expect("a program");
        let dynamic = "the host's `X` is not static, and the guest has no libraries\n\
             help: install them (of busybox the static one), or leave out --host-tools";
        assert_eq!(said(&exe).as_deref(), Some(dynamic));
        let dir = tempfile::tempdir().expect("a folder");
        let script = dir.path().join("busybox");
        fs::write(&script, "#!/bin/sh\n").expect("written");
        assert_eq!(said(&script).as_deref(), Some("the host's `X` is no program that the guest can run"));
    }
}
