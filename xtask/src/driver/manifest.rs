// SPDX-License-Identifier: MIT OR Apache-2.0
//! driver.toml: what a driver's author says about building and testing it. Everything has a default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Deserializer};

use super::hardware::{Hardware, is_inside};
use super::known::Allowance;
use super::limits::Series;
use super::machines::{self, Errno, Machine};
use super::packaging::Packaging;
use super::stress::Stress;
use crate::judge::LogRules;
use crate::toml_file;

/// A driver.toml, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Manifest {
    /// By default the folder's name.
    pub name: Option<String>,
    /// The series of kernels that it is for; others are skipped.
    pub kernels: Series,
    /// Options that a kernel's configuration must have, such as `CONFIG_ACPI_WMI`; others are skipped.
    pub needs: Vec<String>,
    pub build: Build,
    pub hardware: Hardware,
    /// Several machines with that hardware and more, each of which it is tested on.
    pub machine: Vec<Machine>,
    pub test: Test,
    pub package: Packaging,
}

/// `[build]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Build {
    /// Which of the modules that Kbuild makes are the driver; by default all.
    pub modules: Vec<String>,
    /// Further words for make's command line.
    pub make_args: Vec<String>,
    /// Whether a dkms.conf is heeded, if there is one; by default it is.
    pub dkms: Option<bool>,
}

/// `[test]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Test {
    /// How long the machine may run, from its start to the guest's last word.
    #[serde(deserialize_with = "duration")]
    pub deadline: Duration,
    /// How long the machine goes on after the last step, for what the driver left behind to show itself.
    #[serde(deserialize_with = "duration")]
    pub settle: Duration,
    /// The error with which the last of the driver's modules must refuse to be loaded, on a machine that is not for it.
    pub refuses: Option<Errno>,
    /// What the driver may leave behind.
    pub leftovers: Leftovers,
    /// What is done to it after its steps, if anything.
    pub stress: Stress,
    /// Module parameters.
    pub params: BTreeMap<String, Param>,
    pub log: LogRules,
    /// Reports of the kernel that shall not count.
    pub known: Vec<Allowance>,
    pub step: Vec<Step>,
}

/// What a driver may leave behind when it has been unloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftovers {
    /// The guest does not look.
    Ignored,
    /// These names; with `*` at its end, one stands for all that begin so.
    Allowed(Vec<String>),
}

/// A module parameter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param(String);

/// `[[test.step]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    pub name: String,
    /// A line for the guest's shell.
    pub run: Option<String>,
    /// A C file of the driver's folder that is compiled for the guest.
    pub program: Option<PathBuf>,
    /// The program's arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// Texts that the output must contain, each on a line of its own, in this order.
    #[serde(default)]
    pub prints: Vec<String>,
    /// The exit status it must have.
    #[serde(default)]
    pub exit: u8,
    /// Whether its output must be TAP or KTAP; it may be without being told.
    #[serde(default)]
    pub ktap: bool,
    /// The machines on which it is taken; by default all on which the driver is loaded.
    pub machines: Option<Vec<String>>,
    #[serde(default = "Step::deadline", deserialize_with = "duration")]
    pub deadline: Duration,
}

/// What a [`Step`] does, once it is known to say exactly one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    Shell(&'a str),
    Program(&'a Path),
}

impl Manifest {
    /// Understands a driver.toml; `file` is its path, for messages.
    pub fn parse(text: &str, file: &Path) -> Result<Self> {
        let manifest: Self = toml_file::parse(text, file)?;
        if let Some(name) = &manifest.name
            && !is_plain_name(name)
        {
            let message =
                "a driver's name consists of letters, digits, `-`, `_` and `.`, and begins with a letter or digit";
            return Err(toml_file::error_at(text, file, "name", message));
        }
        if let Some(option) = manifest.needs.iter().find(|option| !option.starts_with("CONFIG_")) {
            let message = format!("`{option}` is not an option of the kernel's configuration: they begin with CONFIG_");
            return Err(toml_file::error_at(text, file, "needs", &message));
        }
        manifest.hardware.check().map_err(|(key, message)| toml_file::error_at(text, file, key, &message))?;
        machines::check(&manifest).map_err(|(at, message)| toml_file::error_at(text, file, &at, &message))?;
        for step in &manifest.test.step {
            step.check().map_err(|message| toml_file::error_at(text, file, &format!("{:?}", step.name), &message))?;
        }
        Ok(manifest)
    }
}

