//! The Lambda function `start-training`.

fn main() -> std::process::ExitCode {
    trigger::serve::<start_training::StartTraining>()
}
