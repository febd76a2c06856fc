// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Nix language, as far as it is generated. An expression is built out of values, and so no text of a driver's can become
//! code: this is the one place that quotes. What comes out is formatted as `nixfmt` does it, the style of nixpkgs (RFC 166).

use std::fmt;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, ensure};

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nix {
    code: String,
    /// Whether it can be an element of a list or an argument as it is.
    is_simple: bool,
}

/// A piece of a text with expressions in it: [`Nix::template`].
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    Text(&'a str),
    Value(&'a Nix),
}

/// Words that are no names (the Nix manual, "Identifiers"); `or` is one only in some places.
const KEYWORDS: &[&str] = &["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];

impl Nix {
    /// Code of our own: what stands here was written by us, and by nobody else.
    pub fn code(code: &'static str) -> Self {
        let is_simple = code.split('.').all(|name| is_name(name.trim_end_matches('?')));
        Self { code: code.to_owned(), is_simple }
    }

    /// A text in quotes. Nix has no zero byte in texts, so that is left out.
    pub fn string(text: &str) -> Self {
        Self { code: format!("\"{}\"", escaped(text)), is_simple: true }
    }

    /// A text in quotes with values in it, which must be texts or paths.
    pub fn template(parts: &[Part<'_>]) -> Self {
        let mut code = "\"".to_owned();
        for part in parts {
            match part {
                Part::Text(text) => code += &escaped(text),
                Part::Value(value) => code = format!("{code}${{{}}}", value.code),
            }
        }
        Self { code: code + "\"", is_simple: true }
    }

    /// A text of several lines, as scripts are: each ends with a line's end, and there are values in it.
    pub fn lines(parts: &[Part<'_>]) -> Self {
        let fits = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n');
        let all: String = parts.iter().map(|part| if let Part::Text(text) = part { text } else { "x" }).collect();
        // A quote and an escape, or a dollar and a value, would run together. And Nix takes away what all lines are indented
        // by, and the first line if it is empty.
        let is_unclear =
            parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains("'${") || text.ends_with('$')));
        let is_indented = all.lines().all(|line| line.is_empty() || line.starts_with(' '));
        if is_unclear || is_indented || !all.ends_with('\n') || all.starts_with('\n') || !fits(&all) {
            return Self::template(parts);
        }
        let mut code = "''\n".to_owned();
        for part in parts {
            match part {
                Part::Text(text) => code += &text.replace("''", "'''").replace("${", "''${"),
                Part::Value(value) => code = format!("{code}${{{}}}", value.code),
            }
        }
        Self { code: code + "''", is_simple: true }
    }

    /// A path that is relative to the file in which it stands.
    ///
    /// # Errors
    /// It is absolute, or no UTF-8.
    pub fn path(path: &Path) -> Result<Self> {
        let shown = path.display();
        ensure!(path.is_relative(), "`{shown}` is not relative");
        let text = path.to_str().with_context(|| format!("`{shown}` is no UTF-8, and Nix can't name it"))?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._+-/".contains(c);
        let goes_up = matches!(path.components().next(), Some(Component::ParentDir));
        let prefix = if goes_up || text.starts_with("./") || text == "." { "" } else { "./" };
        let text = text.trim_end_matches('/');
        if text == "." || text == ".." || text.is_empty() {
            return Ok(Self { code: if goes_up { "../." } else { "./." }.to_owned(), is_simple: true });
        }
        if text.chars().all(is_plain) && !text.contains("//") {
            return Ok(Self { code: format!("{prefix}{text}"), is_simple: true });
        }
        let text = Self::string(&format!("/{}", text.trim_start_matches("./"))).code;
        Ok(Self { code: format!("./. + {text}"), is_simple: false })
    }

    /// A path of this machine, for what a person is shown; in a file it would be somebody else's.
    ///
    /// # Errors
    /// It is not absolute, or no UTF-8.
    pub fn place(path: &Path) -> Result<Self> {
        let inside = path.strip_prefix("/").with_context(|| format!("`{}` is not absolute", path.display()))?;
        let Self { code, is_simple } = Self::path(inside)?;
        Ok(Self { code: code.strip_prefix('.').unwrap_or(&code).to_owned(), is_simple })
    }

    pub fn bool(value: bool) -> Self {
        Self { code: value.to_string(), is_simple: true }
    }

    pub fn int(value: i64) -> Self {
        // Its least number can't be written, since the minus is an operator.
        if value == i64::MIN {
            return Self { code: format!("{} - 1", value + 1), is_simple: false };
        }
        Self { code: value.to_string(), is_simple: value >= 0 }
    }

    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.simple()).collect();
        Self { code: format!("[ {} ]", values.join(" ")), is_simple: true }
    }

    /// A list of texts.
    pub fn strings<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::list(texts.into_iter().map(|text| Self::string(text.as_ref())))
    }

    /// A call with arguments.
    pub fn call(function: &Self, arguments: impl IntoIterator<Item = Self>) -> Self {
        let mut code = function.simple();
        for argument in arguments {
            code = format!("{code} {}", argument.simple());
        }
        Self { code, is_simple: false }
    }

    /// A function of a set with these attributes, as `callPackage` takes it; `...` among them lets others be.
    pub fn function(arguments: &[&'static str], body: &Self) -> Self {
        Self { code: format!("{{ {} }}: {}", arguments.join(", "), body.code), is_simple: false }
    }

    /// A function with one argument.
    pub fn lambda(argument: &'static str, body: &Self) -> Self {
        Self { code: format!("{argument}: {}", body.code), is_simple: false }
    }

    /// Values between which an operator of ours stands: `++`, `||`.
    pub fn joined(operator: &'static str, values: impl IntoIterator<Item = Self>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.simple()).collect();
        let is_simple = values.len() == 1;
        Self { code: values.join(&format!(" {operator} ")), is_simple }
    }

    /// Calls between which an operator of ours stands; a call binds tighter than any. Without arguments it is a value.
    pub fn joined_calls(operator: &'static str, calls: impl IntoIterator<Item = (Self, Vec<Self>)>) -> Self {
        let calls = calls.into_iter().map(|(function, arguments)| {
            let call = if arguments.is_empty() { function } else { Self::call(&function, arguments) };
            Self { is_simple: true, ..call }
        });
        Self { is_simple: false, ..Self::joined(operator, calls) }
    }

    /// `with lib.licenses; …`, `let …; in …` and the like: code of ours before a value.
    pub fn prefixed(code: &'static str, value: &Self) -> Self {
        Self { code: format!("{code} {}", value.code), is_simple: false }
    }

    /// An attribute of a value: `kernel.dev`.
    pub fn select(value: &Self, name: &str) -> Self {
        Self { code: format!("{}.{}", value.simple(), key(name)), is_simple: true }
    }

    /// What a JSON text says, too.
    pub fn json(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::code("null"),
            Value::Bool(value) => Self::bool(*value),
            Value::Number(number) => number.as_i64().map_or_else(|| Self::string(&number.to_string()), Self::int),
            Value::String(text) => Self::string(text),
            Value::Array(values) => Self::list(values.iter().map(Self::json)),
            Value::Object(map) => {
                map.iter().fold(Set::new(), |set, (name, value)| set.with(name, Self::json(value))).into()
            }
        }
    }

    /// A whole file, with comments at its top.
    pub fn file(&self, comments: &[&str]) -> Result<String> {
        let comments: String = comments.iter().map(|line| format!("# {line}\n")).collect();
        let code = format!("{comments}{}\n", self.code);
        nixfmt_rs::format(&code).ok().with_context(|| format!("our own Nix is none:\n{code}"))
    }

    fn simple(&self) -> String {
        if self.is_simple { self.code.clone() } else { format!("({})", self.code) }
    }
}

