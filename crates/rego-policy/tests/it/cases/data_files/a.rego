package main

deny contains "account" if not input.account in data.accounts
deny contains "limit" if input.n > data.aws.limits.n
