"""Regression proxies: coalitions and values in, a spectrum and honest errors out."""
