// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an address tells that a processor could not use: the kernel writes patterns where nobody should look, so that they say what
//! went wrong when somebody does.

use super::errno;

/// A structure is seldom larger; the first page of memory is never mapped (`mmap_min_addr`).
const LARGEST: u64 = 4096;

/// What it means that a fault with this title was over its address; none if that says nothing.
pub(super) fn meaning(title: &str) -> Option<String> {
    let address = faulting(title)?;
    // Bytes of include/linux/poison.h, which kmalloc's caches write where the guest's kernel is asked to check them.
    let pattern = |byte: u8| {
        let base = u64::from_be_bytes([byte; 8]);
        (base.saturating_sub(LARGEST)..base.saturating_add(LARGEST)).contains(&address)
    };
    // LIST_POISON1 and LIST_POISON2, with CONFIG_ILLEGAL_POINTER_VALUE of x86 and arm64.
    let after = |base: u64| (base..base + 0x20).contains(&address);
    if pattern(0x6b) {
        return Some(
            "0x6b is what freed memory is filled with: the pointer was read from an object that had been freed"
                .to_owned(),
        );
    }
    if pattern(0x5a) {
        return Some(
            "0x5a is what new memory is filled with: the pointer was read from an object before anything was written there"
                .to_owned(),
        );
    }
    if after(0xdead_0000_0000_0100) || after(0xdead_0000_0000_0122) {
        return Some("list_del() leaves this address: the entry was no longer in a list".to_owned());
    }
    // include/linux/err.h, IS_ERR_VALUE().
    if let Some(number) = 0_u64.checked_sub(address).filter(|number| (1..=4095).contains(number)) {
        let name = u32::try_from(number).map(errno::name).unwrap_or_default();
        return Some(format!("the address is -{number}, as an error pointer of {name} is: IS_ERR() was not asked"));
    }
    let is_member = (1..LARGEST).contains(&address) && title.contains("NULL pointer");
    is_member.then(|| format!("what is {address} bytes into a structure was accessed, by a pointer to it that is NULL"))
}

/// The address in a title of arch/x86/mm/fault.c, arch/x86/kernel/traps.c or kasan_non_canonical_hook().
fn faulting(title: &str) -> Option<u64> {
    let marks = ["address: ", "address 0x", "in range [0x"];
    let rest = marks.iter().find_map(|mark| title.split_once(mark))?.1;
    let rest = rest.strip_prefix("0x").unwrap_or(rest);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
    u64::from_str_radix(&rest[..digits], 16).ok()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(title: &str, expected: Expect) {
        expected.assert_eq(&meaning(title).unwrap_or_default());
    }

    #[test]
    fn meanings() {
        let gpf = |address: &str| {
            format!("Oops: general protection fault, probably for non-canonical address {address}: 0000 [#1]")
        };
        check(
            &gpf("0x6b6b6b6b6b6b6b73"),
            expect![
                "0x6b is what freed memory is filled with: the pointer was read from an object that had been freed"
            ],
        );
        check(&gpf("0xdead000000000122"), expect!["list_del() leaves this address: the entry was no longer in a list"]);
        check(
            "KASAN: maybe wild-memory-access in range [0x5a5a5a5a5a5a5a58-0x5a5a5a5a5a5a5a5f]",
            expect![
                "0x5a is what new memory is filled with: the pointer was read from an object before anything was written there"
            ],
        );
        check("BUG: unable to handle page fault for address: fffffffffffffff4", expect![""]);
        check(
            "BUG: kernel NULL pointer dereference, address: 0000000000000018",
            expect!["what is 24 bytes into a structure was accessed, by a pointer to it that is NULL"],
        );
        check("BUG: kernel NULL pointer dereference, address: 0000000000000000", expect![""]);
        check("KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]", expect![""]);
        check(&gpf("0x4141414141414141"), expect![""]);
        check("BUG: unable to handle page fault for address: ffffc9000004f000", expect![""]);
        check("BUG: unable to handle page fault for address: ", expect![""]);
        check("BUG: unable to handle page fault for address: 123456789012345678901", expect![""]);
    }
}
