"""What the controller may do in AWS: policy and trust documents from the table of kinds."""
