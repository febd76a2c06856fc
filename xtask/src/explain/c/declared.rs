// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a header declares at its top: functions, macros, types, variables and constants, looked for by their names.

use super::config::{Guard, Guards};
use super::members::{Member, members};
use super::tokens::{Kind, Token, line, tokens};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Function,
    Macro,
    Type,
    Typedef,
    Variable,
    Constant,
}

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) what: What,
    /// In one line, without what says nothing to a caller: `int foo(struct bar *bar)`, `#define foo(bar)`.
    pub(crate) text: String,
    /// What two declarations of the same interface have in common, whatever their parameters are called.
    pub(crate) shape: String,
    /// The conditions of the configuration under which it is there.
    pub(crate) guards: Vec<Guard>,
    /// Of a structure or union.
    pub(crate) members: Vec<Member>,
    /// Whether a function has its body here.
    pub(crate) is_defined: bool,
}

/// The declarations of these names in a header.
pub(crate) fn declared(text: &str, names: &[&str]) -> Vec<Declared> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut guards = Guards::default();
    let mut item: Vec<Token<'_>> = Vec::new();
    // Of braces, and of parentheses.
    let (mut braces, mut parens) = (0_usize, 0_usize);
    let mut is_body = false;
    for token in tokens {
        if token.kind == Kind::Directive {
            if let Some(it) = macro_of(token.text, names) {
                found.push(Declared { guards: guards.of_config(), ..it });
            }
            guards.take(token.text);
            if braces > 0 {
                item.push(token);
            }
            continue;
        }
        // Code that is not preprocessed may lack a brace; the kernel's style begins what is at the top at the margin.
        let begins = token.at_margin && token.is_word() && (parens == 0 || BEGINS.contains(&token.text));
        let after_call = braces == 0 && item.last().is_some_and(|last| last.is(")"));
        if begins && (after_call || braces + parens > 0 && BEGINS.contains(&token.text)) {
            take(&item, names, &guards, &mut found);
            (braces, parens, is_body) = (0, 0, false);
            item.clear();
        }
        match token.text {
            "(" => parens += 1,
            ")" => parens = parens.saturating_sub(1),
            "{" if parens == 0 => {
                if braces == 0 {
                    is_body = item.last().is_some_and(|last| last.is(")") || ATTRIBUTES.contains(&last.text));
                    is_body &= !item.iter().any(|it| it.is("="));
                }
                braces += 1;
            }
            "}" if parens == 0 => braces = braces.saturating_sub(1),
            _ => (),
        }
        let ends = braces == 0 && parens == 0 && (token.is(";") || token.is("}") && is_body);
        if !token.is(";") || !ends {
            item.push(token);
        }
        if ends {
            take(&item, names, &guards, &mut found);
            item.clear();
            is_body = false;
        }
    }
    found
}

/// With these a declaration begins.
const BEGINS: &[&str] =
    &["static", "extern", "typedef", "struct", "union", "enum", "inline", "__always_inline", "void", "int"];

/// What may stand between a function's parameters and its body.
const ATTRIBUTES: &[&str] = &["__acquires", "__releases", "__must_hold", "notrace"];

/// What says nothing to a caller.
const EMPTY_WORDS: &[&str] = &[
    "extern",
    "static",
    "inline",
    "__inline",
    "__inline__",
    "__always_inline",
    "__must_check",
    "noinline",
    "notrace",
    "__init",
    "__pure",
    "asmlinkage",
];

