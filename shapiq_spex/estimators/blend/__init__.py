"""The default proxy: components weighted by what they predict of rows they have not seen."""
