"""The LTX-2.3 engine: the only package that imports torch, ltx_core or ltx_pipelines.

This file, `files`, `lora_files` and `probe` import none of them, so that the process can decide about the engine first.
"""
