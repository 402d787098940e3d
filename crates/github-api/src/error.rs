//! Why GitHub did not do what it was asked: each of its ways to say no, with the line of a workflow that mends it.

use miette::Diagnostic;
use serde::Deserialize;

/// Why GitHub did not answer, or said no.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum GitHubError {
    /// A name that is not `<owner>/<name>`.
    #[error("`{name}` is not a repository on GitHub")]
    #[diagnostic(help("set `GITHUB_REPOSITORY` to `<owner>/<name>`"))]
    NotARepository {
        /// What was given.
        name: String,
    },
    /// The runtime could not be started.
    #[error("failed to start the runtime for calls to GitHub")]
    Runtime(#[source] std::io::Error),
    /// No connection.
    #[error("failed to reach GitHub: {detail}")]
    #[diagnostic(help(
        "check `GITHUB_API_URL`; GitHub Enterprise Server has it at `https://<host>/api/v3`"
    ))]
    Unreachable {
        /// What went wrong.
        detail: String,
    },
    /// No token that GitHub takes.
    #[error("`{operation}`: GitHub does not accept the token")]
    #[diagnostic(help(
        "set `GITHUB_TOKEN: ${{{{ github.token }}}}` in the `env` of the step; one of a workflow ends with its job"
    ))]
    NotSignedIn {
        /// The request.
        operation: String,
    },
    /// The token may not.
    #[error("`{operation}`: the token may not do this ({detail})")]
    #[diagnostic(help("add `{permission}` to the job's `permissions:`"))]
    MissingPermission {
        /// The request.
        operation: String,
        /// The line of `permissions:` that is missing.
        permission: &'static str,
        /// What GitHub said.
        detail: String,
    },
    /// The repository forbids it to workflows, whatever their permissions.
    #[error("`{operation}`: this repository lets no workflow open pull requests")]
    #[diagnostic(help(
        "tick `Allow GitHub Actions to create and approve pull requests` in Settings, Actions, General; or use the token of a GitHub App"
    ))]
    WorkflowsMayNot {
        /// The request.
        operation: String,
    },
    /// Not there, or hidden from this token: GitHub does not tell which.
    #[error("`{operation}`: there is no such thing, or the token may not see it")]
    #[diagnostic(help("if it is there, add `{permission}` to the job's `permissions:`"))]
    NotFound {
        /// The request.
        operation: String,
        /// The line of `permissions:` that may be missing.
        permission: &'static str,
    },
    /// Too many requests.
    #[error("`{operation}`: GitHub's rate limit is reached")]
    #[diagnostic(help("{}", until(*.reset, *.retry_after)))]
    RateLimited {
        /// The request.
        operation: String,
        /// When it ends, in seconds since 1970, where GitHub says so.
        reset: Option<i64>,
        /// How many seconds to wait, where GitHub says so.
        retry_after: Option<u64>,
    },
    /// GitHub does not take what was sent.
    #[error("`{operation}`: GitHub does not take it: {detail}")]
    Invalid {
        /// The request.
        operation: String,
        /// What GitHub said.
        detail: String,
    },
    /// Anything else.
    #[error("`{operation}`: GitHub answered {status}: {detail}")]
    Failed {
        /// The request.
        operation: String,
        /// The status.
        status: u16,
        /// What GitHub said.
        detail: String,
    },
    /// A list without an end.
    #[error("`{operation}`: GitHub goes on after {more_than} entries")]
    TooMany {
        /// The request.
        operation: String,
        /// So many were read.
        more_than: usize,
    },
    /// An answer that is not what GitHub's documentation promises.
    #[error("`{operation}`: GitHub's answer is not as documented")]
    NotAsDocumented {
        /// The request.
        operation: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file that cannot be read as text.
    #[error("`{path}` on GitHub is not a file of text")]
    NotText {
        /// The file.
        path: String,
    },
}

/// What counts of an answer beside its body.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Whether a list goes on.
    pub(crate) has_next: bool,
    retry_after: Option<u64>,
    remaining: Option<u64>,
    reset: Option<i64>,
}

impl Head {
    /// What counts of the headers that `header` finds.
    pub(crate) fn of<'a>(status: u16, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            status,
            has_next: header("link").is_some_and(|link| link.contains("rel=\"next\"")),
            retry_after: header("retry-after").and_then(|text| text.parse().ok()),
            remaining: header("x-ratelimit-remaining").and_then(|text| text.parse().ok()),
            reset: header("x-ratelimit-reset").and_then(|text| text.parse().ok()),
        }
    }
}

