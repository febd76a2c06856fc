// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask watch`, for a person at a terminal and for an editor that reads its JSON.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::machines;
use crate::terminal::Act::{self, Save, See, Type};
use crate::terminal::{check, save};

/// No round takes so long.
const DEADLINE: Duration = Duration::from_secs(120);

/// So long nothing happens where nothing is to happen.
const CALM: Duration = Duration::from_millis(700);

const GOOD: &str = "#include <linux/module.h>\n\nMODULE_LICENSE(\"GPL\");\nMODULE_DESCRIPTION(\"A test\");\n";

/// Its second message, when it is loaded, is a fault.
const WARNS: &str = "#include <linux/module.h>\n\nstatic int __init own_init(void)\n{\n\tWARN_ON(1);\n\treturn 0;\n}\n\nmodule_init(own_init);\n\
     MODULE_LICENSE(\"GPL\");\nMODULE_DESCRIPTION(\"A test\");\n";

const REFUSED: &str = "#include <linux/module.h>\n\nMODULE_LICENSE(\"GPL\")\nMODULE_DESCRIPTION(\"A test\");\n";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("watch::person@6_1", person),
        Trial::test("watch::editor@6_12", || editor("6_12")),
        Trial::test("watch::during@6_1", during),
        Trial::test("watch::ended@6_1", ended),
        Trial::test("watch::ahead@6_1", ahead),
    ]
}

const PERSON: &[Act] = &[
    See("watch: begins"),
    See("pass"),
    See("own on 6.1."),
    See("watch: done in "),
    See("r: again, l: log, s: shell, q: quit"),
    Save("own.c", WARNS),
    See("own.c was saved"),
    See("crash"),
    See("own on 6.1."),
    See("own.c:5"),
    See("watch: done in "),
    Save("own.c", REFUSED),
    See("it does not build: "),
    See("own.c:4: expected"),
    See("watch: done in "),
    Type("l"),
    See("end trace"),
    Save("own.c", GOOD),
    See("pass"),
    See("own on 6.1."),
    See("watch: done in "),
    Type("r"),
    See("watch: begins"),
    See("pass"),
    See("own on 6.1."),
    See("watch: done in "),
    Type("s"),
    See("# "),
    Type("lsmod\r"),
    See("own "),
    See("# "),
    Type("exit\r"),
    See("waiting for a saved file again"),
    Type("q"),
];

fn person() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "")?;
    let words = ["watch", &folder.display().to_string(), "-k", "6_1"].map(str::to_owned);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    check(&words, &folder, PERSON, 0)
}

/// A driver's folder that nobody else uses.
fn folder(top: &Path, toml: &str) -> Result<PathBuf, Failed> {
    let folder = top.canonicalize()?.join("own");
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("Kbuild"), "obj-m := own.o\n")?;
    std::fs::write(folder.join("driver.toml"), toml)?;
    std::fs::write(folder.join("own.c"), GOOD)?;
    Ok(folder)
}

/// `watch --json`, as an editor runs it.
struct Watch {
    child: Child,
    lines: Receiver<Value>,
}

impl Watch {
    fn start(folder: &Path, kernel: &str) -> Result<Self, Failed> {
        let target = folder.with_file_name("target");
        let mut command = crate::command(&["watch", "--json", &folder.display().to_string(), "-k", kernel]);
        command.env("CARGO_TARGET_DIR", target).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (send, lines) = channel();
        let out = BufReader::new(child.stdout.take().ok_or("it has no output")?);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|err| Value::String(format!("{err}: {line}")));
                if send.send(event).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, lines })
    }

    /// The next round: the files it is about, its verdict, and whether it came to its end.
    fn round(&self) -> Result<String, Failed> {
        let mut said = self.until("round")?["saved"].to_string();
        loop {
            let event = self.lines.recv_timeout(DEADLINE).map_err(|err| format!("`{said}`, and then {err}"))?;
            match event["event"].as_str() {
                Some("outcome") => said = format!("{said} {}", event["verdict"]["verdict"]),
                Some("round-end") => return Ok(format!("{said} {}", event["status"])),
                Some("round") => return Err(format!("`{said}`, and another began").into()),
                Some(_) => {}
                None => return Err(format!("it printed `{event}`").into()),
            }
        }
    }

    fn until(&self, event: &str) -> Result<Value, Failed> {
        loop {
            let came = self.lines.recv_timeout(DEADLINE).map_err(|err| format!("no `{event}` came: {err}"))?;
            if came["event"] == event {
                return Ok(came);
            }
        }
    }

    fn expect(&self, expected: &str) -> Result<(), Failed> {
        let said = self.round()?;
        if said == expected { Ok(()) } else { Err(format!("`{said}`, not `{expected}`").into()) }
    }

    fn expect_calm(&self) -> Result<(), Failed> {
        self.lines
            .recv_timeout(CALM)
            .map_or(Ok(()), |event| Err(format!("nothing was to happen, and {event} did").into()))
    }
}

