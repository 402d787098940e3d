//! The cache folder: an entry is complete or not there.
//!
//! An entry is built in a sibling folder and renamed into its place while its lock is held. A build that was interrupted leaves
//! a sibling that nobody reads, and that the next build removes.

use std::fs::{self, File, TryLockError};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Progress, ToolError, cache_error};
use crate::machine::Machine;

/// The folder `name` of the cache, made by `build` unless `ready` says that it is there
pub(super) fn entry(
    machine: &Machine,
    tool: &'static str,
    name: &str,
    progress: Progress,
    ready: impl Fn(&Utf8Path) -> bool,
    build: impl FnOnce(&Utf8Path) -> Result<(), ToolError>,
) -> Result<Utf8PathBuf, ToolError> {
    let store = machine
        .cache()
        .ok_or(ToolError::NoCache { tool })?
        .join("tools");
    let place = store.join(name);
    if ready(&place) {
        return Ok(place);
    }
    fs::create_dir_all(&store).map_err(cache_error(&store))?;
    let _lock = lock(&store.join(format!("{name}.lock")), tool, progress)?;
    if ready(&place) {
        return Ok(place); // another process made it meanwhile
    }
    let prefix = format!(".{name}-");
    remove_drafts(&store, &prefix);
    let draft = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(&store)
        .map_err(cache_error(&store))?;
    let folder = Utf8PathBuf::try_from(draft.path().to_owned())
        .map_err(|error| cache_error(&store)(error.into_io_error()))?;
    build(&folder)?;
    if place.exists() {
        // complete once, but not any more, such as after its Python was removed
        fs::remove_dir_all(&place).map_err(cache_error(&place))?;
    }
    fs::rename(draft.keep(), &place).map_err(cache_error(&place))?;
    Ok(place)
}

/// Removes what interrupted builds of this entry left; nobody else builds it while its lock is held
fn remove_drafts(store: &Utf8Path, prefix: &str) {
    let entries = store.read_dir_utf8().into_iter().flatten().flatten();
    for draft in entries.filter(|entry| entry.file_name().starts_with(prefix)) {
        // what cannot be removed is in nobody's way
        fs::remove_dir_all(draft.path()).ok();
    }
}

fn lock(path: &Utf8Path, tool: &str, progress: Progress) -> Result<File, ToolError> {
    let file = File::create(path).map_err(cache_error(path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            progress(&format!("waiting for another process that installs {tool}"));
        }
        Err(TryLockError::Error(source)) => return Err(cache_error(path)(source)),
    }
    file.lock().map_err(cache_error(path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn two_at_once_build_once_and_a_failed_build_leaves_no_entry() {
        let home = tempfile::tempdir().unwrap();
        let machine = Machine::default().with("HOME", home.path().to_str().unwrap());
        let builds = AtomicUsize::new(0);
        let ready = |folder: &Utf8Path| folder.join("done").exists();
        let failing = entry(
            &machine,
            "thing",
            "thing-1",
            |_| {},
            ready,
            |_| Err(ToolError::NoCache { tool: "thing" }),
        );
        assert!(failing.is_err());
        let left = machine.cache().unwrap().join("tools/.thing-1-interrupted");
        fs::create_dir(&left).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let place = entry(
                        &machine,
                        "thing",
                        "thing-1",
                        |_| {},
                        ready,
                        |folder| {
                            builds.fetch_add(1, Ordering::SeqCst);
                            std::thread::sleep(std::time::Duration::from_millis(20));
                            fs::write(folder.join("done"), "").map_err(cache_error(folder))
                        },
                    );
                    assert!(place.unwrap().join("done").exists());
                });
            }
        });
        assert_eq!(builds.load(Ordering::SeqCst), 1);
        assert!(!left.exists());
    }
}
