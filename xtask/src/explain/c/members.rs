// SPDX-License-Identifier: MIT OR Apache-2.0
//! The members of a structure, out of the tokens of its body.

use super::config::{Guard, Guards};
use super::declared::closing;
use super::tokens::{Kind, Token, line};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// `int (*remove)(struct platform_device *)`
    pub(crate) text: String,
    pub(crate) guards: Vec<Guard>,
}

/// What can be named with a point or an arrow. What is in a named structure inside of it can't.
pub(super) fn members(body: &[Token<'_>]) -> Vec<Member> {
    let mut found = Vec::new();
    collect(body, &mut Guards::default(), &mut found, 0);
    found
}

/// Structures nest no deeper than this.
const DEEPEST: usize = 20;

fn collect(body: &[Token<'_>], guards: &mut Guards, found: &mut Vec<Member>, deep: usize) {
    if deep > DEEPEST {
        return;
    }
    let mut statement: Vec<Token<'_>> = Vec::new();
    let mut depth = 0_usize;
    for token in body {
        match token.text {
            _ if token.kind == Kind::Directive => {
                if depth == 0 {
                    guards.take(token.text);
                } else {
                    statement.push(*token);
                }
                continue;
            }
            "(" | "{" => depth += 1,
            ")" | "}" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => {
                take(&statement, guards, found, deep);
                statement.clear();
                continue;
            }
            _ => (),
        }
        statement.push(*token);
    }
    take(&statement, guards, found, deep);
}

fn take(statement: &[Token<'_>], guards: &mut Guards, found: &mut Vec<Member>, deep: usize) {
    let Some(first) = statement.first() else { return };
    if let Some(open) = statement.iter().position(|token| token.is("{")).filter(|open| {
        // A structure inside of the structure; not the macro's argument of a group.
        !statement[..*open].iter().any(|token| token.is("("))
    }) {
        let Some(close) = closing(&statement[open + 1..], "{", "}") else { return };
        let after = &statement[open + close + 2..];
        let names = declarators(after, &statement[..open]);
        if names.is_empty() {
            collect(&statement[open + 1..=open + close], guards, found, deep + 1);
        }
        found.extend(names.into_iter().map(|(name, text)| Member { name, text, guards: guards.of_config() }));
        return;
    }
    let is_group = first.text.contains("struct_group");
    let is_macro = first.is_word()
        && statement.get(1).is_some_and(|next| next.is("("))
        && !statement.get(2).is_some_and(|next| next.is("*"));
    if is_group && is_macro {
        let inner = statement.get(2..statement.len() - 1).unwrap_or_default();
        // Names and attributes of the group come before its first member.
        let end = inner.iter().position(|token| token.is(";")).unwrap_or(inner.len());
        let at = inner[..end].iter().rposition(|token| token.is(",")).map_or(0, |comma| comma + 1);
        let words = inner[..at].iter().filter(|token| token.is_word());
        found.extend(words.map(|word| member(word.text, word.text.to_owned(), guards)));
        collect(&inner[at..], guards, found, deep + 1);
        return;
    }
    if is_macro {
        // DECLARE_BITMAP(name, 8): any of its words may be the member.
        let words = statement[2..].iter().filter(|token| token.is_word());
        found.extend(words.map(|word| member(word.text, line(statement), guards)));
        return;
    }
    let names = declarators(statement, &[]);
    found.extend(names.into_iter().map(|(name, text)| member(&name, text, guards)));
}

fn member(name: &str, text: String, guards: &Guards) -> Member {
    Member { name: name.to_owned(), text, guards: guards.of_config() }
}

/// The names that a statement declares, each with its declaration; the type stands before the first, or in `of`.
fn declarators(statement: &[Token<'_>], of: &[Token<'_>]) -> Vec<(String, String)> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let parts = statement.split(|token| {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth == 0 && token.is(",")
    });
    for part in parts {
        if let Some(at) = name_of(part) {
            let end = end_of(part, at);
            let text = if names.is_empty() { line(&[of, &part[..end]].concat()) } else { line(&part[..end]) };
            names.push((part[at].text.to_owned(), text));
        }
    }
    names
}

/// Where a declarator has its name: in `(*name)`, or the last word before an array, a width, or attributes.
fn name_of(part: &[Token<'_>]) -> Option<usize> {
    let of_function = part.windows(2).position(|pair| pair[0].is("(") && pair[1].is("*"));
    if let Some(at) = of_function {
        return (at + 2..part.len()).find(|at| part[*at].is_word() && !is_attribute(part[*at].text));
    }
    let end = part.iter().position(|token| token.is("[") || token.is(":") || token.is("=")).unwrap_or(part.len());
    let mut found = None;
    let mut depth = 0_usize;
    for (at, token) in part[..end].iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            text if depth == 0 && token.is_word() && !is_attribute(text) => found = Some(at),
            _ => (),
        }
    }
    found
}

/// Where a declarator ends that has its name here: before its attributes.
fn end_of(part: &[Token<'_>], name: usize) -> usize {
    let attribute = part[name..].iter().position(|token| token.is_word() && is_attribute(token.text));
    attribute.map_or(part.len(), |at| name + at)
}

fn is_attribute(word: &str) -> bool {
    let known =
        ["__aligned", "__attribute__", "__packed", "__counted_by", "__randomize_layout", "__no_randomize_layout"];
    let begins = ["____cacheline_", "__counted_by", "__guarded_by", "__sized_by", "__designated"];
    known.contains(&word) || begins.iter().any(|start| word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::tokens::tokens;
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &Expect) {
        let said = members(&tokens(body)).iter().map(|it| format!("{}: {}\n", it.name, it.text)).collect::<String>();
        expected.assert_eq(&said);
    }

    #[test]
    fn what_members_are() {
        check(
            "int a, *b, c[4], d:3; struct e *f; int (*g)(struct h *, int i); void (*j[3])(void); const char *k __rcu_not;",
            &expect![[r#"
                a: int a
                b: *b
                c: c[4]
                d: d : 3
                f: struct e *f
                g: int (*g)(struct h *, int i)
                j: void (*j[3])(void)
                __rcu_not: const char *k __rcu_not
            "#]],
        );
        check(
            "union { int a; struct { int b; }; }; struct c { int d; } e; union { int f; } g[2];",
            &expect![[r#"
            a: int a
            b: int b
            e: struct c e
            g: union g[2]
        "#]],
        );
        check(
            "struct_group(a, int b; int c; ); DECLARE_BITMAP(d, 8); u8 e[] __counted_by(f); int f ____cacheline_aligned_in_smp;",
            &expect![[r#"
                a: a
                b: int b
                c: int c
                d: DECLARE_BITMAP(d, 8)
                e: u8 e[]
                f: int f
            "#]],
        );
        check(
            "#ifdef CONFIG_A\nint a;\n#else\nint b;\n#endif\nint c",
            &expect![[r#"
            a: int a
            b: int b
            c: int c
        "#]],
        );
        check("", &expect![[""]]);
        check("{ ( ; , }", &expect![[""]]);
        check(&"struct {".repeat(1000), &expect![[""]]);
    }
}