impl fmt::Display for Nix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

/// A set of attributes, in the order in which they are written.
#[derive(Debug, Clone, Default)]
pub struct Set {
    code: String,
}

impl Set {
    pub fn new() -> Self {
        Self::default()
    }

    /// With an attribute.
    pub fn with(mut self, name: &str, value: impl Into<Nix>) -> Self {
        self.code = format!("{}{} = {};\n", self.code, key(name), value.into().code);
        self
    }

    /// With an attribute, if there is a value.
    pub fn maybe(self, name: &str, value: Option<impl Into<Nix>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a comment of ours before what comes next.
    pub fn comment(mut self, text: &'static str) -> Self {
        self.code = format!("{}# {text}\n", self.code);
        self
    }

    /// With an empty line, which the formatter keeps.
    pub fn gap(mut self) -> Self {
        if !self.code.is_empty() && !self.code.ends_with("\n\n") {
            self.code.push('\n');
        }
        self
    }
}

impl From<Set> for Nix {
    fn from(set: Set) -> Self {
        let code = set.code.trim_end();
        Self { code: if code.is_empty() { "{ }".to_owned() } else { format!("{{\n{code}\n}}") }, is_simple: true }
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\0' => {}
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '$' if rest.peek().is_none_or(|next| ['{', '\0'].contains(next)) => escaped.push_str("\\$"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { format!("\"{}\"", escaped(name)) }
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || "_'-".contains(c))
        && !KEYWORDS.contains(&text)
}

#[cfg(test)]
mod tests;
