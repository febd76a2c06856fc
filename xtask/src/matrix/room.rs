// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memory that machines may take together: as much as was free before the first of them was started.

use std::sync::{Condvar, Mutex, MutexGuard};

use fs_err as fs;

/// Memory that a machine takes besides its guest's: QEMU itself, and the translated code.
const QEMU_MB: u64 = 200;

/// Lets in as many machines as there is memory for, and always one.
#[derive(Debug)]
pub(super) struct Room {
    /// None when it can't be known; then everybody is let in.
    free_mb: Option<u64>,
    taken_mb: Mutex<u64>,
    changed: Condvar,
}

impl Room {
    pub(super) fn new() -> Self {
        let free_mb = fs::read_to_string("/proc/meminfo").ok().and_then(|text| free_mb(&text));
        Self { free_mb, taken_mb: Mutex::new(0), changed: Condvar::new() }
    }

    /// Waits until there is room for a guest of so many MiB; its place is given back on drop.
    pub(super) fn enter(&self, guest_mb: u64) -> Place<'_> {
        let mb = guest_mb + QEMU_MB;
        let is_full = |taken: &mut u64| !fits(self.free_mb, *taken, mb);
        let waited = self.changed.wait_while(self.taken(), is_full);
        *waited.expect("no thread panics while it holds the room") += mb;
        Place { room: self, mb }
    }

    fn taken(&self) -> MutexGuard<'_, u64> {
        self.taken_mb.lock().expect("no thread panics while it holds the room")
    }
}

/// A machine's memory while it runs.
#[derive(Debug)]
pub struct Place<'a> {
    room: &'a Room,
    mb: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.room.taken() -= self.mb;
        self.room.changed.notify_all();
    }
}

/// Whether a machine may start beside others. One that is alone may always try.
fn fits(free_mb: Option<u64>, taken_mb: u64, wanted_mb: u64) -> bool {
    taken_mb == 0 || free_mb.is_none_or(|free| taken_mb + wanted_mb <= free)
}

/// `MemAvailable` of /proc/meminfo (proc_meminfo(5)), in MiB.
pub(crate) fn free_mb(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kb: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kb / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_the_host() {
        let check = |text: &str, expected| assert_eq!(free_mb(text), expected);
        check("MemTotal:       24683640 kB\nMemFree: 1 kB\nMemAvailable:   2097152 kB\n", Some(2048));
        check("MemTotal:       24683640 kB\n", None);
        check("MemAvailable:   many kB\n", None);
        check("", None);
    }

    /// How many guests of 256 MiB run at once with so much memory free, when nothing but memory is scarce.
    #[test]
    fn machines_at_once() {
        let check = |free_mb, expected| {
            let mb = 256 + QEMU_MB;
            let at_once = (0..20).take_while(|others| fits(free_mb, others * mb, mb)).count();
            assert_eq!(at_once, expected, "{free_mb:?}");
        };
        check(Some(0), 1);
        check(Some(455), 1);
        check(Some(911), 1);
        check(Some(912), 2);
        check(Some(4560), 10);
        check(None, 20);
    }

    #[test]
    fn room_is_given_back() {
        let room = Room { free_mb: Some(1000), taken_mb: Mutex::new(0), changed: Condvar::new() };
        let first = room.enter(256);
        let second = room.enter(256);
        assert!(!fits(room.free_mb, *room.taken(), 456));
        drop(first);
        let third = room.enter(300);
        drop((second, third));
        assert_eq!(*room.taken(), 0);
    }
}
