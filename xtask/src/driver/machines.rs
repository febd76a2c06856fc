// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[[machine]]` of driver.toml: several machines, each of which a driver is tested on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::{Deserialize, Deserializer};

use super::hardware::{Smbios, check_smbios, check_tables};
use super::limits::Series;
use super::manifest::{Manifest, Param, is_plain_name};
use super::{Driver, listed};
use crate::judge::errno;
use crate::toml_file;

/// `[[machine]]`: what it says itself is put in the place of what `[hardware]` and `[test]` say; of texts and parameters, only
/// those that it names. Its kernels are those of the driver that are also in its own series.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Machine {
    pub name: String,
    #[serde(default)]
    pub kernels: Series,
    pub acpi: Option<Vec<PathBuf>>,
    pub devices: Option<Vec<String>>,
    #[serde(default)]
    pub smbios: Smbios,
    pub suspend: Option<bool>,
    pub modules: Option<Vec<String>>,
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    pub refuses: Option<Errno>,
}

/// An error's number, written as its name: `ENODEV`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub u32);

impl<'de> Deserialize<'de> for Errno {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format!("`{name}` is no error of the kernel's, such as `ENODEV`"));
        errno::number(&name).map(Self).ok_or_else(unknown)
    }
}

/// What is wrong with a manifest's machines, and at which text.
pub(super) fn check(manifest: &Manifest) -> Result<(), (String, String)> {
    for (at, machine) in manifest.machine.iter().enumerate() {
        let name = &machine.name;
        let quoted = format!("{name:?}");
        let wrong = |message: &str| Err((quoted.clone(), message.to_owned()));
        if !is_plain_name(name) {
            return wrong("a machine's name consists of letters, digits, `-`, `_` and `.`");
        }
        if manifest.machine[..at].iter().any(|other| other.name == *name) {
            return wrong("two machines have this name");
        }
        let own = machine.acpi.as_deref().map_or(Ok(()), check_tables).and_then(|()| check_smbios(&machine.smbios));
        own.map_err(|(_, message)| (quoted.clone(), message))?;
        on(manifest, machine).hardware.check().map_err(|(_, message)| (quoted, message))?;
    }
    let names = || manifest.machine.iter().map(|machine| machine.name.as_str());
    for (step, on) in
        manifest.test.step.iter().flat_map(|step| step.machines.iter().flatten().map(move |on| (step, on)))
    {
        if !names().any(|name| name == on) {
            let near = toml_file::nearest(on, names()).map(|near| format!("; did you mean `{near}`?"));
            return Err((
                format!("{:?}", step.name),
                format!("there is no machine `{on}`{}", near.unwrap_or_default()),
            ));
        }
    }
    Ok(())
}

/// The manifest as it is for one of its machines.
fn on(manifest: &Manifest, machine: &Machine) -> Manifest {
    let Machine { name, kernels, acpi, devices, smbios, suspend, modules, params, refuses } = machine;
    let mut one = manifest.clone();
    one.machine.clear();
    one.kernels.narrow(kernels);
    one.hardware.acpi = acpi.clone().unwrap_or(one.hardware.acpi);
    one.hardware.devices = devices.clone().unwrap_or(one.hardware.devices);
    one.hardware.smbios = smbios.over(&one.hardware.smbios);
    one.hardware.suspend = suspend.unwrap_or(one.hardware.suspend);
    one.hardware.modules = modules.clone().unwrap_or(one.hardware.modules);
    one.test.params.extend(params.clone());
    one.test.refuses = refuses.or(one.test.refuses);
    // Where the driver is not loaded, a step that does not know of it makes no sense.
    let refuses = one.test.refuses.is_some();
    one.test.step.retain(|step| step.machines.as_ref().map_or(!refuses, |machines| machines.contains(name)));
    one
}

impl Driver {
    /// The driver on each of its machines; on the only one, if it names none.
    pub fn on_machines(self) -> Vec<Self> {
        if self.manifest.machine.is_empty() {
            return vec![self];
        }
        let on = |machine: &Machine| Self {
            name: format!("{}@{}", self.name, machine.name),
            manifest: on(&self.manifest, machine),
            ..self.clone()
        };
        self.manifest.machine.iter().map(on).collect()
    }

