"""JSON Lines."""
import pyarrow as pa
from warroom.parse.shapes import *
def parse(text, context): return [], [Reject(r,"x") for r in range(len(text))]
