//! The `.tar.gz` in which code comes and models go: the same files give the same bytes.

use std::fs::File;
use std::io;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, Header};

use crate::aws::files_of;

pub(super) fn pack(folder: &Path, to: &Path) -> io::Result<()> {
    let mut builder = Builder::new(GzEncoder::new(File::create(to)?, Compression::default()));
    for file in files_of(folder)? {
        let content = File::open(folder.join(&file))?;
        let mut header = Header::new_gnu();
        header.set_size(content.metadata()?.len());
        header.set_mode(0o644);
        header.set_mtime(0);
        builder.append_data(&mut header, &file, content)?;
    }
    builder.into_inner()?.finish()?;
    Ok(())
}

pub(super) fn unpack(from: &Path, folder: &Path) -> io::Result<()> {
    Archive::new(GzDecoder::new(File::open(from)?)).unpack(folder)
}
