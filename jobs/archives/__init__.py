"""Back in time: archives read, pages kept, kept pages read anew."""
