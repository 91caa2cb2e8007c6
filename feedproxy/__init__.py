"""feedproxy: paper listings in, one personal feed per topic out."""

__version__ = "0.4.0"
