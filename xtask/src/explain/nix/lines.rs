// SPDX-License-Identifier: MIT OR Apache-2.0
//! A log's lines without what Nix and terminals put around them. A log may be of any size and hold anything.

use std::io::{self, BufRead, Read as _};

/// What a line has beyond this is left out: no message of interest is as long, and a log may be one line.
const LONGEST: u64 = 64 * 1024;

/// Calls `each` with the number of every line of `log`, and with what was said in it: one line, none, or several, since a line of
/// `--log-format internal-json` may hold a whole message.
pub(super) fn read(mut log: impl BufRead, mut each: impl FnMut(usize, &str)) -> io::Result<()> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        if log.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number += 1;
        let is_whole = line.ends_with(b"\n");
        say(&String::from_utf8_lossy(&line), &mut |said| each(number, said));
        if !is_whole {
            log.skip_until(b'\n')?;
        }
    }
}

/// Calls `each` with what was said in a line.
pub(super) fn say(line: &str, each: &mut dyn FnMut(&str)) {
    let line = plain(line);
    let Some((_, message)) = line.split_once("@nix {") else { return each(undecorated(&line)) };
    let message: serde_json::Value = serde_json::from_str(&format!("{{{message}")).unwrap_or_default();
    // The log's line of a builder, and of a hook after it (`resBuildLogLine`, `resPostBuildLogLine` in libutil/logging.hh).
    let is_build = matches!(message["type"].as_u64(), Some(101 | 107));
    let text = match message["action"].as_str() {
        Some("msg") => message["msg"].as_str().or_else(|| message["raw_msg"].as_str()),
        Some("result") if is_build => message["fields"][0].as_str(),
        _ => None,
    };
    for line in text.unwrap_or_default().lines() {
        each(undecorated(&plain(line)));
    }
}

/// Without escape sequences, and with only what is left on the screen after the last return of the carriage.
fn plain(line: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    let line = line.rsplit('\r').next().unwrap_or(line);
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            text.push(if letter == '\t' { ' ' } else { letter });
            continue;
        }
        match letters.next() {
            // A control sequence ends with a letter; a command to the terminal with a bell, or with an escape and a backslash.
            Some('[') => drop(letters.find(|it| ('@'..='~').contains(it))),
            Some(']') => {
                let end = letters.find(|it| matches!(it, '\u{7}' | '\u{1b}'));
                if end == Some('\u{1b}') {
                    letters.next();
                }
            }
            _ => (),
        }
    }
    // Coreutils quotes so in a locale with UTF-8.
    if text.contains(['‘', '’']) { text.replace(['‘', '’'], "'") } else { text }
}

/// Without `       > ` of the last lines that an error repeats, and without `hello-1.0> ` of `--print-build-logs`.
fn undecorated(line: &str) -> &str {
    let trimmed = line.trim_start();
    if let Some(rest) = trimmed.strip_prefix("> ") {
        return rest;
    }
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._?=@".contains(&byte))
    };
    match trimmed.split_once("> ") {
        Some((name, rest)) if is_name(name) => rest,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: &str, expected: &[(usize, &str)]) {
        let mut found = Vec::new();
        read(log.as_bytes(), |number, line| found.push((number, line.to_owned()))).expect("a text can be read");
        let found: Vec<(usize, &str)> = found.iter().map(|(number, line)| (*number, line.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn decorations() {
        check("", &[]);
        check("one\r\n\n  two", &[(1, "one"), (2, ""), (3, "  two")]);
        check(
            "hello-1.0-6.6.143> mkdir: no\n       > mkdir: no\n > x",
            &[(1, "mkdir: no"), (2, "mkdir: no"), (3, "x")],
        );
        check("a b> c\n> \n->x", &[(1, "a b> c"), (2, ""), (3, "->x")]);
        check("\u{1b}[31;1merror:\u{1b}[0m bad\u{1b}]8;;x\u{1b}\\!\u{1b}]0;t\u{7}?", &[(1, "error: bad!?")]);
        check("[1/2 built]\rerror: bad\n\u{1b}[", &[(1, "error: bad"), (2, "")]);
        check("mkdir: cannot create directory ‘/lib’", &[(1, "mkdir: cannot create directory '/lib'")]);
        check(
            concat!(
                r#"@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m one\n       two"}"#,
                "\n",
                r#"@nix {"action":"result","fields":["three"],"id":1,"type":101}"#,
                "\n",
                r#"@nix {"action":"result","fields":[1,2,3,4],"id":1,"type":105}"#,
                "\n",
                r#"@nix { "action": "setPhase", "phase": "buildPhase" }"#,
                "\n@nix {broken\nfour",
            ),
            &[(1, "error: one"), (1, "       two"), (2, "three"), (6, "four")],
        );
    }

    #[test]
    fn a_line_of_any_length_is_one_line() {
        let long = format!("{}\nnext\n", "x".repeat(3 * 64 * 1024 + 7));
        let mut found = Vec::new();
        read(long.as_bytes(), |number, line| found.push((number, line.len()))).expect("a text can be read");
        assert_eq!(found, [(1, 64 * 1024), (2, 4)]);
    }

    #[test]
    fn no_text_is_needed() {
        let mut found = 0;
        read(&b"\xff\xfe\x1b\n\x1b[\n"[..], |_, _| found += 1).expect("bytes can be read");
        assert_eq!(found, 2);
    }
}
