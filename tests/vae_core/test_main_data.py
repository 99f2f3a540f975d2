"""The command line where data sets and files are listed, or cannot be had."""

from __future__ import annotations

from tests.vae_core.command_line import complaint
from vae_core.__main__ import main


def test_datasets_are_listed_with_what_they_need(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    assert main(["datasets"]) == 0
    table = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert table["mnist-5k"].split() == ["mnist-5k", "4,000", "1,000", "28x28", "yes"]
    assert table["digits"].split() == ["digits", "1,437", "360", "8x8", "yes"]
    assert "needs a network" in table["mnist"]


def test_a_missing_network_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(
        "vae_core.data.download._retrieve", lambda *_: (_ for _ in ()).throw(ConnectionError())
    )
    output = tmp_path / "a.safetensors"
    line = complaint(capsys, ["train", "--dataset", "mnist", "--output", str(output)])
    assert "could not be fetched" in line
    assert "mnist-5k" in line
    assert not output.exists()


def test_a_corrupt_download_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b broken")
    output = str(tmp_path / "a.safetensors")
    line = complaint(capsys, ["train", "--dataset", "mnist", "--output", output])
    assert "train-images-idx3-ubyte.gz in the data folder is not the official file" in line


def test_a_file_name_cannot_break_the_line(tmp_path, capsys):
    line = complaint(capsys, ["evaluate", str(tmp_path / "a\nb"), "--dataset", "digits"])
    assert line.endswith("a b")
