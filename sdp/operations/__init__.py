"""The operations of a client, shared by the blocking and the async one."""
