"""The Gaussian proxy: a Walsh kernel, its hyper-parameters and the spectrum of its posterior."""
