//! `cargo xtask package`: every function below `lambdas/` as the zip that AWS Lambda wants, `dist/lambda/<name>.zip`.
//!
//! The same sources give the same bytes: one entry `bootstrap`, executable, with a fixed time, and no path of this machine inside the
//! program. A zip that already holds the program is left alone, so that doing it again costs what cargo needs to see that nothing changed.
//!
//! A program built here runs there only if it asks no newer C library than Amazon Linux 2023 has. That is read from the program itself.

use std::fs;
use std::io::{self, Cursor, Read as _, Write as _};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::failure::Failure;
use crate::process;
use crate::screen;
use crate::workspace::Workspace;

/// The name under which Lambda starts a program
const ENTRY: &str = "bootstrap";
/// Of Amazon Linux 2023
const GLIBC: (u32, u32) = (2, 34);
/// What Lambda takes in one request is ten times as much; small starts quickly
const LARGEST: usize = 5 * 1024 * 1024;

/// What the functions are to run on
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arch {
    X86_64,
    Arm64,
}

impl Arch {
    /// As Lambda calls it
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "x86_64" => Some(Self::X86_64),
            "arm64" => Some(Self::Arm64),
            _ => None,
        }
    }

    fn of_this_machine() -> Self {
        match std::env::consts::ARCH {
            "aarch64" => Self::Arm64,
            _ => Self::X86_64,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Below `dist/`: those of this machine are found without asking which they are
    fn folder(self) -> &'static str {
        match self {
            own if own == Self::of_this_machine() => "lambda",
            Self::X86_64 => "lambda-x86_64",
            Self::Arm64 => "lambda-arm64",
        }
    }
}

/// `cargo xtask package`
pub(crate) fn run(arch: Option<Arch>) -> Result<bool, Failure> {
    let arch = arch.unwrap_or_else(Arch::of_this_machine);
    let workspace = Workspace::find()?;
    let names = functions(&workspace.root.join("lambdas"))?;
    can_build(arch)?;
    let programs = build(&workspace, arch, &names)?;
    let folder = workspace.root.join("dist").join(arch.folder());
    fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
    let width = names.iter().map(String::len).max().unwrap_or(0);
    screen::say(format!(
        "{:width$}  {:>8}  {:>8}  {:>10}  sha256 of the zip",
        arch.name(),
        "program",
        "zip",
        "asks glibc"
    ));
    let mut fit = true;
    for name in &names {
        let path = programs.join(name);
        let program = fs::read(&path).map_err(failed("read", &path))?;
        let glibc = newest_glibc(&program);
        let zip = store(&folder.join(format!("{name}.zip")), &program)?;
        screen::say(format!(
            "{name:width$}  {:>8}  {:>8}  {:>10}  {}",
            megabytes(program.len()),
            megabytes(zip.len()),
            glibc.map_or_else(|| "-".into(), |(major, minor)| format!("{major}.{minor}")),
            hex(&Sha256::digest(&zip)),
        ));
        if glibc > Some(GLIBC) {
            screen::say(format!(
                "  this does not start in Lambda: Amazon Linux 2023 has glibc {}.{}; build where it is not newer",
                GLIBC.0, GLIBC.1
            ));
            fit = false;
        }
        if zip.len() > LARGEST {
            screen::say(format!(
                "  larger than {}: it starts slowly",
                megabytes(LARGEST)
            ));
            fit = false;
        }
    }
    Ok(fit)
}

