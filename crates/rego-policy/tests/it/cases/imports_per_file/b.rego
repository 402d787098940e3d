package main

import data.two as lib
import input.list as items

deny contains sprintf("b %s %s", [lib.name, item]) if some item in items

deny contains sprintf("local %s", [lib]) if some lib in ["shadows"]