fn take(item: &[Token<'_>], names: &[&str], guards: &Guards, found: &mut Vec<Declared>) {
    let (mut braces, mut parens) = (0_usize, 0_usize);
    for (at, token) in item.iter().enumerate() {
        match token.text {
            "(" => parens += 1,
            ")" => parens = parens.saturating_sub(1),
            "{" => braces += 1,
            "}" => braces = braces.saturating_sub(1),
            _ if token.is_word() && names.contains(&token.text) => {
                if let Some(it) = one(item, at, braces, parens) {
                    found.push(Declared { guards: guards.of_config(), ..it });
                }
            }
            _ => (),
        }
    }
}

/// What the word at this place of an item declares, if it declares anything.
fn one(item: &[Token<'_>], at: usize, braces: usize, parens: usize) -> Option<Declared> {
    let name = item[at].text.to_owned();
    let next = item.get(at + 1).map(|token| token.text);
    let before = at.checked_sub(1).map(|before| item[before]);
    let of_kind = |token: &Token<'_>| ["struct", "union", "enum"].contains(&token.text);
    let make = |what, text: String| {
        Some(Declared {
            name: name.clone(),
            what,
            shape: text.clone(),
            text,
            guards: Vec::new(),
            members: Vec::new(),
            is_defined: false,
        })
    };
    let is_typedef = item[0].is("typedef");
    if before.as_ref().is_some_and(of_kind) && braces == 0 && parens == 0 {
        let rest = &item[at + 1..];
        let open = rest.iter().position(|token| token.is("{") || token.is("("))?;
        let body = rest.get(open).filter(|token| token.is("{")).map(|_| &rest[open + 1..])?;
        let close = closing(body, "{", "}")?;
        let text = format!("{} {name}", before?.text);
        return make(What::Type, text).map(|it| Declared { members: members(&body[..close]), ..it });
    }
    if braces > 0 {
        let is_enum = item.iter().take(3).any(|token| token.is("enum"));
        let begins = before.is_some_and(|before| before.is("{") || before.is(",") || before.kind == Kind::Directive);
        return if is_enum && begins { make(What::Constant, name.clone()) } else { None };
    }
    if is_typedef {
        let of_function = parens == 1 && before.is_some_and(|before| before.is("*"));
        let last = parens == 0 && matches!(next, None | Some("[" | ","));
        return if of_function || last { make(What::Typedef, line(&without_bodies(item))) } else { None };
    }
    // A call of a macro at the top of a file declares what we can't know.
    if at == 0 || parens > 0 || item[..at].iter().any(|token| token.is("=")) {
        return None;
    }
    if next == Some("(") {
        let close = closing(&item[at + 2..], "(", ")")?;
        let head: Vec<Token<'_>> =
            item[..at].iter().filter(|token| !EMPTY_WORDS.contains(&token.text)).copied().collect();
        let head = without_attributes(&head);
        let parameters = &item[at + 2..at + 2 + close];
        let returns = line(&head);
        let blank = if returns.ends_with('*') { "" } else { " " };
        let shape = format!("{returns}({})", shape(parameters));
        let text = format!("{returns}{blank}{name}({})", line(parameters));
        let is_defined = item[at + 2 + close..].iter().any(|token| token.is("{"));
        return make(What::Function, text).map(|it| Declared { shape, is_defined, ..it });
    }
    let is_object = item[0].is("extern") || matches!(next, Some("[" | "="));
    let is_named = before.is_some_and(|before| before.is_word() || before.is("*"));
    if is_object && is_named { make(What::Variable, line(&item[..=at])) } else { None }
}

/// Where the bracket closes that is open before these tokens.
pub(super) fn closing(tokens: &[Token<'_>], open: &str, close: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is(open) {
            depth += 1;
        } else if token.is(close) {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        }
    }
    None
}

/// `typedef struct { … } name` by its ends.
fn without_bodies<'a>(item: &[Token<'a>]) -> Vec<Token<'a>> {
    let Some(open) = item.iter().position(|token| token.is("{")) else { return item.to_vec() };
    let close = closing(&item[open + 1..], "{", "}").map_or(item.len(), |close| open + 2 + close);
    [&item[..open], &item[close..]].concat()
}

/// Without `__printf(1, 2)` and its like.
fn without_attributes<'a>(head: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut left = Vec::new();
    let mut at = 0;
    while let Some(token) = head.get(at) {
        at += 1;
        if head.get(at).is_some_and(|next| next.is("(")) && !token.is("typeof") && !token.is("__typeof__") {
            at += closing(&head[at + 1..], "(", ")").map_or(head.len(), |close| close + 2);
        } else {
            left.push(*token);
        }
    }
    left
}

/// Parameters without their names.
fn shape(parameters: &[Token<'_>]) -> String {
    let mut all = Vec::new();
    let mut depth = 0_usize;
    for part in parameters.split(|token| {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth == 0 && token.is(",")
    }) {
        let of_kind = |at: usize| {
            part.get(at).is_some_and(|token| ["struct", "union", "enum", "const", "unsigned"].contains(&token.text))
        };
        let end = part.iter().position(|token| token.is("[")).unwrap_or(part.len());
        let is_named = end >= 2
            && part[end - 1].is_word()
            && !of_kind(end - 2)
            && !["int", "long", "char", "short"].contains(&part[end - 1].text)
            && !part.iter().any(|token| token.is("("));
        let named = if is_named { [&part[..end - 1], &part[end..]].concat() } else { part.to_vec() };
        all.push(line(&named));
    }
    all.join(", ")
}

/// `#define name…`
fn macro_of(directive: &str, names: &[&str]) -> Option<Declared> {
    let line_of = directive.strip_prefix('#')?.trim_start().strip_prefix("define")?;
    let rest = line_of.strip_prefix([' ', '\t'])?.trim_start();
    let end = rest.bytes().position(|byte| !super::tokens::is_of_word(byte)).unwrap_or(rest.len());
    let name = &rest[..end];
    if !names.contains(&name) {
        return None;
    }
    let rest = &rest[end..];
    let parameters = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let text = match parameters {
        Some((parameters, _)) => {
            let words: Vec<&str> =
                parameters.split(',').map(|word| word.trim_matches(|c: char| c.is_whitespace() || c == '\\')).collect();
            format!("#define {name}({})", words.join(", "))
        }
        // A short value, such as the name of another, says what it is.
        None => {
            let value = line(&tokens(rest));
            if value.len() <= LONGEST_VALUE {
                format!("#define {name} {value}").trim_end().to_owned()
            } else {
                format!("#define {name}")
            }
        }
    };
    let shape = match parameters {
        Some((parameters, _)) => format!("macro of {}", parameters.split(',').count()),
        None => text.clone(),
    };
    Some(Declared {
        name: name.to_owned(),
        what: What::Macro,
        text,
        shape,
        guards: Vec::new(),
        members: Vec::new(),
        is_defined: false,
    })
}

/// Bytes of a macro's value that are shown.
const LONGEST_VALUE: usize = 40;

#[cfg(test)]
mod tests;
