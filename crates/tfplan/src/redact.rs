//! A plan without its secrets.
//!
//! First every value that Terraform marks sensitive becomes a token, `(sensitive-1)`; equal values get equal tokens, so
//! policies may still compare them. Then whatever else in the document repeats one of those values, in clear or
//! escaped or in base64, is covered too. Nulls stay: that nothing is set is no secret, and policies ask for it.
//!
//! The second step can hide a value that nobody marked, and a policy that looks for it then looks in vain. A plan's
//! author could do that on purpose, so each such place in a planned value is reported: [`Redacted::swept`].

mod configuration;
mod marks;
mod secrets;
mod sweep;

use serde_json::Value;

use crate::{PlanJson, PlanJsonError, canonical};

pub use secrets::Secrets;
pub use sweep::Swept;

/// A plan without its secrets, and the secrets apart.
#[derive(Clone, Debug)]
pub struct Redacted {
    document: Value,
    secrets: Secrets,
    swept: Vec<Swept>,
}

/// Replaces every secret of a plan by a token.
pub fn redact(plan: &PlanJson) -> Redacted {
    let mut document = plan.raw().clone();
    let tokens = marks::replace(&mut document);
    let secrets = Secrets::new(tokens);
    let swept = sweep::sweep(&mut document, &secrets);
    Redacted {
        document,
        secrets,
        swept,
    }
}

impl Redacted {
    /// The document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The document, for who takes it over.
    pub fn into_document(self) -> Value {
        self.document
    }

    /// The typed view of the redacted plan, for summaries and reasons that people see.
    pub fn plan(&self) -> Result<PlanJson, PlanJsonError> {
        PlanJson::from_value(self.document.clone())
    }

    /// The document as bytes: the same plan gives the same bytes.
    pub fn to_canonical_bytes(&self) -> Vec<u8> {
        canonical::bytes(&self.document)
    }

    /// What was replaced, to cover it in other texts.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The planned values that are covered although Terraform does not mark them, because they repeat a secret.
    pub fn swept(&self) -> &[Swept] {
        &self.swept
    }
}
