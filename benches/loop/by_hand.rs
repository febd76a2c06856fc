// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person would do without us: make and QEMU, called directly, and other tools.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cpio::NewcBuilder;
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::ours::Build;
use crate::{on_path, time};

/// What the module is called.
const MODULE: &str = "own";

#[derive(Debug, Clone, Copy)]
pub(crate) enum Machine {
    Micro,
    Pc,
}

impl Machine {
    /// As driver.toml has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Pc => "pc",
        }
    }

    /// Without acpi=off a microvm hangs under emulation; it has nothing to reset it by but a triple fault.
    fn qemu(self) -> (&'static str, &'static str) {
        match self {
            Self::Micro => ("microvm,acpi=off", " reboot=t"),
            Self::Pc => ("q35", ""),
        }
    }
}

/// A kernel and its tools.
pub(crate) struct Hand {
    shell: Shell,
    top: PathBuf,
    build: Build,
    /// Of the kernel's files in the cache.
    kernel: PathBuf,
    record: Value,
    cache: PathBuf,
    /// The roots with the kernel's compiler, and with QEMU.
    root: PathBuf,
    qemu: PathBuf,
    init: PathBuf,
}

impl Hand {
    pub(crate) fn new(shell: &Shell, build: &Build, top: &Path) -> Result<Self> {
        let kernel = build.kdir.ancestors().find(|dir| dir.join("kernel.json").exists());
        let kernel = kernel.context("the kernel is none of the cache's")?.to_owned();
        let record: Value = serde_json::from_str(&fs::read_to_string(kernel.join("kernel.json"))?)?;
        let cache = kernel.ancestors().nth(2).context("the kernel is none of the cache's")?.to_owned();
        let root = cache.join("roots").join(record["root"].as_str().context("the kernel has no tools")?);
        let qemu = cache.join("roots").join(fs::read_to_string(cache.join("pins/vm-root"))?);
        let init = top.join("init");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("benches").join("loop/init.c");
        let name = format!("-DMODULE=\"{MODULE}\"");
        let flags =
            ["-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-no-pie", "-s"];
        cmd!(shell, "gcc {flags...} {name} -o {init} {source}")
            .quiet()
            .run()
            .context("gcc compiles the guest's init")?;
        let build = Build { kdir: build.kdir.clone(), stage: build.stage.clone() };
        Ok(Self { shell: shell.clone(), top: top.to_owned(), build, kernel, record, cache, root, qemu, init })
    }

    /// Where ours keeps machines ready.
    pub(crate) fn machines(&self) -> PathBuf {
        self.cache.join("machines")
    }

    fn release(&self) -> Result<&str> {
        self.record["release"].as_str().context("the kernel has no release")
    }

