"""THE DOOR TO AWS: how things are said to SageMaker and STS; the only importer of boto3."""
