// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the real program runs: a workspace, a cache and a mirror that are nobody else's.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crate::archive::ARCHIVE;
use crate::server::Server;
use crate::{DEADLINE, command};

/// A temporary folder with all that the program touches, and the mirror that it asks.
#[derive(Debug)]
pub(crate) struct Bench {
    dir: tempfile::TempDir,
    pub(crate) server: Server,
}

impl Bench {
    /// A workspace with one driver, `toy`, and an empty cache.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let bench = Self { dir, server: Server::new(ARCHIVE.files.clone()) };
        bench.write("ws/xtask/Cargo.toml", "");
        bench.write("ws/keyring.pgp", ARCHIVE.key.public());
        bench.set_up("keyring = \"keyring.pgp\"\n");
        bench.write("ws/toy/Kbuild", "obj-m := toy.o\n");
        bench.write("ws/qemu/init/init.c", "");
        // The host's tools, for where those are asked for or namespaces are forbidden.
        for tool in ["make", "gcc-12"] {
            bench.write(&format!("bin/{tool}"), &ARCHIVE.toy);
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(bench.path("bin").join(tool), mode).expect("a program");
        }
        bench
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Writes workbench.toml with these lines about Debian's archive, in which `$MIRROR` is the server. Nothing of kernel.org's is there.
    pub(crate) fn set_up(&self, debian: &str) {
        self.write(
            "ws/workbench.toml",
            format!("{}[debian]\n{debian}", self.kernel_org()).replace("$MIRROR", &self.server.url()),
        );
    }

    /// The part of workbench.toml that puts a server without anything in kernel.org's place.
    pub(crate) fn kernel_org(&self) -> String {
        let url = format!("{}/kernel.org", self.server.url());
        format!("[kernel-org]\nsite = \"{url}\"\nmirror = \"{url}\"\nkey-site = \"{url}\"\n")
    }

    pub(crate) fn empty_cache(&self) {
        fs::remove_dir_all(self.path("cache")).expect("a cache");
    }

    /// The program, ready to be started with some words.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = command(env!("CARGO_BIN_EXE_xtask"));
        command.args(words.split_whitespace());
        self.surround(&mut command);
        command
    }

    /// Lets a command see this bench and nothing of the person's.
    pub(crate) fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .env("CARGO_MANIFEST_DIR", self.path("ws/xtask"))
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("WORKBENCH_CACHE", self.path("cache"))
            .env("WORKBENCH_DEBIAN_MIRROR", format!("{}/debian", self.server.url()))
            .current_dir(self.path("ws"));
    }

    pub(crate) fn start(&self, words: &str) -> Running<'_> {
        Running::new(self.command(words), self)
    }

    pub(crate) fn run(&self, words: &str) -> Ran {
        self.start(words).wait()
    }

    /// The names in a folder of the cache, sorted; none when it is not there.
    pub(crate) fn cache(&self, kind: &str) -> Vec<String> {
        names(&self.path("cache").join(kind))
    }

    /// Makes everything in the cache as old as if it had been fetched a month ago.
    pub(crate) fn age_cache(&self) {
        let then = SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
        let mut dirs = vec![self.path("cache/debian")];
        dirs.extend(Some(self.path("cache/pins")).filter(|dir| dir.exists()));
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).expect("a folder").flatten() {
                if entry.path().is_dir() {
                    dirs.push(entry.path());
                } else {
                    let file = fs::File::options().write(true).open(entry.path()).expect("a file");
                    file.set_modified(then).expect("a time");
                }
            }
        }
    }

    /// The processes that have this bench's folder on their command line.
    pub(crate) fn processes(&self) -> Vec<String> {
        let marker = self.dir.path().display().to_string();
        let lines = names(Path::new("/proc")).into_iter().filter_map(|pid| {
            let line = fs::read(Path::new("/proc").join(&pid).join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            line.contains(&marker).then(|| format!("{pid} {line}"))
        });
        lines.collect()
    }

    /// The same text on every machine and in every run.
    fn masked(&self, text: &str) -> String {
        let text = text
            .replace(&self.server.url(), "$MIRROR")
            .replace(&self.path("ws").display().to_string(), "$WORKSPACE")
            .replace(&self.path("cache").display().to_string(), "$CACHE")
            .replace(&self.path("target").display().to_string(), "$TARGET");
        without_keys(&text.replace(&self.dir.path().display().to_string(), "$BENCH"))
    }
}

fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let names: BTreeSet<String> = entries.flatten().map(|entry| entry.file_name().display().to_string()).collect();
    names.into_iter().collect()
}

/// A program that has been started. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    bench: &'a Bench,
    child: Child,
    out: Option<Reader>,
    err: Option<Reader>,
}

/// What has been read from a pipe so far.
#[derive(Debug)]
struct Reader {
    text: Arc<(Mutex<String>, Condvar)>,
    thread: JoinHandle<()>,
}

impl Reader {
    fn new(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let shared = Arc::clone(&text);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                shared.0.lock().expect("no panic").push_str(&String::from_utf8_lossy(&buffer[..length]));
                shared.1.notify_all();
            }
        });
        Self { text, thread }
    }

    fn finish(self) -> String {
        self.thread.join().expect("no panic");
        std::mem::take(&mut *self.text.0.lock().expect("no panic"))
    }
}

impl<'a> Running<'a> {
    pub(crate) fn new(mut command: Command, bench: &'a Bench) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|err| panic!("failed to start {command:?}: {err}"));
        let out = child.stdout.take().map(Reader::new);
        let err = child.stderr.take().map(Reader::new);
        Self { bench, child, out, err }
    }

    /// Waits until it has said this on standard error.
    pub(crate) fn wait_for(&self, said: &str) {
        let Some(reader) = &self.err else { return };
        let (text, changed) = &*reader.text;
        let unsaid = |text: &mut String| !text.contains(said);
        let (text, waited) =
            changed.wait_timeout_while(text.lock().expect("no panic"), DEADLINE, unsaid).expect("no panic");
        assert!(!waited.timed_out(), "it did not say `{said}`, but: {text}");
    }

    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: a plain system call; the child is not reaped yet, so the number is its own.
        let sent = unsafe { libc::kill(self.child.id() as libc::pid_t, signal) };
        assert_eq!(sent, 0, "the signal was sent");
    }

    pub(crate) fn wait(mut self) -> Ran {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            if start.elapsed() > DEADLINE {
                self.child.kill().expect("a child");
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        let text = |reader: Option<Reader>| self.bench.masked(&reader.map(Reader::finish).unwrap_or_default());
        let stdout = text(self.out.take());
        let stderr = text(self.err.take());
        Ran { code: status.code(), signal: status.signal(), stdout, stderr }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// How a program ended, and what it said, masked.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self.says(words)
    }

    /// Has standard error all these words?
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in: {}", self.stderr);
        }
        self
    }

    /// Everything but what is said for patience's sake and what no two machines agree on: hashes, sizes and times.
    /// Standard error's lines are marked; the exit status comes last.
    pub(crate) fn report(&self) -> String {
        let patience = |line: &&str| !(line.starts_with("fetching ") && line.ends_with(" MB)"));
        let mut report = String::new();
        for line in self.stdout.lines() {
            report.push_str(line);
            report.push('\n');
        }
        for line in self.stderr.lines().filter(patience) {
            report.push_str("! ");
            report.push_str(line);
            report.push('\n');
        }
        let status = self.code.map_or_else(|| "killed".to_owned(), |code| format!("exit status {code}"));
        without_numbers(&report) + &status + "\n"
    }
}

/// The keys of tool roots are made of what compilers make.
pub(crate) fn without_keys(text: &str) -> String {
    let mut parts = text.split("-gcc-12-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |masked, part| masked + "-gcc-12-KEY" + part.get(12..).unwrap_or_default())
}

/// The hashes and sizes are those of what compilers and compressors make.
fn without_numbers(report: &str) -> String {
    let mut masked = String::new();
    for word in report.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_hash = bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        masked.push_str(&if is_hash { word.replace(bare, "HASH") } else { word.to_owned() });
    }
    let line = |line: &str| {
        let line = line.rsplit_once(" in ").filter(|(_, took)| is_time(took)).map_or(line, |(before, _)| before);
        let words = line.split(' ').collect::<Vec<_>>();
        let is_size = |at: usize| words.get(at + 1) == Some(&"bytes");
        let words = words.iter().enumerate().map(|(at, word)| if is_size(at) { "N" } else { word });
        words.collect::<Vec<_>>().join(" ") + "\n"
    };
    masked.lines().map(line).collect()
}

/// `0.4 s`
fn is_time(text: &str) -> bool {
    text.strip_suffix(" s").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}
