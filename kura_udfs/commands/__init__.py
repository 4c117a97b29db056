"""What a person starts: the commands of `kura`."""
