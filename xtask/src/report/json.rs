// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events as JSON, one object a line, on standard output. docs/json.md is what readers may rely on; a test keeps it true.

use std::io::Write as _;

use serde::Serialize;

use super::{Event, Listener};

/// Grows when a key or an event loses or changes its meaning, not when one is added.
const FORMAT: u32 = 1;

/// The first line: what the others are written in.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "start", rename_all = "kebab-case")]
struct Start {
    format: u32,
    version: &'static str,
}

const START: Start = Start { format: FORMAT, version: env!("CARGO_PKG_VERSION") };

pub(super) struct Json;

impl Json {
    pub(super) fn begin() -> Self {
        print(&START);
        Self
    }
}

impl Listener for Json {
    fn take(&mut self, event: &Event) {
        // Progress is for eyes.
        if !matches!(event, Event::Progress { .. } | Event::Done { .. } | Event::Stage { .. } | Event::Shown(_)) {
            print(event);
        }
    }
}

fn print(line: &impl Serialize) {
    let line = serde_json::to_string(line).expect("keys are strings, and so are paths");
    let mut out = std::io::stdout().lock();
    // A reader that has gone away is no reason to stop testing.
    let _reader_gone = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests;
