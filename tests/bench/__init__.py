"""The benchmark: every figure of the design's budgets, as a ratio measured in the same run."""
