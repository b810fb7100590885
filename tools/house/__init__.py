"""The house as it is: its rooms, their rules and who imports whom, as a picture and as text."""
