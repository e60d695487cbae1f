"""How a method is run, limited, timed, judged and recorded."""
