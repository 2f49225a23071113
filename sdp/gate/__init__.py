"""The gate for what others say: identifiers, instants and words, read in one way each.

Whatever comes from outside passes here before anything uses, compares, stores or shows it. A
function of these modules returns one canonical value, or raises `ValueError` with the rule that is
broken and never the value; its caller names the field.
"""
