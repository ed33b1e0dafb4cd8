"""What the daemon needs beside the jobs: what is due, its children, and how it says that it is well."""
