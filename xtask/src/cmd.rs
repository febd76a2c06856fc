// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one place that starts processes.
//!
//! Every child leads a process group of its own, dies with us (`PR_SET_PDEATHSIG`), and may have a deadline.
//! When it ends, however it ends, the rest of its group is killed, so that nothing outlives the wait; when a signal
//! ends us, all groups are killed first, since a child's own children do not die with us.
//! Needs `pidfd_open(2)`: Linux 5.3.

pub mod begin;
mod group;
mod how;
mod keys;
mod pty;
pub mod raw;
mod running;
mod streams;
mod terminal;
mod wait;

pub use how::How;
pub use keys::Keys;
pub use pty::Pty;
pub use running::Running;
pub use wait::readable;
use wait::{LastWords, pidfd_of};

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

use self::group::Group;
use self::streams::Streams;
use self::wait::{Waited, wait};
use crate::toolchain::enter::{Entry, Sandbox};

/// A command to run: what, where, with what, and for how long at the most.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    clean_env: bool,
    dir: Option<PathBuf>,
    sandbox: Option<Sandbox>,
    deadline: Option<Duration>,
    last_words: Option<LastWords>,
    given: Vec<Arc<OwnedFd>>,
    until: Option<Arc<OwnedFd>>,
    begins: Option<begin::Begins>,
    idle: bool,
}

/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// A child that has ended, and what it printed.
#[derive(Debug)]
pub struct Finished {
    pub how: How,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub wall: Duration,
}

