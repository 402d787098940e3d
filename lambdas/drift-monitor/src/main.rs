//! The Lambda function `drift-monitor`.

fn main() -> std::process::ExitCode {
    trigger::serve::<drift_monitor::DriftMonitor>()
}
