"""WHEN: the queue, the workers, and one pass over one object."""
