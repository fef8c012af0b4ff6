"""``make demo``: a control plane, a simulated SageMaker, both charts, the controller as the chart's service account, manifests."""
