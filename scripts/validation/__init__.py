"""Judging manifests: by a real API server without storing anything, and by checkov."""
