package lib

import future.keywords.in

message(on) = "on" { on in {true} }
