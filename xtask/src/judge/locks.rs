// SPDX-License-Identifier: MIT OR Apache-2.0
//! What lockdep's reports mean, in words: the orders in which locks are taken, and the contexts.

/// How a report of these lines can come to a deadlock; nothing if it is of another kind.
pub(super) fn meaning(log: &[String]) -> Option<String> {
    order(log).or_else(|| context(log))
}

/// `-> #2 (c){+.+.}-{3:3}:`, and down to `-> #0`, the one that is about to be taken. Each was once taken while the one of the next lower
/// number was held, and the first is held now (kernel/locking/lockdep.c, print_circular_bug_entry()).
fn order(log: &[String]) -> Option<String> {
    let name = |line: &String| {
        let (_, rest) = line.strip_prefix("-> #")?.split_once(" (")?;
        Some(rest.split_once("){")?.0.to_owned())
    };
    let chain: Vec<String> = log.iter().filter_map(name).collect();
    let (taken, held) = (chain.last()?, chain.first().filter(|_| chain.len() > 1)?);
    let before: Vec<String> =
        chain.windows(2).map(|pair| format!("`{}` was taken while `{}` was held", pair[0], pair[1])).collect();
    Some(format!("`{taken}` is taken here while `{held}` is held, and elsewhere {}", before.join(", and ")))
}

/// `inconsistent {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage.` (print_usage_bug()): how the lock was taken, and how it is taken now.
fn context(log: &[String]) -> Option<String> {
    let (was, now) = log.iter().find_map(|line| {
        let usage = line.strip_prefix("inconsistent {")?.strip_suffix("} usage.")?;
        usage.split_once("} -> {")
    })?;
    let lock = log.iter().find_map(|line| super::reader::lock(line))?;
    let (kind, variant) = match (was, now) {
        ("SOFTIRQ-ON-W" | "SOFTIRQ-ON-R", _) | (_, "SOFTIRQ-ON-W" | "SOFTIRQ-ON-R") => {
            ("a soft interrupt, as a timer is", "_bh")
        }
        ("HARDIRQ-ON-W" | "HARDIRQ-ON-R", _) | (_, "HARDIRQ-ON-W" | "HARDIRQ-ON-R") => ("an interrupt", "_irqsave"),
        _ => return None,
    };
    let (inside, outside) = if now.starts_with("IN-") { ("here", "elsewhere") } else { ("elsewhere", "here") };
    Some(format!(
        "`{lock}` is taken {inside} in {kind}, and {outside} without keeping that off: if it comes while the lock is held, it waits \
         for ever; {outside} it needs `spin_lock{variant}`"
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(log: &str, expected: Expect) {
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        expected.assert_eq(&meaning(&lines).unwrap_or_default());
    }

    #[test]
    fn orders() {
        check(
            "-> #1 (stats){+.+.}-{3:3}:\n add+0x1/0x2 [m]\n-> #0 (&a->config){+.+.}-{3:3}:\n",
            expect![
                "`&a->config` is taken here while `stats` is held, and elsewhere `stats` was taken while `&a->config` was held"
            ],
        );
        check(
            "-> #2 (b){+.+.}-{3:3}:\n-> #1 ((work_completion)(&x)){+.+.}-{0:0}:\n-> #0 (a){+.+.}-{3:3}:",
            expect![
                "`a` is taken here while `b` is held, and elsewhere `b` was taken while `(work_completion)(&x)` was held, and `(work_completion)(&x)` was taken while `a` was held"
            ],
        );
        check("-> #0 (a){+.+.}-{3:3}:", expect![""]);
    }

    #[test]
    fn contexts() {
        let timer = "ffff8 (ticks){+.?.}-{2:2}, at: fires+0x10/0x20 [m]\n";
        check(
            &format!("inconsistent {{SOFTIRQ-ON-W}} -> {{IN-SOFTIRQ-W}} usage.\n{timer}"),
            expect![
                "`ticks` is taken here in a soft interrupt, as a timer is, and elsewhere without keeping that off: if it comes while the lock is held, it waits for ever; elsewhere it needs `spin_lock_bh`"
            ],
        );
        check(
            &format!("inconsistent {{IN-HARDIRQ-W}} -> {{HARDIRQ-ON-W}} usage.\n{timer}"),
            expect![
                "`ticks` is taken elsewhere in an interrupt, and here without keeping that off: if it comes while the lock is held, it waits for ever; here it needs `spin_lock_irqsave`"
            ],
        );
        check(&format!("inconsistent {{INITIAL USE}} -> {{IN-NMI}} usage.\n{timer}"), expect![""]);
    }
}
