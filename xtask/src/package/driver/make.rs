// SPDX-License-Identifier: MIT OR Apache-2.0
//! How make is called for a driver: Kbuild on one folder or several, with words besides.

use crate::package::nix::{Nix, Part};

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Make {
    /// The folders with a Kbuild file, relative to the driver's; the driver's own is the empty text.
    pub folders: Vec<String>,
    /// Further words for make's command line.
    pub words: Vec<Word>,
    /// What runs before it, in the driver's folder.
    pub before: Vec<Word>,
}

/// A word with places in it that differ from machine to machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(pub Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// The kernel's headers.
    Kdir,
    /// What `uname -r` says in the kernel.
    Release,
    /// The driver's folder.
    Folder,
}

/// What a build on this machine has in these places.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    pub kdir: &'a str,
    pub release: &'a str,
    pub folder: &'a str,
}

impl Make {
    /// Kbuild on the driver's own folder.
    pub fn plain(words: &[String]) -> Self {
        let words = words.iter().map(|word| Word(vec![Piece::Text(word.clone())])).collect();
        Self { folders: vec![String::new()], words, before: Vec::new() }
    }
}

impl Word {
    /// A word of a build on this machine, with its places found again.
    pub fn found(mut text: &str, places: &Places<'_>) -> Self {
        let installed = format!("/lib/modules/{}/build", places.release);
        let known = [
            (places.kdir, Piece::Kdir),
            (&installed, Piece::Kdir),
            (places.folder, Piece::Folder),
            (places.release, Piece::Release),
        ];
        let mut pieces = Vec::new();
        while !text.is_empty() {
            let next = known.iter().filter_map(|(place, piece)| Some((text.find(place)?, place.len(), piece)));
            // Where two begin, the longer one is meant.
            let Some((at, length, piece)) = next.min_by_key(|(at, length, _)| (*at, usize::MAX - length)) else {
                pieces.push(Piece::Text(text.to_owned()));
                break;
            };
            if at > 0 {
                pieces.push(Piece::Text(text[..at].to_owned()));
            }
            pieces.push(piece.clone());
            text = &text[at + length..];
        }
        Self(pieces)
    }

    /// The word again, for a build on this machine.
    pub fn on(&self, places: &Places<'_>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Kdir => places.kdir.to_owned(),
            Piece::Release => places.release.to_owned(),
            Piece::Folder => places.folder.to_owned(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Whether only the builder's shell can know it, since the driver's folder is in it, or has to split nothing of it.
    pub fn is_for_shell(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Folder => true,
            Piece::Text(text) => text.contains(|c: char| c.is_whitespace() || "'\"\\".contains(c)),
            Piece::Kdir | Piece::Release => false,
        })
    }

    /// Whether all that it says is which kernel.
    pub fn is_of_kernel(&self) -> bool {
        matches!(&self.0[..], [Piece::Text(name), Piece::Kdir | Piece::Release] if name.ends_with('='))
    }

    /// As a word of a shell's, in pieces; the shell is in the driver's folder.
    pub fn shell(&self) -> Vec<Piece> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-+=./:,@%".contains(c);
        let piece = |piece: &Piece| match piece {
            Piece::Folder => Piece::Text("\"$PWD\"".to_owned()),
            Piece::Text(text) if !text.chars().all(is_plain) => {
                Piece::Text(format!("'{}'", text.replace('\'', r"'\''")))
            }
            other => other.clone(),
        };
        self.0.iter().map(piece).collect()
    }
}

/// A text of pieces: `lines` says whether it is a script.
pub(super) fn nix(pieces: &[Piece], lines: bool) -> Nix {
    let (dev, release) = (Nix::code("kernel.dev"), Nix::code("kernel.modDirVersion"));
    let headers = [Part::Value(&dev), Part::Text("/lib/modules/"), Part::Value(&release), Part::Text("/build")];
    let part = |piece| match piece {
        &Piece::Kdir => headers.to_vec(),
        Piece::Release => vec![Part::Value(&release)],
        Piece::Text(text) => vec![Part::Text(text)],
        // Words with it in them are for the shell, which has a name for it.
        Piece::Folder => vec![Part::Text("$PWD")],
    };
    let parts: Vec<Part<'_>> = pieces.iter().flat_map(part).collect();
    if lines { Nix::lines(&parts) } else { Nix::template(&parts) }
}
