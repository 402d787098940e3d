package lib

members[team] contains name if some team, name in input.members

owners[team][name] := true if some team, name in input.members

sizes[team] := size if some team, size in input.sizes

nested.members[team] contains name if some team, name in input.members

nested["by-name"][team] contains name if some team, name in input.members

names contains name if some name in input.members

allowed(team) if some name in object.get(members, team, {"nobody"})
