// SPDX-License-Identifier: MIT OR Apache-2.0
//! Counts as a tracefile of lcov's, which services and editors read
//! (<https://github.com/linux-test-project/lcov/blob/v2.3.1/man/geninfo.1#L1219>, "TRACEFILE FORMAT").

use std::fmt::Write as _;

use super::{Counts, Source};

/// Sources in the order of their paths, which are absolute.
pub(crate) fn tracefile(Counts(sources): &Counts) -> String {
    let mut text = String::new();
    for (path, source) in sources {
        let _ok = writeln!(text, "TN:\nSF:{}", path.display());
        record(source, &mut text);
        text.push_str("end_of_record\n");
    }
    text
}

fn record(source: &Source, text: &mut String) {
    let Source { lines, branches, functions, .. } = source;
    let mut by_line: Vec<_> = functions.iter().collect();
    by_line.sort_by_key(|(_, function)| function.line);
    for (name, function) in &by_line {
        let _ok = writeln!(text, "FN:{},{name}", function.line);
    }
    for (name, function) in &by_line {
        let _ok = writeln!(text, "FNDA:{},{name}", function.count);
    }
    let share = source.share_of_functions();
    let _ok = writeln!(text, "FNF:{}\nFNH:{}", share.all, share.covered);
    for (line, counts) in branches {
        let has_run = lines.get(line).is_some_and(|count| *count > 0);
        for (number, count) in counts.iter().enumerate() {
            let count = if has_run { count.to_string() } else { "-".to_owned() };
            let _ok = writeln!(text, "BRDA:{line},0,{number},{count}");
        }
    }
    let share = source.share_of_branches();
    let _ok = writeln!(text, "BRF:{}\nBRH:{}", share.all, share.covered);
    for (line, count) in lines {
        let _ok = writeln!(text, "DA:{line},{count}");
    }
    let share = source.share_of_lines();
    let _ok = writeln!(text, "LF:{}\nLH:{}", share.all, share.covered);
}
