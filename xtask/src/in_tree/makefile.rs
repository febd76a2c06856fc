// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tree's own makefiles say, as far as it can be read without make; and the small makefiles that lead make through the
//! tree to one place. Those read the tree's own, so that all flags that stand on the way hold, and then leave out what was not
//! asked for (<https://docs.kernel.org/kbuild/makefiles.html>).

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::kernel::own_name;

/// The name that Kbuild looks for first, and the one that the tree's own file of that name has beside ours.
pub(super) const KBUILD: &str = "Kbuild";
pub(super) const MOVED: &str = "Kbuild.tree";

/// What Kbuild makes that is no module.
const OTHERS: &str = "obj-y :=\nlib-y :=\nlib-m :=\nsubdir-y :=\nsubdir-m :=\nalways-y :=\nalways-m :=\nextra-y :=\n\
     extra-m :=\nhostprogs :=\nuserprogs :=\ntargets :=\n";

/// A makefile that leads into one subfolder; `own` is the tree's, if the folder has one.
pub(super) fn way_into(subfolder: &str, own: Option<&str>) -> String {
    format!("{}{OTHERS}obj-m := {subfolder}/\n", include(own))
}

/// A makefile for one module of a folder, named by itself or by one of its sources.
pub(super) fn only(module: &str, own: Option<&str>) -> String {
    // The kernel takes `-` and `_` in a module's name for the same, and so does modprobe.
    let plain = own_name(module);
    format!(
        "{include}obj-y :=\nlib-y :=\nsubdir-y :=\nsubdir-m :=\n\
         obj-m := $(foreach m,$(filter %.o,$(obj-m)),\
         $(if $(filter {plain}.o,$(subst -,_,$(m) $($(m:.o=-y)) $($(m:.o=-objs)) $($(m:.o=-m)))),$(m)))\n",
        include = include(own)
    )
}

fn include(own: Option<&str>) -> String {
    own.map(|own| format!("include $(src)/{own}\n")).unwrap_or_default()
}

/// A line that makes objects, by an option of the kernel's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// With `CONFIG_`.
    pub(super) option: String,
    /// `dummy.o`, `mlx5/`.
    pub(super) objects: Vec<String>,
}

/// The modules that a makefile has, each with its option.
pub(super) fn rules(text: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for line in logical_lines(text) {
        let Some((left, right)) = line.split_once('=') else { continue };
        let left = left.trim_end_matches(['+', ':', '?']).trim();
        let Some(option) = left.strip_prefix("obj-$(").and_then(|rest| rest.strip_suffix(')')) else { continue };
        if option.starts_with("CONFIG_") {
            let objects = right.split_whitespace().map(str::to_owned).collect();
            rules.push(Rule { option: option.to_owned(), objects });
        }
    }
    rules
}

/// The folders that a makefile read in `folder` names, and whose files it may build: others (`../misc/a.o`), and those below, into
/// which make does not go by itself (`lib/aso.o`).
pub(super) fn reaches(text: &str, folder: &Path) -> BTreeSet<PathBuf> {
    let lines = logical_lines(text);
    let objects = lines.iter().flat_map(|line| line.split_whitespace()).filter(|word| word.ends_with(".o"));
    let below = objects.filter(|object| !object.contains("..") && !object.contains('$')).map(|it| folder.join(it));
    let below = below.filter_map(|object| object.parent().map(Path::to_owned)).filter(|dir| dir != folder);
    let mut found: BTreeSet<PathBuf> = below.collect();
    for line in &lines {
        for word in line.split(|c: char| c.is_whitespace() || "=,".contains(c)) {
            let Some(path) = climbing(word, folder) else { continue };
            let is_file = path.extension().is_some();
            let path = if is_file { path.parent().map(Path::to_owned).unwrap_or_default() } else { path };
            let depth = path.components().count();
            // What is near the top would be half of the tree; `..` of `drivers/gpu/drm/amd/amdgpu` is not.
            let is_small = if folder.starts_with(&path) { depth > 3 && folder != path } else { depth > 1 };
            if is_small {
                found.insert(path);
            }
        }
    }
    found
}