    /// Builds a folder in the kernel's tool root, and says how long make alone took.
    pub(crate) fn make(&self, folder: &Path) -> Result<Duration> {
        const SCRIPT: &str = r#"
            set -e
            mkdir -p "$TOP/mnt"
            mount -t tmpfs tmpfs "$TOP/mnt"
            for part in "$ROOT"/*; do
                place="$TOP/mnt/${part##*/}"
                if [ -L "$part" ]; then cp -P "$part" "$place"
                elif [ -d "$part" ]; then mkdir "$place"; mount --rbind "$part" "$place"; fi
            done
            for part in /proc /dev "$KERNEL" "$FOLDER"; do
                mkdir -p "$TOP/mnt$part"
                mount --rbind "$part" "$TOP/mnt$part"
            done
            exec chroot "$TOP/mnt" /usr/bin/env -i PATH=/usr/bin:/usr/sbin HOME=/tmp LC_ALL=C sh -c '
                start=$(date +%s%N)
                make -C "$0" M="$1" -j2 modules > "$1/make.log" 2>&1 || { cat "$1/make.log" >&2; exit 1; }
                echo $(($(date +%s%N) - start))' "$KDIR" "$FOLDER"
        "#;
        let unshare = cmd!(self.shell, "unshare --map-root-user --mount sh -c {SCRIPT}").quiet();
        let unshare = unshare.env("TOP", &self.top).env("ROOT", &self.root).env("KERNEL", &self.kernel);
        let said = unshare.env("KDIR", &self.build.kdir).env("FOLDER", folder).read().context("make failed")?;
        Ok(Duration::from_nanos(said.trim().parse().context("make's time")?))
    }

    /// Boots a machine with the module that we have built, loads and unloads it.
    pub(crate) fn boot(&self, machine: Machine) -> Result<Duration> {
        self.boot_module(machine, &self.build.stage.join(format!("{MODULE}.ko")))
    }

    /// The same with another module. Packing it into an initramfs counts.
    pub(crate) fn boot_module(&self, machine: Machine, module: &Path) -> Result<Duration> {
        let (initrd, results) = (self.top.join("initrd"), self.top.join("results"));
        let (kind, further) = machine.qemu();
        let append = format!(
            "quiet console=ttyS0 oops=panic panic=-1 cryptomgr.notests noreplace-smp no_timer_check rcupdate.rcu_expedited=1{further}"
        );
        let image = self.kernel.join("vmlinux");
        let qemu = self.qemu();
        let debugcon = format!("file:{}", results.display());
        let took = time(|| {
            self.pack(module, &initrd)?;
            let qemu = cmd!(
                self.shell,
                "env {qemu...} -nodefaults -no-user-config -display none -no-reboot -M {kind} -accel tcg,thread=single
                 -cpu qemu64 -m 128 -serial null -debugcon {debugcon}
                 -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel {image} -initrd {initrd} -append {append}"
            );
            // The device makes an exit status of what is written to it: 1 of 0.
            Ok(qemu.quiet().ignore_status().run()?)
        })?;
        let said = fs::read_to_string(&results)?;
        ensure!(said.ends_with("passed\n"), "the module did not pass:\n{said}");
        Ok(took)
    }

    /// The words for env(1) that start the QEMU of the tool root where it lies, as on a host without namespaces.
    fn qemu(&self) -> Vec<String> {
        let usr = self.qemu.join("usr");
        let libraries = usr.join("lib/x86_64-linux-gnu");
        let text = |path: PathBuf| path.display().to_string();
        vec![
            format!("QEMU_MODULE_DIR={}", libraries.join("qemu").display()),
            text(libraries.join("ld-linux-x86-64.so.2")),
            "--library-path".to_owned(),
            text(libraries),
            text(usr.join("bin/qemu-system-x86_64")),
            "-L".to_owned(),
            text(usr.join("share/qemu")),
            "-L".to_owned(),
            text(usr.join("share/seabios")),
        ]
    }

    fn pack(&self, module: &Path, initrd: &Path) -> Result<()> {
        const PROGRAM: u32 = 0o100_755;
        let mut archive = Vec::new();
        for (name, path) in [("init", self.init.as_path()), ("m.ko", module)] {
            let content = fs::read(path)?;
            let mut entry = NewcBuilder::new(name).mode(PROGRAM).write(&mut archive, content.len() as u32);
            std::io::Write::write_all(&mut entry, &content)?;
            entry.finish()?;
        }
        cpio::newc::trailer(&mut archive)?;
        Ok(fs::write(initrd, archive)?)
    }

    /// virtme-ng on the same kernel and with the same QEMU, if vng is there; it wants the kernel's whole package.
    pub(crate) fn vng(&self) -> Result<Option<Vng<'_>>> {
        let packages = fs::read_dir(self.kernel.join("packages"));
        let package = packages
            .into_iter()
            .flatten()
            .filter_map(|it| Some(it.ok()?.path()))
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("linux-image-")));
        let (Some(vng), Some(package)) = (on_path(&self.shell, "vng"), package) else { return Ok(None) };
        // It calls the one of the PATH, and makes an initramfs with busybox.
        let bin = self.top.join("bin");
        if !bin.exists() {
            fs::create_dir(&bin)?;
            symlink(self.qemu.join("usr/bin/busybox"), bin.join("busybox"))?;
        }
        let qemu = bin.join("qemu-system-x86_64");
        fs::write(&qemu, format!("#!/bin/sh\nexec env '{}' \"$@\"\n", self.qemu().join("' '")))?;
        fs::set_permissions(&qemu, fs::Permissions::from_mode(0o755))?;
        let place = self.top.join(format!("vng-{}", self.release()?));
        cmd!(self.shell, "dpkg-deb -x {package} {place}").quiet().run()?;
        Ok(Some(Vng { hand: self, vng, bin, image: place.join(format!("boot/vmlinuz-{}", self.release()?)) }))
    }

    /// dkms in folders of its own, if it is there, and the kernel's compiler is.
    pub(crate) fn dkms(&self, folder: &Path) -> Result<Option<Dkms<'_>>> {
        let compiler = self.record["compiler"].as_str().context("the kernel has no compiler")?;
        let (Some(dkms), Some(_)) = (on_path(&self.shell, "dkms"), on_path(&self.shell, compiler)) else {
            return Ok(None);
        };
        let (trees, sources) = (self.top.join("dkms"), self.top.join("dkms-sources"));
        let source = sources.join(format!("{MODULE}-1"));
        fs::create_dir_all(&trees)?;
        fs::create_dir_all(&source)?;
        for name in ["own.c", "Kbuild"] {
            fs::copy(folder.join(name), source.join(name))?;
        }
        let make =
            format!("make -C {} M=${{dkms_tree}}/{MODULE}/1/build CC={compiler} modules", self.build.kdir.display());
        let conf = format!(
            "PACKAGE_NAME={MODULE}\nPACKAGE_VERSION=1\nMAKE[0]=\"{make}\"\nBUILT_MODULE_NAME[0]={MODULE}\n\
             DEST_MODULE_LOCATION[0]=/updates\nAUTOINSTALL=no\n"
        );
        fs::write(source.join("dkms.conf"), conf)?;
        let dkms = Dkms { hand: self, dkms, trees, sources };
        dkms.run("add", &[])?;
        Ok(Some(dkms))
    }
}

