"""HTTP at the edge: exchanges are pure, and one transport drives them."""
