"""Text: fonts, shaping, widths and line breaks. Glyph runs go in here and come out; no PDF syntax."""