impl Watch {
    /// Ends it; whatever it has started has something of this folder on its command line, and ends too.
    fn end(mut self, top: &Path) -> Result<(), Failed> {
        // SAFETY: a plain system call; the child is ours, and not waited for yet.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        self.child.wait()?;
        wait_for("the end of all", || of(top).is_empty().then_some(()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _it_is_ours = self.child.wait();
    }
}

fn editor(kernel: &str) -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "")?;
    let (source, own) = (folder.join("own.c"), format!("[\"{}\"]", folder.join("own.c").display()));
    let watch = Watch::start(&folder, kernel)?;
    watch.expect("[] \"pass\" 0")?;
    watch.expect_calm()?;
    save(&source, WARNS)?;
    watch.expect(&format!("{own} \"crash\" 1"))?;
    // Saved, and still the same.
    save(&source, WARNS)?;
    std::fs::write(folder.join(".own.c.swp"), "an editor's")?;
    watch.expect_calm()?;
    // A burst, of which the last counts.
    for text in [GOOD, REFUSED, WARNS, "", REFUSED] {
        std::fs::write(&source, text)?;
    }
    watch.expect(&format!("{own} \"fail\" 1"))?;
    std::fs::write(&source, GOOD)?;
    watch.expect(&format!("{own} \"pass\" 0"))?;
    // In a folder that was not there before.
    std::fs::create_dir(folder.join("more"))?;
    std::fs::write(folder.join("more/own.h"), "/* new */\n")?;
    watch.expect(&format!("[\"{}\"] \"pass\" 0", folder.join("more/own.h").display()))?;
    std::fs::write(folder.join("more/own.h"), "/* newer */\n")?;
    watch.expect(&format!("[\"{}\"] \"pass\" 0", folder.join("more/own.h").display()))
}

/// A round whose file is saved again is not brought to its end.
fn during() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "[[test.step]]\nname = \"sleeps\"\nrun = \"sleep 5\"\n")?;
    let watch = Watch::start(&folder, "6_1")?;
    watch.expect("[] \"pass\" 0")?;
    save(&folder.join("own.c"), WARNS)?;
    watch.until("round")?;
    std::thread::sleep(Duration::from_secs(2));
    save(&folder.join("own.c"), GOOD)?;
    let own = folder.join("own.c").display().to_string();
    watch.expect(&format!("[\"{own}\"] \"pass\" 0"))
}

/// Whoever ends it ends all that it has started.
fn ended() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "[[test.step]]\nname = \"sleeps\"\nrun = \"sleep 100\"\n")?;
    let watch = Watch::start(&folder, "6_1")?;
    watch.until("round")?;
    wait_for("a machine", || of(top.path()).into_iter().find(|(_, line)| line.starts_with("qemu-system")))?;
    watch.end(top.path())
}

/// The processes that have something of this folder on their command lines.
fn of(top: &Path) -> Vec<(libc::pid_t, String)> {
    let mine = top.canonicalize().unwrap_or_default().display().to_string();
    machines::processes().into_iter().filter(|(_, line)| line.contains(&mine)).collect()
}

