"""Packets -> PDF. The only code that imports reportlab or pypdf."""
