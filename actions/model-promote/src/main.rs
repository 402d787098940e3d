//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("model-promote", model_promote::run)
}
