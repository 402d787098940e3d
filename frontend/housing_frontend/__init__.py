"""The housing model's web pages: a client of the REST API and a reader of the data contract, and nothing else."""
