package main

limits[name] := 2 if some name in ["size"]

other[name] := 2 if some name in ["size"]

beside.size := 1

beside.groups[name] := 2 if some name in ["size"]
