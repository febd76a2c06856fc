// SPDX-License-Identifier: MIT OR Apache-2.0
//! What rustc says, in the form in which gcc says it. rustc names the place in a line of its own, below what it says; all who look for
//! places in messages look before it.

/// Puts lines together as they come.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The first line of a message, which waits for the one that names its place.
    head: Option<String>,
}

impl Joined {
    /// The lines that are known once this one is.
    pub(super) fn push(&mut self, line: &str) -> Vec<String> {
        let head = self.head.take();
        match (head, line.trim_start().strip_prefix("--> ")) {
            (Some(head), Some(place)) => vec![format!("{place}: {}", said(&head))],
            (head, _) => {
                let mut lines = Vec::from_iter(head);
                if is_head(line) {
                    self.head = Some(line.to_owned());
                } else {
                    lines.push(line.to_owned());
                }
                lines
            }
        }
    }

    /// What still waits when there is no further line.
    pub(super) fn rest(self) -> Option<String> {
        self.head
    }
}

/// `error: …`, `error[E0310]: …`, `warning: …`
fn is_head(line: &str) -> bool {
    ["error: ", "error[", "warning: "].iter().any(|start| line.starts_with(start))
}

/// With the number of an error where gcc has the name of a warning.
fn said(head: &str) -> String {
    let numbered = head.strip_prefix("error[").and_then(|rest| rest.split_once("]: "));
    numbered.map_or_else(|| head.to_owned(), |(number, text)| format!("error: {text} [{number}]"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let mut joined = Joined::default();
        let mut lines: Vec<String> = text.lines().flat_map(|line| joined.push(line)).collect();
        lines.extend(joined.rest());
        expected.assert_eq(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    }

    #[test]
    fn messages() {
        check(
            "error[E0308]: mismatched types\n  --> foobar.rs:9:16\n   |\n9  |     1\n   |     ^ expected `()`\n\n\
             warning: unused variable: `x`\n --> ring.rs:3:5\n  |\n\
             error: aborting due to 1 previous error; 1 warning emitted\n\nFor more information about this error, try\n",
            expect![[r#"
                foobar.rs:9:16: error: mismatched types [E0308]
                   |
                9  |     1
                   |     ^ expected `()`

                ring.rs:3:5: warning: unused variable: `x`
                  |
                error: aborting due to 1 previous error; 1 warning emitted

                For more information about this error, try
            "#]],
        );
    }

    #[test]
    fn lines_of_others() {
        check(
            "warning: pahole version differs\nwarning: the compiler differs\na.c:3:5: error: no\n  --> a.rs:1:1\nerror: last",
            expect![[r#"
                warning: pahole version differs
                warning: the compiler differs
                a.c:3:5: error: no
                  --> a.rs:1:1
                error: last
            "#]],
        );
    }
}
