package rules.two

import data.lib

deny contains sprintf("two %s", [lib.name]) if input.on
