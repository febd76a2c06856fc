// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask shell` as a person has it: on a terminal, typing.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::Child;
use std::ptr::{null, null_mut};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

/// No machine is so slow; what does not come by then does not come.
const DEADLINE: Duration = Duration::from_secs(120);

const LEAVE: &str = "\x1d";

/// What a person does, and waits for.
#[derive(Debug, Clone, Copy)]
enum Act {
    Type(&'static str),
    /// Until this stands there, behind what was waited for before. What is typed stands there too.
    See(&'static str),
    /// Rows and columns.
    Resize(u16, u16),
    /// Somebody sends us this signal.
    Signal(libc::c_int),
}

use Act::{Resize, See, Signal, Type};

/// How it ends: an exit status, or minus a signal.
type End = i32;

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |name: &str, words: &'static str, acts: &'static [Act], end: End| {
        Trial::test(format!("shell::{name}"), move || check(words, acts, end))
    };
    vec![
        trial("foobar@5_10", "foobar -k 5_10", FOOBAR, 0),
        trial("foobar@7_3", "foobar -k 7_3", FOOBAR, 0),
        trial("micro@6_1", "tests/zoo/micro -k 6_1 --no-load", MICRO, 0),
        trial("bare@6_1-cloud", "-k 6_1-cloud", BARE, 1),
        trial("oops@6_12", "tests/zoo/null-in-read -k 6_12", OOPS, 1),
        trial("hang@6_12", "tests/zoo/loop-irqs-off -k 6_12 --no-load", HANG, 0),
        trial("refused@6_1", "tests/zoo/init-ebusy -k 6_1", REFUSED, 0),
        trial("ended@6_1", "-k 6_1", &[See(PROMPT), Signal(libc::SIGTERM)], -libc::SIGTERM),
        trial("before@6_1", "-k 6_1", &[See("leaves it at once"), Type(LEAVE)], 0),
    ]
}

const PROMPT: &str = "# ";

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

const REFUSED: &[Act] = &[See("`init_ebusy` was not loaded: EBUSY"), See(PROMPT), Type("poweroff\r")];

/// The terminal that a program is on, and what stands there.
struct Terminal {
    ours: File,
    theirs: OwnedFd,
    came: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    /// Up to here it was looked at.
    seen: usize,
}

fn check(words: &str, acts: &[Act], end: End) -> Result<(), Failed> {
    let mut terminal = Terminal::new()?;
    let before = terminal.modes()?;
    let words: Vec<&str> = ["shell"].into_iter().chain(words.split_whitespace()).collect();
    let mut child = terminal.start(&words)?;
    for act in acts {
        match *act {
            Type(text) => terminal.ours.write_all(text.as_bytes())?,
            Resize(rows, columns) => terminal.resize(rows, columns)?,
            // SAFETY: a plain system call.
            Signal(signal) => drop(unsafe { libc::kill(child.id() as libc::pid_t, signal) }),
            See(text) => {
                if let Err(why) = terminal.see(text) {
                    child.kill()?;
                    child.wait()?;
                    return Err(format!("`{}`: {why}; there stood:\n{}", text.escape_debug(), terminal.text()).into());
                }
            }
        }
    }
    let started = Instant::now();
    let status = loop {
        terminal.take(Duration::from_millis(20));
        match child.try_wait()? {
            Some(status) => break status,
            None if started.elapsed() > DEADLINE => {
                child.kill()?;
                return Err(format!("it does not end; there stood:\n{}", terminal.text()).into());
            }
            None => {}
        }
    };
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    let ended = status.code().unwrap_or(-signal.unwrap_or(0));
    if ended != end {
        return Err(format!("it ended with {ended}, not {end}; there stood:\n{}", terminal.text()).into());
    }
    if terminal.modes()? != before {
        return Err("the terminal is not as it was".into());
    }
    Ok(())
}

impl Terminal {
    fn new() -> Result<Self, Failed> {
        let size = libc::winsize { ws_row: 33, ws_col: 101, ws_xpixel: 0, ws_ypixel: 0 };
        let (mut ours, mut theirs) = (-1, -1);
        // SAFETY: openpty(3) fills two descriptors, which nobody else owns, and reads the size.
        let (ours, theirs) = unsafe {
            if libc::openpty(&raw mut ours, &raw mut theirs, null_mut(), null(), &raw const size) != 0 {
                return Err(std::io::Error::last_os_error().into());
            }
            (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs))
        };
        let (send, came) = channel();
        let mut reader = ours.try_clone()?;
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(got) = reader.read(&mut bytes) {
                if got == 0 || send.send(bytes[..got].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { ours, theirs, came, shown: Vec::new(), seen: 0 })
    }

    /// Starts the program in a session of its own, whose terminal this is.
    fn start(&self, words: &[&str]) -> Result<Child, Failed> {
        let mut command = crate::command(words);
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        let end = || self.theirs.try_clone();
        command.stdin(end()?).stdout(end()?).stderr(end()?);
        // SAFETY: between fork and exec only system calls are made.
        unsafe {
            command.pre_exec(|| {
                if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                    return Err(std::io::Error::last_os_error());
                }
                Ok(())
            });
        }
        Ok(command.spawn()?)
    }

    fn resize(&self, rows: u16, columns: u16) -> Result<(), Failed> {
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: TIOCSWINSZ reads the size that it is given.
        if unsafe { libc::ioctl(self.ours.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) } != 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        Ok(())
    }

    /// What stty(1) shows, but for the speeds.
    fn modes(&self) -> Result<[u32; 4], Failed> {
        // SAFETY: tcgetattr(3) fills the termios that it is given.
        unsafe {
            let mut modes: libc::termios = std::mem::zeroed();
            if libc::tcgetattr(self.theirs.as_raw_fd(), &raw mut modes) != 0 {
                return Err(std::io::Error::last_os_error().into());
            }
            Ok([modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag])
        }
    }

    fn take(&mut self, time: Duration) -> bool {
        let came = self.came.recv_timeout(time);
        came.map(|bytes| self.shown.extend(bytes)).is_ok()
    }

    fn see(&mut self, text: &str) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let rest = &self.shown[self.seen..];
            if let Some(at) = rest.windows(text.len()).position(|bytes| bytes == text.as_bytes()) {
                self.seen += at + text.len();
                return Ok(());
            }
            if started.elapsed() > DEADLINE {
                return Err("it does not come".to_owned());
            }
            self.take(Duration::from_millis(100));
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).replace('\r', "").replace('\x1b', "ESC")
    }
}
