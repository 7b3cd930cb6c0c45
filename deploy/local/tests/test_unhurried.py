"""How long an example takes says nothing here, in a file that imports hypothesis and elsewhere."""

import subprocess
import sys
from pathlib import Path

from hypothesis import settings


def test_hypothesis_keeps_no_time() -> None:
    assert settings().deadline is None


def test_tests_that_have_no_use_for_hypothesis_do_not_pay_for_it(tmp_path: Path) -> None:
    (tmp_path / "test_toy.py").write_text(
        "import sys\ndef test_it(): assert 'hypo' + 'thesis' not in sys.modules\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:pytest_nameko", "-p", "no:schemathesis"]
    plugin = ["-p", "sakina_local.testing", "-p", "no:cacheprovider", "test_toy.py"]
    done = subprocess.run([*command, *plugin], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
