"""The measuring half of `python -m renderer.bench`: what needs torch."""
