// SPDX-License-Identifier: MIT OR Apache-2.0
//! package.nix: the derivation of a driver for one kernel, as nixpkgs has them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::make::{Make, Piece, Word, nix};
use super::{Limit, Package};
use crate::package::nix::{Nix, Part, Set};

/// At the top of each file.
pub(super) const COMMENTS: &[&str] = &[
    "SPDX-License-Identifier: MIT OR Apache-2.0",
    "Written by `cargo xtask package`; it does not overwrite what you change here.",
];

impl Package {
    /// The text of package.nix.
    ///
    /// # Errors
    /// A file of the driver's has a name that is no UTF-8.
    pub fn derivation(&self) -> Result<String> {
        let mut arguments = vec!["lib"];
        let make_derivation = if self.is_rust { "kernel.stdenv.mkDerivation" } else { "stdenv.mkDerivation" };
        arguments.extend((!self.is_rust).then_some("stdenv"));
        arguments.extend(self.source.argument());
        arguments.extend(["kernel", "kernelModuleMakeFlags"]);
        let body = self.body()?;
        let argument = if self.source.folder().is_some() { Nix::lambda("finalAttrs", &body) } else { body };
        Nix::function(&arguments, &Nix::call(&Nix::code(make_derivation), [argument])).file(COMMENTS)
    }

    fn body(&self) -> Result<Nix> {
        let version =
            Nix::template(&[Part::Text(&self.version), Part::Text("-"), Part::Value(&Nix::code("kernel.version"))]);
        let source_root = self.source.folder().map(|folder| {
            let folder = format!("/{folder}");
            Nix::template(&[Part::Value(&Nix::code("finalAttrs.src.name")), Part::Text(&folder)])
        });
        let set = Set::new()
            .with("pname", Nix::string(&self.name))
            .with("version", version)
            .gap()
            .with("src", self.source.nix()?)
            .maybe("sourceRoot", source_root)
            .gap()
            .with("nativeBuildInputs", Nix::code("kernel.moduleBuildDependencies"))
            .maybe("enableParallelBuilding", self.is_large.then(|| Nix::bool(true)))
            .gap();
        let set = self.making(set);
        let set = set.maybe("postInstall", self.post_install()?).gap();
        Ok(set
            .comment("Debug information would keep the kernel's headers alive, and its whole build.")
            .with("disallowedReferences", Nix::list([Nix::code("kernel.dev")]))
            .gap()
            .comment("Says what it is built for; the NixOS module compares it with the kernel that is booted.")
            .with("passthru", Nix::code("{ inherit kernel; }"))
            .gap()
            .with("meta", self.meta())
            .into())
    }

    fn making(&self, set: Set) -> Set {
        let Make { folders, words, before } = &self.make;
        let headers = [Piece::Kdir];
        let named =
            [Part::Text("KCPPFLAGS=-fmacro-prefix-map="), Part::Value(&Nix::code("kernel.dev")), Part::Text("/=")];
        let flags = [Nix::string("-C"), nix(&headers, false), Nix::template(&named)].into_iter();
        let flags = flags.chain(words.iter().filter(|word| !word.is_for_shell()).map(|word| nix(&word.0, false)));
        let flags = Nix::joined("++", [Nix::code("kernelModuleMakeFlags"), Nix::list(flags)]);
        let install = [
            Nix::template(&[Part::Text("INSTALL_MOD_PATH="), Part::Value(&Nix::code("placeholder \"out\""))]),
            Nix::string("INSTALL_MOD_STRIP=1"),
        ];
        // Kbuild cuts only the module's own folder off (Makefile, `srcroot`), where until 6.12 it cut off the kernel's.
        let set = set.comment("Since Linux 6.13 warnings in the kernel's headers name these by their whole path.");
        let set = set.with("makeFlags", flags).gap();
        let pre_build = self.pre_build();
        let set = match &before[..] {
            [script, ..] => set.with("postPatch", executable(script)),
            [] => set,
        };
        let set = set.maybe("preBuild", (!pre_build.is_empty()).then(|| nix(&pre_build, true))).gap();
        let (targets, install) = (Nix::strings(["modules_install"]), Nix::list(install));
        if folders.len() == 1 {
            return set
                .with("buildFlags", Nix::strings(["modules"]))
                .gap()
                .with("installFlags", install)
                .with("installTargets", targets);
        }
        set.with("installFlags", install)
            .gap()
            .with("buildPhase", each("Build", folders, " \"-j$NIX_BUILD_CORES\"", "modules"))
            .with("installPhase", each("Install", folders, " $installFlags", "modules_install"))
    }

