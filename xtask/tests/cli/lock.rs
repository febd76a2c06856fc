// SPDX-License-Identifier: MIT OR Apache-2.0
//! kernels.lock: what is pinned stays what it is, whatever the archive does.

use expect_test::expect;

use crate::archive::{ARCHIVE, dists, release, xz};
use crate::bench::{Bench, without_keys};
use crate::server::{Fault, Times};

const PINNED: &str = "6.1.0-2-amd64";

/// A bench whose lock pins `6_1`, with an empty cache, and where the archive's past is asked for below `/past`.
fn locked() -> Bench {
    let bench = Bench::new();
    bench.set_up("keyring = \"keyring.pgp\"\nsnapshot = \"$MIRROR/past\"\n");
    bench.run("kernels lock 6_1").good();
    bench.empty_cache();
    bench.server.requests();
    bench
}

/// The archive forgets the newest 6.1: its index names only an older one.
fn forget_newest(bench: &Bench) {
    let index = xz(b"");
    bench.server.put(&dists("bookworm-security", "InRelease"), ARCHIVE.key.sign(&release("bookworm-security", &index)));
    bench.server.put(&dists("bookworm-security", "main/binary-amd64/Packages.xz"), index);
    bench.server.fault("/debian-security/pool/", Fault::NotFound, Times::Always);
}

