// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[hardware]` of driver.toml: the machine that a driver is tested on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

/// `[hardware]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Hardware {
    #[serde(rename = "type")]
    pub machine: MachineType,
    pub cpus: u8,
    /// As QEMU writes it: `256M`.
    pub memory: String,
    /// Further `-device` arguments for QEMU.
    pub devices: Vec<String>,
    /// Files of the driver's folder in ACPI's source language, each a table that the machine's firmware has besides its own.
    pub acpi: Vec<PathBuf>,
    /// What the machine says that it is.
    pub smbios: Smbios,
    /// Whether the machine can be suspended to memory (S3), and woken by its clock.
    pub suspend: bool,
    /// Modules of the kernel's own that are loaded before the driver, though it does not depend on them; with their parameters
    /// behind the name: `i2c-stub chip_addr=0x48`.
    pub modules: Vec<String>,
}

/// The virtual machine's kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineType {
    /// A PC with ACPI and PCI (QEMU's q35).
    #[default]
    Pc,
    /// QEMU's microvm: neither ACPI nor PCI, one CPU; the quickest to boot.
    Micro,
}

/// Texts of the firmware's tables (SMBIOS), by the names that /sys/class/dmi/id gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Smbios(BTreeMap<Field, Texts>);

/// A place in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    BiosVendor,
    BiosVersion,
    BiosDate,
    SysVendor,
    ProductName,
    ProductVersion,
    ProductSerial,
    ProductSku,
    ProductFamily,
    BoardVendor,
    BoardName,
    BoardVersion,
    BoardSerial,
    BoardAssetTag,
    ChassisVendor,
    ChassisVersion,
    ChassisSerial,
    ChassisAssetTag,
    OemStrings,
}

impl Field {
    /// The type of its table, and what QEMU calls it there (`-smbios` in QEMU's manual).
    fn place(self) -> (u8, &'static str) {
        match self {
            Self::BiosVendor => (0, "vendor"),
            Self::BiosVersion => (0, "version"),
            Self::BiosDate => (0, "date"),
            Self::SysVendor => (1, "manufacturer"),
            Self::ProductName => (1, "product"),
            Self::ProductVersion => (1, "version"),
            Self::ProductSerial => (1, "serial"),
            Self::ProductSku => (1, "sku"),
            Self::ProductFamily => (1, "family"),
            Self::BoardVendor => (2, "manufacturer"),
            Self::BoardName => (2, "product"),
            Self::BoardVersion => (2, "version"),
            Self::BoardSerial => (2, "serial"),
            Self::BoardAssetTag => (2, "asset"),
            Self::ChassisVendor => (3, "manufacturer"),
            Self::ChassisVersion => (3, "version"),
            Self::ChassisSerial => (3, "serial"),
            Self::ChassisAssetTag => (3, "asset"),
            Self::OemStrings => (11, "value"),
        }
    }
}

impl Smbios {
    /// Each type of table with its texts, as QEMU names them.
    pub fn tables(&self) -> BTreeMap<u8, Vec<(&'static str, &str)>> {
        let mut tables: BTreeMap<u8, Vec<_>> = BTreeMap::new();
        for (field, Texts(texts)) in &self.0 {
            let (table, name) = field.place();
            tables.entry(table).or_default().extend(texts.iter().map(|text| (name, text.as_str())));
        }
        tables
    }

    /// These, and of the others those that are not among them.
    pub(super) fn over(&self, others: &Self) -> Self {
        let mut all = others.0.clone();
        all.extend(self.0.clone());
        Self(all)
    }

    fn is_plain(&self) -> bool {
        let several = |field: &Field| *field == Field::OemStrings;
        self.0.iter().all(|(field, Texts(texts))| texts.len() == 1 || several(field))
    }
}

impl Hardware {
    /// The guest's memory in MiB.
    pub fn memory_mb(&self) -> u64 {
        let digits = self.memory.trim_end_matches(['M', 'G']);
        let number: u64 = digits.parse().unwrap_or(0);
        if self.memory.ends_with('G') { number * 1024 } else { number }
    }

    /// Whether its firmware says what that of other drivers' machines says.
    pub fn has_common_firmware(&self) -> bool {
        self.acpi.is_empty() && self.smbios == Smbios::default()
    }

    /// Each module's name, and its parameters as on insmod's command line.
    pub fn named_modules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.iter().map(|module| module.trim().split_once(' ').unwrap_or((module.trim(), "")))
    }

    /// The key that is wrong, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong = |key, message: &str| Err((key, message.to_owned()));
        if !is_memory(&self.memory) {
            return wrong("memory", "memory is a number with M or G behind it, such as `256M`");
        }
        if !(1..=64).contains(&self.cpus) {
            return wrong("cpus", "a machine has 1 to 64 CPUs");
        }
        if self.machine == MachineType::Micro && self.cpus > 1 {
            return wrong("cpus", "the machine `micro` has one CPU, since it has no ACPI; use `pc`");
        }
        if self.machine == MachineType::Micro && !self.has_common_firmware() {
            return wrong("type", "the machine `micro` has neither ACPI nor SMBIOS; use `pc`");
        }
        if self.machine == MachineType::Micro && self.suspend {
            return wrong("suspend", "the machine `micro` can't be suspended, since it has no ACPI; use `pc`");
        }
        check_tables(&self.acpi)?;
        check_smbios(&self.smbios)
    }
}

pub(super) fn check_tables(tables: &[PathBuf]) -> Result<(), (&'static str, String)> {
    for table in tables {
        let shown = table.display();
        if table.extension().is_none_or(|ending| ending != "asl") {
            return Err((
                "acpi",
                format!("`{shown}` is not a file in ACPI's source language: its name ends with .asl"),
            ));
        }
        if !is_inside(table) {
            return Err(("acpi", format!("`{shown}` lies outside of the driver's folder")));
        }
    }
    Ok(())
}

pub(super) fn check_smbios(smbios: &Smbios) -> Result<(), (&'static str, String)> {
    if smbios.is_plain() { Ok(()) } else { Err(("smbios", "only `oem_strings` may be a list".to_owned())) }
}

/// Whether a path leads to somewhere below the folder that it starts from.
pub(super) fn is_inside(path: &Path) -> bool {
    !path.is_absolute() && !path.components().any(|it| it.as_os_str() == "..")
}

impl Default for Hardware {
    fn default() -> Self {
        Self {
            machine: MachineType::default(),
            cpus: 1,
            memory: "256M".to_owned(),
            devices: Vec::new(),
            acpi: Vec::new(),
            smbios: Smbios::default(),
            suspend: false,
            modules: Vec::new(),
        }
    }
}

/// One text, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Texts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, or a list of them")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![printable(text)?]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    texts.push(printable(&text)?);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

fn printable<E: serde::de::Error>(text: &str) -> Result<String, E> {
    if text.contains(char::is_control) {
        return Err(E::custom("the firmware's texts can't contain control characters"));
    }
    Ok(text.to_owned())
}

fn is_memory(text: &str) -> bool {
    let digits = text.strip_suffix(['M', 'G']).unwrap_or_default();
    !digits.is_empty() && digits.len() < 8 && digits.bytes().all(|byte| byte.is_ascii_digit())
}
