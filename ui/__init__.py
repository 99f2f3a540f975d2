"""What the pages share: may import streamlit, never a page."""
