"""A local SageMaker over HTTP, with its own memory, state machines and faults.

It answers what SageMaker's control plane answers, so that the controller, its tests, the demonstration and
the benchmark need no AWS account. It knows nothing of `controller/` and never imports it: two programs that
share one idea of SageMaker would agree with each other and be wrong together.
"""
