// SearchSpace
