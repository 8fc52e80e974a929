"""`python -m polydesk` is the command line."""

from polydesk.cli.main import main

if __name__ == "__main__":
    main()
