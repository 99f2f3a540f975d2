"""The canvas's Python side: what it packs, what it serves, and what it takes for a click."""

import asyncio
import gc
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from starlette.applications import Starlette

from tests.ui.canvas.helpers import PLANE
from tests.vae_core.web.helpers import declared
from ui.canvas.assets import ROUTES, Asset
from ui.canvas.events import Click, Selection, parse_click
from ui.canvas.latent import latent_canvas
from vae_core.config import ModelConfig
from vae_core.models.vae import VAE
from vae_core.provenance import Unmeasured
from vae_core.web.packing import pack_decoder, pack_points

ABOUT = Unmeasured("A plane", "It was drawn by hand.")


def get(path: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the routes for a path, as a server would: status, headers, body."""
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    asyncio.run(Starlette(routes=ROUTES)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message["body"] for message in sent[1:])


def forward_by_the_byte_layout(content: bytes, widths: list[int], z: np.ndarray) -> np.ndarray:
    """What the browser does with the bytes, in float64: W (out, in), then b, for each layer."""
    values, numbers = z.astype(np.float64), np.frombuffer(content, "<f4").astype(np.float64)
    for width_in, width_out in pairwise(widths):
        weight, numbers = np.split(numbers, [width_in * width_out])
        bias, numbers = np.split(numbers, [width_out])
        values = weight.reshape(width_out, width_in) @ values + bias
        if numbers.size:
            values = np.tanh(values)
    assert numbers.size == 0
    return 1 / (1 + np.exp(-values))


def test_packed_decoder_decodes_as_the_model_does():
    config = ModelConfig(
        image_shape=(4, 5), latent_dim=3, hidden=(6,), decoder_hidden=(7, 11), activation="tanh"
    )
    model = VAE.create(config, torch.Generator().manual_seed(1))
    z = np.array([0.3, -1.2, 2.0])
    expected = model.decode(torch.tensor(z[None], dtype=torch.float32))[0].detach().numpy()
    decoded = forward_by_the_byte_layout(pack_decoder(model), [3, 7, 11, 20], z)
    np.testing.assert_allclose(decoded, expected, atol=1e-6)


def test_packed_points_hold_places_then_latents_then_labels():
    places, latents = np.array([[1.5, -2.0], [0.25, 4.0]]), np.array([[1, 2, 3], [4, 5, 6]])
    content = pack_points(places, latents, [7, 9])
    np.testing.assert_array_equal(np.frombuffer(content, "<f4", 4), places.ravel())
    np.testing.assert_array_equal(np.frombuffer(content, "<f4", 6, offset=16), latents.ravel())
    assert content[40:] == bytes([7, 9])
    assert pack_points(places, None, [7, 9]) == content[:16] + content[40:]


@pytest.mark.parametrize(
    ("places", "latents", "labels", "sentence"),
    [
        (np.zeros((3, 3)), None, [0, 0, 0], "places and labels"),
        (np.zeros((3, 2)), None, [0, 0], "places and labels"),
        (np.zeros((3, 2)), np.zeros((2, 4)), [0, 0, 0], "latents must be"),
        (np.zeros((1, 2)), None, [256], "labels must lie in 0..255"),
        (np.array([[0, np.nan]]), None, [0], "finite"),
    ],
)
def test_points_that_cannot_be_drawn_are_refused(places, latents, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        pack_points(places, latents, labels)


@pytest.mark.parametrize("base", ["/", "/school/", "/latent-space/"])
def test_an_asset_is_served_below_every_base_address(base):
    asset = Asset(b"some weights")
    status, headers, body = get(base + asset.url)
    assert (status, body) == (200, b"some weights")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["0" * 64 + ".bin", "x.bin", "../../app.py", "", "\0"])
def test_nothing_else_is_served(name):
    asset = Asset(b"")
    assert get(f"/{asset.url}x")[0] == 404
    status, headers, _ = get(f"/api/assets/{name}")
    assert status == 404
    assert "immutable" not in headers.get("cache-control", "")


def test_an_asset_is_served_as_long_as_one_of_its_content_lives():
    first, second = Asset(b"the same"), Asset(b"the same")
    url = f"/{first.url}"
    assert second.url == first.url
    del second
    gc.collect()
    assert get(url)[0] == 200
    del first
    gc.collect()
    assert get(url)[0] == 404


def test_a_click_is_read():
    value = {"plane": 0, "x": 0.5, "y": -1, "point": 3, "time": 12.5}
    assert parse_click(value, [PLANE]) == Click(plane=0, x=0.5, y=-1.0, point=3)
    assert parse_click({**value, "point": None}, [PLANE]) == Click(0, 0.5, -1.0, None)


@pytest.mark.parametrize(
    "change",
    [
        {"plane": 1},
        {"plane": -1},
        {"plane": False},
        {"plane": "0"},
        {"x": None},
        {"x": math.nan},
        {"y": math.inf},
        {"y": "1"},
        {"y": 10**400},
        {"point": 10},
        {"point": -1},
        {"point": 1.5},
    ],
)
def test_what_the_canvas_would_not_send_is_no_click(change):
    assert parse_click({"plane": 0, "x": 0.5, "y": -1.0, "point": 3} | change, [PLANE]) is None


@pytest.mark.parametrize("value", [None, [], "click", {}])
def test_no_click_yet(value):
    assert parse_click(value, [PLANE]) is None


@pytest.mark.parametrize(
    ("planes", "colours", "sentence"),
    [([], ["#000000"], "1 to 3 planes"), ([PLANE] * 4, ["#000000"], "1 to 3"), ([PLANE], [], "0")],
)
def test_a_canvas_that_cannot_be_drawn_is_refused(planes, colours, sentence):
    with pytest.raises(ValueError, match=sentence):
        latent_canvas(
            key="plane",
            planes=planes,
            image_shape=(4, 4),
            class_names=["0"],
            colours=colours,
            height=400,
            about=ABOUT,
        )


def test_the_browser_knows_the_names_of_what_it_gets(monkeypatch):
    sent = {}
    monkeypatch.setattr("ui.canvas.latent._component", lambda **given: sent.update(given))
    selection = Selection(0, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), (0,))
    latent_canvas(
        key="plane",
        planes=[PLANE],
        image_shape=(4, 4),
        class_names=["0"],
        colours=["#000000"],
        height=400,
        selection=selection,
        about=ABOUT,
    )
    assert declared("latent", "About") == set(sent["data"]["about"])
    assert declared("latent", "LatentData") == set(sent["data"])
    assert declared("latent", "Selection") == set(sent["data"]["selection"])
