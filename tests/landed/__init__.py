"""Landing in a real store: OpenStack Swift with its S3 API (`make landing`)."""
