"""Faults with real parts: processes are killed, brokers emptied, servers stopped, and the rows are then judged.

``python -m tests.faults [fault …] [--rounds 20] [--seed N]`` (``make faults``) prints a table and writes
``var/faults.json``. Each round begins with a copy of one prepared database and does its fault at a random moment of the
seed that is printed. Passed is a fault when no acknowledged write was lost, nothing was accepted late, nothing was done
twice, and everything was done within ``LIMIT`` seconds after the fault was over.
"""
