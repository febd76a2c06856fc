// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was fetched or made once and is used again: tool roots, kernels, checked indexes.
//!
//! An entry is made under a temporary name and renamed when it is whole, so a half-written one can't be seen.
//! Making is locked, so that of two runs at once one makes and the other waits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::report::Events;

/// Kinds of entries, by their folders' names: what is removed when it has not been used for long.
pub const KINDS: &[&str] =
    &["kernels", "packages", "roots", "init", "bench", "images", "sources", "symbols", "baselines", "machines"];

/// The folder that all clones of the workspace share.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
    events: Events,
    /// The locks that keep entries from being removed while this program runs.
    held: Arc<Mutex<BTreeMap<PathBuf, File>>>,
    locks: Arc<Locks>,
}

/// The locks that threads of this program hold or wait for.
#[derive(Debug, Default)]
struct Locks {
    names: Mutex<BTreeSet<String>>,
    changed: Condvar,
}

/// See [`Cache::lock`].
#[derive(Debug)]
pub struct Lock {
    file: Option<File>,
    name: String,
    locks: Arc<Locks>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // First the file's, or the next thread of ours would have to wait for it.
        drop(self.file.take());
        self.locks.names.lock().expect("no thread panics while it looks at the names").remove(&self.name);
        self.locks.changed.notify_all();
    }
}

/// The environment variable that moves the cache.
pub const CACHE_VARIABLE: &str = "WORKBENCH_CACHE";

impl Cache {
    /// `$WORKBENCH_CACHE`, else `$XDG_CACHE_HOME/module-workbench`, else `~/.cache/module-workbench`.
    pub fn open(events: Events) -> Result<Self> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let dir = set(CACHE_VARIABLE)
            .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("module-workbench")))
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache/module-workbench")))
            .with_context(|| format!("found no place for the cache: set {CACHE_VARIABLE} to a folder"))?;
        Self::at(dir, events)
    }

    /// A cache in this folder, which is made if need be.
    pub fn at(dir: PathBuf, events: Events) -> Result<Self> {
        let help = || {
            format!(
                "failed to use `{}` as the cache\nhelp: set {CACHE_VARIABLE} to a folder you can write to",
                dir.display()
            )
        };
        for sub in ["locks", "tmp", "mnt"] {
            fs::create_dir_all(dir.join(sub)).with_context(help)?;
        }
        let tag = dir.join("CACHEDIR.TAG");
        if !tag.exists() {
            // https://bford.info/cachedir/
            fs::write(&tag, "Signature: 8a477f597d28d172789f06886806bc55\n").with_context(help)?;
        }
        let dir = fs::canonicalize(&dir)?;
        Ok(Self { dir, events, held: Arc::default(), locks: Arc::default() })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// An empty folder that serves as the mount point of a child's root, in that child's own mount namespace.
    pub fn mount_point(&self) -> PathBuf {
        self.dir.join("mnt")
    }

    /// Where an entry is, whether it was made or not.
    pub fn path(&self, kind: &str, key: &str) -> PathBuf {
        self.dir.join(kind).join(key)
    }

    /// The folder `kind/key`; when it is not there, `make` fills it first. The kind is one of [`KINDS`].
    pub fn entry(&self, kind: &str, key: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        debug_assert!(KINDS.contains(&kind), "nobody would ever remove {kind}/{key}");
        self.hold(kind, key)?;
        let path = self.path(kind, key);
        if path.exists() {
            return Ok(path);
        }
        let _lock = self.lock(&format!("{kind}-{}", key.replace('/', "-")))?;
        if path.exists() {
            return Ok(path);
        }
        let scratch = self.scratch()?;
        let inside = scratch.path().join("entry");
        fs::create_dir(&inside)?;
        make(&inside)?;
        fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
        fs::rename(&inside, &path)?;
        Ok(path)
    }

    /// Keeps an entry from being removed while this program runs, and remembers that it was used now.
    pub fn hold(&self, kind: &str, key: &str) -> Result<()> {
        let path = self.use_path(kind, key);
        let mut held = self.held.lock().expect("no thread panics while it holds the locks");
        if held.contains_key(&path) {
            return Ok(());
        }
        let file = fs::File::create(&path)?.into_parts().0;
        file.lock_shared().with_context(|| format!("failed to lock `{}`", path.display()))?;
        file.set_modified(SystemTime::now()).with_context(|| format!("failed to touch `{}`", path.display()))?;
        held.insert(path, file);
        Ok(())
    }

    /// When an entry was last used.
    pub fn last_used(&self, kind: &str, key: &str) -> Option<SystemTime> {
        let stamp = fs::metadata(self.use_path(kind, key)).or_else(|_| fs::metadata(self.path(kind, key)));
        stamp.ok()?.modified().ok()
    }

    /// Removes an entry, unless a run is using it; says whether it is gone.
    pub fn remove(&self, kind: &str, key: &str) -> Result<bool> {
        let lock = fs::File::create(self.use_path(kind, key))?.into_parts().0;
        if lock.try_lock().is_err() {
            return Ok(false);
        }
        // In one step, so that nobody sees half of it.
        let scratch = self.scratch()?;
        match fs::rename(self.path(kind, key), scratch.path().join("entry")) {
            Err(err) if err.kind() != ErrorKind::NotFound => Err(err.into()),
            _ => Ok(true),
        }
    }

    fn use_path(&self, kind: &str, key: &str) -> PathBuf {
        self.dir.join("locks").join(format!("use-{kind}-{}", key.replace('/', "-")))
    }

    /// Writes a file whole or not at all.
    pub fn write(&self, path: &Path, content: &[u8]) -> Result<()> {
        let parent = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(parent)?;
        let mut file = tempfile::NamedTempFile::new_in(self.dir.join("tmp")).context("failed to write to the cache")?;
        std::io::Write::write_all(&mut file, content)
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        file.persist(path).with_context(|| format!("failed to write `{}`", path.display()))?;
        Ok(())
    }

    /// A fact about the host and this person that holds until the next boot: asked for once, then remembered.
    pub fn since_boot(&self, question: &str, ask: impl FnOnce() -> Result<String>) -> Result<Answer> {
        // https://docs.kernel.org/admin-guide/sysctl/kernel.html#random
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        // SAFETY: asks for a number.
        let uid = unsafe { libc::getuid() };
        let path = self.path("boot", &format!("{}-{uid}/{question}", boot.trim()));
        if let Ok(value) = fs::read_to_string(&path) {
            return Ok(Answer { value, fresh: false });
        }
        let value = ask()?;
        self.write(&path, value.as_bytes())?;
        Ok(Answer { value, fresh: true })
    }

    /// Forgets what was asked since the boot: somebody may have changed the host since.
    pub fn forget_answers(&self) {
        let _may_not_be_there = fs::remove_dir_all(self.dir.join("boot"));
    }

    /// Waits until nobody else holds this lock; it is given back on drop, also when we are killed.
    pub fn lock(&self, name: &str) -> Result<Lock> {
        // Another thread of ours is no news to anybody.
        let busy = |names: &mut BTreeSet<String>| names.contains(name);
        let names = self.locks.names.lock().expect("no thread panics while it looks at the names");
        let mut names = self.locks.changed.wait_while(names, busy).expect("no thread panics while it looks");
        names.insert(name.to_owned());
        drop(names);
        let mut lock = Lock { file: None, name: name.to_owned(), locks: Arc::clone(&self.locks) };
        let path = self.dir.join("locks").join(name);
        let file = fs::File::create(&path)?.into_parts().0;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                self.events.note(format!("waiting for `{name}`, which another job is making"));
                file.lock().with_context(|| format!("failed to lock `{}`", path.display()))?;
            }
            Err(TryLockError::Error(err)) => {
                return Err(err).with_context(|| format!("failed to lock `{}`", path.display()));
            }
        }
        lock.file = Some(file);
        Ok(lock)
    }

    /// A folder for unfinished work, on the cache's own file system; it is removed when dropped.
    /// What runs that were killed have left behind is removed first.
    pub fn scratch(&self) -> Result<Scratch> {
        let tmp = self.dir.join("tmp");
        // Between its making and its locking a folder looks abandoned, so nobody else may look then.
        let making = fs::File::create(self.dir.join("locks/tmp"))?.into_parts().0;
        making.lock().context("failed to lock the cache's folder for unfinished work")?;
        for entry in fs::read_dir(&tmp)? {
            remove_if_abandoned(&entry?.path());
        }
        let dir = tempfile::Builder::new()
            .prefix("work-")
            .tempdir_in(&tmp)
            .context("failed to make a folder in the cache")?;
        let lock = fs::File::create(dir.path().join("lock"))?.into_parts().0;
        lock.lock().context("failed to lock a folder in the cache")?;
        Ok(Scratch { dir, _lock: lock })
    }
}

