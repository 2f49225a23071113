from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = 'pytest_plugins = ["sdp.testmiljo.pytest_fixtures"]\n'
TESTS = """
def test_one(testmiljo):
    testmiljo.queue_receipt(b"<receipt/>")
    assert len(testmiljo.waiting_receipts) == 1

def test_two(testmiljo):
    assert testmiljo.url.startswith("https://localhost:")
    assert not testmiljo.waiting_receipts
"""


def test_a_user_can_import_the_fixture_and_gets_a_fresh_environment_for_each_test(
    tmp_path: Path,
) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_them.py").write_text(TESTS)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr
