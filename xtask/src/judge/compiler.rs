// SPDX-License-Identifier: MIT OR Apache-2.0
//! What compiler, modpost and make say, as messages: each with the driver's own line that it is about, and the lines in which
//! the compiler shows that one. The form is that of gcc 10 to 16 and of clang.

use std::ops::Range;

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    pub(crate) severity: Severity,
    /// What it says, without the place.
    pub(crate) text: &'a str,
    /// The first line of it, as it was printed.
    pub(crate) head: &'a str,
    /// A file and a line of it: the driver's own, unless only the kernel's headers are named.
    pub(crate) place: Option<(&'a str, u32)>,
    /// That place as the compiler shows it: lines of source, and marks below them.
    pub(crate) frame: &'a [String],
}

impl<'a> Message<'a> {
    /// The place, if it is the driver's own.
    pub(crate) fn own_place(&self) -> Option<(&'a str, u32)> {
        self.place.filter(|(file, _)| !is_of_kernel(file))
    }

    /// It with its place, as the compiler says it where the place is its own.
    pub(crate) fn in_a_line(&self) -> String {
        match self.place {
            Some((file, line)) if !self.head.starts_with(file) => format!("{file}:{line}: {}", self.text),
            _ => self.head.to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// What stands for the way to a kernel's tree.
pub(crate) const KERNEL: &str = "…/";

/// The messages in these lines, in their order.
pub(crate) fn messages(lines: &[String]) -> Vec<Message<'_>> {
    let starts: Vec<usize> = (0..lines.len()).filter(|at| head(&lines[*at]).is_some()).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let mut before = 0;
    let mut found = Vec::new();
    for (start, end) in starts.iter().copied().zip(ends) {
        let (severity, text) = head(&lines[start]).unwrap_or((Severity::Error, ""));
        let (place, at) = place(&lines[before..end], start - before);
        let frame = &lines[before + at + 1..end];
        let length = frame.iter().position(|line| !is_frame(line)).unwrap_or(frame.len());
        found.push(Message { severity, text, head: &lines[start], place, frame: &frame[..length] });
        before = start + 1;
    }
    found
}

/// The first message that says why a build failed.
pub(crate) fn first_error(lines: &[String]) -> Option<Message<'_>> {
    messages(lines).into_iter().find(|message| message.severity == Severity::Error)
}

/// Whether a line begins a message, and what that says.
fn head(line: &str) -> Option<(Severity, &str)> {
    let marks = [
        (": fatal error: ", Severity::Error),
        (": error: ", Severity::Error),
        (": warning: ", Severity::Warning),
        ("ERROR: modpost: ", Severity::Error),
        ("WARNING: modpost: ", Severity::Warning),
        ("FATAL: modpost: ", Severity::Error),
        ("ERROR: ", Severity::Error),
        ("*** ", Severity::Error),
    ];
    let (severity, text) = marks.iter().find_map(|(mark, severity)| Some((*severity, line.split_once(mark)?.1)))?;
    Some((severity, text))
}

/// The place of the message whose head is `lines[head]`, and the line that names it: of the head and its notes the first that is
/// about the driver's own source; else the driver's line that includes the header it is about; else the head's.
fn place(lines: &[String], head: usize) -> (Option<(&str, u32)>, usize) {
    if let Some((place, at)) = named(lines, head) {
        return (Some(place), at);
    }
    let chain =
        lines[chain(lines, head)].iter().find_map(|line| included(line).filter(|(file, _)| !is_of_kernel(file)));
    (chain.or_else(|| place_of(&lines[head])), head)
}

/// The driver's own place that a head or one of its notes names, and which line that is.
fn named(lines: &[String], head: usize) -> Option<((&str, u32), usize)> {
    let notes = (head + 1..lines.len()).take_while(|at| !is_context(&lines[*at]) && self::head(&lines[*at]).is_none());
    let notes = notes.filter(|at| lines[*at].contains(": note: "));
    let is_own = |(file, _): &(&str, u32)| !is_of_kernel(file);
    [head].into_iter().chain(notes).find_map(|at| Some((place_of(&lines[at]).filter(is_own)?, at)))
}

/// The lines before a head that say in which files it is.
fn chain(lines: &[String], head: usize) -> Range<usize> {
    lines[..head].iter().rposition(|line| !is_context(line)).map_or(0, |at| at + 1)..head
}

/// The lines without those that say how a file came to be read, where the message is about a line of the driver's own anyway.
pub(crate) fn without_chains(lines: &[String]) -> Vec<&String> {
    let heads = (0..lines.len()).filter(|at| head(&lines[*at]).is_some() && named(lines, *at).is_some());
    let dropped: Vec<usize> =
        heads.flat_map(|head| chain(lines, head)).filter(|at| included(&lines[*at]).is_some()).collect();
    lines.iter().enumerate().filter(|(at, _)| !dropped.contains(at)).map(|(_, line)| line).collect()
}

/// `a.c:3:5: error: …`, of which the compiler may leave out the column.
fn place_of(line: &str) -> Option<(&str, u32)> {
    let end = [": fatal error: ", ": error: ", ": warning: ", ": note: "].iter().find_map(|mark| line.find(mark))?;
    let (rest, last) = line[..end].rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    match rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?))) {
        Some(place) => Some(place),
        None => Some((rest, last)),
    }
}

