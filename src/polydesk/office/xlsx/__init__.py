"""Excel workbooks: read, check, edit; sheets are patched as streams of rows. Imports core and the layers below office.

`workbook.Workbook` is the way in.
"""
