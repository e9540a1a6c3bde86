"""The engine that needs no weights and no GPU: a moving storyboard made from the references."""

from renderer.animatic.engine import AnimaticEngine

__all__ = ["AnimaticEngine"]
