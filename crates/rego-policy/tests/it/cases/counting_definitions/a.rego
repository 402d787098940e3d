package main

deny contains "a" if input.a

deny contains "b" if input.b

deny_named contains "c" if input.c

violation contains {"msg": "v", "id": 7} if input.v

warn contains "w" if input.w

warn_more contains msg if some msg in input.more
