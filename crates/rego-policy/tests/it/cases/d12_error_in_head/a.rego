package main

deny contains to_number(item.size) if {
	some item in input.items
	item.size
}
