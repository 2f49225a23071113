"""A whole test environment on this machine. (Exports are switched off until sdp.ebms exists; lead.)"""
