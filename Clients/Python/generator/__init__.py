"""What turns the OpenRPC document into Python; `../generate.py` runs it."""
