"""A chart is saved from the page it stands on: files of the size asked for, with their origin."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Download, Page, expect

from tests.e2e.helpers import PATIENCE, READY

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.browser

CHART = ".st-key-saved_surgery_waterfall"
SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, name: str) -> Download:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return waiting.value


def test_a_chart_as_svg_png_and_csv(page: Page, server: str, tmp_path: Path) -> None:
    page.goto(f"{server}/surgery")
    chart = page.locator(CHART)
    expect(chart.locator(".js-plotly-plot")).to_be_visible()
    chart.hover()
    chart.get_by_role("button", name="Save").click()
    page.get_by_label("Width in pixels").fill("700")
    page.get_by_label("Height in pixels").fill("450")
    page.get_by_label("Colours").select_option("dark")
    paths = {}
    for name in ("SVG", "PNG", "CSV"):
        download = saved(page, name)
        stem, _, ending = download.suggested_filename.rpartition(".")
        assert (ending, "mnist-2d-beta-1" in stem) == (name.lower(), True)
        paths[name] = tmp_path / download.suggested_filename
        download.save_as(paths[name])
    root = ElementTree.parse(paths["SVG"]).getroot()
    assert (root.get("width"), root.get("height")) == ("700", "450")
    assert root.findtext(f"{SVG}title") == "The ELBO in three parts"
    assert "vae_core.aggregate.surgery.surgery" in (root.findtext(f"{SVG}desc") or "")
    assert "nats per image" in "".join(root.itertext())
    with Image.open(paths["PNG"]) as picture:
        picture.load()
        assert picture.size == (1400, 900)
        assert "mnist-2d-beta-1" in picture.info["model"]
        assert picture.convert("L").getpixel((2, 2)) < 64
    lines = paths["CSV"].read_text("utf-8").splitlines()
    about = [line for line in lines if line.startswith("#")]
    assert any("SHA-256" in line for line in about)
    head, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    assert "nats" in " ".join(head)
    assert len(rows) == 4
    assert all(re.fullmatch(r"-?\d+\.\d+", row[2]) for row in rows)


def test_a_plane_as_svg_png_and_csv(page: Page, server: str, tmp_path: Path) -> None:
    page.goto(server)
    expect(page.locator(READY)).to_be_visible()
    page.get_by_role("button", name="0", exact=True).click()  # hide this class
    page.get_by_role("button", name="Save the plane").click()
    page.get_by_label("Colours").select_option("dark")
    paths = {name: tmp_path / name for name in ("SVG", "PNG", "CSV")}
    for name, path in paths.items():
        saved(page, name).save_as(path)
    root = ElementTree.parse(paths["SVG"]).getroot()
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert {"z₁", "z₂", "1", "9", "prior, 2σ"} <= set(texts)
    assert "mnist-2d-beta-1" in (root.findtext(f"{SVG}desc") or "")
    lines = paths["CSV"].read_text("utf-8").splitlines()
    head, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    assert head == ["image", "label", "z₁", "z₂"]
    assert {row[1] for row in rows} == set("123456789")
    circles = [node for node in root.iter(f"{SVG}path") if "rgb(" in node.get("fill", "")]
    assert len(circles) >= len(rows)
    with Image.open(paths["PNG"]) as picture:
        picture.load()
        width, height = (float(root.get(side, "0")) for side in ("width", "height"))
        assert picture.size == (round(2 * width), round(2 * height))
        assert "mnist-2d-beta-1" in picture.info["model"]


@pytest.mark.parametrize(
    ("path", "menu", "texts", "heads"),
    [
        ("elbo", "elbo_q_canvas", {"z₁", "z₂", "The true posterior and q"}, {"log p(x, z), nats"}),
        ("discrete", "discrete_code_canvas", {"category", "variable", "z20", "9"}, {"q(z|x)"}),
        (
            "train?train_dataset=digits&train_epochs=2",
            "run_canvas",
            {"z₁", "z₂", "epoch", "epoch 2", "nats per image", "KL", "9"},
            {"KL, nats per image", "KL of z2, nats", "label"},
        ),
    ],
)
def test_a_canvas_as_svg_png_and_csv(
    page: Page, server: str, tmp_path: Path, path: str, menu: str, texts: set[str], heads: set[str]
) -> None:
    page.goto(f"{server}/{path}")
    if path.startswith("train"):
        page.get_by_role("button", name="Train", exact=True).click()
    page.locator(f"[class*='st-key-{menu}'][class*='_save']").get_by_role(
        "button", name="Save"
    ).click()
    page.get_by_label("Colours").select_option("dark")
    paths = {name: tmp_path / name for name in ("SVG", "PNG", "CSV")}
    for name, file in paths.items():
        saved(page, name).save_as(file)
    root = ElementTree.parse(paths["SVG"]).getroot()
    assert texts <= {node.text for node in root.iter(f"{SVG}text")}
    assert "cite: Latent Explorer" in (root.findtext(f"{SVG}desc") or "")
    with Image.open(paths["PNG"]) as picture:
        picture.load()
        sides = (float(root.get(side, "0")) for side in ("width", "height"))
        assert picture.size == tuple(round(2 * side) for side in sides)
        assert picture.convert("L").getpixel((2, 2)) < 64
        assert "cite" in picture.info
    lines = paths["CSV"].read_text("utf-8").splitlines()
    rows = list(csv.reader(line for line in lines if line and not line.startswith("#")))
    assert heads <= {cell for row in rows for cell in row}
    assert len(rows) > 4
