"""Waiting until an object is ready, by the rules of its kind.

Each kind looks at the cluster, then judges what it saw; the judgement is pure. How long to look, and what becomes of a
judgement, is decided once for all kinds in `loop`.
"""
