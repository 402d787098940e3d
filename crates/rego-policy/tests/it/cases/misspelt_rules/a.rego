package main

deny contains "x" if input.x

denies contains "y" if input.y

dney contains "z" if input.z

warning if input.w

used_denial if denied_actions

denied_actions := {"delete"}
