//! Where the image comes from: a layout that somebody built, or a Dockerfile that is built when it has to be.

use oci_image::{Image, Tag, layout};

use crate::Error;
use crate::wanted::Wanted;

/// Where it comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// It is here.
    Layout(Box<Image>),
}

impl Source {
    pub(crate) async fn of(wanted: &Wanted) -> Result<Self, Error> {
        if let Some(path) = &wanted.layout {
            return Ok(Self::Layout(Box::new(layout::read(path, None)?)));
        }
        todo!()
    }

    /// The tag that names all that goes into it.
    pub(crate) fn tag(&self) -> Option<Tag> {
        match self {
            Self::Layout(_) => None,
        }
    }
}