impl Cmd {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            clean_env: false,
            dir: None,
            sandbox: None,
            deadline: None,
            last_words: None,
            given: Vec::new(),
            until: None,
            begins: None,
            idle: false,
        }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((key.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Passes nothing of our own environment on.
    pub fn clean_env(mut self) -> Self {
        self.clean_env = true;
        self
    }

    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// Runs it in a root of its own; the program is then looked up in there.
    pub fn inside(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = Some(sandbox);
        self.clean_env()
    }

    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// When its deadline has passed this is called, and it has so long to end before it is killed.
    pub fn last_words(mut self, say: impl Fn() -> Result<()> + Send + Sync + 'static, grace: Duration) -> Self {
        self.last_words = Some(LastWords(Arc::new(say), grace));
        self
    }

    /// Gives it a descriptor, which has the same number there.
    pub fn give(mut self, descriptor: impl Into<OwnedFd>) -> Self {
        self.given.push(Arc::new(descriptor.into()));
        self
    }

    /// Kills it when this can be read, or nobody has the other end of it any more.
    pub fn until(mut self, descriptor: impl Into<OwnedFd>) -> Self {
        self.until = Some(Arc::new(descriptor.into()));
        self
    }

    /// Its deadline counts from when this is said to begin; it is killed if that never is.
    pub fn begins(mut self, begins: begin::Begins) -> Self {
        self.begins = Some(begins);
        self
    }

    /// It works when nobody else wants the processor.
    pub fn idle(mut self) -> Self {
        self.idle = true;
        self
    }

    /// The program and its arguments, as QEMU's command line is recorded.
    pub fn argv(&self) -> Vec<String> {
        [&self.program].into_iter().chain(&self.args).map(|word| word.to_string_lossy().into_owned()).collect()
    }

    /// Runs it to its end; its output is kept.
    pub fn output(&self) -> Result<Finished> {
        self.lines(&mut |_, _| ())
    }

    /// Runs it to its end and hands over each line of output as it comes; its output is kept as well.
    pub fn lines(&self, on_line: &mut dyn FnMut(Stream, &[u8])) -> Result<Finished> {
        let start = Instant::now();
        let (mut child, group) = Group::start(|| self.spawn(Streams::Ours))?;
        let (send, lines) = mpsc::channel();
        let mut finished =
            Finished { how: How::Deadline, stdout: Vec::new(), stderr: Vec::new(), wall: start.elapsed() };
        let timed_out = std::thread::scope(|scope| {
            if let Some(out) = child.stdout.take() {
                let send = send.clone();
                scope.spawn(move || read_lines(Stream::Out, out, &send));
            }
            if let Some(err) = child.stderr.take() {
                let send = send.clone();
                scope.spawn(move || read_lines(Stream::Err, err, &send));
            }
            drop(send);
            let child = &child;
            let keeper = scope.spawn(move || self.keep(child));
            for (stream, line) in lines {
                on_line(stream, &line);
                match stream {
                    Stream::Out => finished.stdout.extend_from_slice(&line),
                    Stream::Err => finished.stderr.extend_from_slice(&line),
                }
            }
            keeper.join().expect("the keeper does not panic")
        })
        .with_context(|| format!("failed to wait for `{self}`"))?;
        drop(group);
        let status = child.wait().with_context(|| format!("failed to wait for `{self}`"))?;
        finished.wall = start.elapsed();
        finished.how = if timed_out { How::Deadline } else { How::of(status) };
        Ok(finished)
    }

    /// Waits for the child's end or its deadline, whichever is first, then kills its whole group; says whether its time was
    /// over. The child itself is not reaped here, so its group's number can't have been given away.
    fn keep(&self, child: &Child) -> io::Result<bool> {
        let pid = child.id() as libc::pid_t;
        let pidfd = pidfd_of(child)?;
        let goes_on = match &self.begins {
            None => true,
            Some(begins) => wait(&pidfd, Some(begins.pipe()), None)? == Waited::Told && begins.is_said(),
        };
        let timed_out = goes_on && wait(&pidfd, self.until.as_deref(), self.deadline)? == Waited::Deadline;
        if let (true, Some(LastWords(say, grace))) = (timed_out, &self.last_words) {
            // Whoever can't be told any more is killed all the same.
            if say().is_ok() {
                wait(&pidfd, None, Some(*grace))?;
            }
        }
        // SAFETY: the child led its own group since before its exec, and it is not reaped yet.
        unsafe { libc::kill(-pid, libc::SIGKILL) };
        Ok(timed_out)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that starts processes")]
    fn spawn(&self, streams: Streams<'_>) -> Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        streams.set(&mut command)?;
        if self.clean_env {
            command.env_clear();
        }
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        let parent = std::process::id();
        let mut entry = self.sandbox.as_ref().map(Sandbox::prepare).transpose()?;
        let failed_step = entry.as_mut().map(Entry::failed_step);
        if let (None, Some(dir)) = (&entry, &self.dir) {
            command.current_dir(dir);
        }
        let inner_dir = self.dir.as_deref().unwrap_or(Path::new("/"));
        let (idle, has_terminal, has_session) = (self.idle, streams.is_terminal(), streams.has_session());
        let given: Vec<i32> = self.given.iter().map(|descriptor| descriptor.as_raw_fd()).collect();
        let inner_dir = std::ffi::CString::new(inner_dir.as_os_str().as_encoded_bytes())?;
        // SAFETY: between fork and exec only system calls are made, on memory that was prepared before the fork.
        unsafe {
            command.pre_exec(move || {
                die_with(parent)?;
                for descriptor in &given {
                    // Without the flag that would close it.
                    if libc::fcntl(*descriptor, libc::F_SETFD, 0) != 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
                if idle {
                    // A host that refuses has it work as others do.
                    libc::setpriority(libc::PRIO_PROCESS, 0, 19);
                }
                if has_terminal {
                    terminal::to_foreground(libc::getpid())?;
                }
                if has_session {
                    pty::lead_session(entry.is_some())?;
                }
                if let Some(entry) = &entry {
                    entry.enter(&inner_dir)?;
                }
                Ok(())
            });
        }
        command.spawn().map_err(|err| match failed_step.and_then(|step| step.read()) {
            Some(step) => anyhow!(err).context(format!("failed to {step} for `{self}`")),
            None => explain_spawn(&self.program, self.dir.as_deref(), err),
        })
    }
}

impl fmt::Display for Cmd {
    /// As it could be typed into a shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shell_words(&self.argv()))
    }
}

/// Words as they could be typed into a shell.
pub fn shell_words(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+:,./@%".contains(c);
    let quoted = argv.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

impl Finished {
    /// An error unless it exited with 0: the command, how it ended, and the end of what it said.
    pub fn success(self, cmd: &Cmd) -> Result<Self> {
        if self.how == How::Exited(0) {
            return Ok(self);
        }
        let said = if self.stderr.is_empty() { &self.stdout } else { &self.stderr };
        let said = String::from_utf8_lossy(said);
        let tail: Vec<&str> = said.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        Err(anyhow!("`{cmd}` failed ({})\n{}", self.how, tail.join("\n")))
    }
}

fn explain_spawn(program: &OsStr, dir: Option<&Path>, err: io::Error) -> anyhow::Error {
    let program = program.to_string_lossy();
    if err.kind() == io::ErrorKind::NotFound {
        return match dir {
            Some(dir) if !dir.is_dir() => {
                anyhow!("failed to run `{program}` in `{}`: there is no such folder", dir.display())
            }
            _ => anyhow!("failed to run `{program}`: there is no such program"),
        };
    }
    anyhow!(err).context(format!("failed to run `{program}`"))
}

fn read_lines(stream: Stream, pipe: impl Read, send: &mpsc::Sender<(Stream, Vec<u8>)>) {
    let mut pipe = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        match pipe.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if send.send((stream, line)).is_err() {
                    return;
                }
            }
        }
    }
}

/// The processor time of this process so far, without that of its children.
pub fn own_cpu() -> Duration {
    // SAFETY: getrusage fills the rusage it is given.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    let time =
        |time: libc::timeval| Duration::new(time.tv_sec.unsigned_abs(), time.tv_usec.unsigned_abs() as u32 * 1000);
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// Asks the kernel to kill this process when its parent is gone; the parent may be gone already.
fn die_with(parent: u32) -> io::Result<()> {
    // SAFETY: plain system calls without pointers.
    unsafe {
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
            return Err(io::Error::last_os_error());
        }
        if libc::getppid() as u32 != parent {
            libc::_exit(127);
        }
    }
    Ok(())
}
