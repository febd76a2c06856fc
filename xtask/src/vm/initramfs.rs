// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guest's file system: our init, busybox, the modules, the test's programs, and the plan of what to do.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cpio::newc;
use fs_err as fs;

use super::argv::MOUNT_TAG;
use super::step::{How, Step};
use crate::cmd::raw::Size;

/// What every guest of a kernel has.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    pub init: &'a Path,
    pub busybox: &'a Path,
    /// The names under which busybox is found in /bin.
    pub applets: &'a [String],
}

/// What is put into the guest besides, and what it does with that.
#[derive(Debug)]
pub struct Guest<'a> {
    pub files: Vec<GuestFile>,
    pub nonce: &'a str,
    /// What a machine that was saved can't know, if it is one.
    pub now: Option<Now>,
    /// How long the machine goes on after the last step.
    pub settle: Duration,
    /// Whether the guest waits for buses to find their devices before the driver is loaded.
    pub quiet: bool,
    /// Whether the guest remembers what there is before the driver is loaded, and says what is new at the end.
    pub snapshot: bool,
    /// Whether the guest says at the end which lines of the driver have run.
    pub counts: bool,
    /// Whether a debugger of the host's waits for the guest.
    pub debug: bool,
    pub steps: &'a [Step],
    /// What comes after them.
    pub shell: Option<&'a Shell>,
}

/// A shell for a person.
#[derive(Debug)]
pub struct Shell {
    /// Of the terminal when the machine is started.
    pub size: Size,
    /// Of the shell, as `NAME=VALUE`.
    pub environment: Vec<String>,
    /// Whether the host shares a folder, to be mounted on [`FOLDER`].
    pub shares: bool,
}

impl Shell {
    /// What the guest's report calls it.
    pub const NAME: &str = "shell";
}

/// Where the driver's folder is in the guest, without a slash in front.
pub const FOLDER: &str = "driver";

/// How the guest mounts what the host shares (Documentation/filesystems/9p.rst): the protocol that Linux has its own form of, in
/// pieces of 128 kB instead of 8, or of what an older kernel takes at most.
const SHARE: &str = "trans=virtio,version=9p2000.L,msize=131072";

/// The time of day, and something nobody could foresee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// Since 1970.
    pub seconds: u64,
    /// Hexadecimal digits, at most 64.
    pub seed: String,
}

/// A file of the guest.
#[derive(Debug)]
pub struct GuestFile {
    /// Without a slash in front: `modules/foobar.ko`.
    pub path: String,
    pub mode: Mode,
    pub content: Vec<u8>,
}

/// A file's permissions, as far as the guest cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Data,
    Program,
}

const DIR: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const DATA: u32 = 0o100_644;
const LINK: u32 = 0o120_777;

/// What every guest has; a file's own folder is made before it.
const FOLDERS: [&str; 8] = ["bin", "dev", "proc", "sys", "tmp", "workbench", "modules", "root"];

impl Base<'_> {
    /// Writes the initramfs of a machine that waits for what it is to do, uncompressed: unpacking costs the guest more than
    /// reading costs the host (<https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>).
    pub fn write(&self, path: &Path) -> Result<()> {
        write(path, |archive| self.add_to(archive))
    }

    fn add_to(&self, archive: &mut Archive<'_, impl Write>) -> Result<()> {
        for dir in FOLDERS {
            archive.add(dir, DIR, &[])?;
        }
        // The kernel opens /dev/console for its first process, before devtmpfs is mounted.
        archive.add_device("dev/console", 5, 1)?;
        archive.add("init", PROGRAM, &fs::read(self.init)?)?;
        archive.add("bin/busybox", PROGRAM, &fs::read(self.busybox)?)?;
        for applet in self.applets.iter().filter(|applet| *applet != "busybox") {
            archive.add(&format!("bin/{applet}"), LINK, b"busybox")?;
        }
        Ok(())
    }
}

