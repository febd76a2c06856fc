// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `printk` puts before a line, and which step a line belongs to.

use expect_test::expect;

use super::check_rows;
use crate::judge::console::Console;

#[test]
fn prefixes() {
    let console = b"\
[    1.234567] plain\r
[    1.234567][    T1] a task\r
[12345.678901][   C12] a cpu in interrupt\r
[T123] a caller and no time
<4>[    1.234567] a level and a time
<4>only a level
[    0.000000]  indented
[    1.234567]
[    1.234567]no space
[ BUG: Invalid wait context ]
[1] not a time
[T] nor a caller
\x1b[0m\x1b[31m[    1.234567] coloured \x1b[1mtext\x1b[0m\r\r
Booting from ROM..\x1bc\x1b[?7l\x1b[2J[    0.000000] Linux version 6.1
half a line[    2.000000][    T9] BUG: the rest
[    2.000000] a quoted [    1.000000] BUG: is a quotation
broken \x1b[ escape \x1b
bell \x07 nul \0 invalid \xff\xfe tab\tend
caf\xc3\xa9
\x1b[3[    3.000000] behind a broken escape
";
    let console = Console::parse(console, "n", 0);
    check_rows(
        console.lines.iter().map(|line| format!("{:?} {:?}", line.message(), line.caller)),
        &expect![[r#"
            "plain" None
            "a task" Some(Caller { cpu: false, number: 1 })
            "a cpu in interrupt" Some(Caller { cpu: true, number: 12 })
            "a caller and no time" Some(Caller { cpu: false, number: 123 })
            "a level and a time" None
            "only a level" None
            " indented" None
            "" None
            "no space" None
            "[ BUG: Invalid wait context ]" None
            "[1] not a time" None
            "[T] nor a caller" None
            "coloured text" None
            "Booting from ROM.." None
            "Linux version 6.1" None
            "half a line" None
            "BUG: the rest" Some(Caller { cpu: false, number: 9 })
            "a quoted [    1.000000] BUG: is a quotation" None
            "broken scape " None
            "bell � nul � invalid �� tab\tend" None
            "café" None
            "[3" None
            "behind a broken escape" None
        "#]],
    );
}

#[test]
fn marks() {
    let console = b"\
[    1.0] workbench: n begin 1 no time, no prefix, no mark
[    1.000000] before
[    1.000000] workbench: n begin 1 load foobar
[    1.000000] first
[    1.000000] foobar: workbench: n begin 2 is said by a driver
[    1.000000] workbench: m begin 2 of another run
[    1.000000] workbench: n begin 0 x
[    1.000000] workbench: n begin 3 out of range
[    1.000000] workbench: n begin x y
[    1.000000] workbench: n ending
[    1.000000] workbench: n begin 2
[    1.000000] second
[    1.000000] workbench: n end
[    1.000000] after
";
    let parsed = Console::parse(console, "n", 2);
    check_rows(
        parsed
            .lines
            .iter()
            .map(|line| format!("{:?} {}{}", line.step, if line.is_mark { "MARK " } else { "" }, line.message())),
        &expect![[r#"
            None [    1.0] workbench: n begin 1 no time, no prefix, no mark
            None before
            Some(0) MARK workbench: n begin 1 load foobar
            Some(0) first
            Some(0) foobar: workbench: n begin 2 is said by a driver
            Some(0) workbench: m begin 2 of another run
            Some(0) workbench: n begin 0 x
            Some(0) workbench: n begin 3 out of range
            Some(0) workbench: n begin x y
            Some(0) workbench: n ending
            Some(1) MARK workbench: n begin 2
            Some(1) second
            Some(1) MARK workbench: n end
            Some(1) after
        "#]],
    );
    assert_eq!(parsed.ended, Some(12));
    assert!(Console::parse(b"workbench:  end\n", "", 2).ended.is_none(), "an empty nonce marks nothing");
}
