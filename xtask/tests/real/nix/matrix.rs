// SPDX-License-Identifier: MIT OR Apache-2.0
//! nix/matrix.nix: cells that can't be say why, boot checks boot in Nix's sandbox and fail with a reason, and a matrix is built
//! by several machines.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use xtask::cmd::{Cmd, How};

use super::{Nix, Nixpkgs, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("matrix-cells", cells),
        shared.trial("matrix-by-two-machines", by_two_machines),
        shared.trial("matrix-faults", faults),
    ]
}

/// The matrix of these drivers, a set of Nix's from names to folders, on these kernels.
pub(super) fn matrix(drivers: &str, kernels: &str, more: &str) -> String {
    format!(
        "(import (root + \"/tests/nix/matrix.nix\") rec {{
           program = /. + \"{}\";
           drivers = {drivers};
           kernels = {kernels};
           packageOf = name: import (root + \"/tests/nix/module.nix\") {{ folder = drivers.${{name}}; inherit name; }};
           {more}
         }})",
        env!("CARGO_BIN_EXE_xtask")
    )
}

/// No cell is missing; those that can't be have their reasons, and the others what nix-eval-jobs would say of them.
fn cells(nix: &Nix) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, manifest) in [
        ("early", "kernels = \">=6.1, <6.12\""),
        ("needy", "needs = [\"CONFIG_MODULES\", \"CONFIG_NO_SUCH_THING\"]"),
        ("plain", ""),
    ] {
        let dir = folder.path().join(name);
        std::fs::create_dir(&dir)?;
        std::fs::write(dir.join("driver.toml"), manifest)?;
        std::fs::write(dir.join("Kbuild"), "obj-m := it.o\n")?;
    }
    let drivers = format!("import (root + \"/nix/drivers.nix\") (/. + \"{}\")", folder.path().display());
    let matrix = matrix(&drivers, "[ \"4_4\" \"6_1\" \"6_12\" ]", "");
    let found = nix.eval(Nixpkgs::StandIn, &format!("{matrix}.cells"))?;
    let cells = found.as_array().context("they are a list")?;
    ensure!(cells.len() == 3 * 3 * 3, "{} cells", cells.len());
    let late = "it is for kernels <6.12";
    let lacks = "it needs CONFIG_NO_SUCH_THING, which this kernel has not";
    let gone = "nixpkgs has no kernel linux_4_4, or none that evaluates";
    for cell in cells {
        let text = |key: &str| cell[key].as_str().unwrap_or_default();
        let part = |at: usize| cell["attrPath"][at].as_str().unwrap_or_default();
        let reason = match (part(1), part(2)) {
            ("linux_4_4", _) => Some(gone),
            ("linux_6_12", "early") => Some(late),
            (_, "needy") => Some(lacks),
            _ => None,
        };
        let is_right = match reason {
            Some(reason) => {
                let error = format!("{} is marked as broken: {reason}", text("attr"));
                cell["broken"] == json!(true) && text("error") == error && cell["drvPath"] == Value::Null
            }
            None => {
                let name = format!("{}.drv", text("name"));
                cell["broken"] == json!(false)
                    && text("drvPath").ends_with(&name)
                    && text("system") == "x86_64-linux"
                    && cell["outputs"]["out"].is_string()
                    && text("attr") == ["x86_64", part(1), part(2), part(3)].join(".")
            }
        };
        ensure!(is_right, "{cell:#}");
    }
    // What nix-build, Hydra and flakes are given has the rest.
    let names = nix.eval(Nixpkgs::StandIn, &format!("builtins.attrNames {matrix}.checks"))?;
    let checks = ["early-6_1", "plain-6_1", "plain-6_12"];
    let checks: Vec<String> =
        checks.iter().flat_map(|name| ["boot", "modinfo", "module"].map(|check| format!("{name}-{check}"))).collect();
    ensure!(names == json!(checks), "{names}");
    let left = nix.eval(Nixpkgs::StandIn, &format!("builtins.attrNames {matrix}.supported.x86_64.linux_6_12.needy"))?;
    ensure!(left == json!(["recurseForDerivations"]), "{left}");
    Ok(())
}

/// foobar on two kernels, built by two machines, each of which has a feature that one kernel's boot check asks for.
fn by_two_machines(nix: &Nix) -> Result<()> {
    let machines = Machines::new(nix)?;
    let foobar = "{ foobar = root + \"/driver\"; }";
    let cells: Vec<String> = [("one", "6_1"), ("two", "6_12")]
        .iter()
        .map(|(feature, kernel)| {
            let feature = format!("boot.requiredSystemFeatures = [ \"{feature}\" ];");
            let matrix = matrix(foobar, &format!("[ \"{kernel}\" ]"), &feature);
            format!("{matrix}.supported.x86_64.linux_{kernel}.foobar")
        })
        .collect();
    let expression =
        format!("builtins.concatMap (cell: [ cell.module cell.modinfo cell.boot ]) [ {} ]", cells.join(" "));
    let built = machines.build(nix, &expression)?;
    ensure!(built.len() == 6, "{built:?}");
    for (at, (mine, other)) in [("one", "two"), ("two", "one")].into_iter().enumerate() {
        let [_module, modinfo, boot] = &built[3 * at..3 * at + 3] else { continue };
        let text = std::fs::read_to_string(modinfo.join("foobar.modinfo"))?;
        ensure!(text.contains("name=foobar\n"), "{text}");
        let verdict = std::fs::read_to_string(boot.join("foobar/verdict.json"))?;
        ensure!(serde_json::from_str::<Value>(&verdict)?["verdict"] == json!("pass"), "{verdict}");
        let report = std::fs::read_to_string(boot.join("report.txt"))?;
        ensure!(report.contains("pass foobar on 6.1"), "{report}");
        for part in ["junit.xml", "foobar/console.log", "foobar/results.ktap", "foobar/run.json"] {
            ensure!(boot.join(part).is_file(), "there is no {part} in {}", boot.display());
        }
        ensure!(machines.has(mine, boot), "{} was not built by {mine}", boot.display());
        ensure!(!machines.has(other, boot), "{} was built by {other}", boot.display());
    }
    Ok(())
}

