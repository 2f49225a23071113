"""State of one environment: letters, receipts, people, keys, and the traffic it has seen."""
