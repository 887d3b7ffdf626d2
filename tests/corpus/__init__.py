"""Tables as people write them, and the pages they become: see `filling`."""
