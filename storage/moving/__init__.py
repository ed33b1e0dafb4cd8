"""Everything stored, moved: into another database, into files, into a backup."""
