"""Fetch the locked wheels for a target: fetch.py REQUEST, a JSON object; prints the files as JSON.

pip evaluates environment markers for the interpreter that runs it, whatever --python-version says, so they are evaluated
here for the target, and pip gets a list without them. Hashes stay: pip refuses what the lock does not name.
"""

import json
import pathlib
import subprocess
import sys

from pip._vendor.packaging.requirements import Requirement


def requirements(text):
    """The lock's entries: the requirement, and its hashes."""
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    for line in joined.splitlines():
        line = line.split(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("-"):
            sys.exit(f"the lock has the option `{line}`, which is not understood here")
        requirement, *hashes = line.split("--hash=")
        if not hashes:
            sys.exit(f"the lock has no hash for `{line}`")
        yield Requirement(requirement.strip()), [each.strip() for each in hashes]


def main():
    request = json.loads(sys.argv[1])
    folder = pathlib.Path(request["folder"])
    version = request["version"]
    short = ".".join(version.split(".")[:2])
    machine = request["machine"]
    target = {
        "implementation_name": "cpython",
        "implementation_version": version,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": version,
        "python_version": short,
        "sys_platform": "linux",
        "extra": "",
    }
    lines = []
    for requirement, hashes in requirements(pathlib.Path(request["lock"]).read_text()):
        if requirement.marker and not requirement.marker.evaluate(target):
            continue
        requirement.marker = None
        lines.append(" ".join([str(requirement), *(f"--hash={each}" for each in hashes)]))
    chosen = folder / "chosen.txt"
    chosen.write_text("".join(f"{line}\n" for line in lines))
    wheels = folder / "wheels"
    wheels.mkdir()
    # pip knows which older glibc a manylinux name implies only for the names before PEP 600
    glibc = [f"manylinux_2_{minor}_{machine}" for minor in range(request["glibc"], 4, -1)]
    platforms = [*glibc, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}", f"linux_{machine}"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={version}", f"--dest={wheels}", f"--requirement={chosen}"]
    command += [f"--abi={abi}" for abi in (f"cp{short.replace('.', '')}", "abi3", "none")]
    command += [f"--platform={platform}" for platform in platforms]
    if lines:
        subprocess.run(command, check=True, stdout=sys.stderr)
    print(json.dumps(sorted(path.name for path in wheels.iterdir())))


main()
