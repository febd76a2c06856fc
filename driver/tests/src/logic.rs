// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store at its edges: a script of calls goes in, what they returned comes out.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::{abi, ring::Ring};

enum Step {
    /// `write`, with one character a byte; `$` is a newline.
    Put(&'static str),
    /// `read`.
    Get(usize),
    Peek,
    Reserve,
    Consume(u32),
    Commit(u32),
    MakeRoom(u32),
    /// As if so many bytes had gone through before.
    Age(u32),
    /// All three counters.
    Count(u64),
    Stats,
}
use Step::*;

/// Runs a script on a ring of 16 bytes.
fn check(mode: u32, script: &[Step], wanted: Expect) {
    let mut ring = Ring::new(16, mode);
    let mut log = String::new();
    for step in script {
        let line = match *step {
            Put(text) => match ring.write(text.replace('$', "\n").as_bytes()) {
                Some(count) => format!("put {text:?}: {count}"),
                None => format!("put {text:?}: no space"),
            },
            Get(count) => format!("get {count}: {:?}", text(&ring.read(count))),
            Peek => format!("peek: {:?}", text(ring.peek())),
            Reserve => format!("reserve: {}", ring.reserve().len()),
            Consume(count) => format!("consume {count}: {}", ring.consume(count)),
            Commit(count) => format!("commit {count}: {}", ring.commit(count)),
            MakeRoom(wanted) => format!("make room {wanted}: {} lost", ring.make_room(wanted)),
            Age(bytes) => {
                let c = ring.c();
                c.head = c.head.wrapping_add(bytes);
                c.tail = c.tail.wrapping_add(bytes);
                continue;
            }
            Count(count) => {
                let c = ring.c();
                (c.bytes_written, c.bytes_read, c.bytes_lost) = (count, count, count);
                continue;
            }
            Stats => stats(&ring.stats()),
        };
        writeln!(log, "{line} | {} used, {} room", ring.used(), ring.room()).expect("a string takes all");
        assert_eq!(ring.used() + ring.room(), 16, "after {line}");
    }
    wanted.assert_eq(&log);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\n', "$")
}

fn stats(stats: &abi::foobar_stats) -> String {
    assert_eq!(stats.reserved, 0);
    format!(
        "{:#x} written, {:#x} read, {:#x} lost; {} of {}, at most {}; mode {}, {} open",
        stats.bytes_written,
        stats.bytes_read,
        stats.bytes_lost,
        stats.used,
        stats.capacity,
        stats.high_water,
        stats.mode,
        stats.open_files
    )
}

const REFUSE: u32 = 0;
const DROP: u32 = abi::FOOBAR_DROP_OLDEST;

#[test]
fn empty() {
    check(
        REFUSE,
        &[Peek, Get(0), Get(1), Consume(0), Consume(1), Put(""), Stats],
        expect![[r#"
        peek: "" | 0 used, 16 room
        get 0: "" | 0 used, 16 room
        get 1: "" | 0 used, 16 room
        consume 0: 0 | 0 used, 16 room
        consume 1: 0 | 0 used, 16 room
        put "": 0 | 0 used, 16 room
        0x0 written, 0x0 read, 0x0 lost; 0 of 16, at most 0; mode 0, 0 open | 0 used, 16 room
    "#]],
    );
}

#[test]
fn full() {
    check(
        REFUSE,
        &[Put("0123456789abcdef"), Put("x"), Put(""), Reserve, Commit(1), Get(1), Put("xy"), Get(99), Stats],
        expect![[r#"
            put "0123456789abcdef": 16 | 16 used, 0 room
            put "x": no space | 16 used, 0 room
            put "": 0 | 16 used, 0 room
            reserve: 0 | 16 used, 0 room
            commit 1: 0 | 16 used, 0 room
            get 1: "0" | 15 used, 1 room
            put "xy": 1 | 16 used, 0 room
            get 99: "123456789abcdefx" | 0 used, 16 room
            0x11 written, 0x11 read, 0x0 lost; 0 of 16, at most 16; mode 0, 0 open | 0 used, 16 room
        "#]],
    );
}

#[test]
fn longer_than_the_store() {
    check(
        REFUSE,
        &[Put("0123456789abcdef-more"), Get(16)],
        expect![[r#"
        put "0123456789abcdef-more": 16 | 16 used, 0 room
        get 16: "0123456789abcdef" | 0 used, 16 room
    "#]],
    );
    check(
        DROP,
        &[Put("old$"), Put("0123456789abcdef-more"), Get(16), Stats],
        expect![[r#"
        put "old$": 4 | 4 used, 12 room
        put "0123456789abcdef-more": 16 | 16 used, 0 room
        get 16: "0123456789abcdef" | 0 used, 16 room
        0x14 written, 0x10 read, 0x4 lost; 0 of 16, at most 16; mode 1, 0 open | 0 used, 16 room
    "#]],
    );
}

#[test]
fn bytes_wrap_around_the_end_of_the_memory() {
    check(
        REFUSE,
        &[Put("0123456789"), Get(8), Put("abcdefghij"), Peek, Consume(8), Peek, Get(99), Reserve],
        expect![[r#"
            put "0123456789": 10 | 10 used, 6 room
            get 8: "01234567" | 2 used, 14 room
            put "abcdefghij": 10 | 12 used, 4 room
            peek: "89abcdef" | 12 used, 4 room
            consume 8: 8 | 4 used, 12 room
            peek: "ghij" | 4 used, 12 room
            get 99: "ghij" | 0 used, 16 room
            reserve: 12 | 0 used, 16 room
        "#]],
    );
}

#[test]
fn positions_overflow() {
    // The first position is 2^32 - 16, so these four bytes are on both sides of the overflow.
    check(
        REFUSE,
        &[Age(14), Put("0123"), Peek, Get(99), Stats],
        expect![[r#"
        put "0123": 4 | 4 used, 12 room
        peek: "01" | 4 used, 12 room
        get 99: "0123" | 0 used, 16 room
        0x4 written, 0x4 read, 0x0 lost; 0 of 16, at most 4; mode 0, 0 open | 0 used, 16 room
    "#]],
    );
    check(
        DROP,
        &[Age(14), Put("a$b$"), Put("0123456789abc"), Get(99)],
        expect![[r#"
        put "a$b$": 4 | 4 used, 12 room
        put "0123456789abc": 13 | 15 used, 1 room
        get 99: "b$0123456789abc" | 0 used, 16 room
    "#]],
    );
    // And half-way, where a signed difference would turn negative.
    check(
        REFUSE,
        &[Age(1 << 31), Put("0123456789abcdef"), Get(99)],
        expect![[r#"
        put "0123456789abcdef": 16 | 16 used, 0 room
        get 99: "0123456789abcdef" | 0 used, 16 room
    "#]],
    );
}

#[test]
fn no_count_is_too_large() {
    check(
        REFUSE,
        &[Put("0123"), Consume(u32::MAX), Commit(u32::MAX), MakeRoom(u32::MAX), Get(usize::MAX), Stats],
        expect![[r#"
            put "0123": 4 | 4 used, 12 room
            consume 4294967295: 4 | 0 used, 16 room
            commit 4294967295: 16 | 16 used, 0 room
            make room 4294967295: 16 lost | 0 used, 16 room
            get 18446744073709551615: "" | 0 used, 16 room
            0x14 written, 0x4 read, 0x10 lost; 0 of 16, at most 16; mode 0, 0 open | 0 used, 16 room
        "#]],
    );
}

#[test]
fn whole_lines_are_dropped() {
    check(
        DROP,
        &[Put("one$two$three$"), MakeRoom(2), MakeRoom(3), Get(99), Stats],
        expect![[r#"
        put "one$two$three$": 14 | 14 used, 2 room
        make room 2: 0 lost | 14 used, 2 room
        make room 3: 4 lost | 10 used, 6 room
        get 99: "two$three$" | 0 used, 16 room
        0xe written, 0xa read, 0x4 lost; 0 of 16, at most 14; mode 1, 0 open | 0 used, 16 room
    "#]],
    );
    // Exactly one line is in the way: the next stays.
    check(
        DROP,
        &[Put("0123456$abcdefg$"), Put("ABCDEFG$"), Get(99)],
        expect![[r#"
        put "0123456$abcdefg$": 16 | 16 used, 0 room
        put "ABCDEFG$": 8 | 16 used, 0 room
        get 99: "abcdefg$ABCDEFG$" | 0 used, 16 room
    "#]],
    );
    // One byte more, and both go.
    check(
        DROP,
        &[Put("0123456$abcdefg$"), Put("ABCDEFGH$"), Get(99)],
        expect![[r#"
        put "0123456$abcdefg$": 16 | 16 used, 0 room
        put "ABCDEFGH$": 9 | 9 used, 7 room
        get 99: "ABCDEFGH$" | 0 used, 16 room
    "#]],
    );
    // A line whose first half was read still is one line.
    check(
        DROP,
        &[Put("0123456$abcdefg$"), Get(4), Put("ABCDE"), Get(99)],
        expect![[r#"
        put "0123456$abcdefg$": 16 | 16 used, 0 room
        get 4: "0123" | 12 used, 4 room
        put "ABCDE": 5 | 13 used, 3 room
        get 99: "abcdefg$ABCDE" | 0 used, 16 room
    "#]],
    );
    // No newline at all: it all is one line.
    check(
        DROP,
        &[Put("0123456789abcdef"), Put("x"), Get(99)],
        expect![[r#"
        put "0123456789abcdef": 16 | 16 used, 0 room
        put "x": 1 | 1 used, 15 room
        get 99: "x" | 0 used, 16 room
    "#]],
    );
    // The newline is the byte before the end of the memory, and the byte after.
    check(
        DROP,
        &[Put("0123456789abcde$"), Get(10), Put("ABCDEFGHI$"), Put("xyz"), Get(99)],
        expect![[r#"
        put "0123456789abcde$": 16 | 16 used, 0 room
        get 10: "0123456789" | 6 used, 10 room
        put "ABCDEFGHI$": 10 | 16 used, 0 room
        put "xyz": 3 | 13 used, 3 room
        get 99: "ABCDEFGHI$xyz" | 0 used, 16 room
    "#]],
    );
    check(
        DROP,
        &[Put("0123456789abcdef"), Get(10), Put("$BCDEFGHI$"), Put("xyz"), Get(99)],
        expect![[r#"
        put "0123456789abcdef": 16 | 16 used, 0 room
        get 10: "0123456789" | 6 used, 10 room
        put "$BCDEFGHI$": 10 | 16 used, 0 room
        put "xyz": 3 | 12 used, 4 room
        get 99: "BCDEFGHI$xyz" | 0 used, 16 room
    "#]],
    );
}

#[test]
fn counters_stop_at_their_largest_value() {
    check(
        DROP,
        &[Count(u64::MAX - 2), Put("ab"), Get(2), Stats, Put("cd"), Get(2), Stats],
        expect![[r#"
        put "ab": 2 | 2 used, 14 room
        get 2: "ab" | 0 used, 16 room
        0xffffffffffffffff written, 0xffffffffffffffff read, 0xfffffffffffffffd lost; 0 of 16, at most 2; mode 1, 0 open | 0 used, 16 room
        put "cd": 2 | 2 used, 14 room
        get 2: "cd" | 0 used, 16 room
        0xffffffffffffffff written, 0xffffffffffffffff read, 0xfffffffffffffffd lost; 0 of 16, at most 2; mode 1, 0 open | 0 used, 16 room
    "#]],
    );
    check(
        DROP,
        &[Count(u64::MAX - 2), Put("0123456789abcdef"), Put("x"), Stats],
        expect![[r#"
        put "0123456789abcdef": 16 | 16 used, 0 room
        put "x": 1 | 1 used, 15 room
        0xffffffffffffffff written, 0xfffffffffffffffd read, 0xffffffffffffffff lost; 1 of 16, at most 16; mode 1, 0 open | 1 used, 15 room
    "#]],
    );
}

#[test]
fn capacities() {
    // SAFETY: the function takes any number.
    let valid = |capacity| unsafe { abi::foobar_capacity_is_valid(capacity) } == 1;
    let powers = (0..32).map(|shift| 1 << shift).filter(|&power| valid(power)).collect::<Vec<u32>>();
    expect![
        "[16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576]"
    ]
    .assert_eq(&format!("{powers:?}"));
    for wrong in [0, 3, 15, 17, 24, 100, 4095, 4097, (1 << 20) - 1, (1 << 20) + 1, (1 << 20) + (1 << 19), u32::MAX] {
        assert!(!valid(wrong), "{wrong}");
    }
}
