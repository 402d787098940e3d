//! The Lambda function `deploy-endpoint`.

fn main() -> std::process::ExitCode {
    trigger::serve::<deploy_endpoint::DeployEndpoint>()
}
