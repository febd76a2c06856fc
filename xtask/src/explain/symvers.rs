// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kernel exports: Module.symvers, whose lines are `CRC\tsymbol\tmodule\texport type\tnamespace`
//! (Documentation/kbuild/modules.rst, section "Symbols and CRCs").

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Export {
    /// With CONFIG_MODVERSIONS, a number that changes with the types of the symbol; else 0.
    pub(crate) crc: u32,
    /// `vmlinux`, or the module's path without its ending.
    pub(crate) module: String,
    pub(crate) gpl: bool,
    /// Empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) namespace: String,
}

/// The exports of a kernel by their names.
#[derive(Debug, Default)]
pub(crate) struct Symvers(BTreeMap<String, Export>);

impl Symvers {
    /// None when there is no such file, or when it has nothing.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let text = fs_err::read_to_string(path).ok()?;
        let all = Self::parse(&text);
        (!all.0.is_empty()).then_some(all)
    }

    /// A line that is none of its kind is passed over: an explanation is better than none.
    pub(crate) fn parse(text: &str) -> Self {
        let one = |line: &str| {
            let mut fields = line.split('\t');
            let crc = u32::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok()?;
            let name = fields.next()?.to_owned();
            let module = fields.next()?.to_owned();
            let gpl = fields.next()?.contains("GPL");
            let namespace = fields.next().unwrap_or_default().trim().to_owned();
            Some((name, Export { crc, module, gpl, namespace }))
        };
        Self(text.lines().filter_map(one).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Export> {
        self.0.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Export {
    /// `the kernel itself`, or `the module `kernel/drivers/foo``.
    pub(crate) fn owner(&self) -> String {
        match self.module.as_str() {
            "vmlinux" => "the kernel itself".to_owned(),
            module => format!("its module `{}`", module_name(module)),
        }
    }
}

/// `rfkill` of `net/rfkill/rfkill`
pub(crate) fn module_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).replace('-', "_")
}
