//! Locked packages as a layer: fetched by pip from a folder of wheels, laid out, and listed in an SBOM. Skipped, loudly,
//! where `python3` has no pip.

use std::io::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use test_support::Ran;
use zip::write::SimpleFileOptions;

use crate::desk::Desk;

const DOCKERFILE: &str = "ARG BASE\nFROM ${BASE} AS packages\nCOPY requirements.lock /requirements.lock\nRUN python -m venv /opt/app && /opt/app/bin/pip install --no-deps --require-hashes -r /requirements.lock\nFROM ${BASE}\nENV PATH=/opt/app/bin:$PATH\nCOPY --from=packages /opt/app /opt/app\nCOPY app /app\nENTRYPOINT [\"hello\"]\n";

/// A wheel with a module, a command, a script and data; gives its hash.
fn wheel(desk: &Desk, name: &str, tag: &str, content: &str) -> String {
    let info = format!("{name}-1.0.dist-info");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let files = [
        (format!("{name}/__init__.py"), content.to_owned()),
        (
            format!("{name}-1.0.data/scripts/{name}-script"),
            "#!python\nprint(1)\n".to_owned(),
        ),
        (
            format!("{name}-1.0.data/data/share/{name}.txt"),
            "data".to_owned(),
        ),
        (
            format!("{info}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"),
        ),
        (
            format!("{info}/WHEEL"),
            format!("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"),
        ),
        (
            format!("{info}/entry_points.txt"),
            format!("[console_scripts]\n{name} = {name}:main\n"),
        ),
        (format!("{info}/RECORD"), String::new()),
    ];
    for (path, text) in files {
        zip.start_file(path, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    std::fs::create_dir_all(desk.path("wheels")).unwrap();
    std::fs::write(
        desk.path("wheels").join(format!("{name}-1.0-{tag}.whl")),
        &bytes,
    )
    .unwrap();
    let hash: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hash}")
}

fn has_pip() -> bool {
    let asked = std::process::Command::new("python3")
        .args(["-c", "import pip"])
        .output();
    asked.is_ok_and(|ran| ran.status.success())
}

/// A project with two packages for the target, and one that is for another Python.
fn desk() -> Desk {
    let desk = Desk::new();
    let hello = wheel(
        &desk,
        "hello",
        "py3-none-any",
        "def main(): print('hello')\n",
    );
    let native = wheel(
        &desk,
        "native",
        "cp311-cp311-manylinux_2_28_x86_64",
        "x = 1\n",
    );
    desk.write("Dockerfile", DOCKERFILE);
    desk.write(".dockerignore", "*\n!app\n!requirements.lock\n");
    desk.write(
        "requirements.lock",
        &format!(
            "# made by hand\nhello==1.0 \\\n    --hash={hello}\nnative==1.0 ; python_full_version >= '3.11' \\\n    --hash={native}  # via hello\nnobody==9.9 ; python_full_version < '3.11' or sys_platform == 'win32' \\\n    --hash=sha256:{}\n",
            "0".repeat(64)
        ),
    );
    desk.commit();
    desk
}

fn run(desk: &Desk) -> Ran {
    desk.program(&["--tag", "v1"])
        .env("PIP_NO_INDEX", "1")
        .env("PIP_FIND_LINKS", desk.path("wheels"))
        .run()
}

/// The files of a layer of the image, with their content.
fn layer(desk: &Desk, number: usize) -> Vec<(String, String)> {
    let manifest: Value = serde_json::from_slice(&desk.sim.manifest("app", "v1").unwrap()).unwrap();
    let digest = manifest["layers"][number]["digest"].as_str().unwrap();
    let name = digest.trim_start_matches("sha256:");
    let file = std::fs::File::open(desk.path(".towpath/images/blobs").join(name)).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let link = entry
            .link_name()
            .unwrap()
            .map(|link| link.to_string_lossy().into_owned());
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        (path, link.map_or(text, |link| format!("-> {link}")))
    });
    entries.filter(|(path, _)| !path.ends_with('/')).collect()
}

