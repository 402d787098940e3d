//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("model-approval", model_approval::run)
}
