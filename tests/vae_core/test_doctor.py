"""The doctor: what it finds on a machine that lacks something."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
from collections import namedtuple

import psutil
import pytest

from vae_core import doctor
from vae_core.__main__ import main


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VAE_SCHEDULER", raising=False)
    return tmp_path


def states():
    return {finding.about: finding.state for finding in doctor.examine()}


def test_a_sound_machine_is_said_to_be_one_and_nothing_is_left_behind(folders, capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(states())
    assert not any(line.startswith("bad") for line in lines)
    assert list(folders.iterdir()) == []


def test_a_folder_that_is_a_file_is_bad_and_the_exit_status_says_so(folders, monkeypatch, capsys):
    (folders / "file").touch()
    monkeypatch.setenv("VAE_RUNS_DIR", str(folders / "file" / "runs"))
    assert states()["runs"] == "bad"
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_little_space_is_looked_at(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 2**20))
    assert (states()["runs"], states()["data"]) == ("look", "look")


def test_another_version_and_a_missing_package_are_named(monkeypatch):
    true = importlib.metadata.version

    def version(name):
        if name == "umap-learn":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "scipy" else true(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = {finding.about: finding for finding in doctor.examine()}["packages"]
    assert found.state == "look"
    assert "scipy 0.0.1" in found.text
    assert "umap-learn missing" in found.text
    assert "torch" not in found.text


def test_little_memory_and_a_single_core_are_looked_at(monkeypatch):
    memory = namedtuple("memory", "total available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(2**32, 2**29))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert (states()["memory"], states()["cores"]) == ("look", "look")


def test_a_scheduler_that_is_not_there_is_bad_and_named(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("VAE_SCHEDULER", address)
        monkeypatch.setenv("VAE_SCHEDULER_SECONDS", "1")
        found = {finding.about: finding for finding in doctor.examine()}["training"]
    assert found.state == "bad"
    assert address in found.text
