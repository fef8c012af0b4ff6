"""The controller: makes SageMaker match the manifests of a cluster, one object at a time.

The rooms and the only allowed direction of imports: kinds ← decide ← {cloud, cluster} ← loop ← app.
"""

__version__ = "0.1.0"
