// SPDX-License-Identifier: MIT OR Apache-2.0
//! How make is called, out of what a driver's dkms.conf has said in a build (`dkms.facts`, see dkms.sh). What it calls is a line
//! for a shell; of that the calls of make are understood, and the rest is left out, for a trial to show whether it matters.

use anyhow::{Result, bail, ensure};

use super::Limit;
use super::make::{Make, Places, Word};

/// What dkms.conf says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub package: Option<String>,
    pub version: Option<String>,
    pub make: String,
    pub pre_build: Option<String>,
    /// Options that the kernel must have, with `CONFIG_`.
    pub needs: Vec<String>,
    pub limits: Vec<Limit>,
    /// Of the machines that dkms.sh knows, those it is for, if it says so.
    pub machines: Vec<String>,
    /// Where the modules are, below the driver's folder.
    pub folders: Vec<String>,
    /// What a package can't have, since it differs from kernel to kernel.
    pub foreign: Vec<String>,
}

/// What a package shall do, and whether a trial has to show that the same modules come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub make: Make,
    /// What is not quite what dkms.conf says.
    pub left_out: Vec<String>,
}

impl Facts {
    pub fn parse(text: &str) -> Self {
        let mut facts = Self::default();
        for (word, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            let value = value.trim().to_owned();
            match word {
                "package" => facts.package = Some(value),
                "version" => facts.version = Some(value),
                "make" => facts.make = value,
                "pre-build" => facts.pre_build = Some(value),
                "config" => {
                    let (not, needs) = value.split_whitespace().partition::<Vec<&str>, _>(|it| it.starts_with('!'));
                    facts.needs.extend(needs.into_iter().map(str::to_owned));
                    facts.foreign.extend(not.iter().map(|it| format!("BUILD_EXCLUSIVE_CONFIG=\"{it}\"")));
                }
                "kernel-min" => facts.limits.push(Limit::Older(value)),
                "kernel-max" => facts.limits.push(Limit::After(value)),
                "arch" => facts.machines.push(value),
                "folder" => {
                    let folder = value.trim_start_matches("./").trim_matches(['/', '.']).to_owned();
                    if !facts.folders.contains(&folder) {
                        facts.folders.push(folder);
                    }
                }
                "kernel" => facts.foreign.push(format!("BUILD_EXCLUSIVE_KERNEL=\"{value}\"")),
                "patch" => facts.foreign.push(format!("PATCH=\"{value}\"")),
                "by-kernel" => facts.foreign.push(format!("MAKE_MATCH=\"{value}\"")),
                _ => {}
            }
        }
        facts
    }

    /// Nix's names of the systems that it is for.
    pub fn platforms(&self) -> Vec<String> {
        self.machines.iter().map(|machine| format!("{machine}-linux")).collect()
    }

    /// How a package calls make.
    ///
    /// # Errors
    /// What it says can't be mapped.
    pub fn plan(&self, places: &Places<'_>) -> Result<Plan> {
        let patched = self.foreign.iter().find(|it| it.starts_with("PATCH"));
        ensure!(patched.is_none(), "dkms.conf patches the sources: {}\n{HELP}", patched.map_or("", String::as_str));
        let before = match &self.pre_build {
            Some(line) => match &commands(line)?[..] {
                [words] => words.iter().map(|word| Word::found(word, places)).collect(),
                _ => bail!("dkms.conf's PRE_BUILD=\"{line}\" can't be mapped: it is not one program\n{HELP}"),
            },
            None => Vec::new(),
        };
        let mut plan = Plan { make: Make { folders: Vec::new(), words: Vec::new(), before }, left_out: Vec::new() };
        for command in commands(&self.make)? {
            self.add(&command, places, &mut plan);
        }
        if plan.make.folders.is_empty() {
            plan.make.folders = if self.folders.is_empty() { vec![String::new()] } else { self.folders.clone() };
        }
        Ok(plan)
    }

    fn add(&self, command: &[String], places: &Places<'_>, plan: &mut Plan) {
        let is_assignment = |word: &&String| variable(word).is_some();
        let start = command.iter().take_while(is_assignment).count();
        let line = command.join(" ");
        if command.get(start).is_none_or(|program| program != "make") {
            plan.left_out.push(format!("`{line}`"));
            return;
        }
        let (mut dir, mut folder) = (None, None);
        let mut words = Vec::new();
        let mut rest = command[start + 1..].iter().map(String::as_str);
        while let Some(word) = rest.next() {
            match word {
                "-C" => dir = rest.next(),
                "-j" | "-s" | "-k" => {}
                _ if word.starts_with("-C") => dir = Some(&word[2..]),
                // Its targets are Kbuild's own, or not understood.
                "modules" => {}
                _ if word.starts_with('-') || variable(word).is_none() => {
                    if !word.starts_with("-j") && word != "all" {
                        plan.left_out.push(format!("`{word}` of `{line}`"));
                    }
                }
                _ => match variable(word) {
                    Some("M" | "SUBDIRS" | "KBUILD_EXTMOD") => folder = word.split_once('=').map(|(_, value)| value),
                    Some("KERNELRELEASE" | "V") => {}
                    _ => words.push(Word::found(word, places)),
                },
            }
        }
        let installed = format!("/lib/modules/{}/build", places.release);
        let is_kbuild = dir.is_some_and(|dir| [places.kdir, &installed].contains(&dir.trim_end_matches('/')));
        let below = folder.and_then(|folder| folder.trim_end_matches('/').strip_prefix(places.folder));
        match (is_kbuild, below) {
            (true, Some(below)) => plan.make.folders.push(below.trim_start_matches('/').to_owned()),
            // The driver's own makefile calls Kbuild. What it is told of the kernel, it is told in order to find it.
            _ => {
                plan.left_out.push(format!("the makefile of `{line}`"));
                words.retain(|word| !word.is_of_kernel());
            }
        }
        for word in words {
            if !plan.make.words.contains(&word) {
                plan.make.words.push(word);
            }
        }
    }
}

const HELP: &str = "help: `dkms = false` under [build] of driver.toml lets Kbuild build it alone, with `make-args`; or write the \
                    package by hand";

/// The name of the variable that a word for make sets.
fn variable(word: &str) -> Option<&str> {
    let (name, _) = word.split_once('=')?;
    let name = name.trim_end_matches([':', '+', '?']);
    (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(name)
}

/// The commands of a line for a shell, without what only a shell knows.
fn commands(line: &str) -> Result<Vec<Vec<String>>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut chars = line.chars().peekable();
    let unclear = |what: &str| anyhow::anyhow!("dkms.conf says `{line}`, and {what} can't be mapped\n{HELP}");
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(unclear("a quote without an end")),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('$' | '`') => return Err(unclear("what the shell puts into it")),
                        Some('\\') => word.extend(chars.next()),
                        Some(c) => word.push(c),
                        None => return Err(unclear("a quote without an end")),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '$' | '`' => return Err(unclear("what the shell puts into it")),
            '<' | '>' | '(' | ')' | '{' | '}' if word.is_none() && c != '{' => {
                return Err(unclear("what the shell does in it"));
            }
            '&' | ';' | '|' => {
                commands.last_mut().expect("there is one").extend(word.take());
                commands.push(Vec::new());
            }
            c if c.is_whitespace() => commands.last_mut().expect("there is one").extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    commands.last_mut().expect("there is one").extend(word.take());
    commands.retain(|words| !words.is_empty());
    Ok(commands)
}

#[cfg(test)]
mod tests;
