"""Writes `requirements.lock`: every version of `constraints.txt` with the hashes of its archives. Run: python -m ops.deploy.lock

Pip is asked what it would install, on each platform of the image, without installing it; a version has one hash a platform, or one for all.
Torch is left out: its builds without CUDA come from an index of their own, and the image serves without it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parent
CONSTRAINTS = FOLDER.parent.parent / "constraints.txt"
LOCK = FOLDER / "requirements.lock"
ELSEWHERE = frozenset({"torch"})
PLATFORMS = ("x86_64", "aarch64")
PYTHON = "3.11"
HEAD = f"""\
# Every version of constraints.txt with the hashes of its archives for Python {PYTHON} on Linux ({", ".join(PLATFORMS)}): python -m ops.deploy.lock
# writes it again. Without torch, whose builds without CUDA come from an index of their own: the image serves without it.
"""


def versions(constraints: str) -> dict[str, str]:
    """Return the version of each package that a list of constraints pins."""
    lines = [line for line in constraints.splitlines() if line.strip() and not line.startswith("#")]
    return {canonicalize_name(line.split("==")[0]): line.split("==")[1].strip() for line in lines}


def hashes(lock: str) -> dict[str, tuple[str, ...]]:
    """Return the requirement and the hashes of each package that a lock file names, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for line in re.sub(r"\\\n\s*", "", lock).splitlines():
        if line and not line.startswith("#"):
            requirement, *given = line.split(" --hash=")
            found[canonicalize_name(Requirement(requirement).name)] = (requirement.strip(), *(one.strip() for one in given))
    return found


def entry(requirement: str, *given: str) -> str:
    """Return what pip reads for one version: the requirement and a line for each hash."""
    return " \\\n".join([requirement, *(f"    --hash={one}" for one in given)])


def _reported(requirements: Path, platform: str, folder: Path) -> dict[str, str]:
    """Return the sha256 of the archive that pip would install of each package."""
    report = folder / f"{platform}.json"
    tags = [word for glibc in ("2_28", "2_17", "2_5") for word in ("--platform", f"manylinux_{glibc}_{platform}")]
    tags += ["--platform", f"manylinux2014_{platform}", "--implementation", "cp", "--python-version", PYTHON, "--target", str(folder / platform)]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--report", str(report), *tags]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | {"PIP_CONFIG_FILE": os.devnull}
    subprocess.run([*command, "-r", str(requirements)], check=True, env=environment)  # of the public index: hashes of nobody's own builds
    listed = json.loads(report.read_text("utf-8"))["install"]
    return {canonicalize_name(one["metadata"]["name"]): one["download_info"]["archive_info"]["hashes"]["sha256"] for one in listed}


def main() -> None:
    """Ask pip for each platform and write the file."""
    wanted = {name: version for name, version in versions(CONSTRAINTS.read_text("utf-8")).items() if name not in ELSEWHERE}
    found: dict[str, set[str]] = defaultdict(set)
    with tempfile.TemporaryDirectory() as name:
        requirements = Path(name) / "requirements.txt"
        requirements.write_text("\n".join(f"{package}=={version}" for package, version in wanted.items()), "utf-8")
        for platform in PLATFORMS:
            for package, digest in _reported(requirements, platform, Path(name)).items():
                found[package].add(f"sha256:{digest}")
    LOCK.write_text(HEAD + "\n".join(entry(f"{package}=={version}", *sorted(found[package])) for package, version in wanted.items()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
