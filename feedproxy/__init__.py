"""feedproxy: paper listings in, one personal feed per topic out."""

__version__ = "0.2.0"
