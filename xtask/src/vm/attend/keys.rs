// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person types on its way to the guest, with messages of ours in between (qemu/init/shell.c).

use crate::cmd::raw::Size;

/// Ctrl-], as telnet(1) has it: it leaves the machine at once.
pub(super) const LEAVE: u8 = 0x1d;

/// Begins a message; no text in UTF-8 has it, and twice it is itself.
const MESSAGE: u8 = 0xff;

/// What was typed before the guest listens is kept up to so many bytes.
const MOST_TYPED_AHEAD: usize = 4096;

/// What the guest has no room for is kept up to so many bytes, and what is typed then is lost.
const MOST_WAITING: usize = 1 << 20;

/// The way to the guest.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// For the guest, and not yet sent.
    waiting: Vec<u8>,
    /// The guest listens.
    is_heard: bool,
}

impl Keys {
    /// Takes what was typed, up to the key that leaves; says whether that was among it.
    pub(super) fn typed(&mut self, bytes: &[u8]) -> bool {
        let leave = bytes.iter().position(|byte| *byte == LEAVE);
        let most = if self.is_heard { MOST_WAITING } else { MOST_TYPED_AHEAD };
        for byte in &bytes[..leave.unwrap_or(bytes.len())] {
            if self.waiting.len() < most {
                let twice = *byte == MESSAGE;
                self.waiting.extend([*byte].into_iter().chain(twice.then_some(*byte)));
            }
        }
        leave.is_some()
    }

    /// The terminal has this size.
    pub(super) fn resized(&mut self, size: Size) {
        if self.is_heard {
            self.waiting.extend(message(size));
        }
    }

    /// The guest listens from now on, and is told the size: it may have changed since the machine was started.
    pub(super) fn heard(&mut self, size: Size) {
        self.is_heard = true;
        self.waiting.splice(0..0, message(size));
    }

    /// What can be sent.
    pub(super) fn to_send(&self) -> &[u8] {
        if self.is_heard { &self.waiting } else { &[] }
    }

    /// So many bytes of it were sent.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.waiting.drain(..bytes);
    }
}

fn message(Size { rows, columns }: Size) -> Vec<u8> {
    [&[MESSAGE][..], format!("s{rows} {columns}\n").as_bytes()].concat()
}

/// Looks for the guest's greeting: [`MESSAGE`], the run's nonce and a newline. What comes before it is no word of the shell's.
#[derive(Debug)]
pub(super) struct Greeting {
    wanted: Vec<u8>,
    seen: Vec<u8>,
}

impl Greeting {
    pub(super) fn new(nonce: &str) -> Self {
        Self { wanted: [&[MESSAGE][..], nonce.as_bytes(), b"\n"].concat(), seen: Vec::new() }
    }

    /// Takes what came; gives what came after the greeting, once that was there.
    pub(super) fn after(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.seen.extend_from_slice(bytes);
        if let Some(at) = memchr::memmem::find(&self.seen, &self.wanted) {
            return Some(self.seen.split_off(at + self.wanted.len()));
        }
        let rest = self.seen.len().saturating_sub(self.wanted.len());
        self.seen.drain(..rest);
        None
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        bytes.escape_ascii().to_string()
    }

    /// What is sent of what is typed, a line each; `!` is where the guest begins to listen, and `~` a resize.
    #[track_caller]
    fn check(typed: &[&[u8]], expected: &Expect) {
        let mut keys = Keys::default();
        let mut said = String::new();
        for bytes in typed {
            let left = match *bytes {
                b"!" => {
                    keys.heard(Size { rows: 24, columns: 80 });
                    false
                }
                b"~" => {
                    keys.resized(Size { rows: 50, columns: 132 });
                    false
                }
                bytes => keys.typed(bytes),
            };
            let sent = keys.to_send().to_vec();
            keys.sent(sent.len());
            said.extend([shown(&sent).as_str(), if left { "; left" } else { "" }, "\n"]);
        }
        expected.assert_eq(&said);
    }

    #[test]
    fn what_is_typed() {
        check(
            &[b"early", b"~", b"!", b"ls\r", b"\x03", b"~", b"\xff\xff", "ä€".as_bytes()],
            &expect![[r#"


                \xffs24 80\nearly
                ls\r
                \x03
                \xffs50 132\n
                \xff\xff\xff\xff
                \xc3\xa4\xe2\x82\xac
            "#]],
        );
        check(
            &[b"!", b"ec\x1dho", b"\x1d"],
            &expect![[r#"
                \xffs24 80\n
                ec; left
                ; left
            "#]],
        );
        check(
            &[b"\x1d"],
            &expect![[r#"
                ; left
            "#]],
        );
    }

    #[test]
    fn what_nobody_takes() {
        let mut keys = Keys::default();
        for _ in 0..3 {
            keys.typed(&[b'x'; MOST_TYPED_AHEAD]);
        }
        keys.heard(Size { rows: 1, columns: 1 });
        assert_eq!(keys.to_send().len(), MOST_TYPED_AHEAD + b"\xffs1 1\n".len());
    }

    #[test]
    fn greetings() {
        let check = |parts: &[&[u8]], expected: Option<&[u8]>| {
            let mut greeting = Greeting::new("n1");
            let after = parts.iter().find_map(|part| greeting.after(part));
            assert_eq!(after.as_deref().map(shown), expected.map(shown));
        };
        check(&[b"\xffn1\n"], Some(b""));
        check(&[b"\0noise\xff", b"\xffn", b"1\n# "], Some(b"# "));
        check(&[b"\xffn2\n", b"n1\n", b"\xff n1\n"], None);
        check(&[&[b'x'; 10_000], b"\xffn1\nprompt"], Some(b"prompt"));
    }
}
