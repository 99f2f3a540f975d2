"""Arrays as pictures: PNG, GIF, sheets."""
