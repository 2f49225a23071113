"""The files that the pages for operators show do what the pages say."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from sdp.cli.app import run as run_command
from sdp.cli.testmiljo import write_files
from sdp.testmiljo import Testmiljo
from tests.pages import ROOT

_EXAMPLES = ROOT / "examples"
_SDP = Path(sys.executable).parent / "sdp"


def _read_only(command: list[str], tmp: Path) -> list[str]:
    """The command as a user that nobody is, where nothing but the folder `tmp` can be written."""
    script = (
        f"mount --make-rprivate / && mount -t tmpfs tmpfs {shlex.quote(str(tmp))} "
        f"&& chmod 1777 {shlex.quote(str(tmp))} && mount -o remount,bind,ro / "
        f"&& exec setpriv --reuid 12345 --regid 12345 --clear-groups {shlex.join(command)}"
    )
    return ["unshare", "--mount", "sh", "-c", script]


def _skip_where_nobody_else_can_read_the_clone(tmp: Path) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        pytest.skip("it takes root, unshare and setpriv to be another user on a read-only system")
    probe = _read_only([sys.executable, "-c", f"open({str(_EXAMPLES / 'send_brev.py')!r})"], tmp)
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("another user cannot read this clone, or mounts cannot be made here")


def test_doctor_runs_on_a_read_only_file_system_as_any_user_and_without_a_home(
    testmiljo: Testmiljo,
) -> None:
    folder = Path("/var/tmp") / f"sdp-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        (folder / "tmp").mkdir()
        _skip_where_nobody_else_can_read_the_clone(folder / "tmp")
        write_files(testmiljo, folder / "files")
        for path in (folder / "files", *(folder / "files").rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        command = [str(_SDP), "doctor", "--config", str(folder / "files" / "sdp.toml"), "--json"]
        ran = subprocess.run(
            _read_only(command, folder / "tmp"),
            env={
                "PATH": os.environ["PATH"],
                "TMPDIR": str(folder / "tmp"),
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(folder)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_dockerfile_runs_a_command_that_exists_as_a_user_that_is_not_root() -> None:
    lines = (_EXAMPLES / "containers" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    said = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))

    assert int(said["USER"]) > 0
    assert said["ENTRYPOINT"] == '["sdp"]'
    words = [word.strip('", ') for word in said["CMD"].strip("[]").split(",")]
    helped = subprocess.run(
        [_SDP, *words[:2], "--help"], capture_output=True, text=True, check=False
    )
    assert helped.returncode == 0
    assert all(word in helped.stdout for word in words if word.startswith("--"))


@pytest.mark.parametrize("unit", sorted(p.name for p in (_EXAMPLES / "systemd").iterdir()))
def test_systemd_finds_nothing_wrong_with_a_unit(unit: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for source in (_EXAMPLES / "systemd").iterdir():
        text = source.read_text(encoding="utf-8").replace("/opt/sdp/bin/sdp", str(_SDP))
        (tmp_path / source.name).write_text(text, encoding="utf-8")

    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert unit.rpartition(".")[0] not in ran.stderr, ran.stderr


def test_the_units_share_one_user_and_the_folder_of_the_outbox() -> None:
    units = [
        _settings(_EXAMPLES / "systemd" / name)
        for name in ("sdp-outbox.service", "sdp-overdue.service")
    ]
    shared = ("User", "DynamicUser", "StateDirectory", "UMask", "ProtectSystem")

    assert all(units[0][name] == units[1][name] for name in shared)
    assert units[0]["KillSignal"] == "SIGTERM"
    assert units[0]["Restart"] == "always"
    for unit in units:
        folder = Path("/var/lib") / unit["StateDirectory"]
        words = shlex.split(unit["ExecStart"])
        assert words[:2] == ["/opt/sdp/bin/sdp", "outbox"]
        assert Path(words[3]).parent == folder
        assert run_command([*words[1:3], "--help"]) == 0


def _settings(unit: Path) -> dict[str, str]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _kubernetes() -> dict[str, Any]:
    text = (_EXAMPLES / "kubernetes" / "outbox.yaml").read_text(encoding="utf-8")
    return {each["kind"]: each["spec"] for each in yaml.safe_load_all(text)}


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
def test_the_pods_of_kubernetes_are_read_only_and_not_root(kind: str) -> None:
    pod = _kubernetes()[kind]["template"]["spec"]
    (container,) = pod["containers"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    assert [each["name"] for each in container["env"]] == ["SDP_OUTBOX"]
    assert run_command([*container["args"][:2], "--help"]) == 0


def test_kubernetes_migrates_first_and_then_replaces_two_workers_one_at_a_time() -> None:
    job, deployment = _kubernetes()["Job"], _kubernetes()["Deployment"]
    pod = deployment["template"]["spec"]
    (migrating,), (worker,) = job["template"]["spec"]["containers"], pod["containers"]

    assert migrating["args"] == ["outbox", "migrate"]
    assert worker["args"][:2] == ["outbox", "work"]
    assert "--until-empty" not in worker["args"]
    assert migrating["image"] == worker["image"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 1, "maxSurge": 1}
    assert pod["terminationGracePeriodSeconds"] >= 90
    assert deployment["selector"]["matchLabels"] == deployment["template"]["metadata"]["labels"]
    mounts = {mount["mountPath"] for mount in worker["volumeMounts"]}
    assert mounts == {"/tmp", "/etc/sdp"}
