// SPDX-License-Identifier: MIT OR Apache-2.0
//! How quick is the loop of editing, compiling and running, and how quick are others? In one run, in turn, ROUNDS times: ours, and
//! what one would do by hand or with another tool. Prints medians and ratios, and writes them as JSON.
//!
//!     cargo bench --profile dev -p xtask --bench loop [-- [--rounds N] [--json FILE] [--only TEXT] [KERNEL...]]
//!
//! By hand means the kernel's own make in its own tool root, with no more around it than chroot(8); and QEMU with the quickest
//! command line for a cold boot that we know, with a guest that does nothing but load and unload (init.c). `vng` (virtme-ng, from
//! PyPI) and `dkms` are measured if they are on the PATH, vng with the same QEMU. What is not there is said, and not counted. Needs
//! gcc and unshare(1) on the host, and kernels that are in the cache already, or are fetched now. The dev profile is the one that
//! people run `cargo xtask` with.
//!
//! Nothing else should run meanwhile; no test depends on any of this.

#![expect(clippy::print_stdout, reason = "a bench speaks to the person who runs it")]

mod by_hand;
mod ours;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use xshell::{Shell, cmd};

use by_hand::{Hand, Machine};
use ours::{Ours, Watch};

/// The kernels of a sweep, old to new.
const KERNELS: &[&str] = &["5_10", "6_1", "6_12", "7_3"];
const SIX: &[&str] = &["5_10", "6_1", "6_1-cloud", "6_12", "6_12-cloud", "7_3"];

const SOURCE: &str = "#include <linux/module.h>\n\nstatic int __init own_init(void)\n{\n\tpr_info(\"own: EDIT\\n\");\n\treturn 0;\n}\n\n\
     static void __exit own_exit(void)\n{\n}\n\nmodule_init(own_init);\nmodule_exit(own_exit);\nMODULE_LICENSE(\"GPL\");\n\
     MODULE_DESCRIPTION(\"What is edited\");\n";

struct Asked {
    rounds: usize,
    json: Option<PathBuf>,
    only: Option<String>,
    kernels: Vec<String>,
}

fn main() -> Result<()> {
    let asked = asked()?;
    let top = tempfile::tempdir()?;
    let mut bench = Bench { asked, shell: Shell::new()?, top: top.path().canonicalize()?, rows: Vec::new() };
    let kernels = bench.asked.kernels.clone();
    for kernel in &kernels {
        bench.modules(kernel)?;
        bench.edits(kernel)?;
    }
    bench.six()?;
    bench.unchanged(&kernels[0])?;
    bench.say()
}

fn asked() -> Result<Asked> {
    let mut asked = Asked { rounds: 9, json: None, only: None, kernels: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` wants a value"));
        match word.as_str() {
            // cargo says so to every bench.
            "--bench" => {}
            "--rounds" => asked.rounds = value()?.parse().context("`--rounds` wants a number")?,
            "--json" => asked.json = Some(value()?.into()),
            "--only" => asked.only = Some(value()?),
            option if option.starts_with('-') => bail!("`{option}` is not known; the file's head has what is"),
            kernel => asked.kernels.push(kernel.to_owned()),
        }
    }
    if asked.kernels.is_empty() {
        asked.kernels = KERNELS.iter().map(|kernel| (*kernel).to_owned()).collect();
    }
    ensure!(asked.rounds > 0, "`--rounds` is at least 1");
    Ok(asked)
}

/// What was measured of one thing: times in ms, in the order of the rounds.
struct Row {
    what: String,
    who: &'static str,
    ms: Vec<f64>,
}

impl Row {
    fn median(&self) -> f64 {
        let mut sorted = self.ms.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }
}

struct Bench {
    asked: Asked,
    shell: Shell,
    /// A folder of our own.
    top: PathBuf,
    rows: Vec<Row>,
}

/// Somebody who does the thing that is measured, once.
type Turn<'a> = (&'static str, Box<dyn FnMut(usize) -> Result<Duration> + 'a>);

impl Bench {
    fn is_wanted(&self, what: &str) -> bool {
        self.asked.only.as_ref().is_none_or(|text| what.contains(text.as_str()))
    }

    /// Measures all who do one thing, in turn. Each does it once before, so that what only the first time takes is not counted.
    fn measure(&mut self, what: &str, mut turns: Vec<Turn<'_>>) -> Result<()> {
        let mut rows: Vec<Row> =
            turns.iter().map(|(who, _)| Row { what: what.to_owned(), who, ms: Vec::new() }).collect();
        for round in 0..=self.asked.rounds {
            for ((who, turn), row) in turns.iter_mut().zip(&mut rows) {
                let took = turn(round).with_context(|| format!("{what}: {who}"))?;
                if round > 0 {
                    row.ms.push(took.as_secs_f64() * 1000.0);
                }
            }
        }
        for row in &rows {
            println!("{}", line(row, &rows[0]));
        }
        self.rows.extend(rows);
        Ok(())
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.top.join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("Kbuild"), "obj-m := own.o\n")?;
        fs::write(folder.join("own.c"), SOURCE)?;
        Ok(folder)
    }

    /// From a module that is built to the verdict.
    fn modules(&mut self, kernel: &str) -> Result<()> {
        for machine in [Machine::Micro, Machine::Pc] {
            let what = format!("a module's verdict, {kernel}, {}", machine.name());
            if !self.is_wanted(&what) {
                continue;
            }
            let folder = self.folder(&format!("module-{kernel}-{}", machine.name()))?;
            fs::write(folder.join("driver.toml"), format!("[hardware]\ntype = \"{}\"\n", machine.name()))?;
            // A machine that nobody else has.
            let other = self.folder(&format!("first-{kernel}-{}", machine.name()))?;
            fs::write(
                other.join("driver.toml"),
                format!("[hardware]\ntype = \"{}\"\nmemory = \"257M\"\n", machine.name()),
            )?;
            let ours = Ours::new(&folder);
            let build = ours.build(kernel)?;
            let hand = Hand::new(&self.shell, &build, &self.top)?;
            let test = |further: &'static [&'static str]| {
                let (ours, built) = (&ours, build.stage.clone());
                move |_: usize| ours.test(kernel, &built, further)
            };
            let mut turns: Vec<Turn<'_>> = vec![
                ("ours", Box::new(test(&[]))),
                ("ours, cold", Box::new(test(&["--cold"]))),
                ("ours, the first time", Box::new(|_| Ours::new(&other).first(kernel, &build.stage, &hand.machines()))),
                ("QEMU by hand", Box::new(|_| hand.boot(machine))),
            ];
            if let Machine::Pc = machine {
                match hand.vng()? {
                    Some(vng) => turns.push(("vng", Box::new(move |_| vng.run()))),
                    None => println!("{what}: vng: not measured: it or the kernel's package is not there"),
                }
            }
            self.measure(&what, turns)?;
        }
        Ok(())
    }

    /// From a file that is saved to the verdict; and for those who only build, to the module.
    fn edits(&mut self, kernel: &str) -> Result<()> {
        let what = format!("an edit's verdict, {kernel}");
        if !self.is_wanted(&what) {
            return Ok(());
        }
        let (folder, other) = (self.folder(&format!("edit-{kernel}"))?, self.folder(&format!("hand-{kernel}"))?);
        let build = Ours::new(&folder).build(kernel)?;
        let hand = Hand::new(&self.shell, &build, &self.top)?;
        let watch = Watch::start(&folder, &[kernel])?;
        let mut turns: Vec<Turn<'_>> = vec![
            (
                "ours, watch",
                Box::new(|round| {
                    let took = watch.after(|| edit(&folder, round))?;
                    watch.calm()?;
                    Ok(took)
                }),
            ),
            (
                "make alone",
                Box::new(|round| {
                    edit(&other, round)?;
                    hand.make(&other)
                }),
            ),
            (
                "make, QEMU by hand",
                Box::new(|round| {
                    edit(&other, round + 1_000_000)?;
                    let module = other.join("own.ko");
                    Ok(hand.make(&other)? + hand.boot_module(Machine::Pc, &module)?)
                }),
            ),
        ];
        match hand.dkms(&other)? {
            Some(dkms) => turns.push(("dkms build", Box::new(move |_| dkms.build()))),
            None => println!("{what}: dkms build: not measured: it or the kernel's compiler is not there"),
        }
        self.measure(&what, turns)
    }

    fn six(&mut self) -> Result<()> {
        let what = format!("an edit's verdict on six kernels: {}", SIX.join(", "));
        if !self.is_wanted(&what) {
            return Ok(());
        }
        let folder = self.folder("six")?;
        let watch = Watch::start(&folder, SIX)?;
        let turn = |round| {
            let took = watch.after(|| edit(&folder, round))?;
            watch.calm()?;
            Ok(took)
        };
        self.measure(&what, vec![("ours, watch", Box::new(turn))])
    }

    fn unchanged(&mut self, kernel: &str) -> Result<()> {
        let what = format!("the verdict of what has not changed, {kernel}");
        if !self.is_wanted(&what) {
            return Ok(());
        }
        let ours = Ours::new(&self.folder("unchanged")?);
        self.measure(&what, vec![("ours", Box::new(|_| ours.again(kernel)))])
    }

    fn say(&self) -> Result<()> {
        let Some(path) = &self.asked.json else { return Ok(()) };
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| json!({ "what": row.what, "who": row.who, "median-ms": row.median(), "ms": row.ms }))
            .collect();
        let text = serde_json::to_string_pretty(&json!({ "rounds": self.asked.rounds, "rows": rows }))?;
        fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
    }
}

fn line(row: &Row, ours: &Row) -> String {
    let (median, first) = (row.median(), ours.median());
    let least = row.ms.iter().copied().fold(f64::INFINITY, f64::min);
    let ratio = if row.who == ours.who { String::new() } else { format!(", ours takes {:.2} of it", first / median) };
    format!("{}: {}: {median:.0} ms (at least {least:.0}){ratio}", row.what, row.who)
}

/// Another text in the driver's message, as a person changes a line.
fn edit(folder: &Path, round: usize) -> Result<()> {
    let text = SOURCE.replace("EDIT", &format!("edit {round}"));
    Ok(fs::write(folder.join("own.c"), text)?)
}

/// How long something takes.
fn time(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let since = Instant::now();
    work()?;
    Ok(since.elapsed())
}

/// A program of the host's, if there is one.
fn on_path(shell: &Shell, program: &str) -> Option<PathBuf> {
    let found = cmd!(shell, "sh -c 'command -v \"$0\"' {program}").quiet().ignore_stderr().read().ok()?;
    Some(found.into())
}
