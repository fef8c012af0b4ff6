"""What developers and newcomers run; each executable beside this file is a verb. Nothing here ships in the image."""