    /// What runs before make: the check of the kernel's options, and what make can only be told there.
    fn pre_build(&self) -> Vec<Piece> {
        let Make { folders, words, before } = &self.make;
        let mut script = Vec::new();
        let text = |text: &str| Piece::Text(text.to_owned());
        if !self.needs.is_empty() {
            script.push(Piece::Text(format!(
                "for option in {}; do\n  if ! grep -q \"^$option=[ym]$\" ",
                self.needs.join(" ")
            )));
            script.push(Piece::Kdir);
            script.push(Piece::Text(format!(
                "/.config; then\n    echo \"error: {} needs a kernel with $option, and ",
                self.name
            )));
            script.push(Piece::Release);
            script.push(text(
                " has it not\" >&2\n    \
                 echo \"help: boot.kernelPatches can switch it on, with structuredExtraConfig\" >&2\n    \
                 exit 1\n  fi\ndone\n",
            ));
        }
        if !before.is_empty() {
            script.push(text("./"));
            for word in before {
                script.extend(word.shell());
                script.push(text(" "));
            }
            script.pop();
            script.push(text("\n"));
        }
        // The shell knows where the sources are; make's own $(PWD) is another in each make that it starts.
        let mut array: Vec<Word> = Vec::new();
        if let [folder] = &folders[..] {
            let below = if folder.is_empty() { String::new() } else { format!("/{folder}") };
            array.push(Word(vec![text("M="), Piece::Folder, Piece::Text(below)]));
        }
        array.extend(words.iter().filter(|word| word.is_for_shell()).cloned());
        if !array.is_empty() {
            script.push(text("makeFlagsArray+=("));
            for word in &array {
                script.extend(word.shell());
                script.push(text(" "));
            }
            script.pop();
            script.push(text(")\n"));
        }
        script
    }

    fn post_install(&self) -> Result<Option<Nix>> {
        let mut script = String::new();
        let place =
            |path: &Path| path.to_str().map(quoted).with_context(|| format!("`{}` is no UTF-8", path.display()));
        for rules in &self.brings.rules {
            script.extend(["install -Dm444 -t \"$out/lib/udev/rules.d\" ", &place(rules)?, "\n"]);
        }
        for unit in &self.brings.units {
            script.extend(["install -Dm444 -t \"$out/lib/systemd/system\" ", &place(&unit.path)?, "\n"]);
        }
        for file in &self.brings.firmware {
            let below: PathBuf = file.components().skip(1).collect();
            let below = place(&below)?;
            script.extend(["install -Dm444 ", &place(file)?, " \"$out/lib/firmware\"/", &below, "\n"]);
        }
        Ok((!script.is_empty()).then(|| Nix::lines(&[Part::Text(&script)])))
    }

    fn meta(&self) -> Nix {
        let licences: Vec<Nix> = self.licences.iter().map(|name| licence(name)).collect();
        let licence = match &licences[..] {
            [one] => one.clone(),
            _ => Nix::list(licences),
        };
        let platforms = match &self.platforms[..] {
            [] => Nix::code("lib.platforms.linux"),
            some => Nix::strings(some),
        };
        Set::new()
            .with("description", Nix::string(&self.description))
            .maybe("homepage", self.homepage.as_deref().map(Nix::string))
            .with("license", licence)
            .with("maintainers", Nix::list([]))
            .with("platforms", platforms)
            .maybe("broken", self.broken())
            .into()
    }

    pub(super) fn broken(&self) -> Option<Nix> {
        let mut reasons: Vec<(Nix, Vec<Nix>)> = Vec::new();
        if self.is_rust {
            reasons.push((Nix::code("!(kernel.withRust or false)"), Vec::new()));
            reasons.push((Nix::code("kernel.kernelOlder"), vec![Nix::string("6.17")]));
        }
        reasons.extend(self.limits.iter().map(|limit| match limit {
            Limit::Older(version) => (Nix::code("kernel.kernelOlder"), vec![Nix::string(version)]),
            Limit::AtLeast(version) => (Nix::code("kernel.kernelAtLeast"), vec![Nix::string(version)]),
            Limit::After(version) => {
                (Nix::code("lib.versionOlder"), vec![Nix::string(version), Nix::code("kernel.version")])
            }
        }));
        (!reasons.is_empty()).then(|| Nix::joined_calls("||", reasons))
    }
}

/// A phase that calls make in each of several folders.
fn each(phase: &str, folders: &[String], more: &str, target: &str) -> Nix {
    let folders: Vec<String> = folders.iter().map(|folder| quoted(folder)).collect();
    let script = format!(
        "runHook pre{phase}\n\
         for folder in {}; do\n  \
         make $makeFlags \"${{makeFlagsArray[@]}}\"{more} \"M=$PWD/$folder\" {target}\n\
         done\n\
         runHook post{phase}\n",
        folders.join(" ")
    );
    Nix::lines(&[Part::Text(&script)])
}

/// A script of the driver's can be run, by an interpreter that is there.
fn executable(script: &Word) -> Nix {
    let mut pieces = Vec::new();
    for command in ["chmod +x ", "patchShebangs "] {
        pieces.push(Piece::Text(command.to_owned()));
        pieces.extend(script.shell());
        pieces.push(Piece::Text("\n".to_owned()));
    }
    nix(&pieces, true)
}

fn licence(name: &str) -> Nix {
    Nix::select(&Nix::code("lib.licenses"), name)
}

fn quoted(text: &str) -> String {
    let word = Word(vec![Piece::Text(text.to_owned())]);
    word.shell().iter().map(|piece| if let Piece::Text(text) = piece { text.as_str() } else { "" }).collect()
}
