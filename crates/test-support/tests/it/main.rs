//! The harness against small actions, and the bootstrap that every action shares against a small release.

mod action;
mod fetch;
mod program;
mod release;
mod repository;
mod server;
