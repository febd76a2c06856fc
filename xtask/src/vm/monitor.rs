// SPDX-License-Identifier: MIT OR Apache-2.0
//! QEMU's monitor: questions and answers, a line of JSON each
//! (<https://www.qemu.org/docs/master/interop/qmp-spec.html>), over a pair of sockets, since only a socket carries open files.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// A busy host has been seen to take seconds for QEMU's start. Nobody waits so long for one that has ended: its socket is closed.
const TO_ANSWER: Duration = Duration::from_secs(60);

/// Our end of the monitor's socket.
#[derive(Debug)]
pub(super) struct Monitor {
    talk: Mutex<BufReader<UnixStream>>,
    /// The same socket, for who ends the talk.
    socket: UnixStream,
}

impl Monitor {
    /// Our end, and QEMU's.
    pub(super) fn pair() -> Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair().context("failed to make a pair of sockets")?;
        ours.set_read_timeout(Some(TO_ANSWER))?;
        let socket = ours.try_clone()?;
        Ok((Self { talk: Mutex::new(BufReader::new(ours)), socket }, theirs.into()))
    }

    /// To be called once, before all else: until then QEMU takes no other command.
    pub(super) fn greet(&self) -> Result<()> {
        self.ask("qmp_capabilities", &json!({}), None).map(drop)
    }

    /// Sends a command, with an open file or without, and gives what it returns. An error has QEMU's own words.
    pub(super) fn ask(&self, command: &str, arguments: &Value, file: Option<BorrowedFd<'_>>) -> Result<Value> {
        let mut talk = self.talk.lock().expect("nobody panics while he talks to QEMU");
        ask(&mut talk, command, arguments, file)
    }

    /// Has QEMU send the machine an interrupt that it can't mask, unless QEMU has still not answered what it was asked before.
    pub(super) fn interrupt(&self, within: Duration) -> Result<()> {
        let mut talk = self.talk.try_lock().ok().context("QEMU is busy")?;
        self.socket.set_read_timeout(Some(within))?;
        ask(&mut talk, "inject-nmi", &json!({}), None).map(drop)
    }

    /// Ends the talk, also for a thread that waits for an answer.
    pub(super) fn close(&self) {
        let _the_other_end_may_be_closed = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// Our end of the socket of a monitor that nobody asks, and which tells by itself when the machine stops and goes on.
#[derive(Debug)]
pub(super) struct Events {
    socket: UnixStream,
    /// What it has said so far of a line.
    line: Vec<u8>,
}

impl Events {
    /// Our end, and QEMU's.
    pub(super) fn pair() -> Result<(Self, OwnedFd)> {
        let (mut ours, theirs) = UnixStream::pair().context("failed to make a pair of sockets")?;
        // Until it is told this, it tells nothing.
        ours.write_all(b"{\"execute\":\"qmp_capabilities\"}\n").context("failed to tell QEMU anything")?;
        ours.set_nonblocking(true)?;
        Ok((Self { socket: ours, line: Vec::new() }, theirs.into()))
    }

    /// What has been told since, without waiting: each time whether the machine runs. None if nobody will tell any more.
    pub(super) fn read(&mut self) -> Option<Vec<bool>> {
        let mut bytes = [0; 4096];
        match self.socket.read(&mut bytes) {
            Ok(0) => None,
            Ok(got) => Some(self.told(&bytes[..got])),
            Err(err) if matches!(err.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                Some(Vec::new())
            }
            Err(_) => None,
        }
    }

    fn told(&mut self, bytes: &[u8]) -> Vec<bool> {
        self.line.extend_from_slice(bytes);
        let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let rest = self.line.split_off(end + 1);
        let whole = std::mem::replace(&mut self.line, rest);
        let told = whole.split(|byte| *byte == b'\n').filter_map(|line| {
            let event: Value = serde_json::from_slice(line).ok()?;
            match event["event"].as_str()? {
                "RESUME" => Some(true),
                "STOP" => Some(false),
                _ => None,
            }
        });
        told.collect()
    }
}

impl AsFd for Events {
    /// Can be read when something was told.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn ask(
    talk: &mut BufReader<UnixStream>,
    command: &str,
    arguments: &Value,
    file: Option<BorrowedFd<'_>>,
) -> Result<Value> {
    let line = format!("{}\n", json!({ "execute": command, "arguments": arguments }));
    let asking = || format!("failed to tell QEMU `{command}`");
    match file {
        Some(file) => send(talk.get_ref(), line.as_bytes(), file),
        None => talk.get_mut().write_all(line.as_bytes()),
    }
    .with_context(asking)?;
    loop {
        let mut answer = String::new();
        if talk.read_line(&mut answer).with_context(asking)? == 0 {
            bail!("QEMU ended before it had answered `{command}`");
        }
        let answer: Value = serde_json::from_str(&answer).with_context(asking)?;
        if let Some(value) = answer.get("return") {
            return Ok(value.clone());
        }
        if let Some(error) = answer.get("error") {
            bail!("QEMU refused `{command}`: {}", error["desc"].as_str().unwrap_or("without a reason"));
        }
        // Else it is the greeting, or an event.
    }
}

/// A whole message with an open file (unix(7), SCM_RIGHTS).
fn send(socket: &UnixStream, bytes: &[u8], file: BorrowedFd<'_>) -> io::Result<()> {
    const SIZE: u32 = size_of::<libc::c_int>() as u32;
    /// Room for one descriptor, aligned as a header must be.
    #[repr(C, align(8))]
    struct Room([u8; 64]);
    let mut room = Room([0; 64]);
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: the message points to `part` and `room`, which outlive the call, and the control data is laid out by the macros of
    // cmsg(3) within `room`, which is larger than one header and one descriptor.
    let sent = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = room.0.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(SIZE) as usize;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(SIZE) as usize;
        libc::CMSG_DATA(header).cast::<libc::c_int>().write_unaligned(file.as_raw_fd());
        libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL)
    };
    match usize::try_from(sent) {
        Err(_) => Err(io::Error::last_os_error()),
        Ok(sent) if sent < bytes.len() => Err(io::ErrorKind::WriteZero.into()),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events() {
        let mut events = Events::pair().expect("a pair").0;
        let mut check = |said: &str, told: &[bool]| assert_eq!(events.told(said.as_bytes()), told, "{said}");
        check("{\"QMP\": {\"capabilities\": []}}\r\n{\"return\": {}}\r\n{\"timestamp\": {}, \"event\": \"RES", &[]);
        check("UME\"}\r\n", &[true]);
        check("{\"event\": \"STOP\"}\r\n{\"event\": \"RTC_CHANGE\"}\r\n{\"event\": \"RESUME\"}\r\n", &[false, true]);
    }
}
