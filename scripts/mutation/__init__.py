"""``make mutate``: one thing at a time is changed in what decides, and the tests have to notice."""
