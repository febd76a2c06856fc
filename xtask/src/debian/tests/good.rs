// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages as Debian has them.

use super::*;
use crate::debian::Data;

#[track_caller]
fn check(entries: &[Entry], expected: &[&str]) {
    let bench = Bench::new();
    bench.unpack(&deb(entries), &|_| Place::Folder).expect("unpacked");
    assert_eq!(unpacked(&bench.root()), expected);
}

#[test]
fn files_folders_and_links() {
    check(
        &[
            folder("./"),
            folder("./usr/share/x/"),
            file("./usr/share/x/a", "A"),
            hard_link("./usr/share/x/b", "./usr/share/x/a"),
            link("./usr/share/x/c", "/etc/passwd"),
            Entry { mode: 0o6755, ..file("./usr/bin/su", "su") },
            file("./usr/share/doc/x/copyright", "for people"),
        ],
        &[
            "usr/bin/su: 755 su",
            "usr/share: folder",
            "usr/share/x: folder",
            "usr/share/x/a: 644 A",
            "usr/share/x/b: 644 A",
            "usr/share/x/c: -> /etc/passwd",
        ],
    );
}

/// Packages from before the merge have files in /bin, and links to them in /usr/bin.
#[test]
fn before_the_merge() {
    check(
        &[
            folder("./bin/"),
            Entry { mode: 0o755, ..file("./bin/touch", "touch") },
            link("./usr/bin/touch", "/bin/touch"),
        ],
        &["usr/bin/touch: 755 touch"],
    );
}

#[test]
fn all_compressions() {
    let tar = tar(&[file("./etc/a", "A")]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar).expect("written");
    let zst = ruzstd::encoding::compress_to_vec(&tar[..], ruzstd::encoding::CompressionLevel::Fastest);
    let packages = [
        with_data("data.tar", &tar),
        with_data("data.tar.gz", &gz.finish().expect("gz")),
        with_data("data.tar.zst", &zst),
        with_data("data.tar.xz/", &xz(&tar, 1 << 20)),
    ];
    for package in packages {
        let bench = Bench::new();
        bench.unpack(&package, &|_| Place::Folder).expect("unpacked");
        assert_eq!(unpacked(&bench.root()), ["etc/a: 644 A"]);
    }
}

/// Files that stay in a package are found in it, whether it is cut into blocks or not.
#[test]
fn files_that_stay() {
    let contents: Vec<String> = (0..400).map(|n| format!("{n} ").repeat(n)).collect();
    let entries: Vec<Entry> =
        contents.iter().enumerate().map(|(n, content)| file(&format!("./etc/{n}"), content)).collect();
    let tar = tar(&entries);
    let stays = |path: &Path| match path.to_str() {
        Some("etc/5") => Place::Folder,
        Some("etc/7") => Place::Seen,
        _ => Place::Package,
    };
    for package in [with_data("data.tar", &tar), with_data("data.tar.xz", &xz(&tar, 1 << 30)), deb_of_blocks(&tar)] {
        let bench = Bench::new();
        let inner = bench.unpack(&package, &stays).expect("unpacked");
        assert_eq!(unpacked(&bench.root()), ["etc/5: 644 5 5 5 5 5 "]);
        assert_eq!(inner.len(), contents.len() - 1);
        let mut last = None;
        let data = Data::open(&bench.dir.path().join("package.deb")).expect("a package");
        for Inner { path, at, size, content } in inner.iter().rev() {
            let number: usize = path.file_name().and_then(|it| it.to_str()).expect("a name").parse().expect("a number");
            let found = data.read_at(*at, *size, &mut last).expect("read");
            assert_eq!(String::from_utf8(found).expect("a text"), contents[number]);
            assert_eq!(content.is_some(), number == 7);
        }
    }
}

fn deb_of_blocks(tar: &[u8]) -> Vec<u8> {
    let data = xz(tar, 100_000);
    with_data("data.tar.xz", &data)
}