impl Test {
    /// What is done to the driver after its steps, if it is asked for here or by whoever starts the test.
    pub fn stress(&self, is_asked: bool) -> Option<&Stress> {
        (is_asked || self.stress.asked).then_some(&self.stress)
    }

    /// Each parameter's name, and the word for it as on insmod's command line: values with blanks are quoted, as the
    /// kernel's parser wants it.
    pub fn params_words(&self) -> impl Iterator<Item = (&str, String)> {
        self.params.iter().map(|(name, Param(value))| {
            let quote = if value.contains(char::is_whitespace) { "\"" } else { "" };
            (name.as_str(), format!("{name}={quote}{value}{quote}"))
        })
    }
}

impl Default for Test {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            settle: Duration::from_millis(100),
            refuses: None,
            leftovers: Leftovers::Allowed(Vec::new()),
            stress: Stress::default(),
            params: BTreeMap::new(),
            log: LogRules::default(),
            known: Vec::new(),
            step: Vec::new(),
        }
    }
}

impl Step {
    fn deadline() -> Duration {
        Duration::from_secs(10)
    }

    pub fn action(&self) -> Action<'_> {
        match (&self.run, &self.program) {
            (Some(run), _) => Action::Shell(run),
            (None, Some(program)) => Action::Program(program),
            (None, None) => Action::Shell(""),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() || self.name.contains(['\n', '\r', '\0', '#']) {
            return Err("a step's name is one line of text without `#`".to_owned());
        }
        match (&self.run, &self.program) {
            (Some(_), Some(_)) => Err("a step has either `run` or `program`, not both".to_owned()),
            (None, None) => {
                Err("a step needs `run`, a line for the shell, or `program`, a C file to compile".to_owned())
            }
            (Some(_), None) if !self.args.is_empty() => Err("`args` go with `program`, not with `run`".to_owned()),
            (None, Some(program)) if program.extension().is_none_or(|ending| ending != "c") => {
                Err(format!("`{}` is not a C file", program.display()))
            }
            (None, Some(program)) if !is_inside(program) => {
                Err(format!("`{}` lies outside of the driver's folder", program.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Leftovers {
    /// As a run's record has it.
    pub fn allowed(&self) -> Option<Vec<String>> {
        match self {
            Self::Ignored => None,
            Self::Allowed(names) => Some(names.clone()),
        }
    }
}

impl<'de> Deserialize<'de> for Leftovers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Leftovers;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"fail\", \"ignore\", or a list of names such as \"/proc/mydriver\"")
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Leftovers, E> {
                match value {
                    "fail" => Ok(Leftovers::Allowed(Vec::new())),
                    "ignore" => Ok(Leftovers::Ignored),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(value), &self)),
                }
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut names: A) -> Result<Leftovers, A::Error> {
                let mut allowed = Vec::new();
                while let Some(name) = names.next_element()? {
                    allowed.push(name);
                }
                Ok(Leftovers::Allowed(allowed))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl<'de> Deserialize<'de> for Param {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Param;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, an integer or a boolean")
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Param, E> {
                if value.contains(['"', '\n', '\0']) {
                    return Err(E::custom("the kernel's parameters can't contain a double quote or a line break"));
                }
                Ok(Param(value.to_owned()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Param, E> {
                Ok(Param(value.to_string()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Param, E> {
                Ok(Param(if value { "Y" } else { "N" }.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// `90s`, `2m`, `500ms`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: Option<u64> = text[..digits].parse().ok();
    let duration = match (number, text[digits..].trim()) {
        (Some(n), "ms") => Some(Duration::from_millis(n)),
        (Some(n), "s") => Some(Duration::from_secs(n)),
        (Some(n), "m") => n.checked_mul(60).map(Duration::from_secs),
        _ => None,
    };
    let day = Duration::from_secs(24 * 3600);
    duration.filter(|it| !it.is_zero() && *it <= day).ok_or_else(|| {
        serde::de::Error::custom(format!("`{text}` is not a time: write `30s`, `2m` or `500ms`, a day at the most"))
    })
}

pub(super) fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
