"""The Python language host: it finds a project's Python, runs its program and its policy packs.

It refuses to know what a program does; the program talks to the engine by itself.
"""
