"""The algebra of games: coalitions, sparse Walsh-Fourier spectra and interaction indices.

Arrays in, arrays out: nothing here depends on shapiq, on models, on file formats or on a network.
"""
