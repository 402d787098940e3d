//! GitHub, as a workflow's environment names it.

use gha::Host;
use github_api::GitHub;

use crate::Error;

/// Where GitHub itself answers; GitHub Enterprise Server says otherwise in `GITHUB_API_URL`.
const API: &str = "https://api.github.com";

/// The repository of this run, seen with its token.
pub(crate) fn connect(host: &mut Host) -> Result<GitHub, Error> {
    let repository = host.env("GITHUB_REPOSITORY").ok_or(Error::NoGitHub {
        variable: "GITHUB_REPOSITORY",
        help: "a workflow has it; elsewhere set it to `<owner>/<name>`",
    })?;
    let token = host.env("GITHUB_TOKEN").ok_or(Error::NoGitHub {
        variable: "GITHUB_TOKEN",
        help: "set `GITHUB_TOKEN: ${{ github.token }}`, or the token of a GitHub App, in the `env` of the step",
    })?;
    host.mask(&token);
    let api = host.env("GITHUB_API_URL").unwrap_or_else(|| API.to_owned());
    Ok(GitHub::connect(&api, &repository, &token)?)
}
