// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nix's programs, as far as they are needed: evaluating our expression, saying what it would take to have its result,
//! and taking it. All of them exist in every Nix since 2.0.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::cmd::{Cmd, Finished};
use crate::explain::nix::{Log, Weight};
use crate::fetch::Network;
use crate::report::{Event, Events, Unit, ours};

/// Evaluating takes seconds; the evaluator may have to fetch a nixpkgs first.
const EVALUATION: Duration = Duration::from_secs(10 * 60);

/// A kernel with all of its modules is built in an hour on a strong machine.
const REALISATION: Duration = Duration::from_secs(12 * 3600);

/// A nixpkgs, and the expression that is asked about it.
#[derive(Debug)]
pub(super) struct Nix<'a> {
    pub expression: &'a Path,
    pub nixpkgs: &'a Path,
    pub network: Network,
    pub events: &'a Events,
}

/// A kernel of a nixpkgs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Described {
    /// The attribute: `linux_6_6`.
    pub name: String,
    pub version: String,
    /// What `uname -r` says.
    pub release: String,
    /// Whether it runs on this architecture.
    pub fits: bool,
}

/// What it takes to have a result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// The derivations that no binary cache has, without those that take no time.
    pub build: Vec<String>,
    /// `123.45 MiB download, 678.90 MiB unpacked`
    pub fetch: Option<String>,
}

impl Nix<'_> {
    /// The folder that `<nixpkgs>` is; none when nothing says so.
    pub(super) fn default_nixpkgs() -> Result<Option<PathBuf>> {
        let find = program("nix-instantiate").args(["--find-file", "nixpkgs"]).deadline(EVALUATION);
        let found = find.output()?;
        let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        Ok(found.success(&find).is_ok().then(|| PathBuf::from(path)).filter(|path| path.is_absolute()))
    }

    pub(super) fn kernel(&self, attr: &str) -> Result<Option<Described>> {
        self.evaluate("kernel", &["--argstr", "attr", attr])
    }

    pub(super) fn kernels(&self) -> Result<Vec<Described>> {
        self.evaluate("kernels", &[])
    }

    pub(super) fn plan(&self, attr: &str) -> Result<Plan> {
        let build = self.build(attr).arg("--dry-run").deadline(EVALUATION);
        let said = succeeded(build.output()?, &build)?.stderr;
        Ok(Plan::parse(&String::from_utf8_lossy(&said)))
    }

    /// Builds or fetches what modules for this kernel are built with. `link` becomes a link to the file that says so, and
    /// keeps Nix from collecting what it names.
    pub(super) fn realise(&self, attr: &str, link: &Path) -> Result<()> {
        let build = self.build(attr).arg("--out-link").arg(link).deadline(REALISATION);
        self.events.say(Event::Command { line: build.to_string() });
        let progress = self.events.progress(format!("getting {attr} from nixpkgs"), 0, Unit::Things);
        let mut lines = 0;
        let mut log = Log::new();
        let finished = build.lines(&mut |_, line| {
            lines += 1;
            progress.at(lines);
            log.line(&String::from_utf8_lossy(line));
        })?;
        finished.success(&build).map(drop).map_err(|err| explained(&err, log))
    }

    fn evaluate<T: DeserializeOwned>(&self, attribute: &str, words: &[&str]) -> Result<T> {
        let evaluate = self.with_nixpkgs(program("nix-instantiate").args(["--eval", "--strict", "--json"]));
        let evaluate = evaluate.args(["-A", attribute]).args(words).deadline(EVALUATION);
        let said = succeeded(evaluate.output()?, &evaluate)?.stdout;
        serde_json::from_slice(&said).with_context(|| format!("failed to understand what `{evaluate}` printed"))
    }

    fn build(&self, attr: &str) -> Cmd {
        let build = self.with_nixpkgs(program("nix-build")).args(["-A", "environment", "--argstr", "attr", attr]);
        match self.network {
            Network::Online => build,
            Network::Offline => build.args(["--option", "substitute", "false"]),
        }
    }

    fn with_nixpkgs(&self, cmd: Cmd) -> Cmd {
        cmd.arg(self.expression).args(["--argstr", "nixpkgs"]).arg(self.nixpkgs)
    }
}

