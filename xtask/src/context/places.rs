// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the workbench's own files are, such as the sources of the guest's init, and where the person's are: one folder in a
//! checkout, two for a program that was installed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

/// The environment variable that says where the workbench's own files are.
const ROOT_VARIABLE: &str = "WORKBENCH_ROOT";

/// An installed program has this beside it, and one in a checkout has not.
const LANDMARK: &str = "qemu/init";

/// Where an installed program has them, seen from its own folder.
const SHARE: &str = "../share/module-workbench";

/// What the answers hang on.
struct Asked {
    /// `$WORKBENCH_ROOT`
    root: Option<OsString>,
    /// The package's folder, as cargo says it now, should the workspace have been moved.
    package: Option<OsString>,
    /// The folder of the running program.
    program: Option<PathBuf>,
    here: PathBuf,
    /// The package's folder when it was compiled.
    compiled: PathBuf,
}

/// Both places.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The workbench's own files.
    pub(super) own: PathBuf,
    /// The person's: workbench.toml, kernels.lock, drivers by their names.
    pub(super) workspace: PathBuf,
}

impl Places {
    pub(super) fn find() -> Result<Self> {
        let program = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned()));
        Self::of(&Asked {
            root: std::env::var_os(ROOT_VARIABLE).filter(|value| !value.is_empty()),
            package: std::env::var_os("CARGO_MANIFEST_DIR"),
            program,
            here: std::env::current_dir().context("the current folder is gone")?,
            compiled: env!("CARGO_MANIFEST_DIR").into(),
        })
    }

    fn of(asked: &Asked) -> Result<Self> {
        let parent = |package: &Path| package.parent().map(Path::to_owned).context("the package lies in a workspace");
        let checkout = asked.package.as_ref().map(|package| parent(Path::new(package))).transpose()?;
        let installed = asked.program.as_ref().map(|dir| dir.join(SHARE)).filter(|dir| dir.join(LANDMARK).is_dir());
        let has_checkout = checkout.is_some() || (asked.root.is_none() && installed.is_none());
        let compiled = || parent(&asked.compiled);
        let workspace = match checkout.clone() {
            Some(checkout) => checkout,
            None if has_checkout => compiled()?,
            None => nearest(&asked.here),
        };
        let own = match asked.root.as_ref().map(PathBuf::from).or(checkout).or(installed) {
            Some(own) => own,
            None => compiled()?,
        };
        Ok(Self { own, workspace: fs::canonicalize(workspace)? })
    }
}

/// One of the workbench's own files.
pub(super) fn own_file(own: &Path, name: &str) -> Result<PathBuf> {
    let path = own.join(name);
    ensure!(
        path.exists(),
        "the workbench's own files are not there: no `{}`\n\
         help: set {ROOT_VARIABLE} to a folder that has them, such as a checkout of the workbench",
        path.display()
    );
    Ok(path)
}

/// The nearest folder with a workbench.toml, from here upwards; else here.
fn nearest(here: &Path) -> PathBuf {
    let found = here.ancestors().find(|dir| dir.join("workbench.toml").is_file());
    found.unwrap_or(here).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which folders a program takes, in a folder with `person/deep`, a checkout, an installed program, and a stray one.
    #[track_caller]
    fn check(root: Option<&str>, package: Option<&str>, program: &str, expected: [&str; 2]) {
        let top = tempfile::tempdir().expect("a folder");
        let top = fs::canonicalize(top.path()).expect("a folder");
        let folders = ["person/deep", "stray", "checkout/qemu/init", "checkout/xtask", "store/bin"];
        for dir in folders.iter().chain(&["store/share/module-workbench/qemu/init"]) {
            fs::create_dir_all(top.join(dir)).expect("made");
        }
        fs::write(top.join("person/workbench.toml"), "").expect("written");
        let found = Places::of(&Asked {
            root: root.map(|dir| top.join(dir).into_os_string()),
            package: package.map(|dir| top.join(dir).into_os_string()),
            program: Some(top.join(program)),
            here: top.join("person/deep"),
            compiled: top.join("checkout/xtask"),
        });
        let Places { own, workspace } = found.expect("found");
        let short = |dir: PathBuf| fs::canonicalize(dir).expect("there").strip_prefix(&top).expect("below").to_owned();
        assert_eq!([short(own), short(workspace)], expected.map(PathBuf::from));
    }

    #[test]
    fn whose_files() {
        let share = "store/share/module-workbench";
        check(None, Some("checkout/xtask"), "checkout/target/debug", ["checkout", "checkout"]);
        // A program that was built in a checkout, and is started by its path.
        check(None, None, "checkout/target/debug", ["checkout", "checkout"]);
        check(None, None, "store/bin", [share, "person"]);
        check(Some(share), None, "stray", [share, "person"]);
        check(Some(share), Some("checkout/xtask"), "stray", [share, "checkout"]);
        check(Some("stray"), None, "store/bin", ["stray", "person"]);
    }

    #[test]
    fn what_is_not_there() {
        let top = tempfile::tempdir().expect("a folder");
        let said = own_file(top.path(), "qemu/init").expect_err("nothing is there").to_string();
        assert_eq!(
            said.replace(&top.path().display().to_string(), "TOP"),
            "the workbench's own files are not there: no `TOP/qemu/init`\n\
             help: set WORKBENCH_ROOT to a folder that has them, such as a checkout of the workbench"
        );
    }
}
