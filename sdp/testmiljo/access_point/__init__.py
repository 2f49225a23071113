"""The sender's access point on the DPI wire (corner 2)."""
