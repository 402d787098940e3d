package lib

import rego.v1

other contains x if some x in {1}
