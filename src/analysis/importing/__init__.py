"""Documents of others → a study: read, guessed about with a basis for each guess, written down.

Nothing here is dropped in silence: what cannot be read is an `Unreadable` with its reason, what is
furniture of a page is marked in the text (`segment.furniture.mark`), what is guessed says why.
"""