/// How long ago a file was written, if it is there.
pub(crate) fn age(path: &Path) -> Option<Duration> {
    SystemTime::now().duration_since(fs::metadata(path).ok()?.modified().ok()?).ok()
}

/// See [`Cache::since_boot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub value: String,
    /// Whether it was asked just now.
    pub fresh: bool,
}

/// See [`Cache::scratch`].
#[derive(Debug)]
pub struct Scratch {
    dir: tempfile::TempDir,
    _lock: File,
}

impl Scratch {
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone_or_not = make_writable(self.path());
    }
}

/// Lets nothing that is read-only keep an ordinary user from removing a folder: a store of Nix's has folders that are.
pub(crate) fn make_writable(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let mode = entry.metadata()?.permissions().mode();
        if mode & 0o700 != 0o700 {
            fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(mode | 0o700))?;
        }
        make_writable(&entry.path())?;
    }
    Ok(())
}

/// A folder of ours whose lock nobody holds belongs to a run that is dead. Failing to remove it harms nobody.
fn remove_if_abandoned(path: &Path) {
    let lock = match File::open(path.join("lock")) {
        Ok(lock) => lock,
        // It may be between its making and its locking, which takes no time; an hour later it is not.
        Err(err) if err.kind() == ErrorKind::NotFound || err.kind() == ErrorKind::NotADirectory => {
            let age = path.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age.as_secs() > 3600) {
                let _gone_or_not = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            }
            return;
        }
        Err(_) => return,
    };
    if lock.try_lock().is_ok() {
        let _gone_or_not = make_writable(path).and_then(|()| Ok(fs::remove_dir_all(path)?));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    /// Only an ordinary user sees it fail: nothing is read-only to root.
    #[test]
    fn read_only_folders_are_removed() {
        let top = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(top.path().join("cache"), Events::new(channel().0)).expect("a cache");
        let fill = |folder: &Path| {
            let inner = folder.join("store/it");
            fs::create_dir_all(&inner).expect("made");
            fs::write(inner.join("file"), "").expect("written");
            fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o555)).expect("set");
        };
        let scratch = cache.scratch().expect("a folder");
        let place = scratch.path().to_owned();
        fill(&place);
        drop(scratch);
        assert!(!place.exists());

        // As a run that was killed leaves it.
        let left = top.path().join("cache/tmp/left");
        fill(&left);
        fs::write(left.join("lock"), "").expect("written");
        drop(cache.scratch().expect("a folder"));
        assert!(!left.exists());
    }
}
