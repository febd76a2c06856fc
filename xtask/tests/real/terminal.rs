// SPDX-License-Identifier: MIT OR Apache-2.0
//! A terminal for the program under test, and what a person does and sees there.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::Child;
use std::ptr::{null, null_mut};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// No machine is so slow; what does not come by then does not come.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a person does, and waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    Type(&'static str),
    /// Until this stands there, behind what was waited for before. What is typed stands there too.
    See(&'static str),
    /// Rows and columns.
    Resize(u16, u16),
    /// Somebody sends us this signal.
    Signal(libc::c_int),
    /// A file below the folder that it is about gets this text, as editors save that write a new file and give it the name.
    Save(&'static str, &'static str),
}

/// How it ends: an exit status, or minus a signal.
pub(crate) type End = i32;

/// The terminal that a program is on, and what stands there.
struct Terminal {
    ours: File,
    theirs: OwnedFd,
    came: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    /// Up to here it was looked at.
    seen: usize,
}

/// Starts the program with these words, and does all that; it ends so, and the terminal is as it was. Files are saved below `folder`.
pub(crate) fn check(words: &[&str], folder: &Path, acts: &[Act], end: End) -> Result<(), Failed> {
    let mut terminal = Terminal::new()?;
    let before = terminal.modes()?;
    let mut child = terminal.start(words)?;
    for act in acts {
        match *act {
            Act::Type(text) => terminal.ours.write_all(text.as_bytes())?,
            Act::Resize(rows, columns) => terminal.resize(rows, columns)?,
            // SAFETY: a plain system call.
            Act::Signal(signal) => drop(unsafe { libc::kill(child.id() as libc::pid_t, signal) }),
            Act::Save(name, text) => save(&folder.join(name), text)?,
            Act::See(text) => {
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
    let signal = status.signal();
    let ended = status.code().unwrap_or(-signal.unwrap_or(0));
    if ended != end {
        return Err(format!("it ended with {ended}, not {end}; there stood:\n{}", terminal.text()).into());
    }
    if terminal.modes()? != before {
        return Err("the terminal is not as it was".into());
    }
    Ok(())
}

/// Saves a file as most editors do.
pub(crate) fn save(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new~");
    std::fs::write(&new, text)?;
    std::fs::rename(new, path)
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
        command.env("TERM", "xterm-256color").env("PAGER", "cat").env_remove("NO_COLOR");
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
