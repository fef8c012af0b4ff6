"""``make bench``: what the controller costs, on a real API server and a simulated SageMaker that answers in 50 ms."""
