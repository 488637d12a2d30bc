"""The local web page on which people settle what the reader is unsure of.

It knows scanned sheets, fields and people only as values, and asks for them through
:class:`papermode.review.desk.Desk`.
"""
