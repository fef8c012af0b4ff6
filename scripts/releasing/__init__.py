"""Taking our finalizers off the objects of a cluster whose controller is gone."""
