"""What goes wrong on the way to the inbox, and the answer key that says so.

:data:`FAULTS` is the whole list. Some faults change a file (``spoil``), others are the story of a vendor and change
nothing here: the simulation or the vendor's own report makes them.
"""

from sample_data.generator.faults.deliver import deliver
from sample_data.generator.faults.key import answer_key
from sample_data.generator.faults.kinds import Fault
from sample_data.generator.faults.planted import FAULTS

__all__ = ["FAULTS", "Fault", "answer_key", "deliver"]
