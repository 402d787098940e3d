//! The action from the outside: its program over a real control plane, in which only the kubelet is played.
//!
//! The first run builds Kubernetes with Go, which takes minutes; without Go, and without `KUBEBUILDER_ASSETS`, every test that needs it says so
//! and passes. All tests share one control plane, each in a namespace of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod canary;
mod classes;
mod desk;
mod eks;
mod heals;
mod life;
mod manifests;
mod owners;
