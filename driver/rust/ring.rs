// SPDX-License-Identifier: GPL-2.0-only

//! The store: a ring of bytes with statistics.
//!
//! This half of the driver knows nothing of files, locks or user memory, nor of the kernel: it is
//! tested as a plain program. It promises what `foobar_core.h` promises of the C driver's.
//!
//! The ring never copies. It shows the caller a stretch of its memory, the caller copies, and then
//! tells the ring how far it got. So a copy that stops half-way, as copies from and to user memory
//! may, loses nothing.

use core::ops::DerefMut;

/// A ring's capacity is a power of two between these.
pub(crate) const CAPACITY_MIN: u32 = 16;
/// See [`CAPACITY_MIN`].
pub(crate) const CAPACITY_MAX: u32 = 1 << 20;

/// Whether a ring can be this large.
pub(crate) fn capacity_is_valid(capacity: u32) -> bool {
    (CAPACITY_MIN..=CAPACITY_MAX).contains(&capacity) && capacity.is_power_of_two()
}

/// A ring of bytes in memory of the kind `M`.
///
/// `head` and `tail` count the bytes that ever went in and out, and are allowed to overflow: their
/// difference is right all the same, and since a power of two divides 2^32 so is their place in
/// `memory`. Two counters that never turn back can tell a full ring from an empty one, which two
/// indexes can't.
///
/// # Invariants
///
/// - The length of `memory` is a valid capacity.
/// - `head - tail` is at most that.
pub(crate) struct Ring<M> {
    memory: M,
    head: u32,
    tail: u32,
    high_water: u32,
    counters: Counters,
}

/// What has happened in the life of a ring. A counter that reached its largest value stays there:
/// it still says "at least so many".
#[derive(Clone, Copy, Default)]
pub(crate) struct Counters {
    /// Bytes that went in.
    pub(crate) written: u64,
    /// Bytes that were taken out.
    pub(crate) read: u64,
    /// Bytes that were dropped to make room.
    pub(crate) lost: u64,
}

impl<M: DerefMut<Target = [u8]>> Ring<M> {
    /// Makes an empty ring in this memory, unless no ring can be so large.
    pub(crate) fn new(memory: M) -> Option<Self> {
        let capacity = u32::try_from(memory.len()).ok()?;
        if !capacity_is_valid(capacity) {
            return None;
        }
        // Start just before the overflow. If it did any harm, that would be seen in the first
        // minute, and not after four gigabytes.
        let start = 0u32.wrapping_sub(capacity);
        // INVARIANT: The length was checked, and nothing is between `head` and `tail`.
        Some(Self {
            memory,
            head: start,
            tail: start,
            high_water: 0,
            counters: Counters::default(),
        })
    }

    /// How many bytes the ring can hold.
    pub(crate) fn capacity(&self) -> u32 {
        // By the invariants it fits.
        self.memory.len() as u32
    }

    /// How many bytes are in the ring.
    pub(crate) fn used(&self) -> u32 {
        self.head.wrapping_sub(self.tail)
    }

    /// How many more would fit.
    pub(crate) fn room(&self) -> u32 {
        self.capacity() - self.used()
    }

    /// The most bytes that the ring ever held.
    pub(crate) fn high_water(&self) -> u32 {
        self.high_water
    }

    /// What has happened so far.
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// The oldest bytes, `most` of them at most. Where the bytes wrap around the end of the memory,
    /// that is not all.
    pub(crate) fn peek(&self, most: usize) -> &[u8] {
        let stretch = self.stretch(self.tail, self.used(), most);
        &self.memory[stretch]
    }

    /// Takes the oldest `count` bytes out; returns how many there were to take.
    pub(crate) fn consume(&mut self, count: usize) -> usize {
        let count = at_most(self.used(), count);
        // INVARIANT: `tail` does not overtake `head`.
        self.tail = self.tail.wrapping_add(count);
        self.counters.read = self.counters.read.saturating_add(count.into());
        count as usize
    }

    /// Where the next bytes go, `most` of them at most.
    pub(crate) fn reserve(&mut self, most: usize) -> &mut [u8] {
        let stretch = self.stretch(self.head, self.room(), most);
        &mut self.memory[stretch]
    }

    /// Adds `count` of the bytes that [`Self::reserve`] gave room for; returns how many those were.
    pub(crate) fn commit(&mut self, count: usize) -> usize {
        let count = at_most(self.room(), count);
        // INVARIANT: No more came than there was room for.
        self.head = self.head.wrapping_add(count);
        self.counters.written = self.counters.written.saturating_add(count.into());
        self.high_water = self.high_water.max(self.used());
        count as usize
    }

    /// Drops the oldest lines until `wanted` bytes fit, or all if `wanted` is more than the
    /// capacity. Returns how many bytes were lost.
    pub(crate) fn make_room(&mut self, wanted: usize) -> u32 {
        let missing = at_most(self.capacity(), wanted).saturating_sub(self.room());
        if missing == 0 {
            return 0;
        }
        let start = self.tail;
        // INVARIANT: What is missing beside the room is in use.
        self.tail = self.tail.wrapping_add(missing);
        // That may have cut a line in two. Half a line would deceive a reader, so the rest of it
        // goes as well.
        while self.used() > 0 && self.memory[self.place(self.tail.wrapping_sub(1))] != b'\n' {
            // INVARIANT: There was at least one byte.
            self.tail = self.tail.wrapping_add(1);
        }
        let lost = self.tail.wrapping_sub(start);
        self.counters.lost = self.counters.lost.saturating_add(lost.into());
        lost
    }

    /// Where in the memory the byte with this number lives.
    fn place(&self, position: u32) -> usize {
        (position & (self.capacity() - 1)) as usize
    }

    /// The places of `count` bytes from this number on, or of those up to the end of the memory, or
    /// of `most`.
    fn stretch(&self, position: u32, count: u32, most: usize) -> core::ops::Range<usize> {
        let place = self.place(position);
        let length = most.min(count as usize).min(self.memory.len() - place);
        place..place + length
    }
}

/// The smaller of the two, which fits where the first one does.
fn at_most(limit: u32, count: usize) -> u32 {
    u32::try_from(count).map_or(limit, |count| count.min(limit))
}
