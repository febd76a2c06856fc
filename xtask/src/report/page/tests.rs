// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whole pages, of runs that were recorded and of names that mean harm.

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use super::*;
use crate::coverage::{Counts, Coverage, Source, Taken};
use crate::judge::{Failure, Fault, FaultKind, Transcript, Verdict};
use crate::outcome::{Outcome, Ran, Repeated};

fn transcript(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts").join(name)
}

/// What `vm-test` would say of a recorded run.
fn judged(driver: &str, asked: &str, name: &str) -> Outcome {
    let dir = transcript(name);
    let transcript = Transcript::read(&dir).expect("a transcript");
    let verdict = crate::judge::judge(&transcript);
    let ran = Some(Ran { steps: transcript.record.steps.len(), ms: transcript.record.wall_ms });
    Outcome { asked: asked.to_owned(), ran, ..Outcome::new(driver, "6.1.0-56-amd64", verdict, dir) }
}

fn told(outcomes: Vec<Outcome>) -> Told {
    Told { outcomes, ..Told::default() }
}

/// The lines of the log that are marked.
fn marked(outcome: Outcome) -> Vec<String> {
    let page = page(&told(vec![outcome]), &Facts::default());
    let log = page.split("<div class=\"log\"").nth(1).unwrap_or_default();
    let marks = log.split("<mark").skip(1).filter_map(|rest| rest.split_once('>')?.1.split("</mark>").next());
    marks.map(str::to_owned).collect()
}

