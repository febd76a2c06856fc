// SPDX-License-Identifier: MIT OR Apache-2.0
//! Machines that are kept ready: each is booted once, up to where it waits for a driver, and restored for every test.
//! What they hang on is in their keys; a machine that can't be kept, or not trusted, is booted each time.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Result, ensure};
use fs_err as fs;

use crate::cache::Cache;
use crate::fetch::sha256;
use crate::guest::{self, INITRD};
use crate::inputs::Testbed;
use crate::judge;
use crate::kbuild::{self, stamp};
use crate::kernel::patience;
use crate::matrix::Cell;
use crate::report::Unit;
use crate::tasks::machine;
use crate::vm::{Accel, Kept, Start};

/// The kind of the cache's entries.
const KIND: &str = "machines";

/// So much of the disk machines may take, in bytes, before those go that were not used for the longest time. One takes what its
/// kernel has touched of its memory: 60 to 110 MB.
const MOST: u64 = 4_000_000_000;

/// An emulated machine boots within seconds, on a busy host within a minute.
const TO_BOOT: Duration = Duration::from_secs(120);

/// The machines of one command.
#[derive(Debug, Default)]
pub(super) struct Depot {
    /// Those that could not be kept: nobody tries again.
    failed: Mutex<BTreeSet<String>>,
}

impl Depot {
    /// The machine of a cell that is kept already, if its firmware's tables are not yet to be compiled.
    pub(super) fn at_hand(&self, cell: &Cell<'_>, testbed: Testbed<'_>, image: &Path) -> Result<Option<Kept>> {
        if !can_be_kept(cell, testbed) || !cell.driver.manifest.hardware.has_common_firmware() {
            return Ok(None);
        }
        let cache = &cell.context.cache;
        let key = key(cell, testbed, (image, &[]))?;
        let dir = cache.path(KIND, &key);
        // Not held before it is known to be good: what is held can't be replaced by a better one.
        let Some(kept) = Kept::open(&dir) else { return Ok(None) };
        cache.hold(KIND, &key)?;
        // Somebody may have removed it in between.
        Ok(dir.exists().then_some(kept))
    }

    /// The machine of a cell, as it waits for what it is to do; none if it has to be booted.
    pub(super) fn machine(
        &self,
        cell: &Cell<'_>,
        testbed: Testbed<'_>,
        (image, tables): (&Path, &[PathBuf]),
    ) -> Result<Option<Kept>> {
        if !can_be_kept(cell, testbed) {
            return Ok(None);
        }
        let hardware = &cell.driver.manifest.hardware;
        let key = key(cell, testbed, (image, tables))?;
        if self.failed.lock().expect("nobody panics while he looks").contains(&key) {
            return Ok(None);
        }
        let cache = &cell.context.cache;
        let known = cache.path(KIND, &key);
        if known.exists() && Kept::open(&known).is_none() && !cache.remove(KIND, &key)? {
            return Ok(None);
        }
        // One that is like no other driver's is worth its place when the same test is run again and again.
        if !known.exists() && !hardware.has_common_firmware() && !testbed.hurry {
            return Ok(None);
        }
        let made = cache.entry(KIND, &key, |dir| {
            make_room(cache)?;
            save(cell, testbed, (image, tables), dir)
        });
        match made {
            Ok(dir) => Ok(Kept::open(&dir)),
            Err(err) => {
                self.failed.lock().expect("nobody panics while he looks").insert(key);
                let name = &cell.kernel.release;
                let why = format!("a machine with {name} can't be kept ready, so it is booted each time: {err:#}");
                cell.context.events.note(why);
                Ok(None)
            }
        }
    }
}

/// A device of QEMU's need not be able to save its state, and says nothing of it; what KVM's guest has seen of its processor need not
/// be there the next time.
fn can_be_kept(cell: &Cell<'_>, testbed: Testbed<'_>) -> bool {
    let hardware = &cell.driver.manifest.hardware;
    !testbed.cold && !hardware.suspend && hardware.devices.is_empty() && testbed.accel != Accel::Kvm
}

fn save(cell: &Cell<'_>, testbed: Testbed<'_>, (image, tables): (&Path, &[PathBuf]), dir: &Path) -> Result<()> {
    let Cell { context, driver, kernel, .. } = cell;
    let (initrd, hardware) = (dir.join(INITRD), machine::hardware(driver, kernel));
    guest::write_base(context, kernel, testbed, &initrd)?;
    let start = Start::Kept { kernel: image.to_owned(), initrd: initrd.clone(), memory: Kept::memory_in(dir) };
    let vm = machine::vm(kernel, testbed.accel, (&hardware, start, tables), dir);
    let _room = cell.machine();
    let what = format!("booting a machine for {} on {}", driver.name, kernel.release);
    let _progress = context.events.progress(what, 0, Unit::Things);
    let taint = Kept::save(&vm, &machine::place(context, testbed.tools, dir)?, TO_BOOT * patience(kernel))?;
    let is_calm = judge::is_calm(&fs::read(&vm.console)?, taint);
    ensure!(is_calm, "its kernel reports a fault while it boots (taint {taint}): `{}`", vm.console.display());
    // It has been unpacked into the memory.
    Ok(fs::remove_file(&initrd)?)
}

/// All that the machine hangs on while it waits, as one word.
fn key(cell: &Cell<'_>, testbed: Testbed<'_>, (image, tables): (&Path, &[PathBuf])) -> Result<String> {
    let Cell { context, kernel, .. } = cell;
    let hardware = machine::hardware(cell.driver, kernel);
    let nowhere = PathBuf::new;
    let start = Start::Kept { kernel: nowhere(), initrd: nowhere(), memory: nowhere() };
    let vm = machine::vm(kernel, testbed.accel, (&hardware, start, &[]), Path::new(""));
    let facts = [
        format!("kernel {} {} {}", kernel.release, image.display(), stamp(image)),
        format!("machine {} {}", hardware.memory, vm.kind()),
        format!("tables {:?}", tables.iter().map(|table| kbuild::content(table)).collect::<Vec<_>>()),
        format!("guest {}", guest::base_word(context, kernel, testbed)?),
        format!("qemu {} {:?}", testbed.tools.word(), context.way()?),
    ];
    Ok(sha256(facts.join("\n").as_bytes())[..24].to_owned())
}

/// Removes those that nobody can use any more, and as many others that there is room for one more.
fn make_room(cache: &Cache) -> Result<()> {
    let entries = fs::read_dir(cache.path(KIND, "")).into_iter().flatten().filter_map(Result::ok);
    let mut known: Vec<_> = entries.filter_map(|entry| Some(entry.file_name().to_str()?.to_owned())).collect();
    known.sort_by_key(|key| cache.last_used(KIND, key));
    let mut size = 0;
    // The last used first.
    for key in known.into_iter().rev() {
        let dir = cache.path(KIND, &key);
        size += fs::metadata(Kept::memory_in(&dir)).map_or(0, |data| data.blocks() * 512);
        if size > MOST || Kept::open(&dir).is_none() {
            cache.remove(KIND, &key)?;
        }
    }
    Ok(())
}