#[test]
fn what_it_says() {
    let bench = locked();
    let text = std::fs::read_to_string(bench.path("ws/kernels.lock")).expect("the lock");
    let kernel: Vec<&str> = text.lines().take_while(|line| !line.starts_with("[tools")).collect();
    let masked = without_keys(&kernel.join("\n"));
    let mask = |word: &str| match word.len() {
        64 => "HASH".to_owned(),
        3 if word.parse::<u32>().is_ok() => "SIZE".to_owned(),
        _ => word.to_owned(),
    };
    let masked = masked.split(' ').map(mask).collect::<Vec<_>>().join(" ");
    expect![[r##"
        # Which packages the names of kernels mean; written by `cargo xtask kernels lock`.
        # A package is a line: suite, SHA256, size in bytes, path in the archive.
        format = 1

        [kernel.6_1]
        release = "6.1.0-2-amd64"
        version = "6.1.20-1"
        origin = "Debian bookworm-security 6.1.20-1"
        archive = "debian"
        tools = "bookworm-security-gcc-12-KEY"
        packages = [
            "bookworm-security HASH SIZE pool/main/linux-headers-6.1.0-2-amd64_6.1.20-1_amd64.deb",
            "bookworm-security HASH SIZE pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb",
            "bookworm-security HASH SIZE pool/main/linux-headers-6.1.0-2-common_6.1.20-1_amd64.deb",
            "bookworm-security HASH SIZE pool/main/linux-kbuild-6.1.0-2_6.1.20-1_amd64.deb",
        ]

        [kernel.6_1.dates]
        bookworm-security = "20261115T080910Z"
    "##]]
    .assert_eq(&masked);
}

#[test]
fn what_is_pinned_needs_no_index() {
    let bench = locked();
    let ran = bench.run("build --kernel 6_1").good();
    assert!(ran.stdout.contains(PINNED), "{ran:#?}");
    let asked = bench.server.requests();
    assert!(asked.iter().any(|path| path.contains("/linux-image-")), "{asked:#?}");
    assert!(!asked.iter().any(|path| path.contains("bookworm-security/InRelease")), "{asked:#?}");
}

#[test]
fn a_newer_one_changes_nothing() {
    let bench = Bench::new();
    bench.set_up("keyring = \"keyring.pgp\"\n");
    // Pinned while the archive had only the older one.
    forget_newest(&bench);
    bench.run("kernels lock 6_1").good();
    bench.server.reset(ARCHIVE.files.clone());
    bench.server.mend();
    bench.empty_cache();
    let ran = bench.run("kernels fetch 6_1").good();
    assert!(ran.stdout.contains("6_1 is 6.1.0-1-amd64"), "{ran:#?}");
    bench.run("kernels lock").good();
    let ran = bench.run("kernels fetch 6_1").good();
    assert!(ran.stdout.contains("6_1 is 6.1.0-2-amd64"), "renewed: {ran:#?}");
}

#[test]
fn what_the_archive_has_no_more_is_in_its_past() {
    let bench = locked();
    forget_newest(&bench);
    let there = ARCHIVE.files.iter().filter(|(path, _)| path.starts_with("/debian-security/pool/"));
    for (path, content) in there {
        let path = path.replace("/debian-security/", "/past/archive/debian-security/20261115T080910Z/");
        bench.server.put(&path, content.clone());
    }
    let ran = bench.run("kernels fetch 6_1 --locked").good();
    assert!(ran.stdout.contains(PINNED), "{ran:#?}");
    let asked = bench.server.requests();
    assert!(asked.iter().any(|path| path.contains("/past/archive/debian-security/2026")), "{asked:#?}");
}

#[test]
fn what_is_nowhere_any_more() {
    let bench = locked();
    forget_newest(&bench);
    let ran = bench.run("kernels fetch 6_1").good();
    assert!(ran.stdout.contains("6_1 is 6.1.0-1-amd64"), "{ran:#?}");
    ran.says(&["kernels.lock pins `6_1` to 6.1.0-2-amd64, which can't be had any more, so the newest is used"]);
    bench.empty_cache();
    bench.run("build --locked -k 6_1").fails(
        2,
        &["kernels.lock pins `6_1` to 6.1.0-2-amd64, which can't be had any more", "cargo xtask kernels lock 6_1"],
    );
}

/// A kernel that was fetched before it was pinned, for other tools.
#[test]
fn tools_are_pinned_too() {
    let bench = locked();
    bench.run("kernels fetch 6_1").good();
    let roots = bench.path("cache/roots");
    let pinned = bench.cache("roots").into_iter().find(|name| name.contains("gcc-12")).expect("a root");
    std::fs::rename(roots.join(&pinned), roots.join("of-yesterday")).expect("another root");
    let record = bench.path("cache/kernels/6.1.0-2-amd64_6.1.20-1/kernel.json");
    let text = std::fs::read_to_string(&record).expect("a record").replace(&pinned, "of-yesterday");
    std::fs::write(&record, &text).expect("written");
    let ran = bench.run("kernels show 6_1").good();
    assert!(ran.stdout.contains("$CACHE/roots/bookworm-security-gcc-12-KEY/usr/bin"), "{ran:#?}");
    assert_eq!(std::fs::read_to_string(&record).expect("a record"), text, "who has no lock goes on as before");
}

/// Also where the name is that of one release.
#[test]
fn release_that_is_nowhere_any_more() {
    let bench = locked();
    bench.run("kernels lock 6.1.20 6.1.0-2-amd64").good();
    bench.empty_cache();
    forget_newest(&bench);
    for name in ["6.1.20", "6.1.0-2-amd64"] {
        let ran = bench.run(&format!("kernels fetch {name}")).good();
        assert!(ran.stdout.contains(&format!("{name} is 6.1.0-1-amd64")), "{ran:#?}");
        ran.says(&["which can't be had any more, so the newest is used"]);
        bench.empty_cache();
        bench.run(&format!("kernels fetch --locked {name}")).fails(2, &["can't be had any more"]);
    }
}

#[test]
fn locked_allows_nothing_else() {
    let bench = locked();
    bench.run("build --locked -k 6_12").fails(
        2,
        &["kernels.lock does not pin the kernel `6_12`, and --locked allows no other", "cargo xtask kernels lock 6_12"],
    );
    let ran = bench.run("build --locked -k all").good();
    assert_eq!(ran.stdout.matches("built toy").count(), 1, "all that is pinned: {ran:#?}");
    std::fs::remove_file(bench.path("ws/kernels.lock")).expect("the lock");
    bench.run("build --locked -k 6_1").fails(2, &["kernels.lock does not pin the kernel `6_1`"]);
}

#[test]
fn one_name_is_renewed() {
    let bench = locked();
    bench.run("kernels lock 6_1-cloud").good();
    let text = std::fs::read_to_string(bench.path("ws/kernels.lock")).expect("the lock");
    assert!(text.contains("[kernel.6_1]") && text.contains("[kernel.6_1-cloud]"), "{text}");
    bench.run("kernels lock 6_1-cloud 6_6").fails(2, &["`6_6` can't be pinned", "no archive has it"]);
    assert_eq!(std::fs::read_to_string(bench.path("ws/kernels.lock")).expect("the lock"), text, "half is nothing");
    bench.run("kernels lock host").fails(2, &["`host` can't be pinned"]);
}

#[test]
fn damaged() {
    let bench = locked();
    let text = std::fs::read_to_string(bench.path("ws/kernels.lock")).expect("the lock");
    for (from, to, told) in [
        ("format = 1", "format = 2", "has the format 2, and this workbench knows 1"),
        ("format = 1", "format = ", "kernels.lock:3:"),
        ("bookworm-security ", "woody ", "has no suite `woody`"),
        ("pool/main/linux-headers", "../../etc/linux-headers", "is not a package"),
        ("archive = \"debian\"", "archive = \"nobodys\"", "no archive `nobodys`"),
    ] {
        bench.write("ws/kernels.lock", text.replace(from, to));
        bench.run("build -k 6_1").fails(2, &[told, "help: write it anew: `cargo xtask kernels lock`"]);
    }
    // A package that is not what the lock says is refused.
    let at = text.find("pool/main/linux-image").expect("the image");
    let hash = text[..at].split(' ').rev().nth(2).expect("its hash");
    bench.write("ws/kernels.lock", text.replace(hash, &"0".repeat(64)));
    bench.run("build -k 6_1").fails(2, &["it is corrupted", "linux-image"]);
    assert_eq!(bench.cache("kernels"), [""; 0]);
}
