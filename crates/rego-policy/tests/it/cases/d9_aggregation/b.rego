package rules.one

import data.lib

deny contains sprintf("one %s", [lib.name]) if input.on
