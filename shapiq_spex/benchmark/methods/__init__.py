"""What is compared: the contract, this package's approximators, the peers, the ceilings."""
