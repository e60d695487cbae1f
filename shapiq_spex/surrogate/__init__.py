"""From a recovered spectrum and the observed answers to the function that is converted."""