/// The folders below `lambdas` that hold a program
fn functions(lambdas: &Utf8Path) -> Result<Vec<String>, Failure> {
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

/// Says what is missing for another architecture before cargo says it in a thousand words
fn can_build(arch: Arch) -> Result<(), Failure> {
    if arch == Arch::of_this_machine() {
        return Ok(());
    }
    let target = arch.target();
    let cannot = || Failure::new(format!("cannot build for {} on this machine", arch.name()));
    let ask = ["--print", "target-libdir", "--target", target];
    let libraries = process::quietly(Command::new("rustc").args(ask))?;
    if !libraries.succeeded || !Utf8Path::new(libraries.output.trim()).is_dir() {
        return Err(cannot()
            .because(format!("Rust's standard library for `{target}` is missing"))
            .hint(format!(
                "run `rustup target add {target}`, or build on a machine that is {}",
                arch.name()
            )));
    }
    let (linker, package) = match arch {
        Arch::Arm64 => ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
        Arch::X86_64 => ("x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu"),
    };
    let variable = variable(arch, "LINKER");
    if std::env::var_os(&variable).is_none()
        && process::quietly(Command::new(linker).arg("--version")).is_err()
    {
        return Err(cannot()
            .because(format!("there is no linker `{linker}`"))
            .hint(format!(
                "install `{package}`, or name a linker by `{variable}`"
            )));
    }
    Ok(())
}

/// `CARGO_TARGET_<TRIPLE>_<SETTING>`
fn variable(arch: Arch, setting: &str) -> String {
    let triple = arch.target().to_uppercase().replace('-', "_");
    format!("CARGO_TARGET_{triple}_{setting}")
}

/// Builds the programs; the folder in which they are
fn build(workspace: &Workspace, arch: Arch, names: &[String]) -> Result<Utf8PathBuf, Failure> {
    let mut command = workspace.cargo();
    command.args([
        "build",
        "--locked",
        "--profile",
        "lambda",
        "--target",
        arch.target(),
    ]);
    for name in names {
        command.args(["--package", name]);
    }
    let flags: Vec<String> = hidden(workspace)
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={path}={name}"))
        .collect();
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    if arch == Arch::Arm64 && arch != Arch::of_this_machine() {
        let linker = variable(arch, "LINKER");
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

/// Writes the zip, unless the one that is there holds this program; its bytes
fn store(path: &Utf8Path, program: &[u8]) -> Result<Vec<u8>, Failure> {
    if let Ok(there) = fs::read(path)
        && holds(&there, program)
    {
        return Ok(there);
    }
    let zip = zipped(program).map_err(failed("make", path))?;
    fs::write(path, &zip).map_err(failed("write", path))?;
    Ok(zip)
}

/// Whether this is what [`zipped`] makes of the program
fn holds(zip: &[u8], program: &[u8]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(zip)) else {
        return false;
    };
    if archive.len() != 1 {
        return false;
    }
    let Ok(mut entry) = archive.by_name(ENTRY) else {
        return false;
    };
    let mut found = Vec::with_capacity(program.len());
    entry.unix_mode() == Some(0o100_755)
        && entry.size() == program.len() as u64
        && entry.read_to_end(&mut found).is_ok()
        && found == program
}

fn zipped(program: &[u8]) -> io::Result<Vec<u8>> {
    // the default time is the first that the format knows
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(ENTRY, options)?;
    writer.write_all(program)?;
    Ok(writer.finish()?.into_inner())
}

/// The newest version of the C library that a program asks for: its dynamic string table holds their names
fn newest_glibc(program: &[u8]) -> Option<(u32, u32)> {
    const NAME: &[u8] = b"GLIBC_";
    let names = program.windows(NAME.len()).enumerate();
    names
        .filter(|(_, window)| *window == NAME)
        .filter_map(|(start, _)| {
            let rest = &program[start + NAME.len()..];
            let end = rest
                .iter()
                .position(|byte| !matches!(byte, b'0'..=b'9' | b'.'))?;
            // a version ends its string
            let version = std::str::from_utf8(&rest[..end])
                .ok()
                .filter(|_| rest[end] == 0)?;
            let mut numbers = version.split('.').map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .max()
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

    #[test]
    fn a_zip_says_nothing_but_the_program() {
        let program = b"\x7fELF and more".repeat(1000);
        let zip = zipped(&program).unwrap();
        assert_eq!(zip, zipped(&program).unwrap());
        assert!(holds(&zip, &program));
        assert!(!holds(&zip, b"\x7fELF"));
        assert!(!holds(b"", &program));
        let mut archive = ZipArchive::new(Cursor::new(&zip)).unwrap();
        let entry = archive.by_index(0).unwrap();
        assert_eq!(
            (entry.name().unwrap().as_ref(), entry.unix_mode()),
            ("bootstrap", Some(0o100_755))
        );
        let time = entry.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day()), (1980, 1, 1));
    }

    #[test]
    fn a_zip_is_written_when_it_differs_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("f.zip");
        let written = |program: &[u8]| {
            store(&path, program).unwrap();
            fs::metadata(&path).unwrap().modified().unwrap()
        };
        let first = written(b"one");
        assert_eq!(written(b"one"), first);
        assert_ne!(written(b"two"), first);
        fs::write(&path, "broken").unwrap();
        written(b"two");
        assert!(holds(&fs::read(&path).unwrap(), b"two"));
    }

    #[test]
    fn the_newest_version_counts_and_nothing_that_looks_like_one() {
        let program =
            b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0about GLIBC_2.99 there\0GLIBC_2";
        assert_eq!(newest_glibc(program), Some((2, 34)));
        assert_eq!(newest_glibc(b"static"), None);
        assert!(Some((2, 38)) > Some(GLIBC) && Some((2, 4)) < Some(GLIBC));
    }
}
