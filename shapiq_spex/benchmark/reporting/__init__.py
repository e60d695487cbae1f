"""Tables, figures and claims, made from recorded files alone."""
