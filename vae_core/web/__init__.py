"""The browser's own code, and what it is given: bytes and records. It knows no Streamlit."""
