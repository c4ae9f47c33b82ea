"""The command line, as a person or an init system calls it: child processes, exit codes, printed lines."""
