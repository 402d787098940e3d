//! Wheels as files of a virtual environment, by the wheel format: no installer of this machine has a hand in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use camino::Utf8Path;
use oci_image::layer::{Content, Layer};
use oci_image::{Digest, Hashing, ImageError};
use zip::ZipArchive;

use super::{Package, Target};
use crate::Error;
use crate::build::python::Packages;

/// No wheel unpacks to more.
const LARGEST: u64 = 4 * 1024 * 1024 * 1024;
/// Nothing that is read whole is longer.
const LARGEST_TEXT: u64 = 16 * 1024 * 1024;

/// Unpacks `files` into `root` and adds them to `layer`, with what makes a virtual environment of them.
pub(super) fn install(
    packages: &Packages,
    target: &Target,
    wheels: &Utf8Path,
    files: &[String],
    root: &Utf8Path,
    layer: &mut Layer,
) -> Result<Vec<Package>, Error> {
    let folder = packages.folder.trim_matches('/').to_owned();
    let home = packages
        .interpreter
        .rsplit_once('/')
        .map_or("", |(home, _)| home);
    let settings = format!(
        "home = {home}\ninclude-system-site-packages = false\nversion = {}\n",
        target.version
    );
    layer.file(
        &format!("{folder}/pyvenv.cfg"),
        Content::Bytes(settings.into()),
        false,
    )?;
    layer.link(&format!("{folder}/bin/python"), &packages.interpreter)?;
    for name in ["python3".to_owned(), format!("python{}", target.short())] {
        layer.link(&format!("{folder}/bin/{name}"), "python")?;
    }
    let mut found = Vec::new();
    for file in files {
        let wheel = Wheel {
            path: &wheels.join(file),
            file,
            folder: &folder,
            short: target.short(),
        };
        found.push(wheel.install(&root.join(file), layer)?);
    }
    Ok(found)
}

struct Wheel<'a> {
    path: &'a Utf8Path,
    file: &'a str,
    folder: &'a str,
    short: String,
}

/// A file of the wheel in the image, from the virtual environment's folder.
struct Placed {
    to: String,
    script: bool,
}

impl Wheel<'_> {
    fn fails(&self, detail: impl std::fmt::Display) -> Error {
        Error::Wheel {
            file: self.file.to_owned(),
            detail: detail.to_string(),
        }
    }

    fn site(&self) -> String {
        format!("lib/python{}/site-packages", self.short)
    }

    fn install(&self, root: &Utf8Path, layer: &mut Layer) -> Result<Package, Error> {
        let file = File::open(self.path).map_err(|error| self.fails(error))?;
        let sha256 = digest(File::open(self.path).map_err(|error| self.fails(error))?)
            .map_err(|error| self.fails(error))?;
        let mut archive = ZipArchive::new(file).map_err(|error| self.fails(error))?;
        let names: Result<Vec<String>, _> = archive
            .file_names()
            .map(|name| name.map(std::borrow::Cow::into_owned))
            .collect();
        let names = names.map_err(|error| self.fails(error))?;
        let info = names
            .iter()
            .find_map(|name| name.strip_suffix(".dist-info/WHEEL"))
            .filter(|stem| !stem.contains('/'))
            .ok_or_else(|| self.fails("it has no `WHEEL`"))?
            .to_owned();
        let (name, version) = info.split_once('-').unwrap_or((&info, ""));
        let mut record: BTreeMap<String, String> = BTreeMap::new();
        let mut left = LARGEST;
        let mut entry_points = String::new();
        for number in 0..archive.len() {
            let mut entry = archive
                .by_index(number)
                .map_err(|error| self.fails(error))?;
            let path = entry
                .name()
                .map_err(|error| self.fails(error))?
                .into_owned();
            if entry.is_dir() || path == format!("{info}.dist-info/RECORD") {
                continue;
            }
            let mode = entry.unix_mode().unwrap_or(0o644);
            let placed = self.place(&path, &info)?;
            let there = root.join(number.to_string());
            let written = self.unpack(&mut entry, &there, placed.script, left)?;
            left -= written.1;
            if path == format!("{info}.dist-info/entry_points.txt") {
                entry_points =
                    std::fs::read_to_string(&there).map_err(|error| self.fails(error))?;
            }
            let executable = placed.script || mode & 0o111 != 0;
            layer.file(
                &format!("{}/{}", self.folder, placed.to),
                Content::Path(there),
                executable,
            )?;
            record.insert(placed.to, line(written));
        }
        for (command, target) in commands(&entry_points) {
            let text = self
                .script(&target)
                .ok_or_else(|| self.fails(format!("`{target}` is no entry point")))?;
            let to = format!("bin/{command}");
            record.insert(to.clone(), line((Digest::of(&text), text.len() as u64)));
            layer.file(
                &format!("{}/{to}", self.folder),
                Content::Bytes(text.into()),
                true,
            )?;
        }
        let info = format!("{}/{info}.dist-info", self.site());
        let installer = "towpath\n";
        record.insert(
            format!("{info}/INSTALLER"),
            line((Digest::of(installer), installer.len() as u64)),
        );
        layer.file(
            &format!("{}/{info}/INSTALLER", self.folder),
            Content::Bytes(installer.into()),
            false,
        )?;
        let text = self.record(&record, &info);
        layer.file(
            &format!("{}/{info}/RECORD", self.folder),
            Content::Bytes(text.into()),
            false,
        )?;
        Ok(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            file: self.file.to_owned(),
            sha256: sha256.hex(),
        })
    }

    /// Where the wheel format puts a file.
    fn place(&self, path: &str, info: &str) -> Result<Placed, Error> {
        let plain = |to: String| Placed { to, script: false };
        let data = format!("{info}.data/");
        let Some(rest) = path.strip_prefix(&data) else {
            return Ok(plain(format!("{}/{path}", self.site())));
        };
        let (scheme, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let name = info.split('-').next().unwrap_or_default();
        Ok(match scheme {
            "purelib" | "platlib" => plain(format!("{}/{rest}", self.site())),
            "data" => plain(rest.to_owned()),
            "headers" => plain(format!("include/site/python{}/{name}/{rest}", self.short)),
            "scripts" => Placed {
                to: format!("bin/{rest}"),
                script: true,
            },
            _ => return Err(self.fails(format!("`{path}` has no place"))),
        })
    }

    /// Writes an entry to `there`; a script that asks for Python gets the environment's.
    fn unpack(
        &self,
        entry: &mut impl Read,
        there: &Utf8Path,
        script: bool,
        left: u64,
    ) -> Result<(Digest, u64), Error> {
        let failed = |error: std::io::Error| self.fails(error);
        if let Some(folder) = there.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = Hashing::new(File::create(there).map_err(failed)?);
        let mut entry = entry.take(left + 1);
        if script {
            let mut text = Vec::new();
            (&mut entry)
                .take(LARGEST_TEXT)
                .read_to_end(&mut text)
                .map_err(failed)?;
            for generic in ["#!pythonw", "#!python"] {
                if let Some(rest) = text.strip_prefix(generic.as_bytes()) {
                    text = [format!("#!/{}/bin/python", self.folder).as_bytes(), rest].concat();
                    break;
                }
            }
            file.write_all(&text).map_err(failed)?;
        }
        let copied = std::io::copy(&mut entry, &mut file).map_err(failed)?;
        if copied > left {
            return Err(self.fails(ImageError::TooMany));
        }
        let (_, digest, bytes) = file.finish();
        Ok((digest, bytes.min(left)))
    }

    /// `module:name` as a program.
    fn script(&self, target: &str) -> Option<String> {
        let target = target.split('[').next()?.trim();
        let (module, name) = target.split_once(':')?;
        let (module, name) = (module.trim(), name.trim());
        let plain = |text: &str| {
            let word = |letter: char| letter.is_alphanumeric() || "._".contains(letter);
            !text.is_empty() && text.chars().all(word)
        };
        if !plain(module) || !plain(name) {
            return None;
        }
        let first = name.split('.').next()?;
        Some(format!(
            "#!/{}/bin/python\nimport sys\nfrom {module} import {first}\nif __name__ == \"__main__\":\n    sys.exit({name}())\n",
            self.folder
        ))
    }

    /// The list of what is installed, by its path from the site packages.
    fn record(&self, files: &BTreeMap<String, String>, info: &str) -> String {
        let site = format!("{}/", self.site());
        let path = |path: &str| match path.strip_prefix(&site) {
            Some(path) => path.to_owned(),
            None => format!("../../../{path}"),
        };
        let quoted = |path: String| match path.contains([',', '"']) {
            true => format!("\"{}\"", path.replace('"', "\"\"")),
            false => path,
        };
        let lines = files
            .iter()
            .map(|(name, rest)| format!("{},{rest}\n", quoted(path(name))));
        let own = format!("{},,\n", path(&format!("{info}/RECORD")));
        lines.chain([own]).collect()
    }
}

