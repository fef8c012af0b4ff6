"""HOW IT IS SEEN: logs, metrics, health."""
