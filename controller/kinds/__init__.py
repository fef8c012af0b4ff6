"""WHAT EXISTS: the table of SageMaker kinds and what it means; data, no clock, no network."""
