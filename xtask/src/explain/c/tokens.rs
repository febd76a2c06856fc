// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tokens of a C file, comments left out. A preprocessor's line is one token.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    /// A number, a text or a character.
    Literal,
    /// One character.
    Mark,
    /// A line of the preprocessor with those that continue it.
    Directive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Whether it stands at the beginning of its line.
    pub(crate) at_margin: bool,
}

impl Token<'_> {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Literal && self.text == text
    }

    pub(crate) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }
}

/// All of them. What never ends, such as a comment in a file that was cut, goes to the file's end.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut line_start = 0;
    let mut is_first = true;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let (kind, length) = match byte {
            b'\n' => {
                at += 1;
                (line_start, is_first) = (at, true);
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\\' | 0x0c => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with(b"/*") => {
                at += comment(rest);
                continue;
            }
            b'/' if rest.starts_with(b"//") => {
                at += logical_line(rest);
                continue;
            }
            b'#' if is_first => (Kind::Directive, logical_line(rest)),
            b'"' | b'\'' => (Kind::Literal, literal(rest)),
            b'0'..=b'9' => (Kind::Literal, rest.iter().take_while(|it| is_of_word(**it) || **it == b'.').count()),
            _ if is_of_word(byte) => (Kind::Word, rest.iter().take_while(|it| is_of_word(**it)).count()),
            // Other characters than ASCII's stand in comments and texts alone.
            0x80.. => {
                at += 1;
                continue;
            }
            _ => (Kind::Mark, 1),
        };
        tokens.push(Token { kind, text: text.get(at..at + length).unwrap_or_default(), at_margin: at == line_start });
        at += length;
        is_first = false;
    }
    tokens
}

pub(crate) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

fn comment(rest: &[u8]) -> usize {
    memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4)
}

/// Up to its line's end, unless the line is continued. A comment that begins in it belongs to it.
fn logical_line(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' if rest[..at].strip_suffix(b"\r").unwrap_or(&rest[..at]).last() != Some(&b'\\') => return at,
            b'/' if rest[at..].starts_with(b"/*") => at += comment(&rest[at..]),
            _ => at += 1,
        }
    }
    at
}

/// A text ends with its line at the latest: a lone quote stands in assembler and in messages of #error.
fn literal(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if byte == rest[0] => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Tokens as a line that a person would have written.
pub(crate) fn line(tokens: &[Token<'_>]) -> String {
    let tokens: Vec<&Token<'_>> = tokens.iter().filter(|token| token.kind != Kind::Directive).collect();
    let mut line = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map_or("", |next| next.text);
        if at > 0 && is_apart(tokens[at - 1], token, next) {
            line.push(' ');
        }
        line.push_str(token.text);
    }
    line
}

fn is_apart(before: &Token<'_>, token: &Token<'_>, next: &str) -> bool {
    match (before.text, token.text) {
        (_, ")" | "," | ";" | "]" | "[") | ("(" | "[" | "*" | "." | "!" | "~" | "-" | "&", _) => false,
        // `int (*name)(…)`, but a call or a list of parameters.
        (_, "(") if before.is_word() => next == "*",
        (_, "(") => before.text != ")",
        (before, "." | "-" | ">") => before == ",",
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said: Vec<&str> = tokens(text).iter().map(|token| token.text).collect();
        assert_eq!(said.join("|"), expected);
    }

    #[test]
    fn what_tokens_are() {
        check("int a(void);", "int|a|(|void|)|;");
        check("a /* b ; \n c */ d // e\nf", "a|d|f");
        check("#define A(x) \\\n\tdo { } while (0)\nint b;", "#define A(x) \\\n\tdo { } while (0)|int|b|;");
        check("#define A /* one\n two */ 1\nint b;", "#define A /* one\n two */ 1|int|b|;");
        check("char *c = \"/* \\\" */\"; '\\''", "char|*|c|=|\"/* \\\" */\"|;|'\\''");
        check("0x1fUL 1.5", "0x1fUL|1.5");
        check("a # b", "a|#|b");
        check("/* never", "");
        check("\"never", "\"never");
        check("\"\\", "\"\\");
        check("int é;", "int|;");
        check("", "");
    }

    #[test]
    fn lines_of_people() {
        let check = |text: &str, expected: &str| assert_eq!(line(&tokens(text)), expected);
        check("extern  int\tfoo ( struct a * b , ... ) ", "extern int foo(struct a *b, ...)");
        check("int (*remove)(struct platform_device *)", "int (*remove)(struct platform_device *)");
        check("u8 a [ 4 ]", "u8 a[4]");
        check(
            "struct class * __must_check class_create(const char *name)",
            "struct class *__must_check class_create(const char *name)",
        );
    }
}