/// The body of a refusal.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
    errors: Vec<serde_json::Value>,
}

/// Which refusal this is.
pub(crate) fn refused(
    operation: String,
    permission: &'static str,
    head: &Head,
    text: &str,
) -> GitHubError {
    let refusal: Refusal = serde_json::from_str(text).unwrap_or_default();
    let message = refusal.message.to_lowercase();
    let limited =
        head.retry_after.is_some() || head.remaining == Some(0) || message.contains("rate limit");
    let detail = || {
        let more = refusal.errors.iter().map(|error| {
            let said = error.get("message").and_then(|message| message.as_str());
            said.map_or_else(|| error.to_string(), str::to_owned)
        });
        let all: Vec<String> = std::iter::once(refusal.message.clone())
            .chain(more)
            .collect();
        all.join("; ")
    };
    match head.status {
        401 => GitHubError::NotSignedIn { operation },
        403 | 429 if limited => GitHubError::RateLimited {
            operation,
            reset: head.reset,
            retry_after: head.retry_after,
        },
        403 if message.contains("not permitted to create or approve pull requests") => {
            GitHubError::WorkflowsMayNot { operation }
        }
        403 => GitHubError::MissingPermission {
            operation,
            permission,
            detail: detail(),
        },
        404 => GitHubError::NotFound {
            operation,
            permission,
        },
        400 | 409 | 422 => GitHubError::Invalid {
            operation,
            detail: detail(),
        },
        status => GitHubError::Failed {
            operation,
            status,
            detail: detail(),
        },
    }
}

fn until(reset: Option<i64>, retry_after: Option<u64>) -> String {
    let reset = reset.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    match (retry_after, reset) {
        (Some(seconds), _) => format!("try again in {seconds} seconds"),
        (None, Some(time)) => format!("try again after {time}"),
        (None, None) => "try again in some minutes".to_owned(),
    }
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let mut parts: Vec<String> = vec![error.to_string()];
    for cause in causes {
        let cause = cause.to_string();
        if !parts.iter().any(|part| part.contains(&cause)) {
            parts.push(cause);
        }
    }
    let text = parts.join(": ");
    // octocrab shows where it was thrown, in further lines
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, message: &str, headers: [Option<&str>; 3]) -> GitHubError {
        let names = ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let head = Head::of(status, |name| {
            headers[names.iter().position(|known| *known == name)?]
        });
        let text = serde_json::json!({"message": message}).to_string();
        refused("POST /x".to_owned(), "contents: write", &head, &text)
    }

    fn hint(error: &GitHubError) -> String {
        error
            .help()
            .map(|help| help.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn a_refusal_names_the_line_that_is_missing() {
        let error = of(
            403,
            "Resource not accessible by integration",
            [None, Some("12"), None],
        );
        assert!(matches!(error, GitHubError::MissingPermission { .. }));
        assert_eq!(
            hint(&error),
            "add `contents: write` to the job's `permissions:`"
        );
        let error = of(404, "Not Found", [None; 3]);
        assert!(matches!(error, GitHubError::NotFound { .. }));
        assert!(hint(&error).contains("`contents: write`"));
    }

    #[test]
    fn a_rate_limit_says_when_it_ends() {
        let first = of(
            403,
            "API rate limit exceeded",
            [None, Some("0"), Some("1767323045")],
        );
        assert_eq!(hint(&first), "try again after 2026-01-02T03:04:05Z");
        let second = of(
            429,
            "You have exceeded a secondary rate limit",
            [Some("60"), None, None],
        );
        assert_eq!(hint(&second), "try again in 60 seconds");
        let third = of(403, "You have exceeded a secondary rate limit", [None; 3]);
        assert_eq!(hint(&third), "try again in some minutes");
    }

    #[test]
    fn a_setting_of_the_repository_is_no_missing_permission() {
        let message = "GitHub Actions is not permitted to create or approve pull requests.";
        let error = of(403, message, [None; 3]);
        assert!(matches!(error, GitHubError::WorkflowsMayNot { .. }));
        assert!(hint(&error).contains("Settings, Actions, General"));
        assert!(matches!(
            of(401, "Bad credentials", [None; 3]),
            GitHubError::NotSignedIn { .. }
        ));
        assert!(matches!(
            of(422, "Validation Failed", [None; 3]),
            GitHubError::Invalid { .. }
        ));
        assert!(matches!(
            of(502, "", [None; 3]),
            GitHubError::Failed { status: 502, .. }
        ));
    }
}
