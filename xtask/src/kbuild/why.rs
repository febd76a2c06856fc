// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is at hand to explain a build with. It is remembered with the build; kernels that are fetched later are heeded when it is
//! built again.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::explain::{self, About, Shelf};
use crate::kernel::KernelTree;

/// What these lines mean, in our words. That takes a second at most, and nobody waits for it when all is well.
pub(super) fn explain(context: &Context, kernel: &KernelTree, dir: &Path, lines: &[String]) -> Vec<String> {
    if lines.is_empty() {
        return Vec::new();
    }
    let Some(shelf) = Shelf::new(kernel, &context.cache) else { return Vec::new() };
    explain::explain(lines, About { shelf: &shelf, sources: &dir.join("src"), neighbours: neighbours(dir) })
}

/// What other drivers export that were built for the same kernel: `build/DRIVER/KERNEL/src/Module.symvers`.
fn neighbours(dir: &Path) -> Vec<(String, PathBuf)> {
    let (Some(kernel), Some(top)) = (dir.file_name(), dir.parent().and_then(Path::parent)) else { return Vec::new() };
    let drivers = std::fs::read_dir(top)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| Some(entry.path().as_path()) != dir.parent());
    let found = drivers
        .map(|it| (it.file_name().to_string_lossy().into_owned(), it.path().join(kernel).join("src/Module.symvers")));
    let mut found: Vec<_> = found.filter(|(_, path)| path.is_file()).collect();
    found.sort();
    found
}
