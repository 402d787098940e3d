//! The action over `kube-rollout`.
