// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels that are on this machine: the one that is running, or a tree that somebody built. They are built against with
//! the host's own tools, since those made them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::tree::{HOST_ROOT, KernelTree, Tools};
use crate::toolchain;

/// Where the parts of a kernel may be; the first that is there is the one.
struct Places {
    kdir: Vec<PathBuf>,
    image: Vec<PathBuf>,
    modules: Vec<PathBuf>,
}

/// The tool root that guest programs are compiled in: any will do, so it is the one of the workbench's own kernel.
#[derive(Debug, Clone)]
pub struct GuestTools {
    pub root: PathBuf,
    pub compiler: String,
}

/// Whose compiler that is.
#[derive(Debug, Clone)]
pub enum GuestCompiler {
    /// One of a tool root, which is fetched if need be.
    Own(toolchain::Tools),
    /// The host's, because the person asked for the host's tools.
    Host,
}

impl GuestCompiler {
    pub fn find(&self) -> Result<GuestTools> {
        let (root, compiler) = match self {
            Self::Own(tools) => tools.guest_root()?,
            Self::Host => (PathBuf::from(HOST_ROOT), "gcc".to_owned()),
        };
        Ok(GuestTools { root, compiler })
    }
}

/// The running kernel.
pub fn host(guest: GuestTools) -> Result<KernelTree> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned();
    let modules = PathBuf::from("/lib/modules").join(&release);
    let places = Places {
        kdir: vec![modules.join("build")],
        image: vec![format!("/boot/vmlinuz-{release}").into(), modules.join("vmlinuz")],
        modules: vec![modules],
    };
    open("the running kernel", &places, Some(&release), guest)
}

/// A built tree, its `O=` folder, or unpacked headers.
pub fn tree(dir: &Path, guest: GuestTools) -> Result<KernelTree> {
    ensure!(dir.is_dir(), "there is no folder `{}` for a kernel", dir.display());
    let dir = fs::canonicalize(dir)?;
    let places = Places {
        image: ["arch/x86/boot/bzImage", "vmlinuz", "bzImage"].iter().map(|name| dir.join(name)).collect(),
        kdir: vec![dir.clone()],
        modules: vec![dir.clone()],
    };
    open(&format!("`{}`", dir.display()), &places, None, guest)
}

fn open(what: &str, places: &Places, release: Option<&str>, guest: GuestTools) -> Result<KernelTree> {
    let first = |places: &[PathBuf]| places.iter().find(|place| place.exists()).cloned();
    let Some(kdir) = first(&places.kdir) else {
        let place = places.kdir[0].display();
        bail!("{what} can't be built against: there is no `{place}`\nhelp: install the headers of the running kernel");
    };
    let parts = [
        ("Makefile", "it is not a kernel's tree: name one that is built, its O= folder, or unpacked headers"),
        ("include/config/auto.conf", "configure it: `make olddefconfig prepare`"),
        (UTS_RELEASE, "prepare it: `make modules_prepare`"),
        ("scripts/basic/fixdep", "prepare it: `make modules_prepare`"),
        ("scripts/mod/modpost", "prepare it: `make modules_prepare`"),
        ("Module.symvers", "build it: `make`, since without it no symbol is known to be exported"),
    ];
    let missing: Vec<String> = parts
        .iter()
        .filter(|(part, _)| !kdir.join(part).exists())
        .map(|(part, remedy)| format!("there is no `{}`; {remedy}", kdir.join(part).display()))
        .collect();
    if !missing.is_empty() {
        bail!("{what} can't be built against:\n{}", missing.join("\n"));
    }
    let built_as = uts_release(&fs::read_to_string(kdir.join(UTS_RELEASE))?)?;
    if let Some(release) = release
        && release != built_as
    {
        bail!(
            "{what} is {release}, but its headers are of {built_as}\nhelp: install the headers of the running kernel"
        );
    }
    Ok(KernelTree {
        release: built_as,
        origin: what.to_owned(),
        modules: first(&places.modules).unwrap_or_else(|| kdir.clone()),
        config: kdir.join(".config"),
        image: first(&places.image),
        bz_image: first(&places.image),
        tools: Tools::Host,
        compiler: guest.compiler,
        root: guest.root,
        dir: kdir.clone(),
        kdir,
    })
}

/// Has what `uname -r` will say and modules' vermagic has: `include/config/kernel.release` is another thing in Debian's headers.
const UTS_RELEASE: &str = "include/generated/utsrelease.h";

fn uts_release(header: &str) -> Result<String> {
    let value = header.lines().find_map(|line| line.strip_prefix("#define UTS_RELEASE \"")?.strip_suffix('"'));
    value.map(str::to_owned).with_context(|| format!("`{UTS_RELEASE}` does not name a release"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(files: &[&str], expected: &Expect) {
        let dir = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "#define UTS_RELEASE \"6.1.99-mine\"\n").expect("written");
        }
        let guest = GuestTools { root: PathBuf::from("/root"), compiler: "gcc-12".to_owned() };
        let said = match tree(dir.path(), guest) {
            Ok(tree) => format!("{} {:?}", tree.release, tree.image.map(|it| it.file_name().map(ToOwned::to_owned))),
            Err(err) => format!("{err:#}"),
        };
        let real = fs::canonicalize(dir.path()).expect("a folder");
        expected.assert_eq(&said.replace(&real.display().to_string(), "TREE"));
    }

    #[test]
    fn trees() {
        check(
            &[],
            &expect![[r#"
                `TREE` can't be built against:
                there is no `TREE/Makefile`; it is not a kernel's tree: name one that is built, its O= folder, or unpacked headers
                there is no `TREE/include/config/auto.conf`; configure it: `make olddefconfig prepare`
                there is no `TREE/include/generated/utsrelease.h`; prepare it: `make modules_prepare`
                there is no `TREE/scripts/basic/fixdep`; prepare it: `make modules_prepare`
                there is no `TREE/scripts/mod/modpost`; prepare it: `make modules_prepare`
                there is no `TREE/Module.symvers`; build it: `make`, since without it no symbol is known to be exported"#]],
        );
        check(
            &["Makefile", "include/config/auto.conf"],
            &expect![[r#"
                `TREE` can't be built against:
                there is no `TREE/include/generated/utsrelease.h`; prepare it: `make modules_prepare`
                there is no `TREE/scripts/basic/fixdep`; prepare it: `make modules_prepare`
                there is no `TREE/scripts/mod/modpost`; prepare it: `make modules_prepare`
                there is no `TREE/Module.symvers`; build it: `make`, since without it no symbol is known to be exported"#]],
        );
        let prepared = [
            "Makefile",
            "include/config/auto.conf",
            "include/generated/utsrelease.h",
            "scripts/basic/fixdep",
            "scripts/mod/modpost",
        ];
        check(
            &prepared,
            &expect![[r#"
            `TREE` can't be built against:
            there is no `TREE/Module.symvers`; build it: `make`, since without it no symbol is known to be exported"#]],
        );
        let headers = [&prepared[..], &["Module.symvers"]].concat();
        check(&headers, &expect!["6.1.99-mine None"]);
        check(&[&headers[..], &["arch/x86/boot/bzImage"]].concat(), &expect![[r#"6.1.99-mine Some(Some("bzImage"))"#]]);
    }
}
