// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts with holes: what a message looks like, `output '{path}' is not allowed`, and what is said to it, with the holes filled.

use std::collections::BTreeMap;

/// What the holes of a message held; several where one explanation stands for several lines.
pub(super) type Captures = BTreeMap<&'static str, Vec<String>>;

/// So many values are named.
const FEW: usize = 12;

/// A part of a text with holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text(&'static str),
    Hole(&'static str),
}

/// The parts of a text with holes. A brace that no name follows is text, and so is Nix's own `${name}`.
fn parts(text: &'static str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find('{').map(|at| from + at) {
        let name = rest[at + 1..].split_once('}').map(|(name, _)| name);
        let is_nix = rest[..at].ends_with('$');
        match name.filter(|name| !is_nix && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())) {
            Some(name) => {
                parts.push(Part::Text(&rest[..at]));
                parts.push(Part::Hole(name));
                rest = &rest[at + name.len() + 2..];
                from = 0;
            }
            None => from = at + 1,
        }
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

/// A pattern, ready to be looked for: it may begin anywhere in a line. A hole holds at least a letter, and ends where the text after it
/// begins; at the end of the pattern it holds the rest of the line.
#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    /// Looked for before all else: most lines of a log are nothing.
    rarest: memchr::memmem::Finder<'static>,
}

impl Pattern {
    pub(super) fn new(text: &'static str) -> Self {
        let parts = parts(text);
        let texts = parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(*text) } else { None });
        let rarest = texts.max_by_key(|text| text.len()).unwrap_or_default();
        Self { parts, rarest: memchr::memmem::Finder::new(rarest) }
    }

    /// What the holes hold, if a line has this.
    pub(super) fn find(&self, line: &str) -> Option<Captures> {
        self.rarest.find(line.as_bytes())?;
        let mut captures = Captures::new();
        let mut rest = line;
        let mut hole: Option<&'static str> = None;
        for part in &self.parts {
            match part {
                Part::Hole(name) => hole = Some(name),
                Part::Text(text) => {
                    let before = usize::from(hole.is_some());
                    let from = rest.char_indices().nth(before).map_or(rest.len(), |(at, _)| at);
                    let at = from + rest[from..].find(text)?;
                    if let Some(name) = hole.take() {
                        captures.insert(name, vec![rest[..at].trim().to_owned()]);
                    }
                    rest = &rest[at + text.len()..];
                }
            }
        }
        if let Some(name) = hole {
            let value = rest.trim();
            if value.is_empty() {
                return None;
            }
            captures.insert(name, vec![value.to_owned()]);
        }
        Some(captures)
    }
}

/// The text with its holes filled. A hole that nothing is known of stays as it is, and a test sees to it that there is none.
pub(super) fn filled(text: &'static str, captures: &Captures) -> String {
    let fill = |part: Part| match part {
        Part::Text(text) => text.to_owned(),
        Part::Hole(name) => match captures.get(name) {
            None => format!("{{{name}}}"),
            Some(values) if values.len() > FEW => {
                format!("{} and {} more", values[..FEW].join(", "), values.len() - FEW)
            }
            Some(values) => values.join(", "),
        },
    };
    parts(text).into_iter().map(fill).collect()
}

/// The names of a text's holes.
#[cfg(test)]
pub(super) fn holes(text: &'static str) -> Vec<&'static str> {
    parts(text).into_iter().filter_map(|part| if let Part::Hole(name) = part { Some(name) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &'static str, line: &str, expected: Option<&[(&str, &str)]>) {
        let found = Pattern::new(pattern).find(line);
        let found: Option<Vec<(&str, &str)>> =
            found.as_ref().map(|found| found.iter().map(|(name, values)| (*name, values[0].as_str())).collect());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn patterns() {
        check("is missing", "it is missing here", Some(&[]));
        check("is missing", "it is there", None);
        check("attribute '{name}' missing", "error: attribute 'src' missing", Some(&[("name", "src")]));
        check("attribute '{name}' missing", "error: attribute '' missing", None);
        check("is {a}, not {b}", "it is one, not two words ", Some(&[("a", "one"), ("b", "two words")]));
        check("is {a}", "it is ", None);
        check("is {a}", "it is é", Some(&[("a", "é")]));
        check("{a} is", "é is", Some(&[("a", "é")]));
        check("{a} is", " is", None);
        check("${x}", "${x}", Some(&[]));
        check("{ }{}{A}", "{ }{}{A}", Some(&[]));
    }

    #[test]
    fn fillings() {
        let mut captures = Captures::from([("a", vec!["one".to_owned()])]);
        assert_eq!(filled("{a} {b} ${a} { x }", &captures), "one {b} ${a} { x }");
        captures.insert("b", (1..=14).map(|it| it.to_string()).collect());
        assert_eq!(filled("{b}", &captures), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more");
    }
}
