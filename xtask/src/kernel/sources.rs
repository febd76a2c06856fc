// SPDX-License-Identifier: MIT OR Apache-2.0
//! All sources of kernels: they are asked in turn, and when none has a kernel, the error says what each of them answered.

use anyhow::{Result, anyhow, bail};

use super::name::Wish;
use super::source::{Answer, Effort, Listed, Source};
use super::tree::KernelTree;
use crate::report::brief;

/// Sources in the order in which they are asked.
#[derive(Default)]
pub struct Sources {
    list: Vec<Box<dyn Source>>,
}

impl Sources {
    pub fn new(list: Vec<Box<dyn Source>>) -> Self {
        Self { list }
    }

    /// The kernel that a wish means: of the first source that has it ready, else of the first that can build it.
    pub fn find(&self, wish: &Wish) -> Result<KernelTree> {
        let asked = self.asked(wish)?;
        // Who names the source wants this very kernel.
        let effort = if wish.source.is_some() { Effort::Build } else { Effort::Fetch };
        let mut answers = Vec::new();
        for source in &asked {
            match ask(*source, wish, effort)? {
                Answer::Kernel(tree) => return Ok(*tree),
                Answer::None { why, help } => answers.push((source.name(), why, help)),
            }
        }
        for source in asked.iter().filter(|source| effort == Effort::Fetch && source.builds()) {
            match ask(*source, wish, Effort::Build)? {
                Answer::Kernel(tree) => return Ok(*tree),
                Answer::None { why, help } => answers.push((source.name(), why, help)),
            }
        }
        Err(unknown(wish, &answers))
    }

    /// The kernels that every source has ready.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let mut list = Vec::new();
        for source in &self.list {
            list.extend(source.list()?);
        }
        Ok(list)
    }

    fn asked(&self, wish: &Wish) -> Result<Vec<&dyn Source>> {
        let all = self.list.iter().map(AsRef::as_ref);
        let Some(name) = &wish.source else { return Ok(all.collect()) };
        let asked: Vec<_> = all.filter(|source| source.name() == name).collect();
        if asked.is_empty() {
            let names: Vec<&str> = self.list.iter().map(|source| source.name()).collect();
            bail!(
                "`{wish}` names no source of kernels\nhelp: the sources are `{}`; a row `[archive.{name}]` in workbench.toml adds one",
                names.join("`, `")
            );
        }
        Ok(asked)
    }
}

/// Whoever is not to be trusted, or can't be reached, is not silently replaced by another.
fn ask(source: &dyn Source, wish: &Wish, effort: Effort) -> Result<Answer> {
    match source.find(wish, effort) {
        Err(err) if source.is_optional() => {
            Ok(Answer::None { why: format!("could not be asked: {}", brief(&err)), help: None })
        }
        answer => answer,
    }
}

fn unknown(wish: &Wish, answers: &[(&str, String, Option<String>)]) -> anyhow::Error {
    let mut text = format!("there is no kernel `{wish}`");
    for (name, why, _) in answers {
        text.push_str(&["\n  ", name, ": ", why].concat());
    }
    for help in answers.iter().filter_map(|(_, _, help)| help.as_ref()) {
        text.push_str(&["\nhelp: ", help].concat());
    }
    anyhow!(
        "{text}\nhelp: `cargo xtask kernels list --available` names all there are; `--kernel PATH` takes a tree that you built"
    )
}
