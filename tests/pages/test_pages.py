"""Every page of the table runs, from its own address, and tells bad input in one sentence."""

from __future__ import annotations

import pytest

from tests.helpers import address
from tests.pages.helpers import FRAME, bold_rows, number, open_page, pages_table, table
from vae_core.storage.library import saved_folder

PAGES = pages_table()
FILES = [file for rows in PAGES.values() for file, _, _ in rows]
TITLES = [title for rows in PAGES.values() for _, title, _ in rows]


def test_every_page_file_is_in_the_table() -> None:
    assert sorted(FILES) == sorted(path.name for path in FRAME.parents[2].glob("pages/*.py"))


@pytest.mark.parametrize(("file", "title"), list(zip(FILES, TITLES, strict=True)))
def test_a_page_opens_without_errors(file: str, title: str) -> None:
    app = open_page(file)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == title


@pytest.mark.parametrize("file", ["latent_space.py", "interpolate.py"])
def test_a_model_of_many_dimensions_is_called_a_projection(file: str) -> None:
    app = open_page(file)
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    assert not app.exception
    assert any("A projection" in caption.value for caption in app.caption)
    app.radio(key="projection").set_value("umap").run()
    assert not app.exception
    assert any("UMAP keeps near" in caption.value for caption in app.caption)


def test_a_broken_saved_model_is_told_in_one_sentence() -> None:
    saved_folder().mkdir(parents=True, exist_ok=True)
    broken = saved_folder() / "broken.safetensors"
    broken.write_bytes(b"not a checkpoint")
    try:
        app = open_page("latent_space.py")
        app.selectbox(key="model").set_value("broken").run()
        assert not app.exception
        assert len(app.error) == 1
        assert "not a safetensors file" in app.error[0].value
    finally:
        broken.unlink()


def test_a_junk_model_in_the_link_falls_back_to_the_default() -> None:
    app = open_page("latent_space.py", model="../../etc/passwd")
    assert not app.exception
    assert app.selectbox(key="model").value == "mnist-2d-beta-1"


def test_the_walks_ends_come_from_the_link() -> None:
    app = open_page("interpolate.py", walk_start_class="2", walk_end_class="8")
    assert not app.exception
    assert app.selectbox(key="walk_start_class").value == "2"
    assert app.selectbox(key="walk_end_class").value == "8"


def test_the_kl_switch_moves_through_the_whole_family() -> None:
    app = open_page("kl_switch.py")
    betas = [float(beta) for beta in app.select_slider(key="beta").options]
    for beta in betas:
        app.select_slider(key="beta").set_value(beta).run()
        assert not app.exception
        rows = table(app, "the_family_in_numbers")
        assert [number(row[0]) for row in rows] == [0, *betas]
        assert [number(row[0]) for row in bold_rows(app, "the_family_in_numbers")] == [0, beta]


@pytest.mark.parametrize(
    ("file", "key", "title", "name"),
    [
        ("latent_space.py", "model", "MNIST 16-D, β = 1", "mnist-16d-beta-1"),
        ("surgery.py", "model", "MNIST 2-D, β = 1, Gaussian, σ learned", "mnist-2d-gaussian"),
        ("discrete.py", "discrete_model", "MNIST 20 × 10, β = 1", "mnist-categorical-20x10"),
    ],
)
def test_an_old_link_names_a_model_by_its_title(file: str, key: str, title: str, name: str) -> None:
    app = open_page(file, **{key: title})
    assert not app.exception
    assert app.selectbox(key=key).value == name
    assert title not in address(app).values()


@pytest.mark.parametrize(("label", "name"), [("UMAP", "umap"), ("axes", "axes"), ("PCA", "pca")])
def test_an_old_link_names_a_plane_by_its_label(label: str, name: str) -> None:
    app = open_page("latent_space.py", model="mnist-16d-beta-1", projection=label)
    assert app.radio(key="projection").value == name
