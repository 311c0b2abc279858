"""The pictures of cells: each a builder that takes some cells and returns one `testing.picture.Picture`."""

from testing.pictures.catalogue import CATALOGUE, Entry, build
from testing.pictures.options import Options, read_options
from testing.pictures.subject import Subject, subject_of

__all__ = ["CATALOGUE", "Entry", "Options", "Subject", "build", "read_options", "subject_of"]
