//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("report", report::run)
}
