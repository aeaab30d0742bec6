"""The proofs that take long: programs that try to break the bot's promises, and count honestly how often they tried.

`make trials` runs them all (`python -m tests.trials --help` names them) and adds their numbers to `trials.jsonl`.
"""
