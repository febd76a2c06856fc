// SPDX-License-Identifier: MIT OR Apache-2.0
//! In which order the driver's modules and the kernel's own are loaded. Most of the kernel's are there before the driver. But one
//! of the driver's may replace one of the kernel's that others of the kernel's stand on, and on those another of the driver's: so
//! does a whole `drivers/scsi`, whose scsi_mod the kernel's libata needs, which libsas needs. What stands on the driver is loaded
//! and unloaded with it, as modprobe would.

use std::collections::BTreeSet;

use object::{Object as _, ObjectSymbol as _};

use crate::kbuild::Module;
use crate::kernel::{Needed, own_name};

/// The modules of a guest, in the order in which they can be loaded.
#[derive(Debug)]
pub(super) struct Order<'a> {
    /// What is there before the driver is.
    pub(super) before: Vec<Needed>,
    pub(super) driver: Vec<Member<'a>>,
}

/// One of the modules that the driver consists of, or that stands on those.
#[derive(Debug)]
pub(super) enum Member<'a> {
    Own(&'a Module),
    Kernels(Needed),
}

impl Member<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Own(module) => &module.name,
            Self::Kernels(needed) => &needed.name,
        }
    }

    pub(super) fn needs(&self) -> Vec<String> {
        match self {
            Self::Own(module) => module.info.depends().chain(module.info.soft_depends().map(own_name)).collect(),
            Self::Kernels(needed) => needed.needs.clone(),
        }
    }
}

/// Puts the driver's modules and those of the kernel's that they need, each of which are in an order of their own, in one order.
pub(super) fn order(own: &[Module], needed: Vec<Needed>) -> Order<'_> {
    let mut names: BTreeSet<String> = own.iter().map(|module| module.name.clone()).collect();
    let (mut before, mut on_driver) = (Vec::new(), Vec::new());
    for one in needed {
        if one.needs.iter().any(|name| names.contains(name)) {
            names.insert(one.name.clone());
            on_driver.push(Member::Kernels(one));
        } else {
            before.push(one);
        }
    }
    let members = on_driver.into_iter().chain(own.iter().map(Member::Own)).collect();
    Order { before, driver: in_order(members) }
}

/// A module that is loaded by the test.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) needs: Vec<String>,
    /// It can't be unloaded.
    pub(super) stays: bool,
}

/// Whether a module has an init function and no exit function, and so is made to stay (kernel/module/main.c, `delete_module`).
pub(super) fn is_for_ever(elf: &[u8]) -> bool {
    // What is no module the kernel refuses itself.
    let Ok(file) = object::File::parse(elf) else { return false };
    let has = |name: &str| file.symbols().any(|symbol| symbol.name() == Ok(name));
    has("init_module") && !has("cleanup_module")
}

/// The modules that are unloaded, of those that were loaded in this order: what stays keeps what it stands on.
pub(super) fn unloaded(loaded: &[Loaded]) -> Vec<String> {
    let mut staying: BTreeSet<&str> = BTreeSet::new();
    let mut unloaded = Vec::new();
    for Loaded { name, needs, stays } in loaded.iter().rev() {
        if *stays || staying.contains(name.as_str()) {
            staying.extend(needs.iter().map(String::as_str));
        } else {
            unloaded.push(name.clone());
        }
    }
    unloaded
}

fn in_order(mut left: Vec<Member<'_>>) -> Vec<Member<'_>> {
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let is_left = |name: &String| left.iter().any(|it| it.name() == name);
        let ready = left.iter().position(|it| !it.needs().iter().any(|name| name != it.name() && is_left(name)));
        // Modules that need each other can't be loaded at all; the kernel says so better than we could.
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::kbuild::ModInfo;

    fn parse(text: &str) -> Vec<(String, Vec<String>)> {
        let modules = text.split(", ").filter_map(|one| one.split_once(':'));
        modules.map(|(name, needs)| (name.to_owned(), needs.split_whitespace().map(str::to_owned).collect())).collect()
    }

    fn own(text: &str) -> Vec<Module> {
        let module = |(name, needs): (String, Vec<String>)| {
            let info = ModInfo::of_section(format!("name={name}\0depends={}\0", needs.join(",")).as_bytes());
            Module { name, path: PathBuf::new(), info }
        };
        parse(text).into_iter().map(module).collect()
    }

    /// Modules with what they need, `b: a c`, give the names before the driver, and of the driver and what stands on it.
    #[track_caller]
    fn check(driver: &str, kernels: &str, expected: &str) {
        let kernels = parse(kernels).into_iter().map(|(name, needs)| Needed { name, needs, elf: Vec::new() });
        let driver = own(driver);
        let Order { before, driver } = order(&driver, kernels.collect());
        let before: Vec<&str> = before.iter().map(|needed| needed.name.as_str()).collect();
        let driver: Vec<&str> = driver.iter().map(Member::name).collect();
        assert_eq!(format!("{} | {}", before.join(" "), driver.join(" ")), expected);
    }

    #[test]
    fn what_is_loaded_when() {
        check("a:, b: a", "", " | a b");
        check("a: x", "x: y, y:", "x y | a");
        check(
            "libsas: libata scsi_mod, scsi_mod: scsi_common",
            "scsi_common:, libata: scsi_mod",
            "scsi_common | scsi_mod libata libsas",
        );
        // Also through another, and what does not stand on the driver stays before it.
        check("low:, high: top other", "mid: low, top: mid, other:", "other | low mid top high");
        // A circle has no order, and is no reason never to end.
        check("a: b", "b: a", " | b a");
    }

    #[test]
    fn what_is_unloaded() {
        let check = |text: &str, stays: &str, expected: &str| {
            let loaded = parse(text).into_iter().map(|(name, needs)| Loaded { stays: name == stays, name, needs });
            assert_eq!(unloaded(&loaded.collect::<Vec<_>>()).join(" "), expected, "{text}");
        };
        check("a:, b: a, c: b, d: a", "", "d c b a");
        check("a:, b: a, c: b, d: a", "b", "d c");
        check("a:, b: a, c: b, d: a", "c", "d");
    }
}
