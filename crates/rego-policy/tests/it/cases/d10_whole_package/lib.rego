package lib

wanted := true

# Asking for `wanted` must not evaluate this.
unwanted := to_number("not a number")
