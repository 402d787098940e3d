"""The California Housing data: its contract, the checks, and the one set of transformations that Glue runs.

Read in this order: `contract` (what the columns are), `expressions` (the small language in which everything is said once),
`transform` (reading, cleaning and features in that language), `checks` (the contract's rules, measured), `engines` (pandas and
Spark, which compute expressions), `outputs` and `storage` (files and S3), `job` (the whole of it, as Glue runs it). `dataset` finds
the file for tests and demonstrations.

It runs in Glue's Python shell (Python 3.9, pandas 1.4, pyarrow 5) as well as on current versions, so: no `match`, no
`X | Y` in annotations that are evaluated, nothing of pandas that came or went in between. It knows nothing of training.
"""

__version__ = "1.0.0"
