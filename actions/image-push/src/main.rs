//! The action as a program of its own.

fn main() -> std::process::ExitCode {
    gha::main("image-push", image_push::run)
}
