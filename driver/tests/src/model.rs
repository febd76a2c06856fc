// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store against the plainest thing that could be right, on many random calls.

use std::collections::VecDeque;

use crate::{abi, ring::Ring};

/// What the store promises, with no thought for speed or memory.
#[derive(Default)]
struct Model {
    bytes: VecDeque<u8>,
    capacity: usize,
    drop_oldest: bool,
    written: u64,
    read: u64,
    lost: u64,
    high_water: usize,
}

impl Model {
    fn make_room(&mut self, wanted: usize) {
        let excess = (self.bytes.len() + wanted.min(self.capacity)).saturating_sub(self.capacity);
        let mut dropped = Vec::new();
        while !self.bytes.is_empty() && (dropped.len() < excess || excess > 0 && dropped.last() != Some(&b'\n')) {
            dropped.extend(self.bytes.pop_front());
        }
        self.lost += dropped.len() as u64;
    }

    fn write(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.drop_oldest {
            self.make_room(bytes.len());
        }
        let count = bytes.len().min(self.capacity - self.bytes.len());
        self.bytes.extend(&bytes[..count]);
        self.written += count as u64;
        self.high_water = self.high_water.max(self.bytes.len());
        (count > 0 || bytes.is_empty()).then_some(count)
    }

    fn read(&mut self, count: usize) -> Vec<u8> {
        let got = self.bytes.drain(..count.min(self.bytes.len())).collect::<Vec<_>>();
        self.read += got.len() as u64;
        got
    }
}

/// Marsaglia's xorshift64: enough to be unpredictable, and the same on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    pub(crate) fn length(&mut self, capacity: u32) -> usize {
        // Mostly short, sometimes longer than the store.
        let limit = [3, u64::from(capacity) / 2, u64::from(capacity) * 2][self.below(3) as usize];
        self.below(limit + 1) as usize
    }

    /// Few newlines, so that lines have every length.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| if self.below(7) == 0 { b'\n' } else { b'a' + self.below(26) as u8 }).collect()
    }
}

fn check(capacity: u32, seed: u64) {
    let mut random = Random(seed);
    let mut ring = Ring::new(capacity, 0);
    let mut model = Model { capacity: capacity as usize, ..Model::default() };
    for call in 0..20_000 {
        let what = match random.below(8) {
            0..4 => {
                let length = random.length(capacity);
                let bytes = random.bytes(length);
                assert_eq!(ring.write(&bytes), model.write(&bytes), "call {call} of seed {seed:#x}: write {bytes:?}");
                "write"
            }
            4..6 => {
                let count = random.length(capacity);
                assert_eq!(ring.read(count), model.read(count), "call {call} of seed {seed:#x}: read {count}");
                "read"
            }
            6 => {
                let wanted = random.length(capacity);
                ring.make_room(wanted as u32);
                model.make_room(wanted);
                "make room"
            }
            _ => {
                model.drop_oldest = !model.drop_oldest;
                ring.c().mode = if model.drop_oldest { abi::FOOBAR_DROP_OLDEST } else { 0 };
                "change the mode"
            }
        };
        let stats = ring.stats();
        assert_eq!(
            (stats.used as usize, stats.high_water as usize, stats.bytes_written, stats.bytes_read, stats.bytes_lost),
            (model.bytes.len(), model.high_water, model.written, model.read, model.lost),
            "call {call} of seed {seed:#x}: {what}"
        );
        // The oldest bytes are there before they are read, too.
        let seen = ring.peek();
        assert!(model.bytes.iter().zip(seen).all(|(a, b)| a == b), "call {call} of seed {seed:#x}: peek {seen:?}");
    }
    assert!(model.lost > 0 && model.read > u64::from(capacity), "seed {seed:#x} was too tame to prove anything");
}

#[test]
fn the_store_is_a_queue_with_a_limit() {
    for (capacity, seed) in [(16, 0x9e37_79b9_7f4a_7c15), (16, 1), (64, 0xdead_beef), (1024, 42)] {
        check(capacity, seed);
    }
}
