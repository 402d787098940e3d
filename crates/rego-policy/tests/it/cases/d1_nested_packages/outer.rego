package main

import data.main

deny contains "nested" if main.inner.hit with input as input
deny contains "whole" if data.main.inner == {"hit": true, "words": {"A"}}
