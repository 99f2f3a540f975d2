"""Numbers as text."""

from __future__ import annotations

import math
import re

import pytest

from ui.common.text import in_figure, in_formula, minus, plain, sentence, short, with_error


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.23456, 3, "1.235"),
        (-1.23456, 2, "−1.23"),
        (-0.0004, 3, "0.000"),
        (-0.0006, 3, "−0.001"),
        (-0.0, 1, "0.0"),
        (-1e6, 0, "−1000000"),
    ],
)
def test_a_number_has_a_minus_sign_and_a_zero_has_none(value, digits, text):
    assert minus(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text", "formula"),
    [
        (-1.5406e23, "−1.54\u00a0×\u00a010²³", r"-1.54 \times 10^{23}"),
        (math.inf, "∞", r"\infty"),
        (-12345.678, "−12,345.68", "-12345.68"),
        (-0.001, "0.00", "0.00"),
    ],
)
def test_a_huge_number_has_a_power_of_ten(value, text, formula):
    assert minus(value, 2, grouped=True) == text
    assert in_formula(value, 2) == formula


def test_a_number_with_its_error_stays_on_one_line():
    assert with_error(-2.3456, 0.067, 2) == "−2.35\u00a0±\u00a00.07"
    assert with_error(-2.345, math.nan, 1) == "−2.3"
    of_a_ruined_model = "−1.54 × 10²³ ± {} × 10²³".replace(" ", "\u00a0")
    assert with_error(-1.5406e23, 0.0) == of_a_ruined_model.format("0.00")
    assert with_error(-1.5406e23, 2.5e21, 1) == of_a_ruined_model.format("0.03")
    assert with_error(-1.5406e23, 4e24) == of_a_ruined_model.format("40.00")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("the disk is full", "The disk is full."),
        ("t10k-images-idx3-ubyte is not here.", "t10k-images-idx3-ubyte is not here."),
        ("mine.safetensors is cut short", "mine.safetensors is cut short."),
        ("beta_schedule must be one of a, b", "beta\\_schedule must be one of a, b."),
        ("größer geht es nicht", "Größer geht es nicht."),
        ("2 runs are waiting", "2 runs are waiting."),
        ("", "."),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_with_a_name(error: str, said: str):
    assert sentence(ValueError(error)) == said


# What GitHub's Markdown makes links of, wherever it stands in a text: sections 6.9 of its
# specification. Escapes are read before.
_LINKS = re.compile(r"https?://\S|www\.\S|[\w.+-]+@[\w-]+\.", re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example",
        "HTTPS://evil.example/path",
        "see www.evil.example",
        "WWW.evil.example",
        "mail.me+1@evil.example",
        "mailto:me@evil.example",
        "xmpp:me@evil.example",
        "http://a@evil.example www.www.evil.example",
    ],
)
def test_text_from_somebody_is_no_link(text):
    assert _LINKS.search(text)
    read = re.sub(r"\\([^\w\s])", r"\1", plain(text))
    assert not _LINKS.search(read)
    assert read.replace("\u2060", "") == text


@pytest.mark.parametrize("text", ["β = 1, digits", "Größe 2", "wwwhat @", "httpd"])
def test_other_text_reads_as_it_is(text):
    assert re.sub(r"\\([^\w\s])", r"\1", plain(text)).replace("\u2060", "") == text


def test_a_label_in_a_chart_has_no_tag():
    assert in_figure("<a href='x'>1 & 2</a>") == "&lt;a href='x'&gt;1 &amp; 2&lt;/a&gt;"


def test_what_came_from_somebody_is_no_longer_than_a_sentence_bears():
    assert short("x" * 80) == "x" * 80
    assert len(short("x" * 81)) == 80
