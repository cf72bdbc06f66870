"""What befalls a disk, each in a process of its own and with a deadline, because what is feared is a hang."""