/// The same, or an error that says what Nix's words mean, where that is known.
fn succeeded(finished: Finished, cmd: &Cmd) -> Result<Finished> {
    let mut log = Log::new();
    String::from_utf8_lossy(&finished.stderr).lines().for_each(|line| log.line(line));
    finished.success(cmd).map_err(|err| explained(&err, log))
}

/// An error with what its log means at its end, and what mends it.
fn explained(err: &anyhow::Error, log: Log) -> anyhow::Error {
    let wrong = log.finish().into_iter().filter(|finding| finding.weight == Weight::Wrong);
    let lines = wrong.flat_map(|finding| finding.explained()).map(|line| format!("\n{}", ours(&line)));
    anyhow!("{err:#}{}", lines.collect::<String>())
}

fn program(name: &str) -> Cmd {
    // Messages are read, not looked at.
    Cmd::new(name).env("NO_COLOR", "1").env("TERM", "dumb")
}

/// Derivations that only write a file: every machine builds them itself.
const TRIVIAL: &[&str] = &["-workbench-kernel-", "-uname.drv"];

impl Plan {
    /// Of what `--dry-run` says (nix-build's `printMissing` in libmain/shared.cc; since 2.4 the singular differs):
    /// a heading ends with a colon, and each path below it is indented by two.
    fn parse(said: &str) -> Self {
        let mut plan = Self::default();
        let mut is_build = false;
        for line in said.lines() {
            if let Some(path) = line.strip_prefix("  ") {
                if is_build && !TRIVIAL.iter().any(|name| path.contains(name)) {
                    plan.build.push(path.to_owned());
                }
                continue;
            }
            is_build = line.ends_with("will be built:");
            if line.contains("will be fetched") {
                plan.fetch = line.split_once('(').and_then(|(_, rest)| Some(rest.split_once(')')?.0.to_owned()));
            }
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[track_caller]
    fn check_plan(said: &str, build: &[&str], fetch: Option<&str>) {
        let plan = Plan::parse(said);
        assert_eq!(plan.build, build);
        assert_eq!(plan.fetch.as_deref(), fetch);
    }

    #[test]
    fn plans() {
        check_plan("", &[], None);
        check_plan("this derivation will be built:\n  /nix/store/a-workbench-kernel-6.6.143.drv\n", &[], None);
        check_plan(
            "warning: something\nthese 3 derivations will be built:\n  /nix/store/a-uname.drv\n  /nix/store/b-linux-6.6.143.drv\n  \
             /nix/store/c-workbench-kernel-6.6.143.drv\nthese 2 paths will be fetched (1.23 MiB download, 4.56 MiB unpacked):\n  \
             /nix/store/d-gcc-15.2.0\n  /nix/store/e-bash-5.3\n",
            &["/nix/store/b-linux-6.6.143.drv"],
            Some("1.23 MiB download, 4.56 MiB unpacked"),
        );
        check_plan(
            "this path will be fetched (0.01 MiB download, 0.02 MiB unpacked):\n  /nix/store/d-x\n",
            &[],
            Some("0.01 MiB download, 0.02 MiB unpacked"),
        );
        check_plan("don't know how to build these paths:\n  /nix/store/f-gone\n", &[], None);
    }

    #[test]
    fn an_error_ends_with_what_mends_it() {
        let mut log = Log::new();
        log.line("kernel> depmod: WARNING: could not open modules.order at /x: No such file or directory");
        log.line("kernel> inconsistent kernel versions: 6.6 6.12");
        let expected = expect![[r#"
            `nix-build` failed
            why: `boot.extraModulePackages` has a module that was built for another kernel than `boot.kernelPackages`: 6.6 6.12
            help: `boot.extraModulePackages = with config.boot.kernelPackages; [ foo ];`, never `pkgs.linuxPackages.foo`"#]];
        expected.assert_eq(&explained(&anyhow!("`nix-build` failed"), log).to_string());
        expect!["failed"].assert_eq(&explained(&anyhow!("failed"), Log::new()).to_string());
    }
}
