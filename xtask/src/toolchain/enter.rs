// SPDX-License-Identifier: MIT OR Apache-2.0
//! A root of its own for a child process, without root rights.
//!
//! The child gets new user, mount, PID, network, IPC and UTS namespaces (namespaces(7)). Its `/` is an empty tmpfs onto
//! which the tool root's `usr` and `etc` are bound read-only, together with the few folders that the command
//! may see, each at the path it has outside, so that paths in messages are true on both sides.
//! There is no network, no home folder, and nothing writable but what was asked for and `/tmp`.

use std::ffi::{CStr, CString, OsStr};
use std::io::{self, PipeReader, PipeWriter, Read as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::ptr::null;

use anyhow::{Context as _, Result, bail};

/// What a child's root is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// A folder with `usr` and `etc`.
    root: PathBuf,
    /// An empty folder onto which the new root is mounted; unchanged outside the child's namespace.
    mount_point: PathBuf,
    binds: Vec<Bind>,
    headers: Option<Headers>,
}

/// A kernel's headers, to be found where an installed kernel has them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Headers {
    release: String,
    kdir: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bind {
    path: PathBuf,
    access: Access,
}

/// What the child may do with a folder that it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    /// A device node: opened for reading and writing, never replaced.
    Device,
}

impl Sandbox {
    pub fn new(root: impl Into<PathBuf>, mount_point: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), mount_point: mount_point.into(), binds: Vec::new(), headers: None }
    }

    /// Makes `/lib/modules/RELEASE/build` lead to `kdir`. The tool root needs an empty folder `usr/lib/modules` for that.
    pub fn headers(mut self, release: impl Into<String>, kdir: impl Into<PathBuf>) -> Self {
        self.headers = Some(Headers { release: release.into(), kdir: kdir.into() });
        self
    }

    /// Shows a file or folder to the child, at the path it has outside.
    pub fn show(mut self, path: impl Into<PathBuf>, access: Access) -> Self {
        self.binds.push(Bind { path: path.into(), access });
        self
    }

    /// Lays out every system call of the way in, so that nothing is allocated between fork and exec.
    pub fn prepare(&self) -> Result<Entry> {
        let (reader, writer) = io::pipe().context("failed to make a pipe")?;
        let mut entry =
            Entry { steps: Vec::new(), new_root: cstring(&self.mount_point)?, reader: Some(reader), writer };
        let at = |path: &str| self.mount_point.join(path);
        entry.push(Step::Mount { from: c"tmpfs".into(), to: cstring(&self.mount_point)?, kind: c"tmpfs".into() });
        for dir in ["usr", "etc", "proc", "dev", "tmp"] {
            entry.push(Step::Mkdir(cstring(&at(dir))?));
        }
        for dir in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            entry.push(Step::Symlink { target: CString::new(format!("usr/{dir}"))?, link: cstring(&at(dir))? });
        }
        for dir in ["usr", "etc"] {
            entry.bind(&self.root.join(dir), &at(dir), Access::Read)?;
        }
        entry.push(Step::Proc { to: cstring(&at("proc"))? });
        for device in ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"] {
            entry.show(&self.mount_point, Path::new(device), Access::Device)?;
        }
        if let Some(Headers { release, kdir }) = &self.headers {
            let modules = at("usr/lib/modules");
            entry.push(Step::Mount { from: c"tmpfs".into(), to: cstring(&modules)?, kind: c"tmpfs".into() });
            entry.push(Step::Mkdir(cstring(&modules.join(release))?));
            for name in ["build", "source"] {
                let link = cstring(&modules.join(release).join(name))?;
                entry.push(Step::Symlink { target: cstring(kdir)?, link });
            }
        }
        for bind in &self.binds {
            entry.show(&self.mount_point, &bind.path, bind.access)?;
        }
        Ok(entry)
    }
}

