//! Why some bytes are not a saved plan that can be trusted, one variant for each thing to do about it.

use miette::Diagnostic;

/// Why a file was not read as a saved plan.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// No bytes at all.
    #[error("the file is empty")]
    #[diagnostic(help("run `terraform plan -out=FILE` again"))]
    Empty,
    /// Neither a zip nor JSON.
    #[error("the file is not a saved plan")]
    #[diagnostic(help("give the file that `terraform plan -out=FILE` wrote"))]
    NotAPlan,
    /// The JSON form of a plan.
    #[error("the file is plan JSON, not a saved plan")]
    #[diagnostic(help(
        "pass it as plan JSON, or give the file that `terraform plan -out=FILE` wrote"
    ))]
    PlanJson,
    /// Terraform's state.
    #[error("the file is a state file, not a saved plan")]
    #[diagnostic(help("give the file that `terraform plan -out=FILE` wrote"))]
    State,
    /// OpenTofu's encrypted form.
    #[error("the saved plan is encrypted")]
    #[diagnostic(help(
        "switch plan encryption off for this root, or pass `tofu show -json` of it"
    ))]
    Encrypted,
    /// It begins like a zip and does not end like one.
    #[error("the saved plan is truncated or damaged")]
    #[diagnostic(help("copy it again, or run `terraform plan -out=FILE` again"))]
    DamagedArchive(#[source] zip::result::ZipError),
    /// An archive that Terraform does not write, and that two readers may understand differently.
    #[error("the archive is not as terraform writes it: {0}")]
    #[diagnostic(help("use the file exactly as `terraform plan -out=FILE` wrote it"))]
    Ambiguous(&'static str),
    /// The same name twice, a path that leaves the archive, or a name that is none.
    #[error("the archive holds an entry with a forbidden name: `{0}`")]
    #[diagnostic(help("use the file exactly as `terraform plan -out=FILE` wrote it"))]
    ForbiddenName(String),
    /// More than any plan needs.
    #[error("the archive is too large: more than {limit} {what}")]
    #[diagnostic(help("split the root module: no plan of a usual size comes near this limit"))]
    TooLarge {
        /// How many are accepted.
        limit: u64,
        /// Of what.
        what: &'static str,
    },
    /// A part that every saved plan has.
    #[error("the archive holds no `{0}`")]
    #[diagnostic(help("give the file that `terraform plan -out=FILE` wrote"))]
    MissingEntry(&'static str),
    /// A part that is no JSON of the expected kind.
    #[error("failed to read `{entry}` in the saved plan")]
    #[diagnostic(help("run `terraform plan -out=FILE` again"))]
    DamagedEntry {
        /// The part.
        entry: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A part that must be text.
    #[error("`{0}` in the saved plan is not UTF-8 text")]
    #[diagnostic(help("save the file as UTF-8 and run `terraform plan -out=FILE` again"))]
    NotText(String),
    /// The protobuf does not parse.
    #[error("`tfplan` in the saved plan is damaged")]
    #[diagnostic(help("run `terraform plan -out=FILE` again"))]
    DamagedPlan,
    /// Another format than the one we know.
    #[error("the saved plan has format version {0}, and only version 3 is known")]
    #[diagnostic(help("make the plan with a released version of terraform or tofu"))]
    UnknownVersion(u64),
    /// Two modules with the same key.
    #[error("the saved plan lists module `{0}` twice")]
    #[diagnostic(help("use the file exactly as `terraform plan -out=FILE` wrote it"))]
    DuplicateModule(String),
}
