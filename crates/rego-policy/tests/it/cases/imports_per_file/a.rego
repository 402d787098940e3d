package main

import data.one as lib

deny contains sprintf("a %s", [lib.name])
