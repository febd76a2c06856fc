// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guest of a person who works with it: the driver's machine and modules as in a test, its folder, and a shell.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use fs_err as fs;

use super::{INITRD, Parts, base, init, loads};
use crate::cmd::shell_words;
use crate::context::Context;
use crate::driver::{Driver, MachineType};
use crate::inputs::Testbed;
use crate::kbuild::{self, Module};
use crate::kernel::{KernelTree, Modules};
use crate::toolchain::Way;
use crate::vm::step::{Load, Step};
use crate::vm::{FOLDER, Guest, GuestFile, Mode, Shell};

/// What a person wants of a guest.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    /// The driver's; none on a bare machine.
    pub(crate) modules: &'a [Module],
    /// Whether they are loaded when the shell begins.
    pub(crate) load: bool,
    /// Whether gdb waits at the [`gate`](super::gate).
    pub(crate) debug: bool,
    pub(crate) shell: &'a Shell,
}

/// How the driver's folder comes into the guest.
#[derive(Debug)]
pub(crate) enum Folder {
    /// The guest looks into the host's.
    Shared,
    /// It has a copy, because of this.
    Copied(Vec<GuestFile>, String),
    /// It has none, because of this.
    Missing(String),
}

/// The modules that a guest looks into a folder of the host's with; QEMU's end of it is a device on the PCI bus.
const SHARING: &[&str] = &["virtio_pci", "9pnet_virtio", "9p"];

/// A copy lies in the guest's memory, of which it has 256 MiB if nobody says otherwise, until it is unpacked twice.
const MOST_COPIED: u64 = 16 << 20;

/// QEMU lists its devices in a tenth of a second.
const TO_ANSWER: Duration = Duration::from_secs(10);