/// `In file included from a.c:3:`, `                 from a.c:3,`
fn included(line: &str) -> Option<(&str, u32)> {
    let rest = line.strip_prefix("In file included ").unwrap_or(line).trim_start().strip_prefix("from ")?;
    let mut parts = rest.trim_end_matches([',', ':']).split(':');
    let file = parts.next()?;
    Some((file, parts.next()?.parse().ok()?))
}

/// Lines that stand before a message and say where in the files it is.
fn is_context(line: &str) -> bool {
    line.starts_with("In file included from ")
        || line.trim_start().starts_with("from ")
        || line.contains(": In function ")
        || line.ends_with(": At top level:")
}

/// `    9 |     return f();` and `      |            ^`; rustc indents no more than it must.
fn is_frame(line: &str) -> bool {
    line.split_once('|').is_some_and(|(number, _)| {
        number.ends_with(' ') && number.bytes().all(|byte| byte == b' ' || byte.is_ascii_digit() || byte == b'+')
    })
}

/// A path of the kernel's tree, as `kbuild` shortens it, or relative to that tree.
fn is_of_kernel(path: &str) -> bool {
    path.starts_with(KERNEL) || path.starts_with("./")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(lines: &str, expected: Expect) {
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        let said = messages(&lines).into_iter().map(|message| {
            let Message { severity, text, place, frame, .. } = message;
            let place = place.map_or("nowhere".to_owned(), |(file, line)| format!("{file}:{line}"));
            format!(
                "{severity:?} at {place}: {text}\n{}",
                frame.iter().map(|line| format!("{line}\n")).collect::<String>()
            )
        });
        expected.assert_eq(&said.collect::<String>());
    }

    /// As `kbuild` puts their lines together.
    #[test]
    fn of_rustc() {
        check(
            "a.rs:271:21: error: mismatched types [E0308]\n\
             \x20   |\n\
             269 |     let mut mask = 0i64;\n\
             \x20   |                    ---- expected due to this value\n\
             ...\n\
             271 |     mask |= POLLIN;\n\
             \n\
             error: aborting due to 1 previous error\n",
            expect![[r#"
                Error at a.rs:271: mismatched types [E0308]
                    |
                269 |     let mut mask = 0i64;
                    |                    ---- expected due to this value
            "#]],
        );
    }

    #[test]
    fn of_gcc() {
        check(
            "a.c: In function 'f':\n\
             a.c:9:16: error: implicit declaration of function 'g' [-Werror=implicit-function-declaration]\n\
             \x20   9 |         return g();\n\
             \x20     |                ^\n\
             a.c:12:1: warning: unused\n\
             cc1: some warnings being treated as errors\n",
            expect![[r#"
                Error at a.c:9: implicit declaration of function 'g' [-Werror=implicit-function-declaration]
                    9 |         return g();
                      |                ^
                Warning at a.c:12: unused
            "#]],
        );
        check(
            "In file included from …/include/linux/module.h:12,\n\
             \x20                from b.c:3:\n\
             b.c: In function 'f':\n\
             …/include/linux/compiler.h:7:3: error: static assertion failed: \"x\"\n\
             \x20   7 | #define X x\n\
             \x20     |         ^\n\
             …/include/linux/build_bug.h:8:3: note: in expansion of macro 'X'\n\
             \x20   8 | X\n\
             b.c:31:2: note: in expansion of macro 'BUILD_BUG_ON'\n\
             \x20  31 |  BUILD_BUG_ON(1);\n\
             \x20     |  ^~~~~~~~~~~~\n",
            expect![[r#"
                Error at b.c:31: static assertion failed: "x"
                   31 |  BUILD_BUG_ON(1);
                      |  ^~~~~~~~~~~~
            "#]],
        );
        check(
            "In file included from c.h:2,\n\
             \x20                from c.c:3:\n\
             …/include/linux/x.h:5:10: fatal error: asm/y.h: No such file or directory\n\
             \x20   5 | #include <asm/y.h>\n\
             compilation terminated.\n",
            expect![[r#"
                Error at c.h:2: asm/y.h: No such file or directory
                    5 | #include <asm/y.h>
            "#]],
        );
    }

    #[test]
    fn chains_that_say_nothing() {
        let check = |lines: &str, expected: &str| {
            let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
            let kept: Vec<&str> = without_chains(&lines).into_iter().map(String::as_str).collect();
            assert_eq!(kept.join("\n"), expected);
        };
        let chain = "In file included from …/include/a.h:1,\n                 from a.c:3:\n";
        check(
            &format!("{chain}a.c: In function 'f':\na.c:4:1: warning: x"),
            "a.c: In function 'f':\na.c:4:1: warning: x",
        );
        let of_header = format!("{chain}…/include/a.h:4:1: warning: x");
        check(&of_header, &of_header);
        check(
            &format!("{of_header}\na.c:7: note: expanded here"),
            "…/include/a.h:4:1: warning: x\na.c:7: note: expanded here",
        );
    }

    #[test]
    fn of_others() {
        check(
            "ERROR: modpost: \"f\" [a.ko] undefined!\nWARNING: modpost: missing MODULE_DESCRIPTION() in a.o\n\
             make[3]: *** No rule to make target 'b.o', needed by 'm.o'.  Stop.\n\
             gcc-12: error: unrecognized command-line option '-fx'",
            expect![[r#"
                Error at nowhere: "f" [a.ko] undefined!
                Warning at nowhere: missing MODULE_DESCRIPTION() in a.o
                Error at nowhere: No rule to make target 'b.o', needed by 'm.o'.  Stop.
                Error at nowhere: unrecognized command-line option '-fx'
            "#]],
        );
        check("iptables was not found\n", expect![[""]]);
    }
}
