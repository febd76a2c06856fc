// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel's configuration as data: `n` for what is not set, so that nothing has to be guessed from absence.

use std::collections::BTreeMap;

/// All options with their values, as `CONFIG_` names: `y`, `m`, `n`, a number, a text without its quotes.
pub(super) fn values(config: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in config.lines() {
        let not_set = line.strip_prefix("# ").and_then(|line| line.strip_suffix(" is not set"));
        if let Some(name) = not_set.filter(|name| is_name(name)) {
            values.insert(name.to_owned(), "n".to_owned());
        } else if let Some((name, value)) = line.split_once('=').filter(|(name, _)| is_name(name)) {
            values.insert(name.to_owned(), unquoted(value));
        }
    }
    values
}

fn is_name(word: &str) -> bool {
    let rest = word.strip_prefix("CONFIG_").unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A text's quotes go, and the backslashes before quotes and backslashes in it (scripts/kconfig/confdata.c).
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut is_escaped = false;
    for letter in inner.chars() {
        if letter == '\\' && !is_escaped {
            is_escaped = true;
            continue;
        }
        is_escaped = false;
        text.push(letter);
    }
    text
}

/// The values as JSON, an option a line, which keeps differences readable.
pub(super) fn json(values: &BTreeMap<String, String>) -> String {
    serde_json::to_string_pretty(values).expect("texts are JSON") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: &str, expected: &[(&str, &str)]) {
        let values = values(config);
        let found: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{config}");
    }

    #[test]
    fn lines() {
        check("CONFIG_NET=y\nCONFIG_EXT4_FS=m\n", &[("CONFIG_EXT4_FS", "m"), ("CONFIG_NET", "y")]);
        check("# CONFIG_KASAN is not set\n# CONFIG_ is not set\n# Networking is not set\n", &[("CONFIG_KASAN", "n")]);
        check("CONFIG_HZ=250\nCONFIG_BASE=0xffff\n", &[("CONFIG_BASE", "0xffff"), ("CONFIG_HZ", "250")]);
        check(r#"CONFIG_A="-say \"a\\b\"""#, &[("CONFIG_A", r#"-say "a\b""#)]);
        check("CONFIG_E=\"\"\nCONFIG_T=\"y=z\"", &[("CONFIG_E", ""), ("CONFIG_T", "y=z")]);
        check("# a comment\n\nFOO=y\nCONFIG=y\n", &[]);
    }
}
