package aws.s3

test_it if "s3" in deny
