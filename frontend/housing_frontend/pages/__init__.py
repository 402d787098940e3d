"""The pages: each has one function, `show`."""
