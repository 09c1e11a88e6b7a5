"""Documents of threat intelligence → tables: one file per format, pure, behind ``read``."""
