//! Rolls out an application on Kubernetes: applies, watches, says why it failed, and comes back.
