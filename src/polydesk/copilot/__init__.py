"""Tasks: a document's view becomes a model request, its reply becomes verified edits. One file a task.

Imports inference, office and below. What a document says is data here, never an instruction: it is quoted to the model
inside marks, and a reply can only become edits or words, each checked before anything is done with it.
"""
