// SPDX-License-Identifier: MIT OR Apache-2.0
//! Settings of a kernel's configuration, as files have them.

use anyhow::{Result, bail};

/// A file with settings, in the form of a .config; `?=` in place of `=` is for what not every kernel has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fragment {
    /// For people.
    pub(super) name: String,
    pub(super) settings: Vec<Setting>,
}

/// `CONFIG_KASAN=y`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Without `CONFIG_`.
    pub(super) option: String,
    /// As a .config has it, a text in quotes; `n` for what is off.
    pub(super) value: String,
    /// It is no error if the kernel does not take it.
    pub(super) optional: bool,
}

impl Fragment {
    /// Reads a file; the error names the line.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self> {
        let mut settings = Vec::new();
        for (number, line) in text.lines().enumerate() {
            match Setting::parse(line) {
                Some(setting) => settings.push(setting),
                None if line.trim().is_empty() || line.starts_with('#') => (),
                None => bail!(
                    "`{name}`, line {}: `{line}` is no setting\n\
                     help: it has to be as in a .config: `CONFIG_NAME=y`, or `# CONFIG_NAME is not set`",
                    number + 1
                ),
            }
        }
        Ok(Self { name: name.to_owned(), settings })
    }

    /// What Kconfig reads.
    pub(super) fn config(&self) -> String {
        let line = |Setting { option, value, .. }: &Setting| match value.as_str() {
            "n" => format!("# CONFIG_{option} is not set\n"),
            _ => format!("CONFIG_{option}={value}\n"),
        };
        self.settings.iter().map(line).collect()
    }

    /// What nix/kernel/why.pl reads, which says what did not take.
    pub(super) fn wanted(&self) -> String {
        let line = |Setting { option, value, optional }: &Setting| {
            let mark = if *optional { "?" } else { "" };
            format!("{option}{mark} {}\n", value.trim_matches('"'))
        };
        self.settings.iter().map(line).collect()
    }
}

impl Setting {
    fn parse(line: &str) -> Option<Self> {
        let is_option =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if let Some(option) =
            line.trim_end().strip_prefix("# CONFIG_").and_then(|rest| rest.strip_suffix(" is not set"))
        {
            let of = |option: &str| Self { option: option.to_owned(), value: "n".to_owned(), optional: false };
            return is_option(option).then(|| of(option));
        }
        let (name, value) = line.trim().strip_prefix("CONFIG_")?.split_once('=')?;
        let (option, optional) = name.strip_suffix('?').map_or((name, false), |option| (option, true));
        let is_value = !value.is_empty() && !value.contains(char::is_control);
        (is_option(option) && is_value).then(|| Self { option: option.to_owned(), value: value.to_owned(), optional })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &Expect) {
        let said = match Fragment::parse("mine.config", text) {
            Ok(fragment) => format!("{}--\n{}", fragment.config(), fragment.wanted()),
            Err(err) => err.to_string(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn settings() {
        check(
            "# Mine.\n\nCONFIG_KASAN=y\n# CONFIG_NET is not set\nCONFIG_X?=m\nCONFIG_LOG_BUF_SHIFT=18\nCONFIG_A=\"b c\"\n",
            &expect![[r#"
                CONFIG_KASAN=y
                # CONFIG_NET is not set
                CONFIG_X=m
                CONFIG_LOG_BUF_SHIFT=18
                CONFIG_A="b c"
                --
                KASAN y
                NET n
                X? m
                LOG_BUF_SHIFT 18
                A b c
            "#]],
        );
        check(
            "CONFIG_A=n\n",
            &expect![[r#"
            # CONFIG_A is not set
            --
            A n
        "#]],
        );
    }

    #[test]
    fn what_is_none() {
        let check = |line: &str| {
            let err = Fragment::parse("mine.config", &format!("CONFIG_A=y\n{line}\n")).expect_err(line).to_string();
            assert!(err.starts_with(&format!("`mine.config`, line 2: `{line}` is no setting\nhelp: ")), "{err}");
        };
        for line in ["KASAN=y", "CONFIG_KASAN", "CONFIG_KASAN=", "CONFIG_=y", "CONFIG_A-B=y", "CONFIG_A=b\u{7}"] {
            check(line);
        }
    }
}
