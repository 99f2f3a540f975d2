"""The ELBO page: its numbers are those of vae_core and add up; every control leads somewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.pages.helpers import (
    loaded,
    metrics,
    number,
    number_and_error,
    open_page,
    table,
    text,
)
from ui.common.text import minus
from ui.elbo import measured
from ui.library.loaded import encoder_q, encodings_of, images_of, load_model
from vae_core.exact.posteriors import GaussianQ
from vae_core.storage.library import list_models


def image_of_class(label: int, number: int = 0) -> int:
    return int(np.flatnonzero(encodings_of(loaded()).label_N == label)[number])


def test_the_three_numbers_add_up_and_the_image_is_black_and_white() -> None:
    app = open_page("elbo.py", elbo_class="3", elbo_number="2")
    assert not app.exception
    shown = metrics(app)
    log_p = number(shown["log p(x), integrated"])
    elbo, error = number_and_error(shown["= ELBO of the encoder's q, sampled"])
    kl, kl_error = number_and_error(shown["+ KL[q || p(z|x)], log p(x) sampled"])
    assert kl > 0
    assert abs(log_p - elbo - kl) < 4 * math.hypot(error, kl_error) + 0.01
    n = image_of_class(3, 2)
    rest, allowed = measured.remainder(loaded(), n, encoder_q(loaded(), n))
    assert rest == pytest.approx(log_p - elbo - kl, abs=0.002)
    assert abs(rest) < allowed < 4 * math.hypot(error, kl_error) + 0.01
    assert f"±{allowed:.2f}" in text(app)
    assert "**beyond**" not in text(app)

    x_1D = images_of(loaded())[n : n + 1]
    assert set(x_1D.unique().tolist()) == {0.0, 1.0}
    # The sampled bound of the model itself, with other draws.
    model = loaded().checkpoint.model
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        terms = model.elbo_terms(x_1D.expand(2000, -1), torch.randn(2000, 2, generator=generator))
    assert abs(float(terms.elbo_B.mean()) - elbo) < 6 * error


def test_a_wrong_integral_does_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The identity is no tautology: the ELBO and the KL know nothing of log p(x)'s integral."""
    right = measured.evidence
    monkeypatch.setattr(
        measured,
        "evidence",
        lambda loaded, n: replace(right(loaded, n), log_p=right(loaded, n).log_p - 1),
    )
    app = open_page("elbo.py", elbo_class="3", elbo_number="2")
    assert not app.exception
    n = image_of_class(3, 2)
    rest, allowed = measured.remainder(loaded(), n, encoder_q(loaded(), n))
    assert abs(rest) > allowed
    assert "**beyond**" in text(app)


def ledger(app: AppTest) -> dict[str, list[str]]:
    """The cells of the table under the map, by the name of its q."""
    return {name: cells for name, *cells in table(app, "every_q_in_numbers")}


def test_a_q_moved_by_hand_opens_the_gap_and_optimising_closes_it() -> None:
    app = open_page("elbo.py", elbo_class="0")
    assert list(ledger(app)) == ["encoder's q"]
    first = image_of_class(0)
    image = f"{loaded().digest[:16]}-{first}"
    start = encoder_q(loaded(), first)
    moved = GaussianQ(start.mu_Z + 2 * start.sigma_Z, start.logvar_Z)
    app.session_state["elbo_hand"] = (image, moved)  # as the canvas reports it
    app.run()
    assert not app.exception
    rows = ledger(app)
    gap = {name: number(cells[3]) for name, cells in rows.items()}
    assert gap["your q"] > gap["encoder's q"] + 1
    for _, kl_prior, elbo, kl, total in rows.values():
        log_p, error = number_and_error(total)
        assert log_p == pytest.approx(number(elbo) + number(kl), abs=0.02)
        assert abs(log_p - number(metrics(app)["log p(x), integrated"])) < 5 * error + 0.01
        assert number(kl_prior) > 0
    app.button(key="elbo_optimise").click().run()
    assert not app.exception
    gap = {name: number(cells[3]) for name, cells in ledger(app).items()}
    evidence, best = measured.evidence(loaded(), first), measured.optimised(loaded(), first).best
    whole, approximation = (
        evidence.log_p - measured.terms(loaded(), first, q).elbo for q in (start, best)
    )
    for shown in (whole, approximation, whole - approximation):
        assert f"{shown:.3f}" in text(app)
    # The table's log p(x) is sampled: it is off by the same for every q.
    assert whole - approximation == pytest.approx(gap["encoder's q"] - gap["best q"], abs=0.02)
    assert whole == pytest.approx(gap["encoder's q"], abs=0.3)
    assert 0 <= approximation < whole
    # With another image both have lapsed.
    app.number_input(key="elbo_number").set_value(1).run()
    assert not app.exception
    assert list(ledger(app)) == ["encoder's q"]


def test_a_q_that_misses_the_posterior_is_told() -> None:
    app = open_page("elbo.py")
    app.selectbox(key="model").set_value("mnist-2d-beta-0").run()
    app.selectbox(key="elbo_class").set_value("2").run()
    assert not app.exception
    off = loaded("mnist-2d-beta-0")
    n = int(np.flatnonzero(encodings_of(off).label_N == 2)[0])
    assert measured.evidence(off, n).log_p - measured.bounds(off, n)[-1].value.value > 1
    for place in encoder_q(off, n).mu_Z:
        assert minus(place, 1) in text(app)
    assert "outside this window" in text(app)
    assert "q misses most of" in text(app)


