"""The generator of the example workspace: a fictional retailer's customer care, simulated and exported.

``python -m sample_data.generator`` writes the committed files again, byte for byte. Everything that is not
a draw is in :mod:`plan`; every draw comes from a PCG64 stream that belongs to one queue and one day.
"""
