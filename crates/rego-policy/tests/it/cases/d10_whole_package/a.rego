package main

import data.lib

deny contains "only what it needs" if lib.wanted