fn line((digest, bytes): (Digest, u64)) -> String {
    let hex = digest.hex();
    let raw: Vec<u8> = (0..hex.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok())
        .collect();
    format!("sha256={},{bytes}", BASE64_URL_SAFE_NO_PAD.encode(raw))
}

fn digest(mut file: File) -> std::io::Result<Digest> {
    let mut hash = Hashing::new(std::io::sink());
    std::io::copy(&mut file, &mut hash)?;
    Ok(hash.finish().1)
}

/// The commands of `entry_points.txt`, with their targets.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands = Vec::new();
    let mut ours = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            ours = ["console_scripts", "gui_scripts"].contains(&section.trim());
        } else if let (true, Some((name, target))) = (ours, line.split_once('=')) {
            let name = name.trim();
            if !line.starts_with(['#', ';']) && !name.is_empty() && !name.contains('/') {
                commands.push((name.to_owned(), target.trim().to_owned()));
            }
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_those_of_their_sections() {
        let text = "[other]\na = b:c\n[console_scripts]\nrun = pkg.cli:main\n# no = x:y\nwith = pkg:app.run [extra]\n";
        assert_eq!(
            commands(text),
            [("run", "pkg.cli:main"), ("with", "pkg:app.run [extra]")]
                .map(|(name, target)| (name.to_owned(), target.to_owned()))
        );
    }

    #[test]
    fn a_program_runs_in_the_environment() {
        let wheel = Wheel {
            path: Utf8Path::new(""),
            file: "",
            folder: "opt/app",
            short: "3.12".to_owned(),
        };
        assert_eq!(
            wheel.script("pkg:app.run [extra]").unwrap(),
            "#!/opt/app/bin/python\nimport sys\nfrom pkg import app\nif __name__ == \"__main__\":\n    sys.exit(app.run())\n"
        );
        assert_eq!(wheel.script("pkg; import os:x"), None);
        let place = |path| {
            wheel
                .place(path, "pkg-1.0")
                .map(|placed| placed.to)
                .unwrap()
        };
        assert_eq!(place("pkg/a.py"), "lib/python3.12/site-packages/pkg/a.py");
        assert_eq!(place("pkg-1.0.data/scripts/x"), "bin/x");
        assert_eq!(place("pkg-1.0.data/data/share/x"), "share/x");
        assert!(wheel.place("pkg-1.0.data/odd/x", "pkg-1.0").is_err());
    }
}
