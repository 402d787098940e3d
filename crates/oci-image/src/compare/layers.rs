//! Two layers side by side: the first entry that is not the same.
//!
//! The archives are read raw: a long name is an entry before the one that it names, and is remembered up to a length, so
//! that no header can ask for memory.

use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entries, Entry, EntryType};

/// More than this is not read out of a layer.
const MOST_BYTES: u64 = 64 * 1024 * 1024 * 1024;
const LONGEST_NAME: u64 = 4096;
const PIECE: usize = 64 * 1024;

type Stream = Box<dyn Read + Send>;

/// A sentence about the first difference.
pub(super) fn first_difference(here: Stream, there: Stream) -> io::Result<String> {
    let mut here = Archive::new(unpacked(here)?);
    let mut there = Archive::new(unpacked(there)?);
    let mut here = Walk::new(&mut here)?;
    let mut there = Walk::new(&mut there)?;
    let mut names = (String::new(), String::new());
    loop {
        let (one, other) = match (here.next()?, there.next()?) {
            (Some(one), Some(other)) => (one, other),
            (Some(one), None) => return Ok(format!("`{}` is only here", one.name(&names.0))),
            (None, Some(other)) => {
                return Ok(format!("`{}` is only there", other.name(&names.1)));
            }
            (None, None) => {
                return Ok("every file is the same, only the compression differs".to_owned());
            }
        };
        let (mut one, mut other) = (one, other);
        let (name, name_there) = (one.name(&names.0), other.name(&names.1));
        let extension = one.extends() && other.extends();
        if !extension && name != name_there {
            return Ok(format!(
                "the first file that differs is `{name}` here and `{name_there}` there"
            ));
        }
        if !extension && let Some(what) = one.header_difference(&other) {
            return Ok(format!("the first file that differs is `{name}` ({what})"));
        }
        let (same, first, first_there) = contents(&mut one.0, &mut other.0)?;
        if extension {
            names = (long_name(&one, &first), long_name(&other, &first_there));
            continue;
        }
        if !same {
            return Ok(format!("the first file that differs is `{name}` (content)"));
        }
        names = (String::new(), String::new());
    }
}

/// The stream without its compression, when it has one.
fn unpacked(stream: Stream) -> io::Result<Stream> {
    let mut stream = BufReader::with_capacity(PIECE, stream);
    let magic = io::BufRead::fill_buf(&mut stream)?;
    if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Err(io::Error::other("it is compressed with zstd"));
    }
    Ok(if magic.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(stream).take(MOST_BYTES))
    } else {
        Box::new(stream.take(MOST_BYTES))
    })
}

struct Walk<'a>(Entries<'a, Stream>);

struct Item<'a>(Entry<'a, Stream>);

impl<'a> Walk<'a> {
    fn new(archive: &'a mut Archive<Stream>) -> io::Result<Self> {
        Ok(Self(archive.entries()?.raw(true)))
    }

    fn next(&mut self) -> io::Result<Option<Item<'a>>> {
        self.0.next().transpose().map(|entry| entry.map(Item))
    }
}

impl Item<'_> {
    /// Whether it only says more about the entry behind it.
    fn extends(&self) -> bool {
        matches!(
            self.0.header().entry_type(),
            EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader
        )
    }

    fn name(&self, long: &str) -> String {
        let short = self.0.header().path_bytes();
        let name = match long {
            "" => String::from_utf8_lossy(&short),
            long => long.into(),
        };
        let clean = name.chars().filter(|letter| !letter.is_control());
        clean.collect()
    }

    fn header_difference(&self, other: &Self) -> Option<&'static str> {
        let (one, other) = (self.0.header(), other.0.header());
        if one.entry_type() != other.entry_type() {
            Some("kind")
        } else if one.link_name_bytes() != other.link_name_bytes() {
            Some("target")
        } else if one.size().ok() != other.size().ok() {
            Some("size")
        } else if one.mode().ok() != other.mode().ok() {
            Some("mode")
        } else if (one.uid().ok(), one.gid().ok()) != (other.uid().ok(), other.gid().ok()) {
            Some("owner")
        } else if one.mtime().ok() != other.mtime().ok() {
            Some("time")
        } else {
            None
        }
    }
}

/// Whether two streams are the same, and how each begins.
fn contents(one: &mut impl Read, other: &mut impl Read) -> io::Result<(bool, Vec<u8>, Vec<u8>)> {
    let mut begins = (Vec::new(), Vec::new());
    one.take(LONGEST_NAME).read_to_end(&mut begins.0)?;
    other.take(LONGEST_NAME).read_to_end(&mut begins.1)?;
    let mut same = begins.0 == begins.1;
    let (mut piece, mut piece_there) = (vec![0; PIECE], vec![0; PIECE]);
    while same {
        let read = full(one, &mut piece)?;
        let read_there = full(other, &mut piece_there)?;
        same = piece[..read] == piece_there[..read_there];
        if read == 0 {
            break;
        }
    }
    Ok((same, begins.0, begins.1))
}

fn full(reader: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match reader.read(&mut piece[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// The name that an extension gives to the entry behind it.
fn long_name(item: &Item<'_>, begins: &[u8]) -> String {
    let text = String::from_utf8_lossy(begins);
    match item.0.header().entry_type() {
        EntryType::GNULongName => text.trim_end_matches('\0').to_owned(),
        EntryType::XHeader => text
            .lines()
            .find_map(|line| line.split_once(" path=").map(|(_, path)| path.to_owned()))
            .unwrap_or_default(),
        _ => String::new(),
    }
}
