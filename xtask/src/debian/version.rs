// SPDX-License-Identifier: MIT OR Apache-2.0
//! The order of Debian's versions, as deb-version(7) defines it.

use std::cmp::Ordering;

/// Compares two versions: `1.2~rc1` < `1.2` < `1.2-1` < `1.10` < `1:0`.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let (epoch_a, a) = a.split_once(':').unwrap_or(("0", a));
    let (epoch_b, b) = b.split_once(':').unwrap_or(("0", b));
    let (upstream_a, revision_a) = a.rsplit_once('-').unwrap_or((a, ""));
    let (upstream_b, revision_b) = b.rsplit_once('-').unwrap_or((b, ""));
    compare_part(epoch_a, epoch_b)
        .then_with(|| compare_part(upstream_a, upstream_b))
        .then_with(|| compare_part(revision_a, revision_b))
}

/// Runs of other characters and of digits in turn: characters by [`weight`], digits by their value.
fn compare_part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let text_a = take(&mut a, |c| !c.is_ascii_digit());
        let text_b = take(&mut b, |c| !c.is_ascii_digit());
        for n in 0..text_a.len().max(text_b.len()) {
            let order = weight(text_a.as_bytes().get(n)).cmp(&weight(text_b.as_bytes().get(n)));
            if order.is_ne() {
                return order;
            }
        }
        let digits_a = take(&mut a, |c| c.is_ascii_digit()).trim_start_matches('0');
        let digits_b = take(&mut b, |c| c.is_ascii_digit()).trim_start_matches('0');
        let order = digits_a.len().cmp(&digits_b.len()).then_with(|| digits_a.cmp(digits_b));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn take<'a>(text: &mut &'a str, wanted: impl Fn(char) -> bool) -> &'a str {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

/// A tilde sorts before even the end, letters before all other characters.
fn weight(byte: Option<&u8>) -> i32 {
    match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        let ascending = [
            "6.1~rc1-1",
            "6.1-1",
            "6.1.9-1",
            "6.1.170-1",
            "6.1.170-3~bpo11+1",
            "6.1.170-3",
            "6.1.192-1",
            "6.1.192-2",
            "6.9.7-1",
            "6.12~rc7-1~exp1",
            "6.12.107-1~deb12u1",
            "6.12.107-1",
            "6.12.117-1",
            "7.2.13-1",
            "1:0.1",
        ];
        for (n, a) in ascending.iter().enumerate() {
            for (m, b) in ascending.iter().enumerate() {
                assert_eq!(compare_versions(a, b), n.cmp(&m), "{a} against {b}");
            }
        }
        assert_eq!(compare_versions("1.0", "1.00"), Ordering::Equal);
        assert_eq!(compare_versions("", ""), Ordering::Equal);
        assert_eq!(compare_versions("1.0a", "1.0+"), Ordering::Less);
    }
}
