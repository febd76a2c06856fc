// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask package explain`

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use crate::explain::nix::{Finding, Log, Weight, read_configuration};
use crate::outcome::ExitStatus;
use crate::report::{Event, Events, Explanation, brief};

/// Explains all of the files, as far as they can be read.
pub(in crate::tasks) fn explain(events: &Events, files: &[PathBuf]) -> Result<ExitStatus> {
    let mut status = ExitStatus::Good;
    for file in files {
        match read(file) {
            Ok(findings) => {
                if status == ExitStatus::Good && findings.iter().any(|finding| finding.weight == Weight::Wrong) {
                    status = ExitStatus::JudgedBad;
                }
                tell(events, file, findings);
            }
            // One file that is none must not hide what the others say.
            Err(err) if files.len() > 1 => {
                status = ExitStatus::CouldNotJudge;
                events.note(brief(&err));
            }
            Err(err) => return Err(err),
        }
    }
    Ok(status)
}

fn read(file: &Path) -> Result<Vec<Finding>> {
    if file == Path::new("-") {
        return Log::read(io::stdin().lock()).context("failed to read standard input");
    }
    ensure!(!file.is_dir(), "`{}` is a folder\nhelp: name its files, `{}/*.nix`", file.display(), file.display());
    if file.extension().is_some_and(|extension| extension == "nix") {
        return read_configuration(file);
    }
    let log = Log::read(BufReader::new(fs::File::open(file)?));
    log.with_context(|| format!("failed to read `{}`", file.display()))
}

fn tell(events: &Events, file: &Path, findings: Vec<Finding>) {
    if findings.is_empty() {
        events.note(format!("nothing in `{}` is known to be wrong", file.display()));
    }
    for finding in findings {
        let why = finding.explained();
        let Finding { line, column, name, weight, said, .. } = finding;
        let file = file.display().to_string();
        events.say(Event::Explanation(Box::new(Explanation { file, line, column, name, weight, said, why })));
    }
}