    /// The driver with only one of its machines.
    pub(super) fn with_machine(mut self, name: &str) -> Result<Self> {
        let known: Vec<String> = self.manifest.machine.iter().map(|machine| machine.name.clone()).collect();
        self.manifest.machine.retain(|machine| machine.name == name);
        if self.manifest.machine.is_empty() {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let near = toml_file::nearest(name, known.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            bail!(
                "`{}` has no machine `{name}`{}\nhelp: its driver.toml has {}",
                self.name,
                near.unwrap_or_default(),
                listed("no [[machine]]", &known)
            );
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::driver::Hardware;

    /// What is tested on which machine: name, hardware that differs, parameters, steps; or what is wrong.
    #[track_caller]
    fn check(text: &str, machine: Option<&str>, expected: &Expect) {
        let said = Manifest::parse(text, Path::new("driver.toml")).and_then(|manifest| {
            let (name, dir) = ("d".to_owned(), PathBuf::new());
            let driver = Driver { own_name: name.clone(), name, dir, manifest, in_tree: None, built: None };
            let driver = machine.map_or_else(|| Ok(driver.clone()), |name| driver.clone().with_machine(name))?;
            Ok(driver.on_machines().iter().map(one).collect::<String>())
        });
        expected.assert_eq(&said.unwrap_or_else(|err| err.to_string()));
    }

    fn one(driver: &Driver) -> String {
        let Manifest { hardware, test, kernels, .. } = &driver.manifest;
        let texts = hardware.smbios.tables();
        let params: Vec<String> = test.params_words().map(|(_, word)| word).collect();
        let steps: Vec<&str> = test.step.iter().map(|step| step.name.as_str()).collect();
        let refuses = test.refuses.map(|Errno(number)| format!(" refuses {}", errno::name(number)));
        let old = if kernels.has("6.1.2") { "" } else { " not on 6.1" };
        let suspend = if hardware.suspend { " suspend" } else { "" };
        let Hardware { acpi, devices, modules, .. } = hardware;
        format!(
            "{}:{}{old}{suspend} {acpi:?} {devices:?} {modules:?} {texts:?} {params:?} {steps:?}\n",
            driver.name,
            refuses.unwrap_or_default(),
        )
    }

    const SEVERAL: &str = r#"
        hardware = { acpi = ["ec.asl"], devices = ["edu"], smbios = { sys_vendor = "V", product_name = "P" } }
        test = { params = { a = 1, b = 2 }, step = [
            { name = "everywhere", run = "true" },
            { name = "some", run = "true", machines = ["one", "bare"] },
        ] }
        [[machine]]
        name = "one"
        [[machine]]
        name = "two"
        smbios = { product_name = "Q", oem_strings = ["x", "y"] }
        params = { b = 3 }
        [[machine]]
        name = "bare"
        acpi = []
        devices = []
        refuses = "ENODEV"
        [[machine]]
        name = "new"
        kernels = ">=6.19"
        suspend = true
        modules = ["other"]
    "#;

    #[test]
    fn each_machine() {
        check(
            "",
            None,
            &expect![[r#"
                d: [] [] [] {} [] []
            "#]],
        );
        check(
            SEVERAL,
            None,
            &expect![[r#"
                d@one: ["ec.asl"] ["edu"] [] {1: [("manufacturer", "V"), ("product", "P")]} ["a=1", "b=2"] ["everywhere", "some"]
                d@two: ["ec.asl"] ["edu"] [] {1: [("manufacturer", "V"), ("product", "Q")], 11: [("value", "x"), ("value", "y")]} ["a=1", "b=3"] ["everywhere"]
                d@bare: refuses ENODEV [] [] [] {1: [("manufacturer", "V"), ("product", "P")]} ["a=1", "b=2"] ["some"]
                d@new: not on 6.1 suspend ["ec.asl"] ["edu"] ["other"] {1: [("manufacturer", "V"), ("product", "P")]} ["a=1", "b=2"] ["everywhere"]
            "#]],
        );
        check(
            SEVERAL,
            Some("two"),
            &expect![[r#"
                d@two: ["ec.asl"] ["edu"] [] {1: [("manufacturer", "V"), ("product", "Q")], 11: [("value", "x"), ("value", "y")]} ["a=1", "b=3"] ["everywhere"]
            "#]],
        );
        check(
            SEVERAL,
            Some("tow"),
            &expect![[r#"
                `d` has no machine `tow`; did you mean `two`?
                help: its driver.toml has `one`, `two`, `bare`, `new`"#]],
        );
        check(
            "",
            Some("two"),
            &expect![[r#"
            `d` has no machine `two`
            help: its driver.toml has no [[machine]]"#]],
        );
    }

    #[test]
    fn what_is_wrong() {
        check(
            "[[machine]]\nname = \"a b\"\n",
            None,
            &expect![[r#"
            driver.toml:2:8: a machine's name consists of letters, digits, `-`, `_` and `.`
              |
            2 | name = "a b"
              |        ^"#]],
        );
        check(
            "machine = [{ name = \"a\" }, { name = \"a\" }]\n",
            None,
            &expect![[r#"
            driver.toml:1:21: two machines have this name
              |
            1 | machine = [{ name = "a" }, { name = "a" }]
              |                     ^"#]],
        );
        check(
            "[[machine]]\nname = \"a\"\nacpi = [\"../ec.asl\"]\n",
            None,
            &expect![[r#"
            driver.toml:2:8: `../ec.asl` lies outside of the driver's folder
              |
            2 | name = "a"
              |        ^"#]],
        );
        check(
            "[hardware]\ntype = \"micro\"\n[[machine]]\nname = \"a\"\nacpi = [\"ec.asl\"]\n",
            None,
            &expect![[r#"
                driver.toml:4:8: the machine `micro` has neither ACPI nor SMBIOS; use `pc`
                  |
                4 | name = "a"
                  |        ^"#]],
        );
        check(
            "[hardware]\ntype = \"micro\"\n[[machine]]\nname = \"a\"\nsuspend = true\n",
            None,
            &expect![[r#"
            driver.toml:4:8: the machine `micro` can't be suspended, since it has no ACPI; use `pc`
              |
            4 | name = "a"
              |        ^"#]],
        );
        check(
            "[[machine]]\nname = \"a\"\nrefuses = \"ENODEVICE\"\n",
            None,
            &expect![[r#"
            driver.toml:3:11: `ENODEVICE` is no error of the kernel's, such as `ENODEV`
              |
            3 | refuses = "ENODEVICE"
              |           ^"#]],
        );
        check(
            "[[machine]]\nname = \"hero\"\n[[test.step]]\nname = \"x\"\nrun = \"y\"\nmachines = [\"hreo\"]\n",
            None,
            &expect![[r#"
                driver.toml:4:8: there is no machine `hreo`; did you mean `hero`?
                  |
                4 | name = "x"
                  |        ^"#]],
        );
        check(
            "[hardware]\nacpi = [\"ec.dsl\"]\n",
            None,
            &expect![[r#"
            driver.toml:2:1: `ec.dsl` is not a file in ACPI's source language: its name ends with .asl
              |
            2 | acpi = ["ec.dsl"]
              | ^"#]],
        );
        check(
            "[hardware]\ntype = \"micro\"\nsmbios = { sys_vendor = \"V\" }\n",
            None,
            &expect![[r#"
            driver.toml:2:1: the machine `micro` has neither ACPI nor SMBIOS; use `pc`
              |
            2 | type = "micro"
              | ^"#]],
        );
        check(
            "[hardware]\nsmbios = { vendor = \"V\" }\n",
            None,
            &expect![[r#"
                driver.toml:2:12: there is no `vendor` here
                  |
                2 | smbios = { vendor = "V" }
                  |            ^
                help: what can stand here is `bios_vendor`, `bios_version`, `bios_date`, `sys_vendor`, `product_name`, `product_version`, `product_serial`, `product_sku`, `product_family`, `board_vendor`, `board_name`, `board_version`, `board_serial`, `board_asset_tag`, `chassis_vendor`, `chassis_version`, `chassis_serial`, `chassis_asset_tag`, `oem_strings`"#]],
        );
        check(
            "[hardware]\nsmbios = { sys_vendor = [\"V\", \"W\"] }\n",
            None,
            &expect![[r#"
            driver.toml:2:1: only `oem_strings` may be a list
              |
            2 | smbios = { sys_vendor = ["V", "W"] }
              | ^"#]],
        );
        check(
            "[hardware]\nsmbios = { sys_vendor = 3 }\n",
            None,
            &expect![[r#"
            driver.toml:2:25: invalid type: integer `3`, expected a text, or a list of them
              |
            2 | smbios = { sys_vendor = 3 }
              |                         ^"#]],
        );
        check(
            "[hardware]\nsmbios = { sys_vendor = \"a\\nb\" }\n",
            None,
            &expect![[r#"
            driver.toml:2:25: the firmware's texts can't contain control characters
              |
            2 | smbios = { sys_vendor = "a\nb" }
              |                         ^"#]],
        );
    }
}