impl Guest<'_> {
    /// Writes the initramfs of a machine that does this as soon as it has booted.
    pub fn write(&self, base: &Base<'_>, path: &Path) -> Result<()> {
        write(path, |archive| {
            base.add_to(archive)?;
            self.add_to(archive)
        })
    }

    /// Writes what is delivered to a machine that waits, in the initramfs's form.
    pub fn write_delivery(&self, path: &Path) -> Result<()> {
        write(path, |archive| self.add_to(archive))
    }

    fn add_to(&self, archive: &mut Archive<'_, impl Write>) -> Result<()> {
        let above =
            |file: &GuestFile| Path::new(&file.path).ancestors().skip(1).map(Path::to_owned).collect::<Vec<_>>();
        let is_new = |folder: &PathBuf| !FOLDERS.iter().any(|known| folder == Path::new(known));
        let folders: BTreeSet<PathBuf> = self.files.iter().flat_map(above).filter(is_new).collect();
        // Those above come first, in this order.
        for folder in folders.iter().filter(|folder| !folder.as_os_str().is_empty()) {
            archive.add(&folder.to_string_lossy(), DIR, &[])?;
        }
        for file in &self.files {
            let mode = if file.mode == Mode::Program { PROGRAM } else { DATA };
            archive.add(&file.path, mode, &file.content)?;
        }
        archive.add("workbench/plan", DATA, &plan(self))
    }
}

fn write(path: &Path, fill: impl FnOnce(&mut Archive<'_, BufWriter<fs::File>>) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    fill(&mut Archive { out: &mut out, inode: 0 })
        .and_then(|()| {
            newc::trailer(&mut out)?;
            Ok(out.flush()?)
        })
        .with_context(|| format!("failed to write `{}`", path.display()))
}

struct Archive<'a, W> {
    out: &'a mut W,
    inode: u32,
}

impl<W: Write> Archive<'_, W> {
    fn add(&mut self, path: &str, mode: u32, content: &[u8]) -> Result<()> {
        self.write(newc::Builder::new(path).mode(mode), content)
    }

    fn add_device(&mut self, path: &str, major: u32, minor: u32) -> Result<()> {
        self.write(newc::Builder::new(path).mode(0o020_600).rdev_major(major).rdev_minor(minor), &[])
    }

    fn write(&mut self, builder: newc::Builder, content: &[u8]) -> Result<()> {
        self.inode += 1;
        let size = u32::try_from(content.len()).context("a file of the guest has more than 4 GiB")?;
        let mut entry = builder.ino(self.inode).nlink(1).write(&mut *self.out, size);
        entry.write_all(content)?;
        entry.finish()?;
        Ok(())
    }
}

/// So long no device must have come or gone for all to be there: a hub waits 100 ms for a plug to sit, and looks again later
/// (drivers/usb/core/hub.c); an emulated machine is several times slower.
const QUIET: Duration = Duration::from_millis(500);

