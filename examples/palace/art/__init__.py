"""The drawing code of the demo's three reference pictures: own work, Pillow and NumPy only."""
