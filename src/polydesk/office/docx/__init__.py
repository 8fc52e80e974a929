"""WordprocessingML documents: the view that a reader has, and tracked or direct edits (ISO/IEC 29500-1, 17).

`stories` opens the parts that hold text, `inline` maps a paragraph to its characters, `read` builds the view,
`apply` dispatches edits to `text`, `paragraphs`, `tables`, `comments` and `changes`.
"""
