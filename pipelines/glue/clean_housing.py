"""The script that Glue starts: cleans a delivered housing file, as the workflow run's properties say.

It is the same script in both kinds of job: a Python shell job (pandas) for what fits into memory, and a Glue 5 Spark job when the
data outgrows it. Everything is in the package `housing`, which comes by `--extra-py-files`; this file only gives it the
command line and AWS, and says in one message what went wrong.

    --WORKFLOW_NAME, --WORKFLOW_RUN_ID   from Glue
    --CONTRACT_URI                       s3:// address of the data contract
    --ENGINE                             auto (default), pandas or spark
"""

import sys

import boto3
from housing import job


def main():
    try:
        job.run(job.parse_arguments(sys.argv), boto3.client)
    except job.EXPECTED as error:
        # Glue shows what the process exits with as the run's error
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
