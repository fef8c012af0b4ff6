"""THE DOOR TO KUBERNETES: how the API server is read and written; the only importer of kubernetes."""
