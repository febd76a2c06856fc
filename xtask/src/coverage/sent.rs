// SPDX-License-Identifier: MIT OR Apache-2.0
//! The counts as they come from the guest: `# gcov…` lines of its report (qemu/README.md).

use std::collections::BTreeMap;

/// The .gcda files that the guest has sent, by their paths there; or why they are not whole, for people.
pub(super) fn files(results: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let complaint = results.split(|byte| *byte == b'\n').find_map(complaint);
    if let Some(complaint) = complaint {
        return Err(format!("the kernel says `{complaint}`"));
    }
    let mut files = BTreeMap::new();
    // The one that is being sent.
    let mut open: Option<(String, Vec<u8>)> = None;
    for line in results.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"# gcov")) {
        let line = String::from_utf8_lossy(line);
        let (word, value) = line.split_once(' ').unwrap_or((&line, ""));
        match (word, &mut open) {
            ("", None) => open = Some((value.to_owned(), Vec::new())),
            ("-data", Some((_, bytes))) => bytes.extend(hex(value).ok_or("a line of its counts is broken")?),
            ("-size", Some((_, bytes))) if value.parse() == Ok(bytes.len()) => files.extend(open.take()),
            ("-done", None) if value.parse() == Ok(files.len()) => return Ok(files),
            ("-failed", _) => return Err(failed(value)),
            _ => return Err("its counts were cut".to_owned()),
        }
    }
    Err("the machine ended before it could tell its counts".to_owned())
}

/// What the kernel logs when it has lost counts (kernel/gcov/fs.c).
fn complaint(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line.strip_prefix(b"# log ")?);
    let (_, text) = line.split_once(';')?;
    let is_one = ["gcov: could not ", "gcov: discarding saved data "].iter().any(|begin| text.starts_with(begin));
    is_one.then(|| text.to_owned())
}

/// What an errno of `# gcov-failed` means.
fn failed(errno: &str) -> String {
    match errno {
        "2" => "its kernel has no /sys/kernel/debug/gcov".to_owned(),
        "27" => "it has more than 4 MiB of counts".to_owned(),
        _ => format!("its counts can't be read (errno {errno})"),
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?));
    bytes.collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(results: &str, expected: Result<&str, &str>) {
        let found = files(results.as_bytes()).map(|files| {
            let texts = files.into_iter().map(|(path, bytes)| format!("{path}={}", String::from_utf8_lossy(&bytes)));
            texts.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{results}");
    }

    #[test]
    fn what_the_guest_sends() {
        let a = "# gcov /s/a.gcda\n# gcov-data 6869\n# gcov-data 21\n# gcov-size 3\n";
        let b = "# gcov /s/b.gcda\n# gcov-size 0\n";
        check(&format!("ok 1 load\n{a}# taint 0\n{b}# gcov-done 2\n# end x 5\n"), Ok("/s/a.gcda=hi! /s/b.gcda="));
        check("# gcov-done 0\n", Ok(""));
        let lost = "gcov: could not save data for '/s/a.gcda' (out of memory)";
        check(&format!("# log 4,9,8,-;{lost}\n{a}# gcov-done 1\n"), Err(&format!("the kernel says `{lost}`")));
        check("# log 6,9,8,-;gcov: version magic: 0x4234322a\n# gcov-done 0\n", Ok(""));
        // A program's words are no counts.
        check("# out # gcov-done 0\n", Err("the machine ended before it could tell its counts"));
        let early = "the machine ended before it could tell its counts";
        check("", Err(early));
        check(a, Err(early));
        check("# gcov /s/a.gcda\n# gcov-data 68", Err(early));
        let cut = "its counts were cut";
        check(&format!("{a}# gcov-done 2\n"), Err(cut));
        check("# gcov /s/a.gcda\n# gcov-data 6869\n# gcov-size 3\n# gcov-done 1\n", Err(cut));
        check("# gcov /s/a.gcda\n# gcov-data 6869\n# gcov-done 1\n", Err(cut));
        check("# gcov /s/a.gcda\n# gcov /s/b.gcda\n# gcov-size 0\n", Err(cut));
        check("# gcov-data 6869\n", Err(cut));
        check("# gcov /s/a.gcda\n# gcov-data 68 9\n", Err("a line of its counts is broken"));
        check("# gcov /s/a.gcda\n# gcov-data 686\n", Err("a line of its counts is broken"));
        check("# gcov-failed 2\n", Err("its kernel has no /sys/kernel/debug/gcov"));
        check(&format!("{a}# gcov-failed 27\n"), Err("it has more than 4 MiB of counts"));
        check("# gcov /s/a.gcda\n# gcov-failed 12\n", Err("its counts can't be read (errno 12)"));
    }
}
