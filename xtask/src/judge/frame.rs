// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames as the kernel prints them: `function+0x12/0x34 [module]`, from `__sprint_symbol()` of kernel/kallsyms.c, with
//! the module's build id after its name if the kernel was built with `CONFIG_STACKTRACE_BUILD_ID`.

use super::site::Site;

/// A name of the kernel has at most so many bytes (`KSYM_NAME_LEN`, since 6.1); one of Rust's may have as many.
const LONGEST_NAME: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// As in the object file: `foo`, `foo.cold`, `foo.isra.0`.
    pub(crate) function: &'a str,
    pub(crate) offset: u64,
    /// Up to the next symbol, which is not the size that the object file says.
    pub(crate) size: u64,
    /// None for the kernel's own functions.
    pub(crate) module: Option<&'a str>,
    /// The unwinder only guesses: a word on the stack that could be a return address.
    pub(crate) guessed: bool,
    /// It is an instruction, not the address that a call returns to.
    pub(crate) exact: bool,
}

impl<'a> Frame<'a> {
    /// The frames that a line names, in its order; few lines have more than one.
    pub(crate) fn all(line: &'a str) -> impl Iterator<Item = Self> {
        // The name of a machine register, and the two titles of WARN() (kernel/panic.c), which name an instruction.
        let text = line.trim_start();
        let exact = ["RIP: ", "pc : ", "epc : ", "WARNING: "].iter().any(|start| text.starts_with(start));
        let mut next = 0;
        std::iter::from_fn(move || {
            while let Some(found) = line[next..].find("+0x") {
                let plus = next + found;
                next = plus + 3;
                if let Some((frame, end)) = Self::around(line, plus, exact) {
                    next = end;
                    return Some(frame);
                }
            }
            None
        })
    }

    /// The frame whose `+` is here, and where it ends.
    fn around(line: &'a str, plus: usize, exact: bool) -> Option<(Self, usize)> {
        let before = &line.as_bytes()[..plus];
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
        let length = before.iter().rev().take(LONGEST_NAME + 1).take_while(|byte| is_of_name(byte)).count();
        let function = &line[plus - length..plus];
        if length == 0 || length > LONGEST_NAME || function.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let (offset, rest) = hex(&line[plus + 1..])?;
        let (size, rest) = hex(rest.strip_prefix('/')?)?;
        let guessed = line[..plus - length].ends_with("? ");
        let (module, rest) = module(rest).map_or((None, rest), |(module, rest)| (Some(module), rest));
        let exact = exact || offset == 0;
        Some((Self { function, offset, size, module, guessed, exact }, line.len() - rest.len()))
    }

    /// By which a frame is known in `symbols.json`.
    pub(crate) fn key(&self) -> String {
        let Self { function, offset, size, module, .. } = self;
        format!("{function}+{offset:#x}/{size:#x} [{}]", module.unwrap_or_default())
    }

    /// What the frame alone says.
    pub(crate) fn site(&self) -> Site {
        Site {
            function: plain(self.function).to_owned(),
            module: self.module.unwrap_or_default().to_owned(),
            ..Site::default()
        }
    }
}

/// The address that stands where a frame would, and whether it is an instruction: the code is not there any more, so that
/// the kernel has no name for it (`__sprint_symbol()`). One that is only guessed is none.
pub(crate) fn bare(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_end();
    let (before, address) = line.split_at(line.rfind([' ', '\t', ':']).map_or(0, |at| at + 1));
    let digits = address.strip_prefix("0x")?;
    let fits = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (fits && !before.trim_end().ends_with('?')).then(|| (address, before.contains("RIP: ")))
}

/// A function's name as its author wrote it: gcc adds `.cold`, `.isra.0`, `.constprop.0`, `.part.0`.
pub(crate) fn plain(function: &str) -> &str {
    function.split_once('.').map_or(function, |(name, _)| name)
}