def test_an_image_is_found_whose_bound_stays_tens_of_nats_short() -> None:
    app = open_page("elbo.py", elbo_class="0")
    app.button(key="elbo_short").click().run()
    assert not app.exception
    assert "q misses most of" in text(app)
    label = int(app.selectbox(key="elbo_class").value)
    n = image_of_class(label, int(app.number_input(key="elbo_number").value))
    best = measured.bounds(loaded(), n)[-1]
    assert best.samples == 5000
    assert measured.evidence(loaded(), n).log_p - best.value.value > 10


def test_the_sample_is_measured_on_demand_and_its_worst_image_shown() -> None:
    app = open_page("elbo.py")
    assert "elbo_look" not in [button.key for button in app.button]
    app.button(key="elbo_measure").click().run()
    assert not app.exception
    *_, (share, gaps) = measured.gaps(loaded(), 100)
    assert share == 1
    assert gaps.exact_M.sum() == 100
    assert (gaps.gap_M > -2).all()  # the ELBO is sampled
    *classes, (name, images, log_p, elbo, gap) = table(app, "the_gap_by_class")
    assert sum(int(of_class[1]) for of_class in classes) == 100
    assert (name, images) == ("all", "100")
    assert number(log_p) == pytest.approx(gaps.log_p_M.mean(), abs=0.051)
    assert number(elbo) == pytest.approx(gaps.elbo_M.mean(), abs=0.051)
    expected = (gaps.gap_M.mean(), gaps.gap_M.std(ddof=1) / 10)
    assert number_and_error(gap) == pytest.approx(expected, abs=0.0051)
    app.button(key="elbo_look").click().run()
    assert not app.exception
    worst = int(gaps.image_M[gaps.gap_M.argmax()])
    label_N = encodings_of(loaded()).label_N
    assert app.selectbox(key="elbo_class").value == str(label_N[worst])
    of_class = np.flatnonzero(label_N == label_N[worst])
    assert of_class[int(app.number_input(key="elbo_number").value)] == worst


def test_a_sample_of_several_parts_is_the_images_asked_for(monkeypatch) -> None:
    monkeypatch.setattr(measured, "_PART", 7)
    shares, gaps = zip(*measured.gaps(loaded(), 20), strict=True)
    assert [len(part.image_M) for part in gaps] == [7, 14, 20]
    assert shares == pytest.approx((7 / 20, 14 / 20, 1))
    last = gaps[-1]
    assert last.image_M[[0, -1]].tolist() == [0, len(encodings_of(loaded()).label_N) - 1]
    n = int(last.image_M[9])
    assert last.log_p_M[9] == pytest.approx(measured.evidence(loaded(), n).log_p, abs=1e-3)
    alone = measured.elbo(loaded(), n, encoder_q(loaded(), n)).value
    assert last.elbo_M[9] == pytest.approx(alone.value, abs=1.5)  # 64 draws


def test_many_dimensions_are_declined_in_one_sentence() -> None:
    app = open_page("elbo.py")
    app.selectbox(key="model").set_value("mnist-16d-beta-1").run()
    assert not app.exception
    assert not app.metric
    assert "this model has 16" in app.info[0].value


def test_junk_in_the_link_falls_back() -> None:
    app = open_page("elbo.py", elbo_class="x", elbo_number="-7")
    assert not app.exception
    assert app.selectbox(key="elbo_class").value == "0"


def test_a_pinned_image_is_one_click_away() -> None:
    app = open_page("elbo.py", pins="A17~C0.5_-1.25")
    assert not app.exception
    assert [button.label for button in app.button if button.label.startswith("Pin")] == ["Pin A"]
    app.button(key="elbo_pin_A").click().run()
    assert not app.exception
    label_N = encodings_of(loaded()).label_N
    assert app.selectbox(key="elbo_class").value == str(label_N[17])
    assert app.number_input(key="elbo_number").value == (label_N[:17] == label_N[17]).sum()


def test_the_browser_is_sent_the_likelihood_where_the_encoders_q_lies() -> None:
    """Without the KL term a q lies anywhere, and the plane's own grid ends at 4."""
    entries = {entry.name: entry for entry in list_models("vae")}
    off = load_model(entries["mnist-2d-beta-0"])
    for n in range(0, 40, 5):
        q = encoder_q(off, n)
        fields = measured.fields(off, n, (-1.0, 1.0, -1.0, 1.0))
        left, right, bottom, top = next(
            field.bounds
            for field in fields
            if field.bounds[0] <= q.mu_Z[0] <= field.bounds[1]
            and field.bounds[2] <= q.mu_Z[1] <= field.bounds[3]
        )
        assert right - left < 10 * q.sigma_Z[0] + 2
        assert top - bottom < 10 * q.sigma_Z[1] + 2
        x_D = images_of(off)[n].double().numpy()
        middle = measured.quadrature(off).log_likelihood(q.mu_Z[None], x_D)[0]
        values_HW = fields[1].log_likelihood_HW
        assert values_HW.min() <= middle <= values_HW.max() + 0.1
