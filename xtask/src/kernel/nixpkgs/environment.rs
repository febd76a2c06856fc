// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file that says all about a kernel of Nix's: `environment` of nix/environment.nix. It names a kernel by itself, where
//! there is no Nix to ask.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::Deserialize;

use crate::cache::Cache;
use crate::fetch::sha256;
use crate::kernel::image::unpack_vmlinux;
use crate::kernel::local::GuestTools;
use crate::kernel::tree::{KernelTree, Toolchain, Tools};

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Environment {
    pub(super) attr: String,
    pub(super) version: String,
    pub(super) release: String,
    pub(super) kdir: PathBuf,
    pub(super) image: PathBuf,
    pub(super) modules: PathBuf,
    pub(super) make_flags: Vec<String>,
    pub(super) path: Vec<PathBuf>,
}

impl Environment {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)?;
        serde_json::from_str(&text).with_context(|| format!("failed to understand `{}`", file.display()))
    }

    pub(super) fn tree(&self, guest: GuestTools, cache: &Cache) -> Result<KernelTree> {
        let Self { attr, version, release, kdir, image, modules, make_flags, path } = self;
        let tree = KernelTree {
            release: release.clone(),
            origin: format!("nixpkgs {attr} {version}"),
            image: Some(image.clone()),
            bz_image: Some(image.clone()),
            modules: modules.clone(),
            config: kdir.join(".config"),
            tools: Tools::Nix(Toolchain { path: path.clone(), make_flags: make_flags.clone() }),
            compiler: guest.compiler,
            root: guest.root,
            dir: kdir.clone(),
            kdir: kdir.clone(),
        };
        let tree = tree.complete()?;
        Ok(KernelTree { image: Some(bootable(image, cache)?), ..tree })
    }
}

/// The kernel that such a file describes.
pub(crate) fn described_by(file: &Path, guest: GuestTools, cache: &Cache) -> Result<KernelTree> {
    let environment = Environment::read(file)
        .context("a kernel is named by a built tree, or by a file that nix/kernels.nix makes as `environment`")?;
    environment.tree(guest, cache)
}

/// The vmlinux of a bzImage, in the cache; or the bzImage, if it is compressed in an unknown way.
fn bootable(image: &Path, cache: &Cache) -> Result<PathBuf> {
    let content = fs::read(image)?;
    let dir = cache.entry("images", &sha256(&content)[..12], |dir| {
        if let Ok(vmlinux) = unpack_vmlinux(&content) {
            fs::write(dir.join("vmlinux"), vmlinux)?;
        }
        Ok(())
    })?;
    Ok(Some(dir.join("vmlinux")).filter(|path| path.exists()).unwrap_or_else(|| image.to_owned()))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &Expect) {
        let said = match serde_json::from_str::<Environment>(json) {
            Ok(it) => format!("{} {} {} {:?} {:?}", it.attr, it.release, it.kdir.display(), it.make_flags, it.path),
            Err(err) => err.to_string(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn environments() {
        let good = r#"{"attr": "linux_zen", "version": "7.1.2", "release": "7.1.2-zen1", "kdir": "/nix/store/a/build",
            "image": "/nix/store/b/bzImage", "modules": "/nix/store/c", "make-flags": ["CC=/nix/store/d/bin/gcc", "ARCH=x86_64"],
            "path": ["/nix/store/d/bin"]}"#;
        check(
            good,
            &expect![[
                r#"linux_zen 7.1.2-zen1 /nix/store/a/build ["CC=/nix/store/d/bin/gcc", "ARCH=x86_64"] ["/nix/store/d/bin"]"#
            ]],
        );
        check("{}", &expect!["missing field `attr` at line 1 column 2"]);
    }

    /// What a file says as the name of a kernel whose image no kernel can be unpacked from.
    #[track_caller]
    fn check_named(text: &str, parts: &[&str], expected: &Expect) {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(dir.path().join("cache"), crate::report::Events::new(std::sync::mpsc::channel().0));
        for part in parts {
            let path = dir.path().join(part);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "").expect("written");
        }
        let file = dir.path().join("environment");
        let top = dir.path().display().to_string();
        fs::write(&file, text.replace("TOP", &top)).expect("written");
        let guest = GuestTools { root: crate::kernel::HOST_ROOT.into(), compiler: "gcc".to_owned() };
        let said = match described_by(&file, guest, &cache.expect("a cache")) {
            Ok(tree) => format!("{} of {}, {:?}", tree.release, tree.origin, tree.image),
            Err(err) => format!("{err:#}"),
        };
        expected.assert_eq(&said.replace(&top, "TOP"));
    }

    #[test]
    fn a_kernel_by_its_file() {
        let text = r#"{"attr": "linux_6_6", "version": "6.6.1", "release": "6.6.1", "kdir": "TOP/build", "image": "TOP/bzImage",
            "modules": "TOP", "make-flags": [], "path": []}"#;
        let parts = ["build/Makefile", "build/include/config/auto.conf", "build/scripts/basic/fixdep", "build/.config"];
        let whole = [&parts[..], &["bzImage"]].concat();
        check_named(text, &whole, &expect![[r#"6.6.1 of nixpkgs linux_6_6 6.6.1, Some("TOP/bzImage")"#]]);
        check_named(text, &parts, &expect!["the kernel 6.6.1 has not an image to boot: there is no `TOP/bzImage`"]);
        check_named(
            "no JSON",
            &[],
            &expect![
                "a kernel is named by a built tree, or by a file that nix/kernels.nix makes as `environment`: failed to understand `TOP/environment`: expected ident at line 1 column 2"
            ],
        );
    }
}
