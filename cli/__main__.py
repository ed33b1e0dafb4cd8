"""`python -m cli`: how the daemon starts its children, whatever the installation calls the command."""

from cli import main

main()
