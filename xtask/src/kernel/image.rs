// SPDX-License-Identifier: MIT OR Apache-2.0
//! The uncompressed kernel inside a bzImage. Booting that one spares the guest its own unpacking,
//! which under emulation takes as long as the rest of the boot.

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};

use crate::compress::Reader;

/// Takes the ELF vmlinux out of a bzImage, by the offsets in its setup header
/// (<https://docs.kernel.org/arch/x86/boot.html#the-real-mode-kernel-header>).
pub fn unpack_vmlinux(bz_image: &[u8]) -> Result<Vec<u8>> {
    let u32_at =
        |offset: usize| -> Option<u32> { Some(u32::from_le_bytes(bz_image.get(offset..offset + 4)?.try_into().ok()?)) };
    if bz_image.get(0x202..0x206) != Some(b"HdrS") {
        bail!("it is not a bzImage: it has no setup header");
    }
    let setup_sectors = match bz_image[0x1f1] {
        0 => 4, // As boot protocol 2.00 had it, for compatibility.
        n => usize::from(n),
    };
    let start = (setup_sectors + 1) * 512;
    let payload = (|| {
        let offset = start.checked_add(u32_at(0x248)? as usize)?;
        let length = u32_at(0x24c)? as usize;
        bz_image.get(offset..offset.checked_add(length)?)
    })();
    let payload = payload.context("its payload lies outside of it")?;
    let vmlinux = unpack(payload)?;
    if !vmlinux.starts_with(b"\x7fELF") {
        bail!("its payload is not an ELF file");
    }
    Ok(vmlinux)
}

/// The compressions of Documentation/arch/x86/boot.rst's `payload_offset` that are in use.
fn unpack(payload: &[u8]) -> Result<Vec<u8>> {
    let mut vmlinux = Vec::new();
    // The kernel appends the unpacked size as four bytes to what the compressor made, but for gzip, which does so itself
    // (arch/x86/boot/compressed/Makefile).
    let body = &payload[..payload.len().saturating_sub(4)];
    match payload {
        [0xfd, b'7', b'z', ..] => Reader::by_ending(".xz", body)?.read_to_end(&mut vmlinux)?,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Reader::by_ending(".zst", body)?.read_to_end(&mut vmlinux)?,
        [0x1f, 0x8b, ..] => Reader::by_ending(".gz", payload)?.read_to_end(&mut vmlinux)?,
        [0x02, 0x21, 0x4c, 0x18, ..] => lz4_flex::frame::FrameDecoder::new(body).read_to_end(&mut vmlinux)?,
        [0x7f, b'E', b'L', b'F', ..] => return Ok(payload.to_vec()),
        _ => bail!("its payload is compressed in a way that is not known"),
    };
    Ok(vmlinux)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A bzImage with this payload has this kernel in it.
    #[track_caller]
    fn check(payload: &[u8], expected: Result<&[u8], &str>) {
        let mut image = vec![0; 1024];
        image[0x1f1] = 1;
        image[0x202..0x206].copy_from_slice(b"HdrS");
        image[0x248..0x24c].copy_from_slice(&0_u32.to_le_bytes());
        image[0x24c..0x250].copy_from_slice(&u32::try_from(payload.len()).expect("small").to_le_bytes());
        image.extend(payload);
        let found = unpack_vmlinux(&image).map_err(|err| err.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn payloads() {
        let kernel = b"\x7fELF and more of it";
        check(kernel, Ok(kernel));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(kernel).expect("written");
        check(&gzip.finish().expect("written"), Ok(kernel));
        let mut lz4 = vec![0x02, 0x21, 0x4c, 0x18];
        // One block of the legacy format: its size, a run of literals of 15 and more, and these.
        let block = [&[0xf0, u8::try_from(kernel.len() - 15).expect("small")], &kernel[..]].concat();
        lz4.extend(u32::try_from(block.len()).expect("small").to_le_bytes());
        lz4.extend(block);
        lz4.extend(u32::try_from(kernel.len()).expect("small").to_le_bytes());
        check(&lz4, Ok(kernel));
        check(b"what is this", Err("its payload is compressed in a way that is not known"));
    }
}
