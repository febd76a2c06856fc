// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask shell` as a person has it: on a terminal, typing.

use libtest_mimic::Trial;

use crate::terminal::Act::{self, Resize, See, Signal, Type};
use crate::terminal::{End, check};

const LEAVE: &str = "\x1d";

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |name: &str, words: &'static str, acts: &'static [Act], end: End| {
        let words: Vec<&str> = ["shell"].into_iter().chain(words.split_whitespace()).collect();
        Trial::test(format!("shell::{name}"), move || check(&words, &crate::root(), acts, end))
    };
    vec![
        trial("foobar@5_10", "foobar -k 5_10", FOOBAR, 0),
        trial("foobar@7_3", "foobar -k 7_3", FOOBAR, 0),
        trial("micro@6_1", "tests/zoo/micro -k 6_1 --no-load", MICRO, 0),
        trial("bare@6_1-cloud", "-k 6_1-cloud", BARE, 1),
        trial("oops@6_12", "tests/zoo/null-in-read -k 6_12", OOPS, 1),
        trial("hang@6_12", "tests/zoo/loop-irqs-off -k 6_12 --no-load", HANG, 0),
        trial("refused@6_1", "tests/zoo/init-ebusy -k 6_1", REFUSED, 0),
        trial("gdb@6_1", "foobar -k 6_1 --gdb", GDB, 0),
        trial("gdb@5_10", "foobar -k 5_10 --gdb", GDB, 0),
        trial("gdb@7_3", "foobar -k 7_3 --gdb --no-load", GDB_AT_LOAD, 0),
        trial("ended@6_1", "-k 6_1", &[See(PROMPT), Signal(libc::SIGTERM)], -libc::SIGTERM),
        trial("before@6_1", "-k 6_1", &[See("leaves it at once"), Type(LEAVE)], 0),
    ]
}

const PROMPT: &str = "# ";

/// gdb's prompt.
const ASKS: &str = "(gdb) ";

// What is typed before the shell asks for it is the terminal's, as anywhere, and Ctrl-D then ends nothing.
const FOOBAR: &[Act] = &[
    See("`unload` and `load` are for its modules"),
    See("foobar: Foobar Driver inserted."),
    See(PROMPT),
    Type("stty size\r"),
    See("\n33 101\r\n"),
    See(PROMPT),
    Resize(44, 77),
    // The shell draws its line anew.
    See(PROMPT),
    Type("stty size\r"),
    See("\n44 77\r\n"),
    See(PROMPT),
    Type("echo $TERM; pwd; tail -n 1 foobar_core.h\r"),
    See("\nxterm-256color\r\n"),
    See("/driver\r\n"),
    See("#endif"),
    See(PROMPT),
    Type("lsmod | grep foobar; echo one > /dev/foobar; cat /dev/foobar\r"),
    See("\nfoobar "),
    See("\none\r\n"),
    See(PROMPT),
    Type("sh -c 'echo beg''un; exec sleep 100'\r"),
    See("begun"),
    Type("\x03"),
    See(PROMPT),
    Type("echo ended $?\r"),
    See("\nended 130\r\n"),
    See(PROMPT),
    Type("sh -c 'echo beg''un; exec sleep 100'\r"),
    See("begun"),
    Type("\x1a"),
    See("Stopped"),
    See(PROMPT),
    Type("kill -9 %1; unload; load size=64; cat /sys/module/foobar/parameters/size\r"),
    See("foobar: Foobar Driver unloaded."),
    See("foobar: Foobar Driver inserted."),
    See("64\r\n"),
    See(PROMPT),
    // A prompt with what was typed is written again below what the kernel says.
    Type("(sleep 1; echo from the kernel > /dev/kmsg) &\r"),
    See(PROMPT),
    Type("echo unfinished"),
    See("from the kernel\x1b[0m\r\n"),
    See("echo unfinished"),
    Type("\x15exit 3\r"),
];

