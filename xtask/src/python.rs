//! Python with the packages that a lock file lists: `towpath sandbox python` finds it, or makes it.

use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// The interpreter that has what `requirements` lists, as `towpath` answers; installing it takes a while once.
pub(crate) fn interpreter(mut towpath: Command, requirements: &str) -> Result<String, Failure> {
    towpath.args(["sandbox", "python", requirements]);
    let (ran, progress) = process::apart(&mut towpath)?;
    match ran.succeeded {
        true => Ok(ran.output.trim().to_owned()),
        false => {
            Err(Failure::new(format!("failed to install `{requirements}`"))
                .because(progress.trim()))
        }
    }
}
