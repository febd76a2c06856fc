// SPDX-License-Identifier: MIT OR Apache-2.0
//! The only user of the network. What it fetches is checked against a hash that is known beforehand,
//! or handed back for its signature to be checked.

mod partial;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use sha2::{Digest as _, Sha256};
use ureq::tls::{RootCerts, TlsConfig};

use crate::cache::Cache;
use crate::report::{Events, Progress, Unit};
use partial::Partial;

/// How often a download is tried before its error is final.
const TRIES: usize = 3;

/// A server that sends nothing for so long has gone away.
const SILENCE: Duration = Duration::from_secs(30);

/// Signed lists are a few hundred kilobytes.
const MOST_OF_TEXT: usize = 16 << 20;

/// May the network be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Online,
    Offline,
}

/// A blocking HTTP client; proxies come from the usual environment variables, certificates from the system.
#[derive(Debug, Clone)]
pub struct Fetcher {
    agent: ureq::Agent,
    tries: usize,
    network: Network,
    /// The folder of downloads under way.
    partials: PathBuf,
    events: Events,
}

/// The server says that there is no such file: no reason to try again, but perhaps to look elsewhere.
#[derive(Debug)]
pub struct NotFound {
    url: String,
}

impl std::fmt::Display for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is not on the server (404)", self.url)
    }
}

impl std::error::Error for NotFound {}

/// Counts the bytes of downloads that go on side by side, for one line of progress.
#[derive(Debug)]
pub struct Meter {
    progress: Progress,
    done: AtomicU64,
}

impl Meter {
    pub fn new(events: &Events, what: &str, total: u64) -> Self {
        Self { progress: events.progress(format!("fetching {what}"), total, Unit::Bytes), done: AtomicU64::new(0) }
    }

    fn add(&self, bytes: u64) {
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        self.progress.at(before + bytes);
    }

    /// Bytes that have to be fetched once more.
    fn take_back(&self, bytes: u64) {
        self.done.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What a file must be, by an index that was itself checked.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub sha256: &'a str,
    /// In bytes.
    pub size: u64,
}

impl Fetcher {
    /// Downloads under way are kept in `cache`.
    pub fn new(network: Network, cache: &Cache, events: Events) -> Self {
        let partials = cache.dir().join("partial");
        Self { agent: agent(Duration::from_secs(15)), tries: TRIES, network, partials, events }
    }

    /// For servers that others can stand in for: it asks once, and does not wait long for somebody to answer.
    pub fn hasty(self) -> Self {
        Self { agent: agent(Duration::from_secs(5)), tries: 1, ..self }
    }

    pub fn network(&self) -> Network {
        self.network
    }

    /// A small file whose content carries its own proof, such as a signed index; 16 MiB at the most.
    pub fn text(&self, url: &str) -> Result<String> {
        let bytes = self.bytes(url)?;
        String::from_utf8(bytes).map_err(|_| anyhow!("it is not text").context(format!("failed to fetch `{url}`")))
    }

    /// As [`Self::text`], for what is not text, such as a key whose fingerprint is known.
    pub fn bytes(&self, url: &str) -> Result<Vec<u8>> {
        self.must_be_online(url)?;
        self.retry(url, || {
            let mut bytes = Vec::new();
            let body = self.open(url)?;
            while let Some(chunk) = body.next()? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > MOST_OF_TEXT {
                    return Err(Attempt::Final(anyhow!("it has more than {MOST_OF_TEXT} bytes")));
                }
            }
            Ok(bytes)
        })
    }

    /// How many bytes the server says that a file has.
    pub fn size(&self, url: &str) -> Result<u64> {
        self.must_be_online(url)?;
        self.retry(url, || {
            let response = self.agent.head(url).call().map_err(|err| Attempt::of(err, url))?;
            let length = response.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
            length.ok_or_else(|| Attempt::Final(anyhow!("the server does not say how large it is")))
        })
    }

