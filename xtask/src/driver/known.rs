// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reports of the kernel that a driver's author knows of: `[[test.known]]` of driver.toml.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use super::limits::Series;
use crate::judge::Known;

/// One report that shall not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Allowance {
    /// A text that the report's title contains; `*` is any text, `%` is a number.
    #[serde(deserialize_with = "pattern")]
    pub report: String,
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// The last day on which it holds.
    #[serde(default, deserialize_with = "date")]
    pub until: Option<Date>,
    /// The series of kernels on which it holds.
    #[serde(default)]
    pub kernels: Series,
}

/// A pattern with fewer letters and digits would fit what nobody has seen yet.
const SHORTEST: usize = 6;

impl Allowance {
    /// What there is to say of it on this kernel on this day; nothing if it is for other kernels.
    pub(super) fn on(&self, release: &str, today: Date) -> Option<Known> {
        self.kernels.has(release).then(|| Known {
            report: self.report.clone(),
            reason: self.reason.clone(),
            until: self.until.map(|until| until.to_string()),
            expired: self.until.is_some_and(|until| until < today),
        })
    }
}

/// The day, in UTC: it is the same for all who test the same thing at the same time.
pub(super) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains(['\n', '\r', '\0']) {
        return Err(serde::de::Error::custom("a report's title is one line of text"));
    }
    if text.chars().filter(|c| c.is_alphanumeric()).count() < SHORTEST {
        let message =
            format!("`{text}` would fit any report: write at least {SHORTEST} letters or digits of its title");
        return Err(serde::de::Error::custom(message));
    }
    Ok(text)
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() || text.contains(['\n', '\r', '\0']) {
        return Err(serde::de::Error::custom("a reason is one line of text"));
    }
    Ok(text)
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = text.parse().ok().filter(|_| is_plain);
    date.map(Some).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a day: write `2027-01-31`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keys: &str, release: &str, today: &str, expected: &str) {
        let allowance: Allowance =
            toml::from_str(&format!("report = \"WARNING: x\"\nreason = \"y\"\n{keys}")).expect("one");
        let known = allowance.on(release, today.parse().expect("a day"));
        let said = known.map_or("none".to_owned(), |known| {
            let until = known.until.unwrap_or_else(|| "ever".to_owned());
            format!("until {until}{}", if known.expired { ", expired" } else { "" })
        });
        assert_eq!(said, expected);
    }

    #[test]
    fn when_and_where_it_holds() {
        check("", "6.1.0-56-amd64", "2026-11-20", "until ever");
        check("until = \"2026-11-20\"", "6.1.0-56-amd64", "2026-11-20", "until 2026-11-20");
        check("until = \"2026-11-20\"", "6.1.0-56-amd64", "2026-11-21", "until 2026-11-20, expired");
        check("kernels = \"<6.12\"", "6.1.0-56-amd64", "2026-11-21", "until ever");
        check("kernels = \"<6.12\"", "6.12.117+deb13-amd64", "2026-11-21", "none");
        check("kernels = \"<6.12\"", "no release", "2026-11-21", "none");
    }
}
