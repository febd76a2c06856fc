// SPDX-License-Identifier: MIT OR Apache-2.0
//! A matrix in parts: each part is another machine's, and together they are the whole, with nothing twice.

use std::fmt;
use std::str::FromStr;

/// One of several parts of a matrix: `2/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 on.
    number: usize,
    of: usize,
}

impl Shard {
    /// Everything in one part.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether this part has the cell of this place, counted from 0 in the order of the command line.
    pub fn has(self, place: usize) -> bool {
        place % self.of == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| Some((parse(number)?, parse(of)?)));
        match numbers {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(format!("`{text}` is not a part: write `2/3` for the second of three")),
        }
    }
}

/// Digits only: `usize::from_str` would also take `+2`.
fn parse(text: &str) -> Option<usize> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let check = |text: &str, expected: &str| {
            let said = text.parse::<Shard>().map_or_else(|err| err, |shard| shard.to_string());
            assert_eq!(said, expected);
        };
        check("1/1", "1/1");
        check("2/3", "2/3");
        check("3/3", "3/3");
        for bad in ["", "/", "1", "0/3", "4/3", "1/0", "0/0", "-1/3", "+1/3", "1/3/5", "a/b", "1/99999999999999999999"]
        {
            check(bad, &format!("`{bad}` is not a part: write `2/3` for the second of three"));
        }
    }

    /// All parts together are the matrix, none of it twice, and no part has more than one cell more than another.
    #[test]
    fn parts_make_the_whole() {
        for of in 1..=9 {
            for size in 0..40 {
                let parts = (1..=of).map(|number| {
                    let shard = Shard { number, of };
                    (0..size).filter(|place| shard.has(*place)).collect::<Vec<_>>()
                });
                let parts: Vec<Vec<usize>> = parts.collect();
                let mut all = parts.concat();
                all.sort_unstable();
                assert_eq!(all, (0..size).collect::<Vec<_>>(), "{size} cells in {of} parts");
                let sizes = parts.iter().map(Vec::len);
                assert!(sizes.clone().max().unwrap_or(0) - sizes.min().unwrap_or(0) <= 1, "{parts:?}");
            }
        }
    }
}
