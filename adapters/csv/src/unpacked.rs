//! Large files of a zip, unpacked once to disk, so that all threads read them there in pieces.

use std::fs::File;
use std::io::Write as _;

use anyhow::{Context, Result, bail, ensure};
use migrate_model::Options;

use crate::bytes::Place;
use crate::inputs::{Found, Inputs};
use crate::wishes::MAX_TEMP_SIZE;

/// From how many bytes on a file is unpacked to disk and not into the memory of each thread.
const LARGE_BYTES: u64 = 8 << 20;

/// The most that unpacked files may take on the disk unless it is told otherwise, in bytes.
const MAX_TEMP_BYTES: u64 = 20_000_000_000;

/// Unpacks the large ones of those files that are read.
///
/// Without a folder for work files they stay where they are, and are read whole.
///
/// # Errors
/// If they take more than they may, one cannot be unpacked or written, or the run is to end early.
pub(crate) fn unpack(
    inputs: &mut Inputs,
    is_read: impl Fn(&Found) -> bool,
    options: &Options,
) -> Result<()> {
    let Ok(folder) = options.work_folder() else {
        return Ok(());
    };
    let is_large = |found: &Found| {
        let is_packed = matches!(found.bytes.place, Place::Entry { .. });
        is_packed && found.bytes.count >= LARGE_BYTES && is_read(found)
    };
    let large = inputs.files.iter().filter(|found| is_large(found));
    let bytes: u64 = large.map(|found| found.bytes.count).sum();
    if bytes == 0 {
        return Ok(());
    }
    let most = options.size(MAX_TEMP_SIZE.name)?.unwrap_or(MAX_TEMP_BYTES);
    ensure!(
        bytes <= most,
        "the large files of the zip unpack to {bytes} bytes, and may take {most} on the disk: allow more by `--max-temp-size`"
    );
    options.begin_reading("unpacking", bytes);
    let Inputs {
        archives, files, ..
    } = inputs;
    let large = files.iter_mut().filter(|found| is_large(found));
    for (found, number) in large.zip(1..) {
        let Place::Entry { archive, entry } = found.bytes.place else {
            continue;
        };
        let archive = archives.get(archive).context("there is no such archive")?;
        let path = folder.join(format!("unpacked-{number}"));
        let mut file = File::create_new(&path)
            .with_context(|| format!("could not write `{}`; see `--temp-dir`", path.display()))?;
        archive.reader()?.copy(entry, &mut file, &mut |bytes| {
            if options.is_stopped() {
                bail!("stopped before all of the zip was unpacked");
            }
            options.have_read(bytes);
            Ok(())
        })?;
        file.flush()?;
        found.bytes.place = Place::File(path);
    }
    Ok(())
}
