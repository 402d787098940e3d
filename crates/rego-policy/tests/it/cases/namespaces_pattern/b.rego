package aws.s3

deny contains "s3"
