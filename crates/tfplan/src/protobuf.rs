//! The few fields of a saved plan's protobuf that say which plan this is.
//!
//! It walks the top level of the message and knows nothing of the values inside: [`native`](crate::native) reads those
//! with the same walker. Field numbers are Terraform's `planfile.proto`; OpenTofu's are the same. A message that ends early, or uses a
//! wire type that proto3 does not, is `None`.

/// What the top level of the message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: u64,
    pub(crate) tool_version: String,
    pub(crate) timestamp: String,
    pub(crate) backend_type: String,
    pub(crate) workspace: String,
    pub(crate) errored: bool,
}

/// Reads the header out of the whole message.
pub(crate) fn header(message: &[u8]) -> Option<Header> {
    let mut header = Header::default();
    let mut rest = message;
    while !rest.is_empty() {
        match field(&mut rest)? {
            (1, Wire::Varint(version)) => header.version = version,
            (13, Wire::Bytes(backend)) => read_backend(backend, &mut header)?,
            (14, Wire::Bytes(version)) => header.tool_version = text(version)?,
            (20, Wire::Varint(errored)) => header.errored = errored != 0,
            (21, Wire::Bytes(timestamp)) => header.timestamp = text(timestamp)?,
            _ => {}
        }
    }
    Some(header)
}

fn read_backend(mut rest: &[u8], header: &mut Header) -> Option<()> {
    while !rest.is_empty() {
        match field(&mut rest)? {
            (1, Wire::Bytes(kind)) => header.backend_type = text(kind)?,
            (3, Wire::Bytes(workspace)) => header.workspace = text(workspace)?,
            _ => {}
        }
    }
    Some(())
}

/// What a field holds.
pub(crate) enum Wire<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Fixed,
}

/// The next field of a message, with its number.
pub(crate) fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Wire<'a>)> {
    let key = varint(rest)?;
    let wire = match key & 7 {
        0 => Wire::Varint(varint(rest)?),
        1 => take(rest, 8).map(|_| Wire::Fixed)?,
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Wire::Bytes(take(rest, length)?)
        }
        5 => take(rest, 4).map(|_| Wire::Fixed)?,
        _ => return None,
    };
    Some((key >> 3, wire))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *take(rest, 1)?.first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_what_it_does_not_know() {
        // field 1 = 3; field 99 fixed32; field 14 = "1.2"; field 13 = { 1: "s3", 2: 1 byte, 3: "default" }; field 20 = true
        let mut message = vec![0x08, 3, 0x9d, 0x06, 1, 2, 3, 4, 0x72, 3, b'1', b'.', b'2'];
        message.extend([0x6a, 16, 0x0a, 2, b's', b'3', 0x12, 1, 0xc0, 0x1a, 7]);
        message.extend(b"default");
        message.extend([0xa0, 0x01, 1]);
        let header = header(&message).unwrap();
        assert_eq!((header.version, header.errored), (3, true));
        assert_eq!(
            (header.tool_version.as_str(), header.backend_type.as_str()),
            ("1.2", "s3")
        );
        assert_eq!(header.workspace, "default");
    }

    #[test]
    fn every_cut_inside_a_field_is_noticed() {
        let message = [0x08, 3, 0x72, 3, b'1', b'.', b'2'];
        for length in [1, 3, 4, 5, 6] {
            assert_eq!(header(&message[..length]), None, "{length}");
        }
        assert_eq!(header(&[0xff; 12]), None);
        assert_eq!(header(&[0x0b]), None, "groups are not proto3");
    }
}