/// The way into a sandbox, ready to be walked by a child between fork and exec.
#[derive(Debug)]
pub struct Entry {
    steps: Vec<Step>,
    new_root: CString,
    reader: Option<PipeReader>,
    writer: PipeWriter,
}

#[derive(Debug)]
enum Step {
    Mount { from: CString, to: CString, kind: CString },
    Mkdir(CString),
    Touch(CString),
    Symlink { target: CString, link: CString },
    Bind { from: CString, to: CString },
    ReadOnly(CString),
    Proc { to: CString },
}

impl Entry {
    fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Binds `path` to the same path below `new_root`, whose parent folders are made.
    fn show(&mut self, new_root: &Path, path: &Path, access: Access) -> Result<()> {
        let mut inside = new_root.to_owned();
        let relative =
            path.strip_prefix("/").with_context(|| format!("`{}` is not an absolute path", path.display()))?;
        if ["usr", "etc", "proc", "bin", "sbin", "lib", "lib64"].iter().any(|dir| relative.starts_with(dir)) {
            bail!(
                "`{}` can't be shown to the build: the tool root has its own; move it, or use --host-tools",
                path.display()
            );
        }
        let is_dir = path.is_dir();
        let mut parts = relative.components().peekable();
        while let Some(part) = parts.next() {
            let Component::Normal(part) = part else { bail!("`{}` is not a plain path", path.display()) };
            inside.push(part);
            let step = if is_dir || parts.peek().is_some() { Step::Mkdir } else { Step::Touch };
            self.push(step(cstring(&inside)?));
        }
        self.bind(path, &inside, access)
    }

    fn bind(&mut self, from: &Path, to: &Path, access: Access) -> Result<()> {
        self.push(Step::Bind { from: cstring(from)?, to: cstring(to)? });
        if access == Access::Read {
            self.push(Step::ReadOnly(cstring(to)?));
        }
        Ok(())
    }

    /// To be asked, after a failed start, which step failed.
    pub fn failed_step(&mut self) -> FailedStep {
        let names = self.steps.iter().map(|step| format!("{step}")).collect();
        FailedStep { names, reader: self.reader.take() }
    }

