"""The script that Streamlit runs: the table of pages, and the one that was chosen."""

from pathlib import Path

import streamlit as st

from ui.common import links
from ui.common.pages import PAGES_FOLDER
from ui.shell import plotly_preload
from ui.shell.garbage import settle

# section -> (file, title, icon). The first is what opens.
PAGES = {
    "Explore": [
        ("latent_space.py", "Latent space", ":material/scatter_plot:"),
        ("interpolate.py", "Interpolate", ":material/route:"),
    ],
    "Understand": [
        ("kl_switch.py", "KL switch", ":material/toggle_on:"),
        ("overlap.py", "Overlap", ":material/join_inner:"),
        ("elbo.py", "ELBO", ":material/balance:"),
        ("surgery.py", "Surgery", ":material/content_cut:"),
        ("likelihood.py", "Likelihood", ":material/grain:"),
        ("reparameterisation.py", "Reparameterisation", ":material/alt_route:"),
        ("missing_labels.py", "Missing labels", ":material/label_off:"),
        ("discrete.py", "Discrete latents", ":material/apps:"),
    ],
    "Make": [
        ("train.py", "Train", ":material/model_training:"),
        ("compare.py", "Compare runs", ":material/compare:"),
        ("sweep.py", "Sweep", ":material/table_chart:"),
    ],
}

# Before the navigation, which would fetch a page's symbol from the network for the tab.
st.set_page_config(
    page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide", initial_sidebar_state=264
)

# Streamlit has no option for the padding at a page's sides, for how images are enlarged, nor for
# the pale grey in which charts are lettered: a projector makes that unreadable. White on a button
# needs a darker blue than a dark page's links.
st.html(
    "<style>.stMainBlockContainer { padding-left: 2.5rem; padding-right: 2.5rem; } "
    "[data-testid='stImage'] img { image-rendering: pixelated; } "
    ".stPlotlyChart :is([class$='tick'], .infolayer, .legend) text, .stPlotlyChart "
    ".bartext-outside { fill: currentColor !important; } "
    # What is wider than a phone slides in its own box: tables, formulas, panels side by side.
    ".stMarkdown div:has(> table), [class*='st-key-panels'] { overflow-x: auto; } "
    ".stMarkdown .katex-display { overflow: auto hidden; } "
    "[class*='st-key-panels2_'] > * { min-width: 460px; } "
    "[class*='st-key-panels3_'] > * { min-width: 900px; } "
    "@media (max-width: 640px) { .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; "
    "} } "
    # Beside the menu a small window, or one zoomed to 150%, has no room for many columns: they go
    # below one another before what stands in them is cut off.
    "@media (min-width: 641px) and (max-width: 1000px) { .stMain [data-testid='stHorizontalBlock'] "
    "{ flex-wrap: wrap; } .stMain [data-testid='stColumn'] { min-width: min(100%, 13rem); } "
    ".stMain [data-testid='stColumn']:has(.stPlotlyChart) { min-width: min(100%, 20rem); } "
    "[data-testid='stMetricValue'] { font-size: 1.25rem; } "
    "[data-testid='stMetricLabel'] * { white-space: normal !important; } } "
    # There, a run stands above the settings.
    "@media (max-width: 1000px) { .stMain [data-testid='stHorizontalBlock']:has("
    ".st-key-train_status) { flex-wrap: wrap-reverse; } } "
    # The row of a run's controls is as high as it needs, and the plane below it stays in place.
    ".st-key-train_status { min-height: 132px; } "
    "[data-testid='stBaseButton-primary'] { background: #0b6bb3; border-color: #0b6bb3; }"
    # It shows nothing, and takes no room.
    ".st-key-address_writer { position: absolute; } "
    # The menu of a chart or table lies over its corner, and is seen when the pointer or the focus
    # is there, or where there is no pointer.
    "[class*='st-key-saved_'] { position: relative; gap: 0; } "
    "[class*='st-key-saved_'] > :last-child:has(.stPopover) { position: absolute; top: -2.1rem; "
    "right: 0; width: auto; opacity: 0; transition: opacity 0.15s; z-index: 2; } "
    "[class*='st-key-saved_']:is(:hover, :focus-within) > :last-child:has(.stPopover), "
    "[class*='st-key-saved_'] > :last-child:has(.stPopover [aria-expanded='true']) { opacity: 1; } "
    "@media (hover: none) { [class*='st-key-saved_'] > :last-child:has(.stPopover) { opacity: 0.7; "
    "} }</style>"
)

page = st.navigation(
    {
        section: [
            st.Page(PAGES_FOLDER / file, title=title, icon=icon) for file, title, icon in rows
        ]
        for section, rows in PAGES.items()
    },
    expanded=True,
)
# After the navigation, which puts the page's title alone into the browser's tab.
st.set_page_config(page_title=f"{page.title} · Latent Explorer")
with links.page(page.url_path):
    page.run()
plotly_preload.fetch_early()
settle()