fn wait_for<T>(what: &str, is_there: impl Fn() -> Option<T>) -> Result<T, Failed> {
    for _ in 0..600 {
        if let Some(it) = is_there() {
            return Ok(it);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(format!("{what} did not come").into())
}

/// The machine that waits for the next round.
#[derive(Debug)]
struct Waits {
    /// Its program of ours.
    pid: libc::pid_t,
    /// The run's folder, and the kept machine's.
    run: PathBuf,
    /// The run's, open: another one may have its name once it is gone.
    folder: File,
    kept: PathBuf,
}

impl Waits {
    /// What the machine has to do comes through a pipe, since nobody knows yet what that is.
    fn of(top: &Path) -> Result<Self, Failed> {
        wait_for("a machine that waits", || {
            let ours = of(top);
            let (pid, _) = ours.iter().find(|(_, line)| line.contains("--when-told"))?;
            let (_, qemu) =
                ours.iter().find(|(_, line)| line.starts_with("qemu-system") && line.contains("=/proc/self/fd/"))?;
            let after =
                |key: &str, file: &str| qemu.split_once(key)?.1.split_once(file).map(|(path, _)| PathBuf::from(path));
            let run = after("id=console,path=", "/console.log")?;
            Some(Self { pid: *pid, folder: File::open(&run).ok()?, run, kept: after("mem-path=", "/memory")? })
        })
    }

    fn has_run(&self) -> bool {
        self.folder.metadata().is_ok_and(|folder| folder.nlink() > 0) && self.run.join("verdict.json").exists()
    }
}

/// A machine waits for the next round, and goes on only if all is as it was but sources.
fn ahead() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    // Nobody else has a machine with so much memory.
    let folder = folder(top.path(), "[hardware]\nmemory = \"195M\"\n")?;
    let (source, manifest) = (folder.join("own.c"), folder.join("driver.toml"));
    let saved = |path: &Path, verdict: &str| format!("[\"{}\"] {verdict}", path.display());
    let watch = Watch::start(&folder, "6_1")?;
    watch.expect("[] \"pass\" 0")?;
    // With all its time, so that it is remembered.
    let words = ["vm-test", "--json", &folder.display().to_string(), "-k", "6_1"];
    crate::outcome(&crate::xtask_with(&words, Some(&folder.with_file_name("target")))?)?;
    let check =
        |what: &str, spoil: &dyn Fn(&Waits) -> std::io::Result<()>, path: &Path, text: &str, expected: (&str, bool)| {
            let waits = Waits::of(top.path())?;
            watch.expect_calm()?;
            spoil(&waits)?;
            save(path, text)?;
            let (verdict, goes_on) = expected;
            watch.expect(&saved(path, verdict)).map_err(|err| format!("{what}: {err:?}"))?;
            if waits.has_run() != goes_on {
                return Err(format!("{what}: whether it has gone on: {}", waits.has_run()).into());
            }
            Ok::<_, Failed>(())
        };
    let nothing = |_: &Waits| Ok(());
    let steps = "[hardware]\nmemory = \"195M\"\n[[test.step]]\nname = \"fails\"\nrun = \"false\"\n";
    check("sources", &nothing, &source, WARNS, ("\"crash\" 1", true))?;
    check("sources that do not build", &nothing, &source, REFUSED, ("\"fail\" 1", false))?;
    check("sources that were tested before", &nothing, &source, GOOD, ("\"pass\" 0", false))?;
    check("what says how to test", &nothing, &manifest, steps, ("\"fail\" 1", false))?;
    check("the same sources again", &nothing, &source, WARNS, ("\"crash\" 1", true))?;
    let kill = |waits: &Waits| {
        // SAFETY: a plain system call.
        unsafe { libc::kill(waits.pid, libc::SIGKILL) };
        Ok(())
    };
    check("a program that was killed", &kill, &source, GOOD, ("\"fail\" 1", false))?;
    let touch =
        |waits: &Waits| std::fs::OpenOptions::new().append(true).open(waits.kept.join("memory"))?.set_len(195 << 20);
    check("a machine that was touched", &touch, &source, &format!("{GOOD}/* again */\n"), ("\"fail\" 1", false))?;
    watch.end(top.path())
}
