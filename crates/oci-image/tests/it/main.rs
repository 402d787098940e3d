//! Images into and out of registries: ECR's stand-in, and Debian's `docker-registry` where it is installed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bases;
mod compared;
mod faults;
mod hostile;
mod layers;
mod pushed;
mod real;
mod shelf;
