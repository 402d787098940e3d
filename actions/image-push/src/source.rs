//! Where the image comes from: a layout that somebody built, or a Dockerfile that is built when it has to be.

use oci_image::{Image, Tag, layout};

use crate::build::Recipe;
use crate::place::Place;
use crate::wanted::Wanted;
use crate::{Error, fingerprint};

/// Where it comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// It is here.
    Layout(Box<Image>),
    /// It would be made.
    Recipe(Box<Recipe>),
}

impl Source {
    pub(crate) async fn of(wanted: &Wanted, place: &Place) -> Result<Self, Error> {
        Ok(match &wanted.layout {
            Some(path) => Self::Layout(Box::new(layout::read(path, None)?)),
            None => Self::Recipe(Box::new(Recipe::read(wanted, place).await?)),
        })
    }

    /// The tag that names all that goes into it.
    pub(crate) fn tag(&self) -> Option<Tag> {
        match self {
            Self::Layout(_) => None,
            Self::Recipe(recipe) => Some(fingerprint::tag(recipe.fingerprint)),
        }
    }
}
