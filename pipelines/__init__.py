"""Sightline: what outsourced customer care really looks like, from the files that vendors send."""
