// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reports of the guest that are wrong in one way each, and the records of /dev/kmsg in them.

use expect_test::expect;

use super::check_rows;
use crate::judge::answer::{Report, State};
use crate::judge::kmsg::record;

/// What a report says, `…` being the lines that every report begins with, and how it is read.
const REPORTS: &[(&str, &str)] = &[
    ("…# begin 1 10\nok 1 x\n# end n 20\n", "Complete"),
    ("KTAP version 1\r\n# workbench n\r\n1..1\r\n# begin 1 10\r\nok 1 x\r\n# end n 20\r\n", "Complete"),
    ("…# begin 1 10\nok 1 - x\n# end n 20\n", "Complete"),
    ("", "Incomplete(\"it is empty\")"),
    ("\n", "Incomplete(\"it stops before its plan\")"),
    ("TAP version 13\n", "CONTRADICTORY line 1: `TAP version 13` is not `KTAP version 1`"),
    ("KTAP version 1", "Incomplete(\"it stops before its plan\")"),
    ("KTAP version 1\n1..1\n", "CONTRADICTORY line 2: a plan before `# workbench`"),
    ("KTAP version 1\n# workbench n\n", "Incomplete(\"it stops before its plan\")"),
    ("KTAP version 1\n# workbench \n", "CONTRADICTORY line 2: it is the report of another run, ``"),
    ("KTAP version 1\n# workbench n\n# workbench n\n", "CONTRADICTORY line 3: a second `# workbench`"),
    ("…", "Incomplete(\"it stops after 0 of 1 results\")"),
    ("…# begin 1 10\n", "Incomplete(\"it stops after 0 of 1 results\")"),
    ("…# begin 1 10\nok 1 x\n", "Incomplete(\"it has all its results, but no end mark\")"),
    ("…# begin 1 10\nok 1 x\n# end n 20", "Incomplete(\"its last line is cut\")"),
    ("…# begin 2 10\n", "CONTRADICTORY line 4: step 2 of 1"),
    ("…# begin 0 10\n", "CONTRADICTORY line 4: step 0 comes twice"),
    ("…# begin +1 10\n", "CONTRADICTORY line 4: `+1` is not a number"),
    ("…# begin 1\n", "CONTRADICTORY line 4: `# begin` without a time"),
    ("…# begin 1 10\n# begin 1 11\n", "CONTRADICTORY line 5: step 1 begins before the one before it has ended"),
    ("…ok 1 x\n", "CONTRADICTORY line 4: step 1 has a result, and never began"),
    ("…ok 1 x # SKIP why not\n# end n 20\n", "Complete"),
    ("…not ok 1 x # SKIP why not\n", "CONTRADICTORY line 4: step 1 has a result, and never began"),
    ("…ok\n", "CONTRADICTORY line 4: `ok` is no line of a report"),
    ("…ok one x\n", "CONTRADICTORY line 4: `one` is not a number"),
    ("…# begin 1 10\nok 1 x\nok 1 x\n", "CONTRADICTORY line 6: step 1 comes twice"),
    ("…# begin 1 10\nok 1 x\nok 2 y\n", "CONTRADICTORY line 6: step 2 of 1"),
    ("…# out x\n", "CONTRADICTORY line 4: `# out` outside a step"),
    ("…# begin 1 10\nok 1 x\n# out x\n", "CONTRADICTORY line 6: `# out` outside a step"),
    ("…# begin 1 10\n# exit 0\n# exit 0\n", "CONTRADICTORY line 6: a second exit"),
    ("…# begin 1 10\n# exit -1\n", "CONTRADICTORY line 5: `-1` is not a number"),
    ("…# taint 0\n# taint 0\n", "CONTRADICTORY line 5: a second taint"),
    ("…# taint many\n", "CONTRADICTORY line 4: `many` is not a number"),
    ("…# end n 20\n", "CONTRADICTORY line 4: `# end` after 0 of 1 results"),
    ("…# end m 20\n", "CONTRADICTORY line 4: it ends as the report of another run, `m`"),
    ("…1..1\n", "CONTRADICTORY line 4: a second plan"),
    ("…1..99999999999999999999999999\n", "CONTRADICTORY line 4: `99999999999999999999999999` is not a number"),
    ("…# begin 1 10\nok 1 x\n# end n 20\n#\n", "CONTRADICTORY line 7: `#` stands after the end"),
    ("…Bail out! no /proc\n", "GaveUp(\"no /proc\")"),
    ("…    ok 1 nested\n", "CONTRADICTORY line 4: `    ok 1 nested` is no line of a report"),
    (
        "KTAP version 1\n# workbench n\n1..99999999999\n# begin 1 10\n",
        "Incomplete(\"it stops after 0 of 99999999999 results\")",
    ),
];

#[test]
fn reports() {
    let head = "KTAP version 1\n# workbench n\n1..1\n";
    for (report, expected) in REPORTS {
        let state = match Report::parse(report.replace('…', head).as_bytes(), "n").state {
            State::Contradictory(what) => format!("CONTRADICTORY {what}"),
            state => format!("{state:?}"),
        };
        assert_eq!(state, *expected, "{report:?}");
    }
}

#[test]
fn records_of_dev_kmsg() {
    let rows: [&[u8]; 8] = [
        b"6,512,812345,-;foobar: Foobar Driver inserted.",
        b"14,512,812345,-;a program",
        b"4,1,0,-,caller=T57;with a caller",
        b"6,1,2,c;esc \\x0a \\x5c \\x1b[31m caf\\xc3\\xa9 \\x \\xg0 \\",
        b"6,1,2,-;a;b",
        b"6,1,2,-;",
        b"no record",
        b"x,1,2,-;y",
    ];
    check_rows(
        rows.iter().map(|row| format!("{:?}", record(row))),
        &expect![[r#"
        Record { level: Some(6), of_kernel: true, usec: Some(812345), text: "foobar: Foobar Driver inserted." }
        Record { level: Some(6), of_kernel: false, usec: Some(812345), text: "a program" }
        Record { level: Some(4), of_kernel: true, usec: Some(0), text: "with a caller" }
        Record { level: Some(6), of_kernel: true, usec: Some(2), text: "esc � \\  café \\x \\xg0 \\" }
        Record { level: Some(6), of_kernel: true, usec: Some(2), text: "a;b" }
        Record { level: Some(6), of_kernel: true, usec: Some(2), text: "" }
        Record { level: None, of_kernel: true, usec: None, text: "no record" }
        Record { level: None, of_kernel: true, usec: None, text: "x,1,2,-;y" }
    "#]],
    );
}
