//! Which state there is now, by the two facts that tell one version from another.

use evidence::StateRef;
use serde::Deserialize;

use crate::Error;

#[derive(Deserialize)]
struct State {
    lineage: String,
    serial: u64,
}

/// Reads `terraform state pull`; nothing is there before the first apply.
pub(crate) fn read(pulled: &[u8]) -> Result<Option<StateRef>, Error> {
    if pulled.trim_ascii().is_empty() {
        return Ok(None);
    }
    let state: State = serde_json::from_slice(pulled).map_err(Error::State)?;
    // an empty lineage is how a backend says that there is no state yet
    Ok((!state.lineage.is_empty()).then_some(StateRef {
        lineage: state.lineage,
        serial: state.serial,
    }))
}
