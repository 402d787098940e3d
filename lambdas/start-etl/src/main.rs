//! The Lambda function `start-etl`.

fn main() -> std::process::ExitCode {
    trigger::serve::<start_etl::StartEtl>()
}
