// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands on a person's terminal.

use expect_test::{Expect, expect};

use super::voice::LONGEST;
use super::*;

#[derive(Clone, Copy)]
enum Said {
    Shell(&'static str),
    Gdb(&'static str),
    Turn(Side),
    Kernel(&'static str),
    Note(&'static str),
    End,
}

use Said::{End, Gdb, Kernel, Note, Shell, Turn};

/// What is written for what is said, a line each.
#[track_caller]
fn check(coloured: bool, said: &[Said], expected: &Expect) {
    check_from(true, coloured, said, expected);
}

#[track_caller]
fn check_from(begun: bool, coloured: bool, said: &[Said], expected: &Expect) {
    let mut screen = Screen::new("n1", 2, coloured);
    screen.kernel(if begun { b"[ 0.9] workbench: n1 begin 2 load foo\r\n" } else { b"" });
    let lines = said.iter().map(|said| {
        let out = match said {
            Shell(text) => screen.says(Side::Shell, text.as_bytes()),
            Gdb(text) => screen.says(Side::Debugger, text.as_bytes()),
            Turn(side) => screen.turn(*side).0,
            Kernel(text) => screen.kernel(text.as_bytes()),
            Note(text) => screen.note(text),
            End => screen.end(),
        };
        format!("{}\n", out.escape_ascii())
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn the_kernels_lines_between() {
    check(
        false,
        &[
            Shell("hello\r\n"),
            Kernel("[ 1.0] foo: on\r\n"),
            Shell("# ca"),
            Shell("t"),
            Kernel("[ 2.0] foo: a\r\n[ 2.1] foo: \x1b[31mb\x07\r\n[ 2."),
            Kernel("2] foo: c\r\n"),
            Note("what we say"),
            Shell(" x\r\n"),
            Kernel("[ 3.0] workbench: n1 begin 2 shell\r\n"),
            Kernel("[ 3.1] workbench: n2 begin\r\n"),
            End,
        ],
        &expect![[r#"
            hello\r\n
            [ 1.0] foo: on\r\n
            # ca
            t
            \r\x1b[K[ 2.0] foo: a\r\n[ 2.1] foo: b\xef\xbf\xbd\r\n# cat
            \r\x1b[K[ 2.2] foo: c\r\n# cat
            \r\x1b[Kwhat we say\r\n# cat
             x\r\n

            [ 3.1] workbench: n2 begin\r\n
            \x1b[0m\x1b[?25h\x1b[?2004l
        "#]],
    );
}

#[test]
fn before_the_driver_and_after_the_end() {
    let before = [Kernel("a\r\n[ 1.0] workbench: n1 begin 1 load dep\r\nb\r\n")];
    let later = "c\r\n[ 1.0] workbench: n1 begin 2 load foo\r\nd\r\n[ 2.0] workbench: n1 end\r\ne\r\n";
    check_from(
        false,
        false,
        &[before, [Kernel(later)], [End]].concat(),
        &expect![[r#"

        c\r\nd\r\n
        \x1b[0m\x1b[?25h\x1b[?2004l
    "#]],
    );
    check_from(
        false,
        false,
        &[before, [End]].concat(),
        &expect![[r#"

        \x1b[0m\x1b[?25h\x1b[?2004la\r\nb\r\n
    "#]],
    );
}

#[test]
fn coloured() {
    check(
        true,
        &[Kernel("a\r\n"), Shell("\x1b[1m#\x1b[0m "), Kernel("b\r\n")],
        &expect![[r#"
        \x1b[2ma\x1b[0m\r\n
        \x1b[1m#\x1b[0m 
        \r\x1b[K\x1b[2mb\x1b[0m\r\n\x1b[1m#\x1b[0m 
    "#]],
    );
}

#[test]
fn questions_are_asked_once() {
    check(
        false,
        &[Shell("# \x1b[6"), Shell("nls"), Kernel("a\r\n")],
        &expect![[r#"
        # \x1b[6
        nls
        \r\x1b[Ka\r\n# ls
    "#]],
    );
}

#[test]
fn a_screen_that_was_cleared() {
    check(
        false,
        &[Shell("# clear\r\n\x1b[H\x1b[J# l"), Kernel("a\r\n")],
        &expect![[r#"
        # clear\r\n\x1b[H\x1b[J# l
        \r\x1b[Ka\r\n\x1b[J# l
    "#]],
    );
    check(
        false,
        &[Shell("x\x1b[2J# "), Kernel("a\r\n")],
        &expect![[r#"
        x\x1b[2J# 
        \r\x1b[Ka\r\n# 
    "#]],
    );
}

#[test]
fn a_program_that_has_the_screen() {
    check(
        false,
        &[
            Shell("\x1b[?1049hvi"),
            Kernel("a\r\nb\r\n"),
            Shell("~\r\n~"),
            Shell("\x1b[?1049l"),
            Shell("\r\n# "),
            Kernel("c\r\n"),
        ],
        &expect![[r#"
            \x1b[?1049hvi

            ~\r\n~
            \x1b[?1049l\r\x1b[Ka\r\nb\r\n~
            \r\n# 
            \r\x1b[Kc\r\n# 
        "#]],
    );
    check(
        false,
        &[Shell("\x1b[?1;47h"), Kernel("panic\r\nlast"), End],
        &expect![[r#"
        \x1b[?1;47h

        \x1b[?1049l\x1b[0m\x1b[?25h\x1b[?2004lpanic\r\nlast\r\n
    "#]],
    );
}

#[test]
fn long_lines_and_many() {
    let mut screen = Screen::new("n1", 0, false);
    screen.kernel(b"workbench: n1 begin 1 shell\n");
    screen.says(Side::Shell, &[b'x'; LONGEST * 2]);
    assert_eq!(screen.kernel(b"a\n").escape_ascii().to_string(), r"\r\na\r\n");
    screen.says(Side::Shell, b"\r\n\x1b[?1049h");
    for _ in 0..MOST_HELD * 2 {
        assert_eq!(screen.kernel(b"a\n"), b"");
    }
    let out = screen.says(Side::Shell, b"\x1b[?1049l");
    assert_eq!(out.iter().filter(|byte| **byte == b'a').count(), MOST_HELD);
}

#[test]
fn two_that_speak() {
    check(
        false,
        &[
            Shell("# echo > /dev/foo"),
            Turn(Side::Debugger),
            Gdb("\r\nBreakpoint 1\r\n"),
            Gdb("(gdb) "),
            Shell("\r\nlate\r\n# "),
            Kernel("[ 2.0] foo: a\r\n"),
            Gdb("continue\r\nContinuing.\r\n"),
            Turn(Side::Shell),
            Turn(Side::Shell),
            Shell("ls"),
            Kernel("[ 3.0] foo: b\r\n"),
            Gdb("late\r\n"),
            End,
        ],
        &expect![[r#"
            # echo > /dev/foo
            \r\n
            \r\nBreakpoint 1\r\n
            (gdb) 
            \r\x1b[K# echo > /dev/foo\r\nlate\r\n(gdb) 
            \r\x1b[K[ 2.0] foo: a\r\n(gdb) 
            continue\r\nContinuing.\r\n
            # 

            ls
            \r\x1b[K[ 3.0] foo: b\r\n# ls
            \r\x1b[Klate\r\n# ls
            \x1b[0m\x1b[?25h\x1b[?2004l\r\n
        "#]],
    );
    // A program that has the screen, and gdb that has it.
    check(
        false,
        &[
            Shell("\x1b[?1049hvi"),
            Turn(Side::Debugger),
            Gdb("(gdb) "),
            Shell("~\r\n~"),
            Turn(Side::Shell),
            Shell("\x1b[?1049l# "),
            Turn(Side::Debugger),
            Gdb("\x1b[?1049htui"),
            Shell("x\r\n# "),
            Kernel("[ 2.0] foo: a\r\n"),
            Gdb("\x1b[?1049l(gdb) "),
            End,
        ],
        &expect![[r#"
            \x1b[?1049hvi
            \x1b[?1049l\x1b[0m\x1b[?25h
            (gdb) 

            \r\n\x1b[?1049h
            \x1b[?1049l# 
            \r\n(gdb) 
            \x1b[?1049htui


            \x1b[?1049l(gdb) \r\x1b[K~# x\r\n[ 2.0] foo: a\r\n(gdb) tui(gdb) 
            \x1b[0m\x1b[?25h\x1b[?2004l\r\n
        "#]],
    );
}
