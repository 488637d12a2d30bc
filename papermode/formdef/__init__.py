"""Form definitions: reading form files, checking them, and what a ward may change."""
