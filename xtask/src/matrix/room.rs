// SPDX-License-Identifier: MIT OR Apache-2.0
//! What machines may take together: as much memory as was free before the first of them was started; and of those that are slow by
//! their kernels' own checks, and so never idle, a core each, or they would seem to hang.

use std::sync::{Condvar, Mutex, MutexGuard};

use fs_err as fs;

/// Memory that a machine takes besides its guest's: QEMU itself, and the translated code.
const QEMU_MB: u64 = 200;

/// Lets in as many machines as there is room for, and always one.
#[derive(Debug)]
pub(super) struct Room {
    /// None when it can't be known; then everybody is let in.
    free_mb: Option<u64>,
    cores: usize,
    taken: Mutex<Taken>,
    changed: Condvar,
}

/// What a machine takes, or all of them together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Taken {
    mb: u64,
    slow: usize,
}

impl Room {
    pub(super) fn new() -> Self {
        let free_mb = fs::read_to_string("/proc/meminfo").ok().and_then(|text| free_mb(&text));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { free_mb, cores, taken: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until there is room for a guest of so many MiB; its place is given back on drop.
    pub(super) fn enter(&self, guest_mb: u64, is_slow: bool) -> Place<'_> {
        let wanted = Taken { mb: guest_mb + QEMU_MB, slow: usize::from(is_slow) };
        let is_full = |taken: &mut Taken| !self.fits(*taken, wanted);
        let waited = self.changed.wait_while(self.taken(), is_full);
        let mut taken = waited.expect("no thread panics while it holds the room");
        self.take(&mut taken, wanted)
    }

    /// The same, if there is room now.
    pub(super) fn enter_at_once(&self, guest_mb: u64, is_slow: bool) -> Option<Place<'_>> {
        let wanted = Taken { mb: guest_mb + QEMU_MB, slow: usize::from(is_slow) };
        let mut taken = self.taken();
        self.fits(*taken, wanted).then(|| self.take(&mut taken, wanted))
    }

    fn take(&self, taken: &mut Taken, wanted: Taken) -> Place<'_> {
        *taken = Taken { mb: taken.mb + wanted.mb, slow: taken.slow + wanted.slow };
        Place { room: self, taken: wanted }
    }

    /// Whether a machine may start beside others. One that is alone may always try.
    fn fits(&self, taken: Taken, wanted: Taken) -> bool {
        let has_memory = self.free_mb.is_none_or(|free| taken.mb + wanted.mb <= free);
        taken.mb == 0 || (has_memory && (wanted.slow == 0 || taken.slow < self.cores))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().expect("no thread panics while it holds the room")
    }
}

/// A machine's memory while it runs.
#[derive(Debug)]
pub struct Place<'a> {
    room: &'a Room,
    taken: Taken,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Taken { mb, slow } = self.taken;
        {
            let mut taken = self.room.taken();
            *taken = Taken { mb: taken.mb - mb, slow: taken.slow - slow };
        }
        self.room.changed.notify_all();
    }
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
        let check = |free_mb, slow: usize, expected: usize| {
            let room = Room { free_mb, cores: 3, taken: Mutex::default(), changed: Condvar::new() };
            let one = Taken { mb: 256 + QEMU_MB, slow };
            let of = |others: u64| Taken { mb: others * one.mb, slow: others as usize * slow };
            let at_once = (0..20).take_while(|others| room.fits(of(*others), one)).count();
            assert_eq!(at_once, expected, "{free_mb:?} {slow}");
        };
        check(Some(0), 0, 1);
        check(Some(455), 0, 1);
        check(Some(911), 0, 1);
        check(Some(912), 0, 2);
        check(Some(4560), 0, 10);
        check(None, 0, 20);
        check(None, 1, 3);
        check(Some(912), 1, 2);
    }

    #[test]
    fn room_is_given_back() {
        let room = Room { free_mb: Some(1000), cores: 2, taken: Mutex::default(), changed: Condvar::new() };
        let first = room.enter(256, true);
        let second = room.enter(256, false);
        assert!(!room.fits(*room.taken(), Taken { mb: 456, slow: 0 }));
        drop(first);
        let third = room.enter(300, true);
        drop((second, third));
        assert_eq!(*room.taken(), Taken::default());
    }
}
