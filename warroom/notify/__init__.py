"""Who is told, by which channel, in which words; and how a message leaves the machine."""
