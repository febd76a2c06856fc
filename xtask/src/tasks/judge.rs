// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask judge`

use std::path::PathBuf;

use anyhow::Result;

use crate::judge::{Transcript, judge};
use crate::outcome::{ExitStatus, Outcome};
use crate::report::{Event, Events};

pub(super) fn run(events: &Events, dirs: &[PathBuf]) -> Result<ExitStatus> {
    let mut verdicts = Vec::new();
    for dir in dirs {
        let transcript = Transcript::read(dir)?;
        let verdict = judge(&transcript);
        verdicts.push(verdict.clone());
        let record = transcript.record;
        events.say(Event::Outcome(Box::new(Outcome {
            driver: record.driver,
            kernel: record.kernel,
            verdict,
            warnings: 0,
            steps: record.steps.len(),
            build_ms: 0,
            vm_ms: record.wall_ms,
            kept: dir.clone(),
        })));
    }
    Ok(ExitStatus::of(verdicts.iter()))
}