#[test]
fn the_line_that_decided() {
    let check = |name: &str, expected: &Expect| {
        let lines: String = marked(judged("foobar", "6_1", name)).iter().map(|line| format!("{line}\n")).collect();
        expected.assert_eq(&lines);
    };
    check("pass", &expect![[""]]);
    check(
        "oops-in-init",
        &expect![[r#"
        [    0.520091] BUG: kernel NULL pointer dereference, address: 0000000000000000
        [    0.520104] #PF: supervisor write access in kernel mode
        [    0.520117] #PF: error_code(0x0002) - not-present page
        [    0.520182] RIP: 0010:foobar_init+0x5/0x1000 [foobar]
    "#]],
    );
    check(
        "warn-new-form",
        &expect![[r#"
        [    0.540117] WARNING: /home/dev/foobar/foobar.c:88 at foobar_show+0x1c/0x30 [foobar], CPU#0: cat/61
        [    0.540156] RIP: 0010:foobar_show+0x1c/0x30 [foobar]
    "#]],
    );
    check(
        "step-wrong-output",
        &expect![[r#"
        [    0.540091] workbench: 3f9ac1d27be04856 begin 2 greets
    "#]],
    );
    check(
        "forbidden-log-line",
        &expect![[r#"
        [    0.560104] foobar: leaked 3 buffers
    "#]],
    );
    check(
        "load-refused-enodev",
        &expect![[r#"
        [    0.520052] workbench: 3f9ac1d27be04856 begin 1 load foobar
        [    0.520078] foobar: no such laptop
    "#]],
    );
    check(
        "hang-in-init",
        &expect![[r#"
        [    0.520052] workbench: 3f9ac1d27be04856 begin 1 load foobar
        [    0.520078] foobar: module verification failed: signature and/or required key missing - tainting kernel
    "#]],
    );
}

#[test]
fn rows_and_columns() {
    let of = |driver: &str, asked: &str, kernel: &str, verdict: Verdict| Outcome {
        asked: asked.to_owned(),
        ..Outcome::new(driver, kernel, verdict, "/nowhere".into())
    };
    let outcomes = vec![
        of("b", "6_12", "6.12.1", Verdict::Skip(vec!["not <here>".to_owned()])),
        Outcome { cached: true, ..of("a", "6_1", "6.1.1", Verdict::Pass) },
        Outcome {
            repeated: Some(Repeated { passed: 1, runs: 3 }),
            ..of("a", "6_12", "6.12.1", Verdict::Fail(vec![Failure::MissingLogLine { text: "x".to_owned() }]))
        },
        of("a", "7_9", "7_9", Verdict::Lost("no such kernel".to_owned())),
    ];
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let (drivers, kernels) = (names(&["a", "b"]), names(&["6_1", "6_12", "7_9"]));
    let told = Told { drivers, kernels, outcomes, ..Told::default() };
    expect![[r##"
        <div class="scroll" role="region" aria-label="Verdicts" tabindex="0">
        <table>
        <thead><tr><th scope="col">kernel</th><th scope="col">a</th><th scope="col">b</th></tr></thead>
        <tbody>
        <tr><th scope="row">6_1 <small>6.1.1</small></th><td><div class="entry" data-cell="0"><a class="verdict pass" href="#c0">pass</a><small>cached</small></div></td><td></td></tr>
        <tr><th scope="row">6_12 <small>6.12.1</small></th><td><div class="entry" data-cell="1"><a class="verdict fail" href="#c1">fail</a><small>1 of 3 runs</small></div></td><td><div class="entry" data-cell="2"><a class="verdict skip" href="#c2">skip</a><small></small></div></td></tr>
        <tr><th scope="row">7_9</th><td><div class="entry" data-cell="3"><a class="verdict lost" href="#c3">lost</a><small></small></div></td><td></td></tr>
        </tbody>
        </table>
        </div>
    "##]]
    .assert_eq(&table::table(&Cell::all(&told)));
    let told = Told { drivers: names(&["a@one", "a@two"]), kernels: names(&["6_1"]), ..told };
    let outcomes = ["a@two", "a@one"].map(|driver| of(driver, "6_1", "6.1.1", Verdict::Pass)).to_vec();
    expect![[r##"
        <div class="scroll" role="region" aria-label="Verdicts" tabindex="0">
        <table>
        <thead><tr><th scope="col">driver</th><th scope="col">6_1 <small>6.1.1</small></th></tr></thead>
        <tbody>
        <tr><th scope="row">a@one</th><td><div class="entry" data-cell="0"><a class="verdict pass" href="#c0">pass</a><small></small></div></td></tr>
        <tr><th scope="row">a@two</th><td><div class="entry" data-cell="1"><a class="verdict pass" href="#c1">pass</a><small></small></div></td></tr>
        </tbody>
        </table>
        </div>
    "##]].assert_eq(&table::table(&Cell::all(&Told { outcomes, ..told })));
}

/// Names and messages as somebody might make them who wants to be more than text.
#[test]
fn harmless() {
    let evil = "</script><script>alert(1)</script>\" onload=\"x' {{css}} \u{1b}[31m \u{202e}";
    let fault = Fault {
        kind: FaultKind::Oops,
        title: evil.to_owned(),
        during: Some(evil.to_owned()),
        log: vec![evil.to_owned(), format!(" {evil}+0x1/0x2 [x]")],
        more: 1,
        sites: Vec::new(),
        why: vec![evil.to_owned()],
    };
    let dir = tempfile::tempdir().expect("a folder");
    let log = [evil.as_bytes(), b"\n\xff\x00<img src=x onerror=alert(1)>\n]]>--><!--\n", evil.as_bytes()].concat();
    std::fs::write(dir.path().join("console.log"), log).expect("written");
    let outcome = |verdict| Outcome {
        asked: evil.to_owned(),
        build_ms: Some(1),
        ..Outcome::new(evil, evil, verdict, dir.path().to_owned())
    };
    let facts = Facts { host: evil.to_owned(), ..Facts::default() };
    let page = page(&told(vec![outcome(Verdict::Crash(fault)), outcome(Verdict::Lost(evil.to_owned()))]), &facts);
    let count = |text: &str| page.matches(text).count();
    assert_eq!((count("<script"), count("</script"), count("<style"), count("<img")), (1, 1, 1, 0));
    assert_eq!(
        (count("alert(1)"), count("&lt;script&gt;alert(1)")),
        (count("&gt;alert(1)") + 2, count("&gt;alert(1)"))
    );
    assert!(page.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "control characters");
    assert_eq!(count("\u{202e}"), 0);
    // Each quote that is not ours is written as a reference, so no attribute ends early.
    assert_eq!(count("onload=\"x"), 0);
    assert!(count("{{css}}") > 4, "what is put in is not looked at again");
}

#[test]
fn needs_nothing_else() {
    let page = page(&told(vec![judged("foobar", "6_1", "oops-in-init")]), &Facts::default());
    for word in ["http:", "https:", "src=", "url(", "@import", "<link", "fetch(", "<base"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn nothing_ran() {
    let page = page(&Told::default(), &Facts::default());
    assert!(page.contains("<h1>nothing ran</h1>"), "{page}");
    let error = Some("there is no kernel `<7_9>`".to_owned());
    let page = super::page(&Told { error, ..Told::default() }, &Facts::default());
    assert!(page.contains("<h1>an error</h1>") && page.contains("there is no kernel `&lt;7_9&gt;`"), "{page}");
}

#[test]
fn times_of_a_matrix_only() {
    let outcomes = || vec![judged("a", "6_1", "pass"), judged("b", "6_1", "pass")];
    let has_times = |told: &Told| page(told, &Facts::default()).contains("class=\"times\"");
    assert!(!has_times(&told(outcomes())), "these were judged again");
    assert!(has_times(&Told { drivers: vec!["a".to_owned(), "b".to_owned()], ..told(outcomes()) }));
}

/// Sources with their counts: what they are called, and what is in them, is text.
#[test]
fn lines_that_have_run() {
    let source = |lines: &[(u32, u64)], text: &str| Source {
        lines: lines.iter().copied().collect(),
        branches: [(1, vec![12, 0])].into(),
        text: text.to_owned(),
        ..Source::default()
    };
    let counts = Counts(
        [
            ("/d/<a>.c".into(), source(&[(1, 12), (3, 0)], "f();\n\nif (a < b && \"{{css}}\")\n")),
            ("/d/b.c".into(), source(&[(1, 1)], "")),
        ]
        .into(),
    );
    let runs = |why: &str| ("d@<two>".to_owned(), Taken::Missing(why.to_owned()));
    let coverage = Coverage::new(
        "<d>",
        "6.12",
        "6_12+coverage",
        vec![("d@one".to_owned(), Taken::Counts(counts)), runs("<gone>")],
    );
    expect![[r##"
        <section class="counted">
        <h2>Lines of &lt;d&gt; that have run on 6.12: 66.6 %</h2>
        <p class="note">without d@&lt;two&gt;: &lt;gone&gt;</p>
        <div class="scroll" role="region" aria-label="Sources" tabindex="0">
        <table>
        <thead><tr><th scope="col">source</th><th scope="col">lines</th><th scope="col">functions</th></tr></thead>
        <tbody>
        <tr><th scope="row"><a href="#n0s0">/d/&lt;a&gt;.c</a></th><td><meter min="0" max="2" value="1" aria-hidden="true"></meter> 50.0 % (1 of 2)</td><td>0 of 0</td></tr>
        <tr><th scope="row"><a href="#n0s1">/d/b.c</a></th><td><meter min="0" max="1" value="1" aria-hidden="true"></meter> 100.0 % (1 of 1)</td><td>0 of 0</td></tr>
        <tr><th scope="row">all</th><td><meter min="0" max="3" value="2" aria-hidden="true"></meter> 66.6 % (2 of 3)</td><td>0 of 0</td></tr>
        </tbody>
        </table>
        </div>
        <p class="note"><span class="key idle"></span> never run, <span class="key partly"></span> run, but never on to one of the places it leads to</p>
        <details><summary>/d/&lt;a&gt;.c</summary>
        <div class="log" id="n0s0" role="region" tabindex="0" aria-label="/d/&lt;a&gt;.c"><pre><span class="partly"><i>    1</i> <b>      12</b>  f();</span>
        <span><i>    2         </i>  </span>
        <span class="idle"><i>    3</i> <b>   never</b>  if (a &lt; b &amp;&amp; &quot;{{css}}&quot;)</span>
        </pre></div></details>
        <p class="note" id="n0s1">/d/b.c has changed since, so it is not shown</p>
        </section>
    "##]].assert_eq(&counted::all(&[coverage]));
    expect![[r#"
        <section class="counted">
        <h2>Lines of d that have run on 6.12: none were counted</h2>
        <p class="note">without d@&lt;two&gt;: gone</p>
        </section>
    "#]]
    .assert_eq(&counted::all(&[Coverage::new("d", "6.12", "6_12+coverage", vec![runs("gone")])]));
}
