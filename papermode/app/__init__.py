"""The use cases: what the command line asks for, in terms of the layers below. No stdout, no exit codes."""
