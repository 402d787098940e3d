//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("pipeline-lint", pipeline_lint::run)
}
