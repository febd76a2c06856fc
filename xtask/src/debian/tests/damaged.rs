// SPDX-License-Identifier: MIT OR Apache-2.0
//! A package with a bit flipped, or an end cut off, at each of its places: it is refused, or it unpacks to the same files.
//! Its hash would have told; this is about what a decompressor does when nobody asked the hash.

use super::*;

/// It has some of everything, and is cut into blocks.
fn package(ending: &str) -> Vec<u8> {
    let text: String = (0..150).map(|n| format!("{n} little numbers, ")).collect();
    let tar = tar(&[
        folder("./usr/"),
        folder("./usr/share/x/"),
        Entry { mode: 0o755, ..file("./usr/share/x/a", &text) },
        file("./usr/share/x/b", "B"),
        hard_link("./usr/share/x/c", "./usr/share/x/b"),
        link("./usr/share/x/d", "../../bin/sh"),
    ]);
    match ending {
        ".xz" => with_data("data.tar.xz", &xz(&tar, 4096)),
        ".zst" => with_data(
            "data.tar.zst",
            &ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest),
        ),
        _ => with_data("data.tar", &tar),
    }
}

/// What packages unpack to, one after the other in one folder.
struct Outcomes(Bench);

impl Outcomes {
    /// Of this package; none if it is refused.
    fn of(&self, package: &[u8]) -> Option<Vec<String>> {
        let root = self.0.root();
        fs::remove_dir_all(&root).expect("removed");
        fs::create_dir(&root).expect("made");
        let outcome = self.0.unpack(package, &|_| Place::Folder);
        outcome.is_ok().then(|| tree(&root).into_iter().map(|(path, what)| format!("{path}: {what}")).collect())
    }
}

#[test]
fn cut_anywhere() {
    let outcomes = Outcomes(Bench::new());
    for (ending, step) in [(".xz", 1), (".zst", 1), ("", 67)] {
        let package = package(ending);
        let whole = outcomes.of(&package).expect("a good package");
        for length in (0..package.len()).step_by(step) {
            let cut = outcomes.of(&package[..length]);
            // There may be a byte of padding at the end, which nobody misses.
            let is_whole = length + 1 == package.len() && cut.as_ref() == Some(&whole);
            assert!(cut.is_none() || is_whole, "{ending} cut to {length} of {}: {cut:?}", package.len());
        }
    }
}

/// xz has sums of all that counts.
#[test]
fn flipped_anywhere() {
    let outcomes = Outcomes(Bench::new());
    let package = package(".xz");
    let whole = outcomes.of(&package).expect("a good package");
    let mut refused = 0;
    // Every byte, and every bit of some of them.
    for at in (0..package.len() * 8).step_by(5) {
        let mut flipped = package.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        match outcomes.of(&flipped) {
            None => refused += 1,
            Some(files) => assert_eq!(files, whole, "bit {at}"),
        }
    }
    assert!(refused > package.len() / 2, "most bits count: {refused} of {}", package.len());
}

/// These have none, so that what is flipped may be a letter of a file; still nothing panics or reaches out.
#[test]
fn flipped_without_sums() {
    let outcomes = Outcomes(Bench::new());
    for (ending, step) in [(".zst", 1), ("", 11)] {
        let package = package(ending);
        for at in (0..package.len()).step_by(step) {
            let mut flipped = package.clone();
            flipped[at] ^= 1 << (at % 8);
            drop(outcomes.of(&flipped));
        }
    }
}
