"""What is compared: this package's approximators, the methods of others, and ceilings."""
