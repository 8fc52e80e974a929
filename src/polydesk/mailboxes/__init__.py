"""Live mailboxes: read, searched, marked and drafted into over IMAP and Microsoft Graph. Nothing is ever sent.

`base` is what a mailbox can do; `imap` and `graph` do it; `editing` applies the edits of mail to it. Imports office and
core; secrets come as values and stand in no log, error or repr.
"""
