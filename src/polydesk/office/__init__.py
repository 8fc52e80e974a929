"""Read, edit and write office files so that an edit changes what it names and nothing else.

`docx` reads a package into views and applies edits; `edits` and `views` are values; `ooxml` and `opc` keep bytes.
Imports core only and knows nothing of models.
"""
