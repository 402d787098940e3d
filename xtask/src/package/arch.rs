//! What a function is built for, and whether this machine can.

use std::process::Command;

use camino::Utf8Path;

use crate::failure::Failure;
use crate::process;

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

    pub(crate) fn of_this_machine() -> Self {
        match std::env::consts::ARCH {
            "aarch64" => Self::Arm64,
            _ => Self::X86_64,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    pub(super) fn target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Below `dist/`: those of this machine are found without asking which they are
    pub(super) fn folder(self) -> &'static str {
        match self {
            own if own == Self::of_this_machine() => "lambda",
            Self::X86_64 => "lambda-x86_64",
            Self::Arm64 => "lambda-arm64",
        }
    }
}

/// Says what is missing for another architecture before cargo says it in a thousand words
pub(super) fn can_build(arch: Arch) -> Result<(), Failure> {
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
pub(super) fn variable(arch: Arch, setting: &str) -> String {
    let triple = arch.target().to_uppercase().replace('-', "_");
    format!("CARGO_TARGET_{triple}_{setting}")
}