const MICRO: &[Act] = &[
    See("/driver is a copy of its folder: the machine `micro` has no PCI bus to share it by"),
    See(PROMPT),
    Type("lsmod | wc -l; ls\r"),
    See("\n1\r\n"),
    See("micro.c"),
    See(PROMPT),
    Type("load; lsmod\r"),
    See("\nmicro "),
    See(PROMPT),
    // Ctrl-D.
    Type("\x04"),
];

const BARE: &[Act] = &[
    See("a machine with 6.1."),
    See(PROMPT),
    Type("uname -r\r"),
    See("-cloud-amd64\r\n"),
    See(PROMPT),
    Type("echo c > /proc/sysrq-trigger\r"),
    See("Kernel panic - not syncing: sysrq triggered crash"),
    See("bare on 6.1."),
];

const OOPS: &[Act] = &[
    See(PROMPT),
    Type("cat /dev/null_in_read\r"),
    See("BUG: kernel NULL pointer dereference"),
    See("end trace"),
    See(PROMPT),
    Type("echo still $((1 + 1))\r"),
    See("still 2\r\n"),
    See(PROMPT),
    Type("exit\r"),
    See("null_in_read.c:9"),
];

const HANG: &[Act] = &[See(PROMPT), Type("load\r"), See("loading out-of-tree module"), Type("x\x03"), Type(LEAVE)];

const GDB: &[Act] = &[
    See("gdb has the keys while the machine stands"),
    See("`foobar` is loaded, and its init has not run yet"),
    See(ASKS),
    Type("info symbol foobar_init\r"),
    See("_module in section .init.text"),
    See(ASKS),
    Type("break foobar_init\r"),
    See("/driver/foobar_main.c"),
    See(", line "),
    See(ASKS),
    Type("break foobar_write\r"),
    See("Breakpoint 2 at "),
    See(ASKS),
    Type("continue\r"),
    See("hit Breakpoint 1, "),
    See("foobar_init"),
    See("/driver/foobar_main.c"),
    See(ASKS),
    // The machine runs, and the shell has the keys.
    Type("continue\r"),
    See("foobar: Foobar Driver inserted."),
    See(PROMPT),
    Type("echo one > /dev/foobar; echo wri''tten\r"),
    See("hit Breakpoint 2, "),
    See("foobar_write"),
    See("/driver/foobar_main.c"),
    See(ASKS),
    Type("print count\r"),
    See("= 4\r\n"),
    See(ASKS),
    Type("bt 1\r"),
    See("#0  "),
    See(ASKS),
    Type("delete 2\r"),
    See(ASKS),
    Type("continue\r"),
    See("written"),
    See(PROMPT),
    // The module is at another place, and so is the breakpoint.
    Type("unload; load\r"),
    See("foobar: Foobar Driver unloaded."),
    See("hit Breakpoint 1, "),
    See("foobar_init"),
    See(ASKS),
    Type("continue\r"),
    See("foobar: Foobar Driver inserted."),
    See(PROMPT),
    Type("\x1c"),
    See("received signal SIGINT"),
    See(ASKS),
    Type("continue\r"),
    See(PROMPT),
    Type("exit\r"),
];

const GDB_AT_LOAD: &[Act] = &[
    See(PROMPT),
    Type("load\r"),
    See("`foobar` is loaded, and its init has not run yet"),
    See(ASKS),
    Type("break foobar_open\r"),
    See("Breakpoint 1 at "),
    See(ASKS),
    Type("continue\r"),
    See("foobar: Foobar Driver inserted."),
    See(PROMPT),
    Type("cat /dev/foobar\r"),
    See("hit Breakpoint 1, "),
    See("foobar_open"),
    See(ASKS),
    Type("finish\r"),
    See("Value returned is $1 = 0"),
    See(ASKS),
    Type("quit\r"),
];

const REFUSED: &[Act] = &[See("`init_ebusy` was not loaded: EBUSY"), See(PROMPT), Type("poweroff\r")];
