// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pieces of logs: real ones with neutral paths, where a comment says so; else the words of who prints them.

mod building;
mod compiling;
mod evaluating;
mod running;

use expect_test::Expect;

use super::super::Log;
use super::told;

#[track_caller]
fn check(log: &str, expected: &Expect) {
    let found = Log::read(log.as_bytes()).expect("a text can be read");
    expected.assert_eq(&told(&found));
}

/// A log of twenty thousand lines, with the same complaint in each of them and another at its end.
#[test]
fn much_of_the_same_is_told_once() {
    let mut log = "hello> mkdir: cannot create directory '.tmp_1': Permission denied\n".repeat(20_000);
    for number in 0..500 {
        log = format!("{log}hash mismatch in fixed-output derivation '/nix/store/{number}.drv'\n");
    }
    log.push_str("[ 1.0] decompression failed with status 6\n");
    let found = Log::read(log.as_bytes()).expect("a text can be read");
    let names: Vec<&str> = found.iter().map(|finding| finding.name).collect();
    assert_eq!(names, ["no-kbuild-output", "crc64"]);
}

/// Whatever a log holds, it is read to its end.
#[test]
fn anything_can_be_read() {
    for log in [
        "@nix {\"action\":\"msg\"}",
        "@nix {\"action\":\"result\",\"type\":101,\"fields\":7}",
        "\u{1b}",
        "> ",
        "é> ‘",
        "{",
    ] {
        assert!(Log::read(log.as_bytes()).expect("a text can be read").is_empty(), "{log}");
    }
}
