// SPDX-License-Identifier: MIT OR Apache-2.0
//! A mirror on this machine: files from a map, faults on demand, and a memory of what was asked for.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::DEADLINE;

/// What may go wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    NotFound,
    ServerError,
    /// As long as it should be, with one byte changed.
    Corrupt,
    /// Whole as HTTP has it, and shorter than it should be.
    Short,
    /// Whole as HTTP has it, and longer than it should be.
    Long,
    /// The connection is closed in the middle.
    Cut,
    /// The second half comes after [`Server::mend`].
    Hold,
    /// A part is answered with the whole.
    NoRanges,
    /// A part is answered with another one, as its head says.
    OtherRange,
    /// A part is answered with other bytes, whatever its head says.
    LyingRange,
    /// There is no such part.
    Unsatisfiable,
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    Always,
}

/// Serves until the tests end.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    /// Part of a path, what is wrong with it, how often.
    faults: Vec<(String, Fault, Times)>,
    requests: Vec<String>,
    /// Path and first byte of the parts that were asked for.
    parts: Vec<(String, usize)>,
    /// How many times the faults were mended.
    mended: usize,
}

impl Server {
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared { state: Mutex::new(State { files, ..State::default() }), ..Shared::default() });
        let server = Self { port, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.answer(&stream));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Replaces a file.
    pub(crate) fn put(&self, path: &str, content: Vec<u8>) {
        self.shared.lock().files.insert(path.to_owned(), content);
    }

    /// Replaces all files.
    pub(crate) fn reset(&self, files: BTreeMap<String, Vec<u8>>) {
        self.shared.lock().files = files;
    }

    /// From now on something is wrong with every file whose path has `part` in it.
    pub(crate) fn fault(&self, part: &str, fault: Fault, times: Times) {
        self.shared.lock().faults.push((part.to_owned(), fault, times));
    }

    /// Nothing is wrong any more.
    pub(crate) fn mend(&self) {
        let mut state = self.shared.lock();
        state.faults.clear();
        state.mended += 1;
        self.shared.changed.notify_all();
    }

    /// The paths asked for since the last call, in the order of their coming.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().requests)
    }

    /// The first bytes of the parts that were asked for since the last call, of files whose path has `part` in it.
    pub(crate) fn parts(&self, part: &str) -> Vec<usize> {
        let parts = std::mem::take(&mut self.shared.lock().parts);
        parts.into_iter().filter(|(path, _)| path.contains(part)).map(|(_, from)| from).collect()
    }

    /// Waits until a path with `part` in it has been asked for.
    pub(crate) fn wait_for(&self, part: &str) {
        let unasked = |state: &mut State| !state.requests.iter().any(|path| path.contains(part));
        let (_state, waited) =
            self.shared.changed.wait_timeout_while(self.shared.lock(), DEADLINE, unasked).expect("no panic");
        assert!(!waited.timed_out(), "nobody asked for `{part}`");
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the state")
    }

    fn answer(&self, mut stream: &TcpStream) {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let Some(first) = lines.next() else { return };
        // All of the head is read; closing with some unread would break the connection.
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
        let from = head.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let (fault, content, mended) = self.lock().look_up(&path, from);
        self.changed.notify_all();
        let (status, mut body) = match (fault, content, from) {
            (Some(Fault::NotFound), ..) | (_, None, _) => ("404 Not Found".to_owned(), Vec::new()),
            (Some(Fault::ServerError), ..) => ("500 Internal Server Error".to_owned(), Vec::new()),
            (Some(Fault::Unsatisfiable), _, Some(_)) => ("416 Range Not Satisfiable".to_owned(), Vec::new()),
            (Some(Fault::NoRanges), Some(content), _) | (_, Some(content), None) => ("200 OK".to_owned(), content),
            (_, Some(content), Some(from)) => part(&content, from, fault),
        };
        let middle = body.len() / 2;
        match fault {
            Some(Fault::Corrupt) => body[middle] ^= 1,
            Some(Fault::Short) => body.truncate(middle),
            Some(Fault::Long) => body.push(0),
            _ => (),
        }
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        // Who asked may be gone; that is then what the test is about.
        let _gone = (|| {
            stream.write_all(head.as_bytes())?;
            let (first, second) = body.split_at(body.len() / 2);
            stream.write_all(first)?;
            match fault {
                Some(Fault::Cut) => return stream.shutdown(Shutdown::Both),
                Some(Fault::Hold) => {
                    let unmended = |state: &mut State| state.mended == mended;
                    drop(self.changed.wait_while(self.lock(), unmended));
                }
                _ => (),
            }
            stream.write_all(second)
        })();
    }
}

impl State {
    fn look_up(&mut self, path: &str, from: Option<usize>) -> (Option<Fault>, Option<Vec<u8>>, usize) {
        self.requests.push(path.to_owned());
        self.parts.extend(from.map(|from| (path.to_owned(), from)));
        let at = self.faults.iter().position(|(part, ..)| path.contains(part.as_str()));
        let fault = at.map(|at| match self.faults[at] {
            (_, fault, Times::Always) => fault,
            (_, _, Times::Once) => self.faults.remove(at).1,
        });
        (fault, self.files.get(path).cloned(), self.mended)
    }
}

/// The status and the body of a file from one of its bytes on.
fn part(content: &[u8], from: usize, fault: Option<Fault>) -> (String, Vec<u8>) {
    let said = if fault == Some(Fault::OtherRange) { from / 2 } else { from };
    let sent = if fault == Some(Fault::LyingRange) { from / 2 } else { said };
    let (last, total) = (content.len() - 1, content.len());
    let status = format!("206 Partial Content\r\nContent-Range: bytes {said}-{last}/{total}");
    (status, content.get(sent..).unwrap_or_default().to_vec())
}