/// ` [module]`, or ` [module 0123…]`; what follows.
fn module(text: &str) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix(" [")?.split_once(']')?;
    let (name, id) = inner.split_once(' ').unwrap_or((inner, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    // include/linux/module.h: MODULE_NAME_LEN is 64 - sizeof(unsigned long).
    let fits = (1..=56).contains(&name.len()) && name.chars().all(is_name);
    (fits && id.chars().all(|c| c.is_ascii_hexdigit())).then_some((name, rest))
}

fn hex(text: &str) -> Option<(u64, &str)> {
    let digits = text.strip_prefix("0x")?;
    let end = digits.bytes().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(digits.len());
    Some((u64::from_str_radix(&digits[..end], 16).ok()?, &digits[end..]))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(line: &str, expected: Expect) {
        let frames: Vec<String> = Frame::all(line)
            .map(|frame| {
                let is = |yes: bool, word: &'static str| if yes { word } else { "" };
                format!("{}{}{}", frame.key(), is(frame.guessed, " guessed"), is(frame.exact, " exact"))
            })
            .collect();
        expected.assert_eq(&frames.join("; "));
    }

    #[test]
    fn bare_addresses() {
        let check = |line, expected| assert_eq!(bare(line), expected, "{line}");
        let address = "0xffffffffc0201010";
        check(" 0xffffffffc0201010", Some((address, false)));
        check("    [<00000000deadbeef>] 0xffffffffc0201010", Some((address, false)));
        check("RIP: 0010:0xffffffffc0201010", Some((address, true)));
        check("[    1.0] RIP: 0010:0xffffffffc0201010\r", Some((address, true)));
        check(" ? 0xffffffffc0201010", None);
        check("RIP: 0033:0x40165f", None);
        check("Code: Unable to access opcode bytes at 0xffffffffc0201010.", None);
        check("BUG: unable to handle page fault for address: ffffffffc0201010", None);
        check(" foo+0x1/0xffffffffc0201010 [foo]", None);
        check("", None);
    }

    #[test]
    fn frames() {
        check(" foo_init+0x1c/0xff0 [foo]", expect!["foo_init+0x1c/0xff0 [foo]"]);
        check(" ? foo+0x1c/0x20 [foo]", expect!["foo+0x1c/0x20 [foo] guessed"]);
        check(" do_one_initcall+0x57/0x310", expect!["do_one_initcall+0x57/0x310 []"]);
        check("RIP: 0010:foo.cold+0x0/0x11 [foo]", expect!["foo.cold+0x0/0x11 [foo] exact"]);
        check("RIP: 0033:0x40165f", expect![""]);
        check("pc : foo.isra.0+0x4/0x10 [foo]", expect!["foo.isra.0+0x4/0x10 [foo] exact"]);
        check("lr : foo+0x4/0x10 [foo]", expect!["foo+0x4/0x10 [foo]"]);
        check("[<ffffffffc0201000>] foo+0x4/0x10 [foo]", expect!["foo+0x4/0x10 [foo]"]);
        check("    [<00000000deadbeef>] foo+0x4/0x10 [foo]", expect!["foo+0x4/0x10 [foo]"]);
        let with_id = " foo+0x4/0x10 [foo 0123456789abcdef0123456789abcdef01234567]";
        check(with_id, expect!["foo+0x4/0x10 [foo]"]);
        check("WARNING: CPU: 0 PID: 1 at /d/foo.c:8 foo+0x11/0x1000 [foo]", expect!["foo+0x11/0x1000 [foo] exact"]);
        check("WARNING: foo.c:8 at foo+0x10/0xff0 [foo], CPU#0: init/1", expect!["foo+0x10/0xff0 [foo] exact"]);
        check("BUG: KASAN: use-after-free in foo+0x4/0x10 [foo]", expect!["foo+0x4/0x10 [foo]"]);
        check("INFO: Allocated in foo+0x4/0x10 [foo] age=1 cpu=0 pid=1", expect!["foo+0x4/0x10 [foo]"]);
        check(
            "(&a){+.+.}-{3:3}, at: foo+0x4/0x10 [foo] after bar+0x1/0x2 [bar]",
            expect!["foo+0x4/0x10 [foo]; bar+0x1/0x2 [bar]"],
        );
        check("object type: timer_list hint: foo_fn+0x0/0x10 [foo]", expect!["foo_fn+0x0/0x10 [foo] exact"]);
        check("Modules linked in: foo(OE+) bar [last unloaded: baz]", expect![""]);
        // What is none.
        check("+0x1/0x2 [foo]", expect![""]);
        check("1+0x1/0x2", expect![""]);
        check("foo+0x/0x2 foo+0x1 foo+0x1/2 foo+0x1ffffffffffffffff/0x2", expect![""]);
        check("foo+0x1/0x2 [foo bar]", expect!["foo+0x1/0x2 []"]);
        check("foo+0x1/0x2 [größe]", expect!["foo+0x1/0x2 []"]);
        check("größe+0x1/0x2 [foo]", expect!["e+0x1/0x2 [foo]"]);
        check(&format!("{}+0x1/0x2 [foo]", "f".repeat(LONGEST_NAME + 1)), expect![""]);
        check(&"+0x".repeat(1000), expect![""]);
    }
}
