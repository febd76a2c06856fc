// SPDX-License-Identifier: MIT OR Apache-2.0
//! The conditions under which headers declare things, as far as they hang on a kernel's configuration.

use super::tokens::{Token, tokens};

/// A condition of `#if`, with those of the branches before it, which must be false.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    /// As it is written; empty for `#else`.
    text: String,
    before: Vec<String>,
}

/// The conditions that are open at a place in a file.
#[derive(Debug, Default)]
pub(crate) struct Guards(Vec<Guard>);

impl Guards {
    /// Heeds a line of the preprocessor.
    pub(crate) fn take(&mut self, directive: &str) {
        let line = directive.strip_prefix('#').unwrap_or(directive).trim_start();
        let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
        let (word, rest) = (&line[..end], line[end..].trim());
        match word {
            "if" => self.0.push(Guard { text: rest.to_owned(), before: Vec::new() }),
            "ifdef" => self.0.push(Guard { text: format!("defined({rest})"), before: Vec::new() }),
            "ifndef" => self.0.push(Guard { text: format!("!defined({rest})"), before: Vec::new() }),
            "elif" | "else" => {
                if let Some(guard) = self.0.last_mut() {
                    let text = if word == "elif" { rest.to_owned() } else { String::new() };
                    guard.before.push(std::mem::replace(&mut guard.text, text));
                }
            }
            "endif" => drop(self.0.pop()),
            _ => (),
        }
    }

    /// Those that hang on the configuration.
    pub(crate) fn of_config(&self) -> Vec<Guard> {
        let names = |text: &String| text.contains("CONFIG_");
        self.0.iter().filter(|guard| names(&guard.text) || guard.before.iter().any(names)).cloned().collect()
    }
}

impl Guard {
    /// Whether it holds with a configuration; None when that can't be said.
    pub(crate) fn holds(&self, is_on: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
        let own = if self.text.is_empty() { Some(true) } else { value(&self.text, is_on) };
        let mut all = own;
        for before in &self.before {
            all = and(all, value(before, is_on).map(|it| !it));
        }
        all
    }

    /// The options that it names.
    pub(crate) fn options(&self) -> Vec<String> {
        let words = std::iter::once(&self.text).chain(&self.before).flat_map(|text| tokens(text));
        words.filter(|token| token.text.starts_with("CONFIG_")).map(|token| token.text.to_owned()).collect()
    }
}

fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    and(one.map(|it| !it), other.map(|it| !it)).map(|it| !it)
}

/// The value of a condition whose words are options; of other words nothing is known.
fn value(text: &str, is_on: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
    let tokens = tokens(text);
    let mut at = 0;
    alternatives(&tokens, &mut at, is_on, 0)
}

/// Conditions nest no deeper than this.
const DEEPEST: usize = 40;

fn alternatives(
    tokens: &[Token<'_>],
    at: &mut usize,
    is_on: &dyn Fn(&str) -> Option<bool>,
    deep: usize,
) -> Option<bool> {
    let mut all = Some(false);
    loop {
        let mut both = term(tokens, at, is_on, deep);
        while takes(tokens, at, "&") {
            both = and(both, term(tokens, at, is_on, deep));
        }
        all = or(all, both);
        if !takes(tokens, at, "|") {
            return all;
        }
    }
}

/// Whether `&&` or `||` comes next, each two tokens.
fn takes(tokens: &[Token<'_>], at: &mut usize, mark: &str) -> bool {
    let is_next = [*at, *at + 1].iter().all(|at| tokens.get(*at).is_some_and(|token| token.is(mark)));
    *at += if is_next { 2 } else { 0 };
    is_next
}

fn term(tokens: &[Token<'_>], at: &mut usize, is_on: &dyn Fn(&str) -> Option<bool>, deep: usize) -> Option<bool> {
    let token = tokens.get(*at).filter(|_| deep < DEEPEST)?;
    *at += 1;
    let value = match token.text {
        "!" => return term(tokens, at, is_on, deep + 1).map(|it| !it),
        "(" => {
            let value = alternatives(tokens, at, is_on, deep + 1);
            *at += usize::from(tokens.get(*at).is_some_and(|token| token.is(")")));
            value
        }
        "defined" | "IS_ENABLED" | "IS_BUILTIN" | "IS_MODULE" | "IS_REACHABLE" => {
            let rest = tokens.get(*at..).unwrap_or_default();
            let inner = rest.iter().find(|token| token.is_word())?;
            *at += if rest.first().is_some_and(|it| it.is("(")) { 3 } else { 1 };
            // Whether it is built in or a module matters to IS_BUILTIN and IS_MODULE; off is off for all of them.
            let value = is_on(inner.text);
            if token.text == "IS_BUILTIN" || token.text == "IS_MODULE" { value.filter(|on| !on) } else { value }
        }
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    // A comparison, or a call: nothing is known of it.
    let mut is_whole = true;
    let mut open = 0_usize;
    while let Some(next) = tokens.get(*at) {
        match next.text {
            "(" => open += 1,
            ")" if open > 0 => open -= 1,
            ")" | "&" | "|" if open == 0 => break,
            _ => (),
        }
        is_whole = false;
        *at += 1;
    }
    value.filter(|_| is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CONFIG_ON and CONFIG_OFF are what they say.
    #[track_caller]
    fn check(directives: &[&str], expected: Option<bool>) {
        let mut guards = Guards::default();
        directives.iter().for_each(|line| guards.take(line));
        let is_on = |option: &str| match option {
            "CONFIG_ON" => Some(true),
            option => option.starts_with("CONFIG_").then_some(false),
        };
        let guards: Vec<Option<bool>> = guards.of_config().iter().map(|guard| guard.holds(&is_on)).collect();
        let holds = guards.into_iter().reduce(and).unwrap_or(Some(true));
        assert_eq!(holds, expected, "{directives:?}");
    }

    #[test]
    fn conditions() {
        check(&[], Some(true));
        check(&["#ifdef CONFIG_ON"], Some(true));
        check(&["# ifdef CONFIG_OFF"], Some(false));
        check(&["#ifndef CONFIG_OFF"], Some(true));
        check(&["#ifdef CONFIG_OFF", "#else"], Some(true));
        check(&["#ifdef CONFIG_ON", "#else"], Some(false));
        check(&["#ifdef CONFIG_OFF", "#elif defined(CONFIG_ON)"], Some(true));
        check(&["#ifdef CONFIG_OFF", "#endif"], Some(true));
        check(&["#if IS_ENABLED(CONFIG_OFF) || defined(CONFIG_ON)"], Some(true));
        check(&["#if defined(CONFIG_ON) && !defined(MODULE)"], None);
        check(&["#if defined(CONFIG_OFF) && !defined(MODULE)"], Some(false));
        check(&["#if (defined CONFIG_ON) && !(IS_ENABLED(CONFIG_OFF))"], Some(true));
        check(&["#if CONFIG_PGTABLE_LEVELS > 3"], None);
        check(&["#if IS_BUILTIN(CONFIG_ON)"], None);
        check(&["#ifndef _LINUX_TIMER_H", "#ifdef CONFIG_OFF"], Some(false));
        check(&["#if"], Some(true));
        check(&["#if CONFIG_ON &&"], None);
        check(&["#endif", "#else"], Some(true));
        let deep = format!("#if CONFIG_ON && {}", "(".repeat(100_000));
        check(&[&deep], None);
    }
}
