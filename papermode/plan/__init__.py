"""Snapshot and forms -> the pages of a packet. The only code that computes geometry."""
