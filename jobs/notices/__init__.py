"""What outlets did about corrections, kills and embargoes: judged after each match and visit."""
