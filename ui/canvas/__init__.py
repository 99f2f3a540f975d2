"""How the browser's parts are mounted in Streamlit."""
