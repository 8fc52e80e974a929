"""The package layer of .docx, .xlsx and .pptx: parts in, parts out, all else untouched. Imports core only.

`package.Package` is the way in; `kinds.document_kind` says what a package is and `findings.findings` what an edit would
run into.
"""
