// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prose in lines that fit a terminal. What stands between backticks is to be copied, and stays in one piece.

/// The lines of a text that may have so many columns; without a limit it stays as it is.
pub(super) fn wrapped(text: &str, columns: Option<usize>) -> Vec<String> {
    let Some(columns) = columns.filter(|columns| *columns >= LEAST) else { return vec![text.to_owned()] };
    text.split('\n').flat_map(|line| of_line(line, columns)).collect()
}

/// On a narrower terminal breaking words is as good.
const LEAST: usize = 30;

fn of_line(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut width = 0;
    for word in words(text) {
        let wants = word.chars().count();
        let line = lines.last_mut().expect("there is a first");
        if width > 0 && width + 1 + wants > columns {
            // What goes on stands two columns further in.
            width = wants + 2;
            lines.push(word);
        } else {
            if width > 0 {
                line.push(' ');
                width += 1;
            }
            line.push_str(&word);
            width += wants;
        }
    }
    lines
}

/// The words between blanks; several blanks are one part of a word.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in text.split(' ') {
        match words.last_mut().filter(|_| quoted) {
            Some(last) => last.extend([" ", word]),
            None => words.push(word.to_owned()),
        }
        quoted ^= word.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let check = |text: &str, columns, expected: &[&str]| assert_eq!(wrapped(text, columns), expected, "{text}");
        let text = "one two three four five six seven eight nine";
        check(text, None, &[text]);
        check(text, Some(80), &[text]);
        check(text, Some(30), &["one two three four five six", "seven eight nine"]);
        check(text, Some(29), &[text]);
        check("", Some(40), &[""]);
        check("say it\nin two lines", Some(40), &["say it", "in two lines"]);
        let code = "help: for both write `ccflags-y += -DHAVE_SOMETHING_NEW` in Kbuild";
        check(code, Some(40), &["help: for both write", "`ccflags-y += -DHAVE_SOMETHING_NEW` in", "Kbuild"]);
        check("an odd ` is not closed by anything at all", Some(30), &["an odd", "` is not closed by anything at all"]);
        check("größer größer größer größer größer", Some(34), &["größer größer größer größer größer"]);
    }
}
