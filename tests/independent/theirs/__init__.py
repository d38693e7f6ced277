"""Scripts that run beside other people's libraries and use none of our code.

Each reads a JSON object from standard input and writes one to standard output. What it refuses, it
answers as {"refused": why}. Its exit status says only whether it ran.
"""
