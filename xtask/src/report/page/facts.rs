// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a page says about its own making.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use fs_err as fs;

use super::text::escaped;
use crate::context;
use crate::repository::Repository;

/// See the module's documentation. Each is empty when it is not known.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// UTC, to the minute.
    pub(super) date: String,
    pub(super) workbench: String,
    pub(super) host: String,
    /// What ran the machines.
    pub(super) accel: String,
}

impl Facts {
    /// Those of now and here; the machines were run by `accels`.
    pub(super) fn find(accels: &[String]) -> Self {
        let revision = context::own_files().ok().and_then(|dir| Repository::at(&dir).describe());
        let version = env!("CARGO_PKG_VERSION");
        Self {
            date: SystemTime::now().duration_since(UNIX_EPOCH).map(|now| date(now.as_secs())).unwrap_or_default(),
            workbench: revision.map_or_else(|| version.to_owned(), |revision| format!("{version} ({revision})")),
            host: host().unwrap_or_default(),
            accel: accels.iter().map(|accel| in_words(accel)).collect::<Vec<_>>().join(", "),
        }
    }

    pub(super) fn html(&self) -> String {
        let facts = [
            ("date", &self.date),
            ("workbench", &self.workbench),
            ("host", &self.host),
            ("machines run by", &self.accel),
        ];
        let mut html = String::new();
        for (name, fact) in facts.into_iter().filter(|(_, fact)| !fact.is_empty()) {
            let _ok = write!(html, "<div><dt>{name}</dt><dd>{}</dd></div>", escaped(fact));
        }
        html
    }
}

fn in_words(accel: &str) -> &str {
    match accel {
        "kvm" => "KVM",
        "tcg" => "QEMU's emulation",
        other => other,
    }
}

/// The host's name and kernel: <https://docs.kernel.org/admin-guide/sysctl/kernel.html>.
fn host() -> Option<String> {
    let read = |name: &str| Some(fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok()?.trim().to_owned());
    Some(format!("{}, Linux {}", read("hostname")?, read("osrelease")?))
}

/// Seconds since 1970 as a date in UTC. The arithmetic is that of
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>, whose years begin in March.
fn date(seconds: u64) -> String {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    const DAYS_FROM_YEAR_0: u64 = 719_468;
    let (days, minute) = (seconds / 86_400 + DAYS_FROM_YEAR_0, seconds % 86_400 / 60);
    let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let check = |seconds: u64, expected: &str| assert_eq!(date(seconds), expected);
        check(0, "1970-01-01 00:00 UTC");
        check(951_782_399, "2000-02-28 23:59 UTC");
        check(951_868_799, "2000-02-29 23:59 UTC");
        check(951_868_800, "2000-03-01 00:00 UTC");
        check(1_735_689_599, "2024-12-31 23:59 UTC");
        check(4_107_542_400, "2100-03-01 00:00 UTC");
    }
}