/// The steps as the guest's init reads them (qemu/README.md): texts ended by zero bytes, `verb nargs arg…`.
fn plan(guest: &Guest<'_>) -> Vec<u8> {
    let mut plan = Vec::new();
    let mut record = |verb: &str, args: &[&str]| {
        for text in [verb, &args.len().to_string()].iter().chain(args) {
            plan.extend_from_slice(text.as_bytes());
            plan.push(0);
        }
    };
    record("nonce", &[guest.nonce]);
    if let Some(Now { seconds, seed }) = &guest.now {
        record("clock", &[&seconds.to_string()]);
        record("seed", &[seed]);
    }
    record("settle", &[&guest.settle.as_millis().to_string()]);
    if guest.counts {
        record("counts", &[]);
    }
    if guest.debug {
        record("debug", &[]);
    }
    let (mut quiet, mut snapshot) = (guest.quiet, guest.snapshot);
    for step in guest.steps {
        let description = step.description();
        if quiet && step.is_of_driver() {
            quiet = false;
            record("quiet", &[&QUIET.as_millis().to_string()]);
        }
        if snapshot && step.is_of_driver() {
            snapshot = false;
            record("snapshot", &[]);
        }
        match step {
            Step::Load(load) => {
                let (module, file, params) = (&load.module, &load.file, &load.params);
                match load.refuses {
                    None => record("load", &[&description, module, file, params]),
                    Some(errno) => record("refuse", &[&description, &errno.to_string(), module, file, params]),
                }
            }
            Step::Stress(stress) => {
                let (seconds, count) = (stress.deadline_s.to_string(), stress.count.to_string());
                match stress.how {
                    How::Cycle => record("cycle", &[&description, &seconds, &count]),
                    How::Read => record("read", &[&description, &seconds, &count]),
                    How::Hold => record("hold", &[&description, &seconds]),
                    How::Inject => record("inject", &[&description, &seconds, &count]),
                }
            }
            Step::Unload(unload) => record("unload", &[&description, &unload.module]),
            Step::Run(run) => {
                let deadline = run.deadline_s.to_string();
                let mut args = vec![description.as_str(), deadline.as_str()];
                args.extend(run.argv.iter().map(String::as_str));
                record("run", &args);
            }
        }
    }
    if let Some(Shell { size, environment, shares }) = guest.shell {
        if *shares {
            record("mount", &["9p", MOUNT_TAG, &format!("/{FOLDER}"), SHARE]);
        }
        let (rows, columns) = (size.rows.to_string(), size.columns.to_string());
        let mut args = vec![Shell::NAME, &rows, &columns];
        args.extend(environment.iter().map(String::as_str));
        record("shell", &args);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::step::{Load, Role, Run, Stress, Unload};

    #[test]
    fn plan_of_the_guest() {
        let run = Run {
            ktap: false,
            name: "says hello".to_owned(),
            argv: vec!["/bin/sh".to_owned(), "-c".to_owned(), "echo 'a\nb'".to_owned()],
            exit: 0,
            prints: Vec::new(),
            deadline_s: 10,
        };
        let load = |module: &str, role| {
            let (module, file) = (module.to_owned(), format!("/{module}"));
            Step::Load(Load { module, file, params: String::new(), role, refuses: None, kunit: false })
        };
        let refuse = |module: &str| match load(module, Role::Driver) {
            Step::Load(load) => Step::Load(Load { refuses: Some(19), ..load }),
            other => other,
        };
        let stress = |how| Step::Stress(Stress { how, count: 3, deadline_s: 9 });
        let steps = [
            load("dep", Role::Dependency),
            load("foo", Role::Driver),
            load("bar", Role::Driver),
            stress(How::Cycle),
            stress(How::Hold),
        ];
        let check_with =
            |(ms, quiet, snapshot): (u64, bool, bool), steps: &[Step], shell: Option<Shell>, expected: &str| {
                let settle = Duration::from_millis(ms);
                let now = (ms == 50).then(|| Now { seconds: 1_800_000_000, seed: "ab".to_owned() });
                let guest = Guest {
                    files: Vec::new(),
                    nonce: "n1",
                    now,
                    settle,
                    quiet,
                    snapshot,
                    counts: ms == 50,
                    debug: ms == 50,
                    steps,
                    shell: shell.as_ref(),
                };
                assert_eq!(String::from_utf8(plan(&guest)).expect("texts").replace('\0', "|"), expected);
            };
        let check = |how, steps: &[Step], expected: &str| check_with(how, steps, None, expected);
        check(
            (0, true, true),
            &steps,
            "nonce|1|n1|settle|1|0|load|4|load dep|dep|/dep||quiet|1|500|snapshot|0|load|4|load foo|foo|/foo||\
             load|4|load bar|bar|/bar||cycle|3|load and unload 3 times|9|3|hold|2|unload while a file is open|9|",
        );
        check((0, false, true), &[refuse("foo")], "nonce|1|n1|settle|1|0|snapshot|0|refuse|5|refuse foo|19|foo|/foo||");
        check(
            (50, false, true),
            &[Step::Run(run), Step::Unload(Unload { module: "foo".to_owned() })],
            "nonce|1|n1|clock|1|1800000000|seed|1|ab|settle|1|50|counts|0|debug|0|run|5|says hello|10|/bin/sh|-c|echo 'a\nb'|unload|2|unload foo|foo|",
        );
        let size = Size { rows: 50, columns: 132 };
        let shell = |shares| Some(Shell { size, environment: vec!["TERM=xterm".to_owned(), "A=".to_owned()], shares });
        let (how, dependency) = ((0, false, false), [load("9p", Role::Dependency)]);
        check_with(how, &[], shell(false), "nonce|1|n1|settle|1|0|shell|5|shell|50|132|TERM=xterm|A=|");
        check_with(
            how,
            &dependency,
            shell(true),
            "nonce|1|n1|settle|1|0|load|4|load 9p|9p|/9p||mount|4|9p|driver|/driver|trans=virtio,version=9p2000.L,msize=131072|\
             shell|5|shell|50|132|TERM=xterm|A=|",
        );
    }
}
