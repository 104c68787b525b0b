"""Performance as ratios: each scenario runs the product and its ceiling in turn, in one session, on one database.

``python -m tests.bench [scenario …]`` (``make bench``) prints a table and writes ``var/bench.json``, a list of
``{scenario, value, unit, goal, holds}``. What a scenario did is verified before its time counts.
"""