pub(crate) struct Vng<'a> {
    hand: &'a Hand,
    vng: PathBuf,
    /// Where it finds QEMU and busybox.
    bin: PathBuf,
    image: PathBuf,
}

impl Vng<'_> {
    pub(crate) fn run(&self) -> Result<Duration> {
        let Self { hand, vng, bin, image } = self;
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let module = hand.build.stage.join(format!("{MODULE}.ko"));
        let inside = format!("insmod {} && rmmod {MODULE} && echo passed-$((6 * 7))", module.display());
        let line = [vng.as_os_str().to_string_lossy().as_ref(), "-r", &image.display().to_string()].join(" ");
        let line = format!(
            "{line} --disable-kvm --cpus 1 --memory 512M --verbose --append cryptomgr.notests --exec '{inside}'"
        );
        // It wants a terminal; and without udev on the host it can't give the guest's words and status but by the console.
        time(|| {
            let vng = cmd!(hand.shell, "script -qec {line} /dev/null").env("PATH", &path);
            let said = vng.quiet().ignore_stderr().ignore_status().read()?;
            ensure!(said.contains("passed-42"), "`{line}` said:\n{said}");
            Ok(())
        })
    }
}

pub(crate) struct Dkms<'a> {
    hand: &'a Hand,
    dkms: PathBuf,
    trees: PathBuf,
    sources: PathBuf,
}

impl Dkms<'_> {
    fn run(&self, what: &str, further: &[&str]) -> Result<()> {
        let Self { hand, dkms, trees, sources } = self;
        let kdir = &hand.build.kdir;
        let release = hand.release()?;
        let said = cmd!(
            hand.shell,
            "{dkms} {what} -m {MODULE} -v 1 -k {release} --dkmstree {trees} --sourcetree {sources} --kernelsourcedir {kdir} {further...}"
        );
        said.quiet().ignore_stdout().run().map_err(Into::into)
    }

    pub(crate) fn build(&self) -> Result<Duration> {
        time(|| self.run("build", &["--force"]))
    }
}
