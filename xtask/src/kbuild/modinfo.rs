// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a module says about itself, in its `.modinfo` section: `key=value` texts, each ended by a zero byte
//! (include/linux/moduleparam.h, `__MODULE_INFO`).

use std::path::Path;

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use crate::compress;

/// Whether a module has tests of KUnit's: their section (include/kunit/test.h), or until 5.18 the function that runs them.
pub fn has_kunit_tests(elf: &[u8]) -> bool {
    let Ok(file) = object::File::parse(elf) else { return false };
    let is_section = |name| file.section_by_name(name).is_some_and(|section| section.size() > 0);
    [".kunit_test_suites", ".kunit_init_test_suites"].into_iter().any(is_section)
        || file.symbols().any(|symbol| symbol.is_undefined() && symbol.name() == Ok("__kunit_test_suites_init"))
}

/// A module's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModInfo {
    pairs: Vec<(String, String)>,
    /// Its parameters by their symbols: `module_param_cb()` says nothing of them in the section.
    params: Vec<String>,
}

/// A parameter of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// The word of its C type: `bool`, `uint`, `charp`, `array of int`; none for one with functions of its own.
    pub kind: Option<String>,
    pub description: Option<String>,
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
        // include/linux/moduleparam.h, __module_param_call()
        let params = file.symbols().filter_map(|symbol| symbol.name().ok()?.strip_prefix("__param_str_"));
        Ok(Self { params: params.map(str::to_owned).collect(), ..Self::of_section(section.data()?) })
    }

    /// What stands in the section `.modinfo`.
    pub(crate) fn of_section(data: &[u8]) -> Self {
        let texts = data.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let pairs =
            texts.filter_map(|text| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())));
        Self { pairs: pairs.collect(), params: Vec::new() }
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(it, _)| it == key).map(|(_, value)| value.as_str())
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

    /// What it asks for to be loaded before it (`MODULE_SOFTDEP("pre: ...")`): names or aliases, as they are written.
    pub fn soft_depends(&self) -> impl Iterator<Item = &str> {
        self.all("softdep").flat_map(|value| {
            let before = value.split_once("pre:").map(|(_, rest)| rest.split("post:").next().unwrap_or_default());
            before.unwrap_or_default().split_whitespace()
        })
    }

    pub fn has_alias(&self, alias: &str) -> bool {
        self.aliases().any(|it| it == alias)
    }

    /// Other names by which it may be asked for.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.all("alias")
    }

    /// The release it was built for: the first word of its vermagic.
    pub fn release(&self) -> Option<&str> {
        self.get("vermagic")?.split(' ').next()
    }

    /// The names of its parameters.
    pub fn params(&self) -> Vec<&str> {
        let types = self.all("parmtype").filter_map(|value| value.split(':').next());
        let mut names: Vec<&str> = types.chain(self.params.iter().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Its parameters, by name.
    pub fn parameters(&self) -> Vec<Parameter> {
        let of = |key: &str, name: &str| {
            let texts = self.all(key).filter_map(|text| text.split_once(':'));
            texts.filter(|(it, _)| *it == name).map(|(_, text)| text.trim().to_owned()).next()
        };
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            kind: of("parmtype", name),
            description: of("parm", name).filter(|text| !text.is_empty()),
        };
        self.params().into_iter().map(parameter).collect()
    }

    pub fn has_param(&self, name: &str) -> bool {
        self.params().contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_needs() {
        let section = b"license=GPL\0depends=usb-common,snd-pcm,crc16\0softdep=pre: crypto-crc32c nls post: mpls_gso\0\
            softdep=post: late\0softdep=pre: aes\0alias=crc32c\0alias=crypto-crc32c\0parmtype=size:int\0";
        let info = ModInfo::of_section(section);
        assert_eq!(info.depends().collect::<Vec<_>>(), ["usb_common", "snd_pcm", "crc16"]);
        assert_eq!(info.soft_depends().collect::<Vec<_>>(), ["crypto-crc32c", "nls", "aes"]);
        assert!(info.has_alias("crypto-crc32c") && !info.has_alias("crypto"));
        assert!(info.has_param("size") && !info.has_param("int"));
        assert_eq!(ModInfo::of_section(b"depends=\0").depends().count(), 0);
    }
}
