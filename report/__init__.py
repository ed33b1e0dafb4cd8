"""What people see: the daily email, the tables of the command line."""