/// What is wrong fails, each in its own words.
fn faults(nix: &Nix) -> Result<()> {
    let zoo = "{ oops-in-init = root + \"/tests/zoo/oops-in-init\"; }";
    let matrix = matrix(zoo, "[ \"6_1\" \"6_12\" ]", "");
    let cell = format!("{matrix}.jobs.x86_64.linux_6_1.oops-in-init");
    let said = nix.fails(&format!("{cell}.boot"))?;
    // The line is of the modules with debug information; those that ran are stripped.
    for text in
        ["crash oops-in-init on 6.1.", "NULL pointer dereference", "oops-in-init/oops_in_init.c:9", "/* here */"]
    {
        ensure!(said.contains(text), "`{text}` is missing:\n{said}");
    }
    let check = |module: &str, expected: &str| -> Result<()> {
        let said = nix.fails(&format!(
            "let m = {matrix}; inherit (m) pkgs; in pkgs.callPackage (root + \"/nix/modinfo-check.nix\") {{
               name = \"it\"; kernel = pkgs.linux_6_1; module = {module}; }}"
        ))?;
        ensure!(said.contains(expected), "`{expected}` is missing:\n{said}");
        Ok(())
    };
    check("m.jobs.x86_64.linux_6_12.oops-in-init.module", "is not of the kernel 6.1.")?;
    check(
        "pkgs.linuxPackages_6_1.callPackage (import (root + \"/tests/nix/module.nix\") {
           folder = root + \"/tests/zoo/oops-in-init\"; strip = false; }) { }",
        "names the kernel's dev output",
    )?;
    // A package for another kernel than the one that is booted.
    let said = nix.fails(&format!(
        "let m = {matrix}; cells = m.jobs.x86_64; in cells.linux_6_1.oops-in-init.boot.overrideAttrs {{
           module = cells.linux_6_12.oops-in-init.module; }}"
    ))?;
    ensure!(said.contains("was built for 6.12.") && said.contains(", not for 6.1."), "{said}");
    Ok(())
}

/// Two machines that build for this one: stores of their own, which Nix reaches by a protocol that usually goes through ssh; to
/// `localhost` it starts the other end itself.
struct Machines {
    dir: tempfile::TempDir,
    /// Nix's programs.
    bin: PathBuf,
}

impl Machines {
    fn new(nix: &Nix) -> Result<Self> {
        let which = nix.environment(Nixpkgs::StandIn, Cmd::new("sh").args(["-c", "command -v nix-store"]))?;
        let found = which.output()?.success(&which)?.stdout;
        let bin =
            Path::new(String::from_utf8(found)?.trim()).parent().context("a program lies in a folder")?.to_owned();
        Ok(Self { dir: tempfile::tempdir()?, bin })
    }

    /// Builds nothing on this machine, and everything on those.
    fn build(&self, nix: &Nix, expression: &str) -> Result<Vec<PathBuf>> {
        let (dir, bin) = (self.dir.path().display(), self.bin.display());
        let machines = ["one", "two"].map(|name| {
            // The other end has to know its features as well.
            let store = format!("{dir}/{name}%3Fsystem-features={name}");
            format!("ssh://localhost?remote-store={store}&remote-program={bin}/nix-store x86_64-linux - 1 1 {name}")
        });
        let root = format!("let root = /. + \"{}\"; in {expression}", crate::root().display());
        let cmd = Cmd::new(self.bin.join("nix-build"))
            .args(["--no-out-link", "--max-jobs", "0", "--option", "build-hook"])
            .arg(self.bin.join("build-remote"))
            .args(["--option", "builders", &machines.join(" ; "), "-E", &root]);
        let cmd = nix.environment(Nixpkgs::StandIn, cmd)?.deadline(Duration::from_secs(900));
        let finished = cmd.output()?;
        let said = String::from_utf8_lossy(&finished.stderr);
        ensure!(finished.how == How::Exited(0), "{}; it said:\n{said}", finished.how);
        Ok(String::from_utf8(finished.stdout)?.lines().map(PathBuf::from).collect())
    }

    /// Whether a machine has something in its own store.
    fn has(&self, name: &str, path: &Path) -> bool {
        let store = self.dir.path().join(name).join("nix/store");
        path.file_name().is_some_and(|name| store.join(name).exists())
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        // What is in a store can't be written to, nor removed.
        let _gone_or_not = Cmd::new("chmod").args(["-R", "u+w"]).arg(self.dir.path()).output();
    }
}
