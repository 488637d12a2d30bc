"""QR and Code 128 symbols as plain data: what the printer draws and the reader repairs."""
