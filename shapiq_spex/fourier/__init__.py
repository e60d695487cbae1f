"""The algebra of games: coalitions, sparse Walsh-Fourier spectra and interaction indices.

Nothing here knows shapiq, a model, a file format of models or a network: arrays in, arrays out.
"""
