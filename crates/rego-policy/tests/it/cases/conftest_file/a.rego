package main

import data.conftest.file

deny contains sprintf("%s in %s", [file.name, data.conftest.file.dir])
