"""Get pages, and read articles out of them."""