/// Folders that a tool root has of its own, so that QEMU would not see the host's.
const OF_ROOTS: &[&str] = &["/usr", "/etc", "/proc", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32", "/dev"];

/// How a driver's folder comes into its guest on this kernel.
pub(crate) fn folder(context: &Context, driver: &Driver, kernel: &KernelTree) -> Folder {
    match unshared(context, driver, kernel) {
        None => Folder::Shared,
        Some(why) => copy(&driver.dir, why),
    }
}

/// Why it can't be shared.
fn unshared(context: &Context, driver: &Driver, kernel: &KernelTree) -> Option<String> {
    let hardware = &driver.manifest.hardware;
    if hardware.machine == MachineType::Micro {
        return Some("the machine `micro` has no PCI bus to share it by".to_owned());
    }
    if hardware.suspend {
        return Some("what is shared does not outlive the machine's sleep".to_owned());
    }
    if OF_ROOTS.iter().any(|dir| driver.dir.starts_with(dir)) {
        return Some(format!("`{}` is where QEMU has its own files", driver.dir.display()));
    }
    if !qemu_can_share(context) {
        return Some("the host's QEMU has no virtfs to share it by".to_owned());
    }
    let mut modules = Modules::open(&kernel.modules, &context.cache).ok();
    let lacks = |name: &&&str| modules.as_mut().is_none_or(|it| it.add_named(name, &|_| false).is_err());
    let lacking = SHARING.iter().find(lacks)?;
    Some(format!("this kernel has no module `{lacking}` to share it by"))
}

/// Whether QEMU has the device: the tool root's has, and of the host's some are built without.
fn qemu_can_share(context: &Context) -> bool {
    let devices = || -> Result<bool> {
        let way = context.way()?;
        if way != Way::Host {
            return Ok(true);
        }
        let asked = ["-machine", "none", "-device", "help"];
        let qemu = way.qemu(Path::new(""), &context.cache, &[])?.args(asked).deadline(TO_ANSWER);
        Ok(String::from_utf8_lossy(&qemu.output()?.stdout).contains("virtio-9p-pci"))
    };
    devices().unwrap_or(false)
}

/// The folder's sources as files of the guest, unless they are too many.
fn copy(dir: &Path, why: String) -> Folder {
    match files_of(dir) {
        Ok(files) => Folder::Copied(files, why),
        Err(err) => Folder::Missing(format!("{why}, and it can't be copied: {}", crate::report::brief(&err))),
    }
}

fn files_of(dir: &Path) -> Result<Vec<GuestFile>> {
    // Links to nothing, such as editors make for their locks, are left out.
    let data = |path: PathBuf| fs::metadata(dir.join(&path)).ok().filter(Metadata::is_file).map(|data| (path, data));
    let files: Vec<(PathBuf, Metadata)> = kbuild::sources(dir)?.into_iter().filter_map(data).collect();
    let size: u64 = files.iter().map(|(_, data)| data.len()).sum();
    ensure!(
        size <= MOST_COPIED,
        "its sources have {} MB, and the machine's memory has room for {}",
        size.div_ceil(1_000_000),
        MOST_COPIED / 1_000_000
    );
    let mut copied = Vec::new();
    for (path, data) in files {
        let mode = if data.permissions().mode() & 0o111 != 0 { Mode::Program } else { Mode::Data };
        let content = fs::read(dir.join(&path))?;
        copied.push(GuestFile { path: format!("{FOLDER}/{}", path.display()), mode, content });
    }
    Ok(copied)
}

/// Writes the guest's image into `dir`, and gives the steps that are taken before the shell.
pub(crate) fn assemble_shell(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    testbed: Testbed<'_>,
    (visit, folder): (&Visit<'_>, Option<Folder>),
    nonce: &str,
    dir: &Path,
) -> Result<Vec<Step>> {
    let further = if visit.shell.shares { SHARING } else { &[] };
    let Parts { mut files, mut steps, .. } = loads(context, driver, kernel, visit.modules, further)?;
    let of_driver: Vec<&Load> = steps.iter().filter(|step| step.is_of_driver()).filter_map(load_of).collect();
    let is_own = |load: &Load| visit.modules.iter().any(|module| module.name == load.module);
    if !of_driver.is_empty() {
        for (name, script) in [("load", load_script(&of_driver, is_own)), ("unload", unload_script(&of_driver))] {
            files.push(GuestFile { path: format!("bin/{name}"), mode: Mode::Program, content: script.into_bytes() });
        }
    }
    if !visit.load {
        steps.retain(|step| !step.is_of_driver());
    }
    if let Some(Folder::Copied(copied, _)) = folder {
        files.extend(copied);
    }
    let guest = Guest {
        files,
        nonce,
        now: None,
        settle: Duration::ZERO,
        quiet: !driver.manifest.hardware.modules.is_empty(),
        snapshot: false,
        counts: false,
        debug: visit.debug,
        steps: &steps,
        shell: Some(visit.shell),
    };
    guest.write(&base(&init::program(context, kernel)?, testbed), &dir.join(INITRD))?;
    Ok(steps)
}

fn load_of(step: &Step) -> Option<&Load> {
    match step {
        Step::Load(load) => Some(load),
        _ => None,
    }
}

/// Loads what is not loaded, in the order of the test and with its parameters; those on its command line come last and count.
fn load_script(loads: &[&Load], is_own: impl Fn(&Load) -> bool) -> String {
    let lines = loads.iter().map(|load| {
        let Load { module, file, params, .. } = load;
        let words = [file.clone()].into_iter().chain((!params.is_empty()).then(|| params.clone())).collect::<Vec<_>>();
        let more = if is_own(load) { " \"$@\"" } else { "" };
        format!("[ -e /sys/module/{module}/initstate ] || insmod {}{more} || exit\n", shell_words(&words))
    });
    format!("#!/bin/sh\n{}", lines.collect::<String>())
}

/// Unloads what is loaded, in reverse.
fn unload_script(loads: &[&Load]) -> String {
    let lines = loads
        .iter()
        .rev()
        .map(|Load { module, .. }| format!("[ ! -e /sys/module/{module}/initstate ] || rmmod {module} || exit\n"));
    format!("#!/bin/sh\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::vm::step::Role;

    #[track_caller]
    fn check(modules: &[(&str, &str)], own: &[&str], expected: &Expect) {
        let load = |(name, params): &(&str, &str)| Load {
            module: (*name).to_owned(),
            file: format!("/modules/{name}.ko"),
            params: (*params).to_owned(),
            role: Role::Driver,
            refuses: None,
            kunit: false,
        };
        let loads: Vec<Load> = modules.iter().map(load).collect();
        let loads: Vec<&Load> = loads.iter().collect();
        let is_own = |load: &Load| own.contains(&load.module.as_str());
        expected.assert_eq(&(load_script(&loads, is_own) + &unload_script(&loads)));
    }

    #[test]
    fn scripts() {
        check(
            &[("foobar", "size=256 name=\"it's\"")],
            &["foobar"],
            &expect![[r##"
            #!/bin/sh
            [ -e /sys/module/foobar/initstate ] || insmod /modules/foobar.ko 'size=256 name="it'\''s"' "$@" || exit
            #!/bin/sh
            [ ! -e /sys/module/foobar/initstate ] || rmmod foobar || exit
        "##]],
        );
        check(
            &[("scsi_mod", ""), ("libata", "force=1"), ("libsas", "")],
            &["scsi_mod", "libsas"],
            &expect![[r##"
            #!/bin/sh
            [ -e /sys/module/scsi_mod/initstate ] || insmod /modules/scsi_mod.ko "$@" || exit
            [ -e /sys/module/libata/initstate ] || insmod /modules/libata.ko force=1 || exit
            [ -e /sys/module/libsas/initstate ] || insmod /modules/libsas.ko "$@" || exit
            #!/bin/sh
            [ ! -e /sys/module/libsas/initstate ] || rmmod libsas || exit
            [ ! -e /sys/module/libata/initstate ] || rmmod libata || exit
            [ ! -e /sys/module/scsi_mod/initstate ] || rmmod scsi_mod || exit
        "##]],
        );
    }

    #[test]
    fn copies() {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &[u8]| fs::write(dir.path().join(name), content).expect("written");
        let said = |folder| match folder {
            Folder::Shared => "shared".to_owned(),
            Folder::Copied(files, why) => {
                let one = |file: GuestFile| format!("{} {:?} {}\n", file.path, file.mode, file.content.len());
                files.into_iter().map(one).collect::<String>() + &why
            }
            Folder::Missing(why) => why,
        };
        fs::create_dir(dir.path().join("a")).expect("made");
        write("a/b.h", b"1");
        write("c.o", b"1");
        write("run.sh", b"#!/bin/sh");
        fs::set_permissions(dir.path().join("run.sh"), std::fs::Permissions::from_mode(0o755)).expect("set");
        std::os::unix::fs::symlink("nowhere", dir.path().join("lock")).expect("linked");
        expect![[r#"
            driver/a/b.h Data 1
            driver/run.sh Program 9
            no PCI"#]]
        .assert_eq(&said(copy(dir.path(), "no PCI".to_owned())));
        fs::File::create(dir.path().join("big")).and_then(|file| file.set_len(MOST_COPIED)).expect("written");
        expect!["no PCI, and it can't be copied: its sources have 17 MB, and the machine's memory has room for 16"]
            .assert_eq(&said(copy(dir.path(), "no PCI".to_owned())));
    }
}
