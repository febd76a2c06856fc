// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events as JSON, one object a line, on standard output.

use std::io::Write as _;

use super::Event;

pub(super) fn listen(events: impl Iterator<Item = Event>) {
    let mut out = std::io::stdout().lock();
    for event in events {
        // Progress is for eyes.
        if matches!(event, Event::Progress { .. } | Event::Done { .. } | Event::Stage { .. }) {
            continue;
        }
        let Ok(line) = serde_json::to_string(&event) else { continue };
        // A reader that has gone away is no reason to stop testing.
        let _reader_gone = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
