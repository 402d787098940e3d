//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("policy-check", policy_check::run)
}
