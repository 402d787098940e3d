//! `cargo xtask package`: what is uploaded, made from the sources: every function below `lambdas/` as the zip that AWS Lambda wants
//! (`dist/lambda/<name>.zip`), and what runs in Glue and SageMaker as it lies in the bucket (`dist/code/`).
//!
//! The same sources give the same bytes: one entry `bootstrap`, executable, with a fixed time, and no path of this machine inside the
//! program. A zip that already holds the program is left alone, so that doing it again costs what cargo needs to see that nothing changed.
//!
//! A program built here runs there only if it asks no newer C library than Amazon Linux 2023 has. That is read from the program itself.

mod arch;
mod archive;
mod glibc;

use std::fs;
use std::io;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::process;
use crate::screen;
use crate::workspace::Workspace;

pub(crate) use arch::Arch;

/// Of Amazon Linux 2023
const GLIBC: (u32, u32) = (2, 34);
/// What Lambda takes in one request is ten times as much; small starts quickly
const LARGEST: usize = 5 * 1024 * 1024;
/// Packs what runs in Glue and SageMaker
const PACK: &str = "pipelines/pack.py";

/// What was made
#[derive(Debug)]
pub(crate) struct Packages {
    /// The functions, as zips
    pub(crate) functions: Vec<Packed>,
    /// The folder in which these are
    pub(crate) lambda: Utf8PathBuf,
    /// The folder of what runs in Glue and SageMaker
    pub(crate) code: Utf8PathBuf,
}

/// A function that was packed
#[derive(Debug)]
pub(crate) struct Packed {
    /// As its folder is called
    pub(crate) name: String,
    /// How large its program is
    pub(crate) program: usize,
    /// How large the zip is
    pub(crate) zip: usize,
    sha256: String,
    glibc: Option<(u32, u32)>,
}

/// `cargo xtask package`
pub(crate) fn run(arch: Option<Arch>) -> Result<bool, Failure> {
    let arch = arch.unwrap_or_else(Arch::of_this_machine);
    let packages = make(&Workspace::find()?, arch)?;
    let names = packages.functions.iter().map(|packed| packed.name.len());
    let width = names.max().unwrap_or(0);
    screen::say(format!(
        "{:width$}  {:>8}  {:>8}  {:>10}  sha256 of the zip",
        arch.name(),
        "program",
        "zip",
        "asks glibc"
    ));
    for packed in &packages.functions {
        screen::say(packed.row(width));
    }
    let faults: Vec<String> = packages.functions.iter().flat_map(Packed::faults).collect();
    for fault in &faults {
        screen::say(fault);
    }
    screen::say(format!("\n{}\n{}", packages.lambda, packages.code));
    Ok(faults.is_empty())
}

/// Lays out in `dist` what the stand-ins run: the same files, but of the functions what a plain build made, which is there already
/// where the tests ran. They are too large for Lambda.
pub(crate) fn try_out(workspace: &Workspace, dist: &Utf8Path) -> Result<(), Failure> {
    let lambda = dist.join("lambda");
    fs::create_dir_all(&lambda).map_err(failed("create", &lambda))?;
    code(workspace, dist)?;
    for name in functions(&workspace.root.join("lambdas"))? {
        let path = workspace.programs().join(&name);
        let program = fs::read(&path).map_err(failed("read", &path))?;
        let zip = lambda.join(format!("{name}.zip"));
        archive::store(&zip, &program, archive::Effort::Quick)?;
    }
    Ok(())
}

/// Makes all of it, for `arch`
pub(crate) fn make(workspace: &Workspace, arch: Arch) -> Result<Packages, Failure> {
    let names = functions(&workspace.root.join("lambdas"))?;
    arch::can_build(arch)?;
    let dist = workspace.root.join("dist");
    let lambda = dist.join(arch.folder());
    fs::create_dir_all(&lambda).map_err(failed("create", &lambda))?;
    let code = code(workspace, &dist)?;
    let packages = names.iter().flat_map(|name| ["--package", name]);
    let programs = build(workspace, arch, &packages.collect::<Vec<_>>())?;
    let functions = names.into_iter().map(|name| {
        let path = programs.join(&name);
        let program = fs::read(&path).map_err(failed("read", &path))?;
        let zip = archive::store(
            &lambda.join(format!("{name}.zip")),
            &program,
            archive::Effort::Small,
        )?;
        Ok(Packed {
            name,
            program: program.len(),
            zip: zip.len(),
            sha256: hex(&Sha256::digest(&zip)),
            glibc: glibc::newest(&program),
        })
    });
    Ok(Packages {
        functions: functions.collect::<Result<_, Failure>>()?,
        lambda,
        code,
    })
}

impl Packed {
    fn row(&self, width: usize) -> String {
        let glibc = self
            .glibc
            .map_or_else(|| "-".into(), |(major, minor)| format!("{major}.{minor}"));
        format!(
            "{:width$}  {:>8}  {:>8}  {glibc:>10}  {}",
            self.name,
            megabytes(self.program),
            megabytes(self.zip),
            self.sha256
        )
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.glibc > Some(GLIBC) {
            faults.push(format!(
                "{} does not start in Lambda: Amazon Linux 2023 has glibc {}.{}; build where it is not newer",
                self.name, GLIBC.0, GLIBC.1
            ));
        }
        if self.zip > LARGEST {
            let largest = megabytes(LARGEST);
            faults.push(format!(
                "{} is larger than {largest}: it starts slowly",
                self.name
            ));
        }
        faults
    }
}

