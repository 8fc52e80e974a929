"""DrawingML that Excel and PowerPoint share: charts and the facts of pictures.

Imports ooxml, opc and core only. Nothing here knows in which kind of package a part stands.
"""
