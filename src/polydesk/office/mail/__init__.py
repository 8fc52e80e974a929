"""Mail as files: read `.eml`, `.msg` and mbox, follow threads, and make or change drafts. Nothing is ever sent.

`entities` and `msg` read bytes into `content`; `read` makes views of it; `apply` makes drafts and splices changes into
files. Live mailboxes are `polydesk.mailboxes`. Imports core and what all formats share.
"""
