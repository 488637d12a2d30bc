"""papermode: printable EHR-downtime packets, and the way back from paper to data."""

__version__ = "0.1.0"
