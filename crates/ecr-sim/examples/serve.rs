//! ECR as a local server until it is ended: `cargo run -p ecr-sim --example serve -- <port> [folder]`.
//!
//! For a look by hand: `AWS_ENDPOINT_URL_ECR` is what it prints, and `docker`, `skopeo` and `crane` reach the registry there
//! with user `AWS` and the password that it prints.

use ecr_sim::{Config, EcrSim};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|text| text.parse().ok());
    let sim = EcrSim::start(Config {
        port: port.unwrap_or(0),
        folder: arguments.next().map(Into::into),
        ..Config::default()
    })?;
    #[expect(
        clippy::print_stdout,
        reason = "an example is read by the person who runs it"
    )]
    {
        println!("{}\nAWS {}", sim.url(), sim.password());
    }
    loop {
        std::thread::park();
    }
}
