// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store of the driver in Rust against that of the driver in C, on many random calls.

use crate::model::Random;
use crate::{abi, ring, store};

/// One call on both; what they say has to be the same.
fn call(c: &mut ring::Ring, rust: &mut store::Ring<Vec<u8>>, random: &mut Random, capacity: u32) -> String {
    let length = random.length(capacity);
    match random.below(5) {
        0 => {
            let bytes = random.bytes(length);
            let put = |room: &mut [u8]| {
                let count = room.len().min(bytes.len());
                room[..count].copy_from_slice(&bytes[..count]);
                count
            };
            let (in_c, in_rust) = (put(c.reserve()), put(rust.reserve(length)));
            assert_eq!(in_c, in_rust, "reserve {length}");
            assert_eq!(c.commit(in_c as u32) as usize, rust.commit(in_rust), "commit {in_c}");
        }
        1 => assert_eq!(&c.peek()[..c.peek().len().min(length)], rust.peek(length), "peek {length}"),
        2 => assert_eq!(c.consume(length as u32) as usize, rust.consume(length), "consume {length}"),
        3 => assert_eq!(c.make_room(length as u32), rust.make_room(length), "make room {length}"),
        // More than was offered.
        _ => assert_eq!(c.commit(length as u32) as usize, rust.commit(length), "commit {length}"),
    }
    let abi::foobar_stats { bytes_written, bytes_read, bytes_lost, capacity, used, high_water, .. } = c.stats();
    let counters = rust.counters();
    assert_eq!((bytes_written, bytes_read, bytes_lost), (counters.written, counters.read, counters.lost));
    assert_eq!((capacity, used, high_water), (rust.capacity(), rust.used(), rust.high_water()));
    assert_eq!(c.room(), rust.room());
    format!("{used} of {capacity}")
}

#[test]
fn both_stores_say_the_same() {
    for (capacity, seed) in [(16, 1), (64, 0xdead_beef), (1024, 42)] {
        let mut random = Random(seed);
        let mut c = ring::Ring::new(capacity, 0);
        let mut rust = store::Ring::new(vec![0; capacity as usize]).expect("a valid capacity");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..20_000 {
            seen.insert(call(&mut c, &mut rust, &mut random, capacity));
        }
        assert!(seen.len() > 10, "seed {seed:#x} was too tame to prove anything: {seen:?}");
    }
}

#[test]
fn capacities_are_the_same() {
    let edges = [store::CAPACITY_MIN, store::CAPACITY_MAX].into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]);
    for capacity in edges.chain([0, 24, 1 << 31, u32::MAX]) {
        // SAFETY: the function takes any number.
        let in_c = unsafe { abi::foobar_capacity_is_valid(capacity) } == 1;
        assert_eq!(in_c, store::capacity_is_valid(capacity), "{capacity}");
    }
    assert!(store::Ring::new(vec![0; 24]).is_none(), "24 is no power of two");
}
