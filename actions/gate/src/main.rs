//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("gate", gate::run)
}