#[test]
fn packages_are_laid_out_as_a_virtual_environment() {
    if !has_pip() {
        println!("SKIPPED: `python3` has no pip");
        return;
    }
    let desk = desk();
    let ran = run(&desk);
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let files = layer(&desk, 1);
    let names: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let site = "opt/app/lib/python3.11/site-packages";
    let mut expected = vec!["opt/app/pyvenv.cfg".to_owned()];
    for name in [
        "python",
        "python3",
        "python3.11",
        "hello",
        "hello-script",
        "native",
        "native-script",
    ] {
        expected.push(format!("opt/app/bin/{name}"));
    }
    for name in ["hello", "native"] {
        expected.push(format!("opt/app/share/{name}.txt"));
        expected.push(format!("{site}/{name}/__init__.py"));
        for file in [
            "INSTALLER",
            "METADATA",
            "RECORD",
            "WHEEL",
            "entry_points.txt",
        ] {
            expected.push(format!("{site}/{name}-1.0.dist-info/{file}"));
        }
    }
    expected.sort();
    assert_eq!(names, expected);
    let text = |path: &str| {
        let found = files.iter().find(|(name, _)| name == path);
        found.unwrap().1.clone()
    };
    assert_eq!(text("opt/app/bin/python"), "-> /usr/local/bin/python");
    assert_eq!(
        text("opt/app/bin/hello"),
        "#!/opt/app/bin/python\nimport sys\nfrom hello import main\nif __name__ == \"__main__\":\n    sys.exit(main())\n"
    );
    assert_eq!(
        text("opt/app/bin/hello-script"),
        "#!/opt/app/bin/python\nprint(1)\n"
    );
    let record = text(&format!("{site}/hello-1.0.dist-info/RECORD"));
    assert!(record.contains("../../../bin/hello,sha256="), "{record}");
    assert!(
        record.ends_with("hello-1.0.dist-info/RECORD,,\n"),
        "{record}"
    );
}

/// With this machine's Python in the place of the base's, which is nowhere but in a container.
#[test]
fn a_command_of_the_layer_runs() {
    if !has_pip() {
        println!("SKIPPED: `python3` has no pip");
        return;
    }
    let desk = desk();
    assert_eq!(run(&desk).exit_code, 0);
    let folder = desk.path("unpacked");
    for (path, text) in layer(&desk, 1) {
        if !text.starts_with("-> ") {
            let there = folder.join(path);
            std::fs::create_dir_all(there.parent().unwrap()).unwrap();
            std::fs::write(there, text).unwrap();
        }
    }
    let site = folder.join("opt/app/lib/python3.11/site-packages");
    let said = test_support::Program::new("python3")
        .arg(folder.join("opt/app/bin/hello"))
        .env("PYTHONPATH", &site)
        .run();
    assert_eq!(said.stdout, "hello\n", "{}", said.stderr);
    // and Python finds the package by what is written beside it
    let question = "from importlib.metadata import distribution as d; x = d('hello'); print(x.version, len(x.files))";
    let said = test_support::Program::new("python3")
        .args(["-c", question])
        .env("PYTHONPATH", &site)
        .run();
    assert_eq!(said.stdout, "1.0 9\n", "{}", said.stderr);
}

#[test]
fn packages_are_fetched_once_for_a_lock() {
    if !has_pip() {
        println!("SKIPPED: `python3` has no pip");
        return;
    }
    let desk = desk();
    assert_eq!(run(&desk).exit_code, 0);
    std::fs::remove_dir_all(desk.path("wheels")).unwrap();
    desk.write("app/app.py", "print('two')\n");
    desk.sim.create("app", true);
    let ran = run(&desk);
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn a_wheel_that_the_lock_does_not_name_is_refused() {
    if !has_pip() {
        println!("SKIPPED: `python3` has no pip");
        return;
    }
    let desk = desk();
    wheel(&desk, "hello", "py3-none-any", "import evil\n");
    let ran = run(&desk);
    assert_eq!(ran.exit_code, 6, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("THESE PACKAGES DO NOT MATCH THE HASHES"),
        "{}",
        ran.stderr
    );
    assert!(desk.tag("v1").is_none());
}

#[test]
fn a_lock_without_a_hash_is_refused() {
    if !has_pip() {
        println!("SKIPPED: `python3` has no pip");
        return;
    }
    let desk = desk();
    desk.write("requirements.lock", "hello==1.0\n");
    let ran = run(&desk);
    assert_eq!(ran.exit_code, 6, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("the lock has no hash for `hello==1.0`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_packages_are_listed_in_an_sbom() {
    if !has_pip() {
        println!("SKIPPED: `python3` has no pip");
        return;
    }
    let desk = desk();
    assert_eq!(run(&desk).exit_code, 0);
    let sbom = desk.sim.blob_with("app", "SPDX-2.3").unwrap();
    let sbom: Value = serde_json::from_slice(&sbom).unwrap();
    let packages = sbom["packages"].as_array().unwrap();
    let names: Vec<&str> = packages[1..]
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["hello", "native"]);
    assert_eq!(
        packages[1]["externalRefs"][0]["referenceLocator"],
        "pkg:pypi/hello@1.0"
    );
}
