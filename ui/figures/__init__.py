"""Arrays in, plotly figures out: no streamlit, no torch."""
