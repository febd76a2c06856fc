// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver's folder has for userspace: rules of udev, units of systemd, firmware.

use std::path::{Path, PathBuf};

use super::source::{is_compiled, is_in_others};

/// What the driver's folder has for userspace; all paths are relative to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brings {
    /// For udev: `*.rules`.
    pub rules: Vec<PathBuf>,
    pub units: Vec<Unit>,
    /// What is below a folder `firmware`.
    pub firmware: Vec<PathBuf>,
}

/// A unit of systemd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub path: PathBuf,
    /// `WantedBy`, which NixOS doesn't take from the unit itself. Of a template, which is started by others, there is none.
    pub wanted_by: Vec<String>,
    /// Programs that it runs from where NixOS has none.
    pub missing: Vec<String>,
}

/// Kinds of units: the ending of the file, the section that makes it one (a service of D-Bus has the same ending), and NixOS' set.
const UNITS: &[(&str, &str, &str)] = &[
    ("path", "Path", "paths"),
    ("service", "Service", "services"),
    ("socket", "Socket", "sockets"),
    ("timer", "Timer", "timers"),
];

/// What NixOS has outside of its store.
const EVERYWHERE: &[&str] = &["/bin/sh", "/usr/bin/env"];

impl Brings {
    /// What of a folder's files is for userspace; `text` reads one.
    pub fn of<'a>(all: impl Iterator<Item = &'a PathBuf>, text: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Self {
        let text =
            |path: &Path| text(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let mut brings = Self::default();
        for path in all.filter(|path| !is_in_others(path)) {
            if path.extension().is_some_and(|ending| ending == "rules") {
                // Those of polkit are programs in JavaScript.
                if !text(path).contains("polkit.") {
                    brings.rules.push(path.clone());
                }
            } else if kind(path).is_some() {
                brings.units.extend(Unit::parse(path, &text(path)));
            } else if path.starts_with("firmware") && !is_compiled(path) {
                brings.firmware.push(path.clone());
            }
        }
        brings
    }

    /// All of the files.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.rules.iter().chain(self.units.iter().map(|unit| &unit.path)).chain(&self.firmware)
    }
}

impl Unit {
    /// Reads a unit (systemd.syntax(7)); nothing if it has no section of its kind.
    fn parse(path: &Path, text: &str) -> Option<Self> {
        let (_, needed, _) = kind(path)?;
        let joined = text.replace("\\\n", " ");
        let (mut section, mut is_one) = ("", false);
        let mut unit = Self { path: path.to_owned(), wanted_by: Vec::new(), missing: Vec::new() };
        let is_template = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with('@'));
        for line in joined.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
                is_one |= name == *needed;
            } else if let Some((key, value)) = line.split_once('=') {
                let value = value.trim();
                match (section, key.trim()) {
                    // Nothing takes back what was said before.
                    ("Install", "WantedBy") if value.is_empty() => unit.wanted_by.clear(),
                    ("Install", "WantedBy") if !is_template => {
                        unit.wanted_by.extend(value.split_whitespace().map(str::to_owned));
                    }
                    (_, key) if key.starts_with("Exec") => unit.missing.extend(program(value)),
                    _ => {}
                }
            }
        }
        unit.missing.sort();
        unit.missing.dedup();
        is_one.then_some(unit)
    }

    /// Its own name.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Its set among those of `systemd` in NixOS, and its name there.
    pub fn place(&self) -> Option<(&'static str, String)> {
        let (_, _, set) = kind(&self.path)?;
        Some((set, self.path.file_stem()?.to_string_lossy().into_owned()))
    }
}

fn kind(path: &Path) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let ending = path.extension()?;
    UNITS.iter().find(|(it, ..)| ending == *it)
}

/// The program of a command line, behind its prefixes (systemd.service(5)), if NixOS has none there.
fn program(line: &str) -> Option<String> {
    let word = line.trim_start_matches(['@', '-', ':', '+', '!', '|']).split_whitespace().next()?;
    (word.starts_with('/') && !EVERYWHERE.contains(&word)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &Expect) {
        let all: Vec<PathBuf> = files.iter().map(|(name, _)| PathBuf::from(name)).collect();
        let text = |path: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path)?;
            Some(found.1.as_bytes().to_vec())
        };
        let Brings { rules, units, firmware } = Brings::of(all.iter(), &text);
        let lines = rules.iter().map(|path| format!("rules {}", path.display()));
        let units = units.iter().map(|unit| {
            let Unit { path, wanted_by, missing } = unit;
            format!("unit {} {:?}, wanted by {wanted_by:?}, lacks {missing:?}", path.display(), unit.place())
        });
        let firmware = firmware.iter().map(|path| format!("firmware {}", path.display()));
        expected.assert_eq(&lines.chain(units).chain(firmware).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn files() {
        let service =
            "[Unit]\nDescription=x\n[Service]\nType=oneshot\nExecStart=-/usr/sbin/toyd --now\nExecStop=/bin/sh -c x\n";
        let full =
            format!("{service}ExecStartPre=!/sbin/modprobe \\\n toy\n[Install]\nWantedBy=a.target \\\n b.target\n");
        check(
            &[
                ("udev/60-a.rules", "SUBSYSTEM==\"misc\""),
                ("polkit/a.rules", "polkit.addRule(function() {});"),
                ("debian/b.rules", ""),
                ("systemd/toyd.service", &full),
                ("systemd/toyd@.service", &full),
                ("reset.service", "[Service]\n[Install]\nWantedBy=a.target\nWantedBy=\nWantedBy=b.target"),
                ("org.example.Toy.service", "[D-BUS Service]\nExec=/usr/bin/toy\n"),
                ("toyd.timer", "[Timer]\nOnBootSec=5\n[Install]\nWantedBy=timers.target\n"),
                ("some.path", "[Path]\nPathExists=/dev/toy\n"),
                ("not-one.path", "/usr/bin\n"),
                ("docs/other.service", service),
                ("firmware/a.bin", ""),
                ("firmware/a.c", ""),
            ],
            &expect![[r#"
                rules udev/60-a.rules
                unit systemd/toyd.service Some(("services", "toyd")), wanted by ["a.target", "b.target"], lacks ["/sbin/modprobe", "/usr/sbin/toyd"]
                unit systemd/toyd@.service Some(("services", "toyd@")), wanted by [], lacks ["/sbin/modprobe", "/usr/sbin/toyd"]
                unit reset.service Some(("services", "reset")), wanted by ["b.target"], lacks []
                unit toyd.timer Some(("timers", "toyd")), wanted by ["timers.target"], lacks []
                unit some.path Some(("paths", "some")), wanted by [], lacks []
                firmware firmware/a.bin"#]],
        );
    }
}