/// The makefiles of the tree that a makefile includes from its top on: `include $(srctree)/virt/kvm/Makefile.kvm`.
pub(super) fn included(text: &str) -> Vec<PathBuf> {
    let lines = logical_lines(text);
    let included = lines.iter().filter_map(|line| line.trim_start_matches('-').strip_prefix("include "));
    let words = included.flat_map(str::split_whitespace);
    words
        .filter_map(|word| word.strip_prefix("$(srctree)/"))
        .filter(|path| !path.contains('$'))
        .map(PathBuf::from)
        .collect()
}

/// Where a word with `..` in it leads, from the top of the tree.
fn climbing(word: &str, folder: &Path) -> Option<PathBuf> {
    let word = word.trim_start_matches("-I").trim_end_matches(')');
    let word = ["$(srctree)/$(src)/", "$(srctree)/$(obj)/", "$(src)/", "$(obj)/"]
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix))
        .unwrap_or(word);
    if !word.starts_with("..") {
        return None;
    }
    let mut path = folder.to_owned();
    for part in Path::new(word).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            // What a variable says is not known.
            Component::Normal(name) if name.to_string_lossy().contains(['$', '%', '(']) => break,
            Component::Normal(name) => path.push(name),
            _ => (),
        }
    }
    Some(path)
}

/// Lines without comments, those that go on put together.
fn logical_lines(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    joined.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rules_say() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let found = rules(text);
            let found: Vec<(String, String)> =
                found.into_iter().map(|rule| (rule.option, rule.objects.join(" "))).collect();
            let expected: Vec<(String, String)> =
                expected.iter().map(|(option, objects)| ((*option).to_owned(), (*objects).to_owned())).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("obj-$(CONFIG_DUMMY) += dummy.o", &[("CONFIG_DUMMY", "dummy.o")]);
        check("obj-$(CONFIG_A)\t:= a.o \\\n\tb/ # more\n", &[("CONFIG_A", "a.o b/")]);
        check("obj-y += a.o\nobj-$(subst m,y,$(CONFIG_A)) += b.o\n# obj-$(CONFIG_C) += c.o\n", &[]);
        check("mlx5_core-$(CONFIG_MLX5_EN) += en.o\nccflags-y := -DX=1\n", &[]);
    }

    #[test]
    fn where_makefiles_reach() {
        let check = |text: &str, folder: &str, expected: &[&str]| {
            let found = reaches(text, Path::new(folder));
            let expected: BTreeSet<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("ccflags-y := -I$(src)\nobj-m += a.o", "drivers/net/a", &[]);
        check("FULL_AMD_PATH=$(srctree)/$(src)/..", "drivers/gpu/drm/amd/amdgpu", &["drivers/gpu/drm/amd"]);
        check("KVM := ../../../virt/kvm", "arch/x86/kvm", &["virt/kvm"]);
        check("a-y += ../b/c.o", "sound/soc/a", &["sound/soc/b"]);
        check("ccflags-y += -I $(srctree)/$(src)/../$(X)", "drivers/net/a", &[]);
        check("ccflags-y += -I$(src)/../../../include", "drivers/net/a", &[]);
        check("usbcore-y += hub.o ../misc/pdevs.o", "drivers/usb/core", &["drivers/usb/misc"]);
        check("a-y := a.o lib/aso.o \\\n\tlib/geneve.o $(B)/b.o", "drivers/net/a", &["drivers/net/a/lib"]);
    }

    #[test]
    fn what_makefiles_include() {
        let check = |text: &str, expected: &[&str]| {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(included(text), expected, "{text}");
        };
        check("include $(srctree)/virt/kvm/Makefile.kvm\nkvm-y += x86.o", &["virt/kvm/Makefile.kvm"]);
        check("  -include $(srctree)/a/Makefile # b\n", &["a/Makefile"]);
        check("include $(src)/gvt/Makefile\ninclude $(srctree)/$(A)/Makefile\nccflags-y := -include b.h", &[]);
    }
}
