//! Plans made by the Terraform on this machine.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use tempfile::TempDir;

use super::cases::Case;

/// A saved plan and what Terraform says about it.
pub(crate) struct Made {
    pub(crate) file: Vec<u8>,
    pub(crate) shown: Vec<u8>,
}

/// Makes the plan of a case, in a folder of its own.
///
/// # Errors
/// What Terraform says, when it does something else than the case is about.
pub(crate) fn make(case: &Case) -> Result<Made, String> {
    let folder = TempDir::new().expect("a folder");
    let root = folder.path();
    for step in case
        .before
        .split("--- then\n")
        .filter(|step| !step.is_empty())
    {
        write(root, step)?;
        expected(case, terraform(root, &["apply", "-auto-approve"]))?;
    }
    write(root, case.after)?;
    let arguments = [&["plan", "-out=plan.tfplan"], case.arguments].concat();
    expected(case, terraform(root, &arguments))?;
    Ok(Made {
        shown: terraform(root, &["show", "-json", "plan.tfplan"])?,
        file: std::fs::read(root.join("plan.tfplan")).expect("a plan"),
    })
}

fn expected(case: &Case, ran: Result<Vec<u8>, String>) -> Result<(), String> {
    match ran {
        Err(error) if !case.fails => Err(error),
        _ => Ok(()),
    }
}

/// Does something with every case, a few at a time.
pub(crate) fn each<'c>(cases: &'c [Case], work: impl Fn(&'c Case) + Sync) {
    let left = Mutex::new(cases.iter());
    let next = || left.lock().expect("no panic").next();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = next() {
                    work(case);
                }
            });
        }
    });
}

fn write(root: &Path, files: &str) -> Result<(), String> {
    let old = std::fs::read_dir(root).expect("a folder").flatten();
    for file in old.filter(|entry| entry.file_name().to_string_lossy().contains(".tf")) {
        if !file.file_name().to_string_lossy().contains("tfstate") {
            let _ = std::fs::remove_file(file.path());
        }
    }
    let (main, others) = files.split_once("\n--- ").unwrap_or((files, ""));
    let named = others
        .split("\n--- ")
        .filter_map(|file| file.split_once('\n'));
    for (name, text) in std::iter::once(("main.tf", main)).chain(named) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, format!("{text}\n")).expect("a file");
    }
    if files.contains("source ") {
        terraform(root, &["init"])?;
    }
    Ok(())
}

fn terraform(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let named = std::env::var_os("TOWPATH_TERRAFORM").filter(|named| !named.is_empty());
    let output = Command::new(named.unwrap_or_else(|| "terraform".into()))
        .args(arguments)
        .env("TF_CLI_ARGS", "-no-color")
        .current_dir(root)
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("TF_IN_AUTOMATION", "1")
        .env("TF_INPUT", "0")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .expect("terraform");
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