/// The folders below `lambdas` that hold a program
pub(crate) fn functions(lambdas: &Utf8Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in lambdas.read_dir_utf8().map_err(failed("read", lambdas))? {
        let entry = entry.map_err(failed("read", lambdas))?;
        if entry.path().join("src/main.rs").is_file() {
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Packs what runs in Glue and SageMaker; the folder in which it is. What is no longer packed is no longer there.
fn code(workspace: &Workspace, dist: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let (folder, fresh) = (dist.join("code"), dist.join("code.part"));
    remove(&fresh)?;
    let python = std::env::var_os("TOWPATH_PYTHON").filter(|named| !named.is_empty());
    let mut command = Command::new(python.unwrap_or_else(|| "python3".into()));
    command
        .args(["-B", PACK, "--destination", fresh.as_str()])
        .current_dir(&workspace.root);
    let ran = process::quietly(&mut command)?;
    if !ran.succeeded {
        return Err(Failure::new(format!("`{PACK}` failed")).because(ran.output.trim()));
    }
    remove(&folder)?;
    fs::rename(&fresh, &folder).map_err(failed("write", &folder))?;
    Ok(folder)
}

fn remove(folder: &Utf8Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

impl Packages {
    /// Lays a copy of them out in `dist`, as they lie here.
    pub(crate) fn copy_to(&self, dist: &Utf8Path) -> Result<(), Failure> {
        for (from, name) in [(&self.lambda, "lambda"), (&self.code, "code")] {
            copy(from, &dist.join(name))?;
        }
        Ok(())
    }
}

fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(failed("create", to))?;
    for entry in from.read_dir_utf8().map_err(failed("read", from))? {
        let entry = entry.map_err(failed("read", from))?;
        let (path, there) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(path, &there)?,
            false => drop(fs::copy(path, &there).map_err(failed("copy", path))?),
        }
    }
    Ok(())
}

/// An example of a function, built as the functions are; its program
pub(crate) fn example(
    workspace: &Workspace,
    arch: Arch,
    package: &str,
    name: &str,
) -> Result<Utf8PathBuf, Failure> {
    let what = ["--package", package, "--example", name];
    Ok(build(workspace, arch, &what)?.join("examples").join(name))
}

/// Builds what the arguments name; the folder in which it is
fn build(workspace: &Workspace, arch: Arch, what: &[&str]) -> Result<Utf8PathBuf, Failure> {
    let mut command = workspace.cargo();
    command.args([
        "build",
        "--locked",
        "--profile",
        "lambda",
        "--target",
        arch.target(),
    ]);
    command.args(what);
    let flags: Vec<String> = hidden(workspace)
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={path}={name}"))
        .collect();
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    if arch == Arch::Arm64 && arch != Arch::of_this_machine() {
        let linker = arch::variable(arch, "LINKER");
        if std::env::var_os(&linker).is_none() {
            command.env(linker, "aarch64-linux-gnu-gcc");
        }
    }
    match process::with_progress(&mut command)?.succeeded {
        true => Ok(workspace.target().join(arch.target()).join("lambda")),
        false => Err(Failure::new("failed to build the functions")),
    }
}

/// Paths of this machine that would otherwise be in the programs, and what is there instead
fn hidden(workspace: &Workspace) -> Vec<(String, &'static str)> {
    let home = |name: &str| std::env::var_os(name).and_then(|path| path.into_string().ok());
    let cargo = home("CARGO_HOME").or_else(|| Some(home("HOME")? + "/.cargo"));
    let mut hidden = vec![(workspace.root.to_string(), "towpath")];
    hidden.extend(cargo.map(|path| (path, "cargo")));
    hidden
}

fn megabytes(bytes: usize) -> String {
    format!("{:.2} MB", bytes as f64 / 1024.0 / 1024.0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed<'p>(what: &'p str, path: &'p Utf8Path) -> impl FnOnce(io::Error) -> Failure + 'p {
    move |error| Failure::new(format!("failed to {what} `{path}`")).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(zip: usize, glibc: Option<(u32, u32)>) -> Packed {
        Packed {
            name: "start-etl".into(),
            program: 2 * zip,
            zip,
            sha256: "00".into(),
            glibc,
        }
    }

    #[test]
    fn what_would_not_start_there_is_a_fault() {
        assert_eq!(packed(LARGEST, Some(GLIBC)).faults(), [""; 0]);
        assert_eq!(packed(1, Some((2, 4))).faults(), [""; 0]);
        assert_eq!(packed(1, None).faults(), [""; 0]);
        let newer = packed(1, Some((2, 38))).faults();
        assert!(newer[0].contains("glibc 2.34"), "{newer:?}");
        let larger = packed(LARGEST + 1, None).faults();
        assert!(larger[0].contains("5.00 MB"), "{larger:?}");
    }

    #[test]
    fn a_row_fits_below_the_heading() {
        let row = packed(3 << 20, Some((2, 34))).row(12);
        assert_eq!(row, "start-etl      6.00 MB   3.00 MB        2.34  00");
    }
}
