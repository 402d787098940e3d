//! Which Dockerfiles can be done by copying, and what comes of them.

use super::super::dockerfile::parse;
use super::*;

const FRONTEND: &str = include_str!("../../../../../frontend/Dockerfile");

fn of(text: &str) -> Result<Plan, String> {
    plan(&parse(text, &BTreeMap::new()).unwrap())
}

fn file(path: &str) -> File {
    File {
        path: path.to_owned(),
        place: path.into(),
        kind: Kind::File { executable: false },
    }
}

fn base() -> ImageConfig {
    serde_json::from_value(json!({
        "architecture": "amd64", "os": "linux",
        "config": {"Env": ["PATH=/usr/local/bin:/usr/bin", "PYTHON_VERSION=3.12.8"], "Cmd": ["python3"]},
        "rootfs": {"type": "layers", "diff_ids": []},
    }))
    .unwrap()
}

#[test]
fn the_frontends_dockerfile_is_for_us() {
    let plan = of(FRONTEND).unwrap();
    assert_eq!(plan.base, "docker.io/library/python:3.12-slim");
    assert_eq!(
        plan.packages,
        Some(Packages {
            folder: "/opt/frontend".to_owned(),
            lock: "frontend/requirements.lock".to_owned(),
            interpreter: "/usr/local/bin/python".to_owned(),
        })
    );
    let files = [
        "contracts/housing.odcs.yaml",
        "frontend/.streamlit/config.toml",
        "frontend/app.py",
        "frontend/housing_frontend/api.py",
        "frontend/icon.svg",
    ];
    let carried = carry_out(&plan, &base(), &BTreeMap::new(), &files.map(file)).unwrap();
    let config = serde_json::to_value(&carried.config).unwrap();
    assert_eq!(
        config,
        json!({
            "User": "10001:10001",
            "ExposedPorts": {"8501/tcp": {}},
            "Env": [
                "PATH=/opt/frontend/bin:/usr/local/bin:/usr/bin", "PYTHON_VERSION=3.12.8", "HOME=/tmp",
                "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1",
                "CONTRACT_PATH=/app/contracts/housing.odcs.yaml",
            ],
            "Entrypoint": [
                "streamlit", "run", "app.py", "--server.port=8501", "--server.address=0.0.0.0",
                "--server.fileWatcherType=none",
            ],
            "WorkingDir": "/app/frontend",
            "Healthcheck": {
                "Test": [
                    "CMD", "python", "-c",
                    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=2)",
                ],
                "Interval": 10_000_000_000_i64, "Timeout": 3_000_000_000_i64, "StartPeriod": 20_000_000_000_i64,
            },
        })
    );
    let layer = format!("{:?}", carried.layer);
    for path in [
        "app/contracts/housing.odcs.yaml",
        "app/frontend/.streamlit/config.toml",
        "app/frontend/app.py",
        "app/frontend/icon.svg",
        "app/frontend/housing_frontend/api.py",
    ] {
        assert!(layer.contains(&format!("\"{path}\"")), "{path}: {layer}");
    }
}

#[test]
fn what_cannot_be_copied_is_given_back_with_the_reason() {
    let venv = "FROM p AS v\nCOPY l /l\nRUN python -m venv /o && /o/bin/pip install";
    for (text, says) in [
        ("FROM p\nRUN make\n", "it has a `RUN` in its last stage"),
        ("FROM p\nADD a b\n", "it has ADD"),
        ("FROM scratch\nCOPY a b\n", "its base is not a plain image"),
        (
            "FROM p\nCOPY --chown=1 a b\n",
            "a `COPY` has the option `chown=1`",
        ),
        ("FROM p\nCOPY *.py b/\n", "it copies by a pattern, `*.py`"),
        ("FROM p\nCOPY --from=q a b\n", "it copies from `q`"),
        (
            "FROM p AS v\nRUN apt-get update\nFROM p\nCOPY --from=v /o /o\n",
            "stage `v` runs something else than one `venv` and one `pip install --require-hashes`",
        ),
        (
            &format!("{venv} --requirement /l\nFROM p\nCOPY --from=v /o /o\n"),
            "stage `v` runs something else than one `venv` and one `pip install --require-hashes`",
        ),
        (
            &format!("{venv} --require-hashes -r /l; rm -r /\nFROM p\nCOPY --from=v /o /o\n"),
            "stage `v` runs something else than one `venv` and one `pip install --require-hashes`",
        ),
        (
            &format!("{venv} --require-hashes -r /l\nFROM other\nCOPY --from=v /o /o\n"),
            "its packages come from another base than the image",
        ),
        (
            &format!("{venv} --require-hashes -r /l\nFROM p\nCOPY --from=v /o /p\n"),
            "it copies more from `v` than `/o` to `/o`",
        ),
    ] {
        assert_eq!(of(text).unwrap_err(), says, "{text}");
    }
}

#[test]
fn files_go_where_docker_puts_them() {
    let copied = |line: &str| {
        let plan = of(&format!("FROM p\nWORKDIR /w\n{line}\n")).unwrap();
        let files = ["a.py", "d/x.py", "d/e/y.py"].map(file);
        carry_out(&plan, &base(), &BTreeMap::new(), &files).map(|carried| {
            let text = format!("{:?}", carried.layer);
            let words = text
                .split('"')
                .filter(|word| word.starts_with("w/") || word.starts_with("z"));
            let files = words.filter(|word| word.ends_with("py") || word.ends_with("b"));
            files.map(str::to_owned).collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(copied("COPY a.py b").unwrap(), "w/b");
    assert_eq!(copied("COPY a.py b/").unwrap(), "w/b w/b/a.py");
    assert_eq!(copied("COPY a.py .").unwrap(), "w/a.py");
    assert_eq!(copied("COPY d /z").unwrap(), "z/e/y.py z/x.py");
    assert_eq!(copied("COPY . ./").unwrap(), "w/a.py w/d/e/y.py w/d/x.py");
    assert_eq!(
        copied("COPY none ./").unwrap_err(),
        "`COPY none`: the context has no such file"
    );
}
