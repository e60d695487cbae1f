"""Facts of reports in words: plain text, HTML, verdicts and advice."""
