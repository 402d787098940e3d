//! The Lambda function `predict-api`.

fn main() -> std::process::ExitCode {
    predict_api::serve()
}