    /// Whether the server has a file.
    pub fn exists(&self, url: &str) -> Result<bool> {
        match self.size(url) {
            Err(err) if err.chain().any(|it| it.is::<NotFound>()) => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    /// A file into `path`, which is only what was expected when this returns well. What an earlier try or run has of it is
    /// continued; a download that is not what the index says is thrown away and fetched again from its start.
    pub fn file(&self, url: &str, expected: Expected<'_>, path: &Path, meter: &Meter) -> Result<()> {
        self.must_be_online(url)?;
        let mut partial = Partial::open(&self.partials, expected, path)?;
        meter.add(partial.size());
        self.retry(url, || {
            let done = self.continued(url, expected, &mut partial, meter);
            if matches!(done, Err(Attempt::Anew(_))) {
                restart(&mut partial, meter)?;
            }
            done
        })?;
        partial.finish(path)
    }

    fn continued(
        &self,
        url: &str,
        expected: Expected<'_>,
        partial: &mut Partial,
        meter: &Meter,
    ) -> std::result::Result<(), Attempt> {
        // A run may have been killed between a file's last byte and its use.
        if partial.size() < expected.size {
            let (body, from) = self.open_at(url, partial.size(), expected.size)?;
            if from == 0 {
                restart(partial, meter)?;
            }
            // One that is too long is not read to its end.
            while partial.size() <= expected.size
                && let Some(chunk) = body.next()?
            {
                partial.write(&chunk).map_err(Attempt::Final)?;
                meter.add(chunk.len() as u64);
            }
        }
        let (size, sha256) = (partial.size(), partial.sha256());
        if size != expected.size || sha256 != expected.sha256 {
            let expected = format!("{} bytes with SHA256 {}", expected.size, expected.sha256);
            return Err(Attempt::Anew(anyhow!(
                "it is corrupted: {size} bytes with SHA256 {sha256}, but the index says {expected}"
            )));
        }
        Ok(())
    }

    fn must_be_online(&self, url: &str) -> Result<()> {
        if self.network == Network::Offline {
            bail!("`{url}` is not in the cache\nhelp: run once without --offline");
        }
        Ok(())
    }

    fn retry<T>(&self, url: &str, mut attempt: impl FnMut() -> std::result::Result<T, Attempt>) -> Result<T> {
        let mut pause = Duration::from_millis(500);
        for left in (0..self.tries).rev() {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(Attempt::Again(err) | Attempt::Anew(err)) if left > 0 => {
                    self.events.note(format!("fetching `{url}` again: {}", err.root_cause()));
                    std::thread::sleep(pause);
                    pause *= 4;
                }
                Err(Attempt::Again(err) | Attempt::Anew(err) | Attempt::Final(err)) => {
                    return Err(err.context(format!("failed to fetch `{url}`")));
                }
            }
        }
        unreachable!("the last attempt returns")
    }

    fn open(&self, url: &str) -> std::result::Result<Body, Attempt> {
        Ok(Body::of(self.ask(url, 0)?.into_body().into_reader()))
    }

    /// The body of a file of `size` bytes, and the byte that it begins with: `from`, or 0 where a server gives only whole
    /// files (<https://www.rfc-editor.org/rfc/rfc9110#name-range-requests>). No validator is sent along, since the hash
    /// of the whole tells whether the parts are of one file.
    fn open_at(&self, url: &str, from: u64, size: u64) -> std::result::Result<(Body, u64), Attempt> {
        let response = self.ask(url, from)?;
        let is_part = response.status() == 206;
        let range = response.headers().get("content-range").and_then(|range| range.to_str().ok()).unwrap_or_default();
        let is_as_asked = range.strip_prefix(&format!("bytes {from}-")).and_then(|rest| rest.split_once('/'));
        if is_part && !is_as_asked.is_some_and(|(_, total)| total == "*" || total == size.to_string()) {
            return Err(Attempt::Anew(anyhow!("the server sent another part than was asked for: `{range}`")));
        }
        let body = Body::of(response.into_body().into_reader());
        Ok((body, if is_part { from } else { 0 }))
    }

    fn ask(&self, url: &str, from: u64) -> std::result::Result<ureq::http::Response<ureq::Body>, Attempt> {
        let mut request = self.agent.get(url);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        request.call().map_err(|err| Attempt::of(err, url))
    }
}

fn restart(partial: &mut Partial, meter: &Meter) -> std::result::Result<(), Attempt> {
    meter.take_back(partial.size());
    partial.restart().map_err(Attempt::Final)
}

fn agent(connect: Duration) -> ureq::Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(connect))
        .timeout_recv_response(Some(2 * connect))
        .user_agent("module-workbench");
    config.build().new_agent()
}

const NETWORK_HELP: &str = "the server could not be asked\n\
    help: check the network, or name another address in workbench.toml (see `cargo xtask doctor`); with --offline only the cache is used";

/// What an attempt that failed is followed by.
enum Attempt {
    /// Another one, which goes on where this one ended.
    Again(anyhow::Error),
    /// Another one, from the file's start.
    Anew(anyhow::Error),
    Final(anyhow::Error),
}

impl Attempt {
    /// What an error of the client means for the next try.
    fn of(err: ureq::Error, url: &str) -> Self {
        match err {
            ureq::Error::StatusCode(404 | 410) => Self::Final(NotFound { url: url.to_owned() }.into()),
            ureq::Error::StatusCode(416) => Self::Anew(anyhow!("the server has less of it than it had before")),
            err @ ureq::Error::StatusCode(400..500) => Self::Final(err.into()),
            ureq::Error::StatusCode(status) => Self::Again(anyhow!("the server answered with status {status}")),
            err => Self::Again(anyhow!(err).context(NETWORK_HELP)),
        }
    }
}

/// What a server sends, read on a thread of its own: a download may take as long as the line needs, but a server that
/// falls silent must be noticed, and a time limit for the whole could not tell the two apart.
struct Body {
    chunks: mpsc::Receiver<std::io::Result<Vec<u8>>>,
}

impl Body {
    fn of(mut reader: impl Read + Send + 'static) -> Self {
        let (send, chunks) = mpsc::sync_channel(4);
        std::thread::spawn(move || {
            loop {
                let mut chunk = vec![0; 1 << 17];
                let read = reader.read(&mut chunk);
                let is_end = matches!(read, Ok(0) | Err(_));
                let read = read.map(|length| {
                    chunk.truncate(length);
                    chunk
                });
                let nobody_waits = send.send(read).is_err();
                if is_end || nobody_waits {
                    return;
                }
            }
        });
        Self { chunks }
    }

    /// The next bytes; none at the end.
    fn next(&self) -> std::result::Result<Option<Vec<u8>>, Attempt> {
        match self.chunks.recv_timeout(SILENCE) {
            Ok(Ok(chunk)) => Ok((!chunk.is_empty()).then_some(chunk)),
            Ok(Err(err)) => Err(Attempt::Again(anyhow!(err).context("the connection broke"))),
            Err(_) => Err(Attempt::Again(anyhow!("the server sent nothing for {} s", SILENCE.as_secs()))),
        }
    }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of all that is left to read, in hexadecimal.
pub fn sha256_of(reader: &mut impl Read) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 17];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            length => digest.update(&buffer[..length]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
