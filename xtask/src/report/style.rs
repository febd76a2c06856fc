// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the terminal can do, and what it is told by colours. A word always says the same.

use std::io::IsTerminal as _;

/// See the module's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Standard error is a terminal that understands cursor movement.
    pub(super) live: bool,
    /// Standard output is a terminal.
    pub(super) seen: bool,
    /// Of results, on standard output.
    pub(super) colour: bool,
    /// Of what is drawn on standard error.
    pub(super) live_colour: bool,
}

impl Style {
    pub(super) fn detect() -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let colour = !dumb && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let live = std::io::stderr().is_terminal() && !dumb;
        let seen = std::io::stdout().is_terminal();
        Self { live, seen, colour: seen && colour, live_colour: live && colour }
    }
}

/// ECMA-48's numbers (SGR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Bold = 1,
    Faint = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
}

impl Colour {
    pub(super) fn of_verdict(word: &str) -> Self {
        match word {
            "pass" => Self::Green,
            "skip" => Self::Yellow,
            _ => Self::Red,
        }
    }

    pub(super) fn paint(self, text: &str) -> String {
        match self {
            Self::Bold | Self::Faint => format!("\x1b[{}m{text}\x1b[0m", self as u8),
            colour => format!("\x1b[{};1m{text}\x1b[0m", colour as u8),
        }
    }
}
