"""The whole of Sakina on one machine: embedded servers, supervised processes, test parts."""