    /// Walks in. Called in the child, between fork and exec: system calls only.
    /// The calling process stays outside as a waiter; what returns from here is its child, process 1 of the new namespace.
    pub fn enter(&self, dir: &CStr) -> io::Result<()> {
        // SAFETY: system calls on memory that lives as long as `self`; no allocation, no lock.
        unsafe {
            let uid = libc::getuid();
            let gid = libc::getgid();
            let spaces = libc::CLONE_NEWUSER
                | libc::CLONE_NEWNS
                | libc::CLONE_NEWPID
                | libc::CLONE_NEWNET
                | libc::CLONE_NEWIPC
                | libc::CLONE_NEWUTS;
            self.try_step(NAMESPACES, libc::unshare(spaces))?;
            // Without this the group map can't be written by an ordinary user (user_namespaces(7)).
            let _missing_before_3_19 = write_file(c"/proc/self/setgroups", b"deny");
            self.try_step(NAMESPACES, write_map(c"/proc/self/uid_map", uid))?;
            self.try_step(NAMESPACES, write_map(c"/proc/self/gid_map", gid))?;
            match libc::fork() {
                -1 => return Err(io::Error::last_os_error()),
                0 => (),
                child => wait_for(child),
            }
            self.try_step(NAMESPACES, libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            let private = libc::MS_REC | libc::MS_PRIVATE;
            self.try_step(NAMESPACES, libc::mount(null(), c"/".as_ptr(), null(), private, null()))?;
            for (number, step) in self.steps.iter().enumerate() {
                let number = u16::try_from(number).unwrap_or(u16::MAX);
                self.try_step(number, step.take())?;
            }
            self.try_step(NAMESPACES, change_root(&self.new_root))?;
            self.try_step(NAMESPACES, libc::chdir(dir.as_ptr()))?;
        }
        Ok(())
    }

    fn try_step(&self, number: u16, result: libc::c_int) -> io::Result<()> {
        if result >= 0 {
            return Ok(());
        }
        let err = io::Error::last_os_error();
        let bytes = number.to_ne_bytes();
        // SAFETY: two valid bytes; if nobody reads them the step's name is lost, not the error.
        unsafe { libc::write(self.writer.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
        Err(err)
    }
}

/// The number under which the making of the namespaces themselves is reported.
const NAMESPACES: u16 = u16::MAX;

impl Step {
    /// # Safety
    /// None of its own; unsafe because system calls are.
    unsafe fn take(&self) -> libc::c_int {
        // SAFETY: every pointer is a C string owned by `self`.
        unsafe {
            match self {
                Self::Mount { from, to, kind } => {
                    libc::mount(from.as_ptr(), to.as_ptr(), kind.as_ptr(), libc::MS_NODEV, null())
                }
                Self::Mkdir(dir) => exists_is_fine(libc::mkdir(dir.as_ptr(), 0o755)),
                Self::Touch(file) => {
                    let fd = libc::open(file.as_ptr(), libc::O_CREAT | libc::O_CLOEXEC | libc::O_WRONLY, 0o644);
                    if fd >= 0 { libc::close(fd) } else { fd }
                }
                Self::Symlink { target, link } => exists_is_fine(libc::symlink(target.as_ptr(), link.as_ptr())),
                Self::Bind { from, to } => {
                    libc::mount(from.as_ptr(), to.as_ptr(), null(), libc::MS_BIND | libc::MS_REC, null())
                }
                Self::ReadOnly(at) => read_only(at),
                Self::Proc { to } => {
                    let flags = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
                    let mounted = libc::mount(c"proc".as_ptr(), to.as_ptr(), c"proc".as_ptr(), flags, null());
                    if mounted == 0 {
                        return 0;
                    }
                    // In containers that hide parts of /proc a new one is refused; the old one serves.
                    libc::mount(c"/proc".as_ptr(), to.as_ptr(), null(), libc::MS_BIND | libc::MS_REC, null())
                }
            }
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show = |path: &CString| OsStr::from_bytes(path.as_bytes()).to_string_lossy().into_owned();
        match self {
            Self::Mount { kind, to, .. } => write!(f, "mount a {} on `{}`", show(kind), show(to)),
            Self::Mkdir(dir) => write!(f, "make the folder `{}`", show(dir)),
            Self::Touch(file) => write!(f, "make the file `{}`", show(file)),
            Self::Symlink { link, .. } => write!(f, "make the link `{}`", show(link)),
            Self::Bind { from, to } => write!(f, "bind `{}` to `{}`", show(from), show(to)),
            Self::ReadOnly(at) => write!(f, "make `{}` read-only", show(at)),
            Self::Proc { to } => write!(f, "mount proc on `{}`", show(to)),
        }
    }
}

/// Reads back which step a child failed at.
#[derive(Debug)]
pub struct FailedStep {
    names: Vec<String>,
    reader: Option<PipeReader>,
}

impl FailedStep {
    /// The step in words; none when the way in was walked to its end.
    pub fn read(self) -> Option<String> {
        let mut number = [0; 2];
        let mut reader = self.reader?;
        // Our own writing end is still open, so an empty pipe must answer at once.
        // SAFETY: sets a flag on a descriptor that we own.
        unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
        reader.read_exact(&mut number).ok()?;
        let number = u16::from_ne_bytes(number);
        Some(match self.names.get(usize::from(number)) {
            Some(name) => name.clone(),
            // Their limit being reached is what the kernel calls `No space left on device` (namespaces(7)).
            None => "enter namespaces of its own (user.max_user_namespaces may be 0)".to_owned(),
        })
    }
}

/// Stays behind for the child, and ends as it ended.
///
/// # Safety
/// Only for a freshly forked process that does nothing else.
unsafe fn wait_for(child: libc::pid_t) -> ! {
    // SAFETY: system calls only; closing every descriptor is right since nothing of ours is used any more. It is also
    // needed: the standard library's own pipe among them is what tells our parent that the child has been executed.
    unsafe {
        libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
        let mut status = 0;
        while libc::waitpid(child, &raw mut status, 0) < 0 {
            if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                libc::_exit(127);
            }
        }
        if libc::WIFSIGNALED(status) {
            let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            libc::setrlimit(libc::RLIMIT_CORE, &raw const no_core);
            libc::signal(libc::WTERMSIG(status), libc::SIG_DFL);
            libc::kill(libc::getpid(), libc::WTERMSIG(status));
        }
        libc::_exit(libc::WEXITSTATUS(status))
    }
}

/// Maps the person to user 1000 inside: not to 0, so that the program executed there has no capabilities left.
///
/// # Safety
/// System calls only.
unsafe fn write_map(file: &CStr, id: libc::uid_t) -> libc::c_int {
    let mut text = [0; 32];
    let mut rest = &mut text[..];
    let _fits = io::Write::write_fmt(&mut rest, format_args!("1000 {id} 1"));
    let length = 32 - rest.len();
    // SAFETY: forwarded.
    unsafe { write_file(file, &text[..length]) }
}

/// # Safety
/// System calls only.
unsafe fn write_file(file: &CStr, text: &[u8]) -> libc::c_int {
    // SAFETY: a C string and a valid slice.
    unsafe {
        let fd = libc::open(file.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if fd < 0 {
            return -1;
        }
        let written = libc::write(fd, text.as_ptr().cast(), text.len());
        libc::close(fd);
        if written < 0 { -1 } else { 0 }
    }
}

/// Makes a bind mount read-only. Flags that the outer namespace has locked (nosuid, nodev, ...) must be repeated
/// or the kernel refuses (mount_namespaces(7)), so they are read first.
///
/// # Safety
/// System calls only.
unsafe fn read_only(at: &CStr) -> libc::c_int {
    // SAFETY: a C string, and a statvfs that the call fills.
    unsafe {
        let mut now: libc::statvfs = std::mem::zeroed();
        if libc::statvfs(at.as_ptr(), &raw mut now) != 0 {
            return -1;
        }
        let locked = [
            (libc::ST_NOSUID, libc::MS_NOSUID),
            (libc::ST_NODEV, libc::MS_NODEV),
            (libc::ST_NOEXEC, libc::MS_NOEXEC),
            (libc::ST_NOATIME, libc::MS_NOATIME),
            (libc::ST_NODIRATIME, libc::MS_NODIRATIME),
            (libc::ST_RELATIME, libc::MS_RELATIME),
        ];
        let mut flags = libc::MS_REMOUNT | libc::MS_BIND | libc::MS_RDONLY;
        for (has, flag) in locked {
            if now.f_flag & has != 0 {
                flags |= flag;
            }
        }
        libc::mount(null(), at.as_ptr(), null(), flags, null())
    }
}

/// Makes `new_root` the root and lets go of the old one, as pivot_root(2) shows it for one folder serving as both.
///
/// # Safety
/// System calls only.
unsafe fn change_root(new_root: &CStr) -> libc::c_int {
    // SAFETY: C strings only.
    unsafe {
        if libc::chdir(new_root.as_ptr()) != 0 {
            return -1;
        }
        if libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) != 0 {
            return -1;
        }
        if libc::umount2(c".".as_ptr(), libc::MNT_DETACH) != 0 {
            return -1;
        }
        libc::chdir(c"/".as_ptr())
    }
}

fn exists_is_fine(result: libc::c_int) -> libc::c_int {
    if result < 0 && io::Error::last_os_error().kind() == io::ErrorKind::AlreadyExists { 0 } else { result }
}

fn cstring(path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_bytes()).with_context(|| format!("`{}` has a zero byte in it", path.display()))
}
