//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("eks-rollout", eks_rollout::run)
}
