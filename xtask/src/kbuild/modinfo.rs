// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a module says about itself, in its `.modinfo` section: `key=value` texts, each ended by a zero byte
//! (include/linux/moduleparam.h, `__MODULE_INFO`).

use std::path::Path;

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSection as _};

use crate::compress;

/// A module's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModInfo {
    pairs: Vec<(String, String)>,
}

impl ModInfo {
    /// Of a .ko file, which may be compressed.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&compress::read_module(path)?)
            .with_context(|| format!("`{}` is not a kernel module", path.display()))
    }

    pub fn parse(elf: &[u8]) -> Result<Self> {
        let file = object::File::parse(elf)?;
        let section = file.section_by_name(".modinfo").context("it has no .modinfo section")?;
        let data = section.data()?;
        let texts = data.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let pairs =
            texts.filter_map(|text| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())));
        Ok(Self { pairs: pairs.collect() })
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(it, _)| it == key).map(|(_, value)| value.as_str())
    }

    /// The name under which it is loaded.
    pub fn name(&self) -> Option<&str> {
        self.get("name")
    }

    /// The modules it needs, by their own names: modpost writes file names, in which `_` may be a `-`.
    pub fn depends(&self) -> impl Iterator<Item = String> {
        let names = self.get("depends").unwrap_or_default().split(',');
        names.filter(|name| !name.is_empty()).map(|name| name.replace('-', "_"))
    }

    /// The release it was built for: the first word of its vermagic.
    pub fn release(&self) -> Option<&str> {
        self.get("vermagic")?.split(' ').next()
    }

    /// The names of its parameters.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        let types = self.pairs.iter().filter(|(key, _)| key == "parmtype");
        types.filter_map(|(_, value)| value.split(':').next())
    }

    pub fn has_param(&self, name: &str) -> bool {
        self.params().any(|it| it == name)
    }
}
