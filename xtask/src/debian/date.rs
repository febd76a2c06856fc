// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dates of the archive's lists, and of its past.

/// A date of a Release file, `Sat, 15 Nov 2026 08:09:10 UTC`, as snapshot.debian.org writes the day after it: only then
/// has the past all that the list names, and it is asked for what was there at a date at the latest.
pub(super) fn of_snapshot(date: &str) -> Option<String> {
    let mut words = date.split_whitespace().skip(1);
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let time: String = words.next()?.chars().filter(char::is_ascii_digit).collect();
    let (day, year): (u32, u32) = (day.parse().ok()?, year.parse().ok()?);
    let month = MONTHS.iter().position(|name| *name == month)?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = LENGTHS[month] + u32::from(month == 1 && is_leap);
    let (day, month) = if day < days { (day + 1, month) } else { (1, month + 1) };
    let (month, year) = if month < MONTHS.len() { (month, year) } else { (0, year + 1) };
    (time.len() == 6).then(|| format!("{year:04}{:02}{day:02}T{time}Z", month + 1))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let check = |date, expected| assert_eq!(of_snapshot(date).as_deref(), expected, "{date}");
        check("Sat, 15 Nov 2026 08:09:10 UTC", Some("20261116T080910Z"));
        check("Thu, 31 Dec 2026 23:59:59 UTC", Some("20270101T235959Z"));
        check("Mon, 28 Feb 2028 00:00:00 +0000", Some("20280229T000000Z"));
        check("Sun, 28 Feb 2027 00:00:00 UTC", Some("20270301T000000Z"));
        check("Mon, 30 Apr 2029 00:00:00 UTC", Some("20290501T000000Z"));
        check("yesterday", None);
        check("Sat, 15 Nowember 2026 08:09:10 UTC", None);
        check("Sat, 15 Nov 2026 8:9 UTC", None);
        check("", None);
    }
}
