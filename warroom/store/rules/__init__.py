"""What the store knows of rules: their stages, who changed them, what they hit, and proposals to change them."""
